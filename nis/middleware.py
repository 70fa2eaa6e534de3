"""What every request passes: a number, a language, and the transaction in which the database knows who acts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.views import exception_handler

from events.actor import Actor, act, statements_within
from events.errors import Refused
from people.models import CARE_ROLES, Membership
from people.request import ActingRequest

Handler = Callable[[ActingRequest], HttpResponse]


def request_id(get_response: Handler) -> Handler:
    """Give each request the number under which all its lines in log and events are found."""

    def handle(request: ActingRequest) -> HttpResponse:
        request.number = uuid.uuid4().hex
        response = get_response(request)
        response["X-Request-Id"] = request.number
        return response

    return handle


def language(get_response: Handler) -> Handler:
    """Speak the language the person chose, Dutch otherwise."""

    def handle(request: ActingRequest) -> HttpResponse:
        chosen = getattr(request.user, "language", "") or request.COOKIES.get("django_language", "nl")
        with translation.override(chosen if chosen in {"nl", "en"} else "nl"):
            request.LANGUAGE_CODE = translation.get_language()
            response = get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        return response

    return handle


def place_of(request: HttpRequest) -> str:
    """The address from which the request came (NEN 7513:2018, 7.3.9); behind a trusted proxy the one that the proxy saw."""
    told = request.headers.get("X-Forwarded-For", "") if settings.ALLAUTH_TRUSTED_PROXY_COUNT else ""
    seen: str = told.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
    return seen[:64]


def actor_of(request: ActingRequest) -> tuple[Actor, Membership | None]:
    """Who acts in this request, and what for: the signed-in person in the chosen membership, a citizen, or a visitor.

    Who gives care looks for treatment and support, who keeps the organisation going (a manager, a privacy officer, a
    coordinator) for its operation (v3-ActReason HOPERAT).
    """
    user = request.user
    number = request.number
    place = place_of(request)
    if isinstance(user, AnonymousUser) or not user.is_authenticated:
        return Actor(request_id=number, place=place), None
    if request.session.get("kind") == "citizen":
        return Actor("citizen", user.pk, None, "citizen", "PATRQT", "", number, place), None
    chosen = request.session.get("membership")
    membership = (
        Membership.objects.current().select_related("organisation").filter(user_id=user.pk, pk=chosen).first()
        if chosen
        else None
    )
    if membership is None:
        return Actor("professional", user.pk, None, "", "", "", number, place), None
    purpose = "TREAT" if membership.role in CARE_ROLES else "HOPERAT"
    return (
        Actor("professional", user.pk, membership.organisation_id, membership.role, purpose, "", number, place),
        membership,
    )


def acting(get_response: Handler) -> Handler:
    """Open the transaction of the request, state the actor in it, and render within it.

    A refusal (4xx) commits, so that the line about a denial survives; a fault (5xx) rolls everything back.
    """

    def handle(request: ActingRequest) -> HttpResponse:
        actor, membership = actor_of(request)
        request.actor, request.membership = actor, membership
        request.acted_for = request.session.get("acted_for", "") if actor.kind == "citizen" else ""
        try:
            view = resolve(request.path_info).func
        except Resolver404:
            view = get_response
        with statements_within(settings.STATEMENT_SECONDS):
            if getattr(view, "own_transaction", False):
                response = get_response(request)
            else:
                with act(actor):
                    response = get_response(request)
                    if response.status_code >= 500:
                        transaction.set_rollback(True)
        if actor.kind != "anonymous":
            patch_cache_control(response, private=True, no_store=True)
        return response

    handle.process_exception = _refusal  # type: ignore[attr-defined]
    return handle


def _refusal(request: ActingRequest, error: Exception) -> HttpResponse | None:
    if isinstance(error, Refused):
        return render(request, "errors/409.html", {"message": error.message}, status=409)
    if isinstance(error, OperationalError):
        return HttpResponse(render_to_string("errors/503.html"), status=503)
    return None


def api_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn a refusal of an API operation into a FHIR OperationOutcome, with the same words a page would use."""
    status, code, text = 0, "", ""
    if isinstance(error, Refused):
        status, code, text = 409, "conflict", error.message
    elif isinstance(error, Http404):
        status, code, text = 404, "not-found", _("Niet gevonden, of niet voor u.")
    elif isinstance(error, OperationalError):
        status, code, text = (
            503,
            "transient",
            _("De gegevens zijn nu niet bereikbaar. Probeer het over een minuut opnieuw."),
        )
    elif isinstance(error, PermissionDenied):
        status, code, text = 403, "forbidden", str(error) or _("U mag dit niet.")
    else:
        answer = exception_handler(error, context)
        if answer is None:
            return None
        status, code, text = (
            answer.status_code,
            "invalid" if answer.status_code == 400 else "processing",
            str(answer.data),
        )
        if status in {401, 403}:
            code, text = "login", _("Meld u eerst aan.")
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "diagnostics": text}],
    }
    return Response(outcome, status=status, content_type="application/fhir+json")
