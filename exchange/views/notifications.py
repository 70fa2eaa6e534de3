"""The page of notifications, and the address where the national consent service tells of choices."""

from __future__ import annotations

import json
from hmac import compare_digest
from xml.etree.ElementTree import Element, SubElement, tostring

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from events.actor import act, own_transaction, system
from exchange import access, actions
from exchange.forms import RhythmForm
from exchange.mail import address_of, words_of
from people.request import ActingRequest
from trust.national.safe_xml import LARGEST, Unreadable
from trust.national.subscription import read_notification

PAGE = 20


@require_http_methods(["GET", "POST"])
def notifications(request: ActingRequest) -> HttpResponse:
    """What I was told in the last 90 days, and how I want to hear."""
    actor = request.actor
    told = access.notifications_for(actor)
    form = RhythmForm(request.POST or None, initial=access.choices_for(actor), kinds=access.kinds_for(actor))
    if request.method == "POST" and form.is_valid():
        actions.choose(rhythms=form.cleaned_data, by=actor)
        messages.success(request, _("Uw keuze is bewaard."))
        return redirect("exchange:notifications")
    page = Paginator(told, PAGE).get_page(request.GET.get("page"))
    lines = [{"words": words_of(one), "url": address_of(one), "made_at": one.made_at} for one in page]
    return render(request, "exchange/notifications.html", {"form": form, "lines": lines, "page": page})


@csrf_exempt
@login_not_required
@require_POST
@own_transaction
def consent_notifications(request: ActingRequest) -> HttpResponse:
    """Take a notification of the national consent service, which shows the secret that its subscription carried.

    Without a secret in the settings this address does not exist. A notification is understood and kept whole, or refused
    with the reason in a word; what was kept does not show in the answer, so that nobody learns whom the network knows.
    """
    secret = settings.NATIONAL_CONSENT_NOTIFY_SECRET
    if not secret:
        raise Http404
    shown = request.headers.get("Authorization", "").encode("utf-8", "replace")
    if not compare_digest(shown, f"Bearer {secret}".encode()):
        response = _outcome(request, 401, "error", "login")
        response["WWW-Authenticate"] = "Bearer"
        return response
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length[:12]) > LARGEST:
        return _outcome(request, 413 if length else 411, "error", "too-costly")
    try:
        choices = read_notification(request.body, request.headers.get("Content-Type", ""))
    except Unreadable as error:
        return _outcome(request, 415 if error.reason == "content-type" else 422, "error", "invalid", error.reason)
    with act(system("national", purpose="TREAT")) as worker:
        actions.keep_choices(choices=choices, by=worker)
    return _outcome(request, 200, "information", "informational")


def _outcome(request: ActingRequest, status: int, severity: str, code: str, said: str = "") -> HttpResponse:
    """A FHIR OperationOutcome in the form in which was told: JSON, and XML otherwise."""
    issue = {"severity": severity, "code": code, **({"diagnostics": said} if said else {})}
    if "json" in request.headers.get("Content-Type", ""):
        body = json.dumps({"resourceType": "OperationOutcome", "issue": [issue]})
        return HttpResponse(body, status=status, content_type="application/fhir+json")
    root = Element("OperationOutcome", xmlns="http://hl7.org/fhir")
    part = SubElement(root, "issue")
    for name, value in issue.items():
        SubElement(part, name, value=value)
    return HttpResponse(tostring(root, encoding="utf-8"), status=status, content_type="application/fhir+xml")
