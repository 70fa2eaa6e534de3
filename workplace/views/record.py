"""The overview of a patient: the page, and what changes in it as each source answers."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dossier.access import Why
from dossier.actions import ask_in_turn, ask_source, ask_sources
from dossier.models import Source
from events.actor import Actor, act, own_transaction, statements_within
from people.request import ActingRequest
from trust.access import open_record
from trust.categories import Category
from workplace import access
from workplace.views.parts import sifts
from workplace.views.work import actor_of

log = logging.getLogger(__name__)
LINE_END = re.compile("\r\n|\r|\n")
_SECRET = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


def context_of(shown: access.Overview) -> dict[str, Any]:
    """What the page and each of its parts need."""
    return {"overview": shown, "patient": shown.patient, "key": shown.patient.key, **sifts()}


def _pieces(request: ActingRequest, shown: access.Overview) -> Iterator[tuple[str, SafeString, str]]:
    """The pieces of the page that can change: their names, what they show, and a mark by which a change is known.

    The bar over the page is one too, for its flags come from sources as well. Every part that the reader wants to see is a
    piece, one without a card an empty place, so that it can get one in its turn.
    """
    # Without the request itself: the frame around the page would be worked out once for every piece.
    context = {**context_of(shown), "request": request, "csrf_token": get_token(request)}
    cards = {part.key: part for part in shown.parts}
    own: dict[str, dict[str, Any]] = {
        "documents": {
            "documents": shown.documents,
            "facts": cards["documents"].facts if "documents" in cards else [],
            "may_add": Category.DOCUMENTS in shown.opening.own,
        },
        "medication": {"medicines": shown.medication, "labs": shown.labs},
    }
    drawn = [
        (
            f"part-{one.key}",
            "workplace/_part.html",
            {"part": cards.get(one.key), "place": one.key, **own.get(one.key, {})},
        )
        for one in shown.arrangement.shown
    ]
    drawn += [
        ("told", "workplace/_sources.html", {}),
        ("asked", "workplace/_asked.html", {}),
        ("index", "workplace/_index.html", {}),
        ("rest", "workplace/_rest.html", {"back": str(shown.patient.key)}),
    ]
    bar = {**_bar(shown), "heading": True, "piece": True, "csrf_token": context["csrf_token"]}
    drawn.append(("bar", "components/person_bar.html", bar))
    for name, template, more in drawn:
        html: str = render_to_string(template, bar if name == "bar" else {**context, **more})
        mark = salted_hmac(
            f"workplace.pieces {shown.patient.key} {request.user.pk}", _SECRET.sub("", html)
        ).hexdigest()[:10]
        yield name, mark_safe(html.replace('data-mark value=""', f'value="{mark}"', 1)), mark  # noqa: S308


def _bar(shown: access.Overview) -> dict[str, Any]:
    patient = shown.patient
    withheld = not shown.opening.emergency and any(Why.NO_CONSENT in state.kept for state in shown.sources)
    return {
        "person": shown.person,
        "context": [
            text
            for text in [
                _("Noodtoegang tot %(when)s") % {"when": date_format(localtime(shown.until), "H:i")}
                if shown.until
                else "",
                shown.relation,
                _("Coördinator: %(name)s") % {"name": shown.coordinator} if shown.coordinator else "",
                *shown.consent,
            ]
            if text
        ],
        "actions": [
            {"url": reverse("referrals:new", args=[patient.key]), "label": _("Verwijzen"), "primary": True},
            {"url": reverse("consultations:new", args=[patient.key]), "label": _("Consult vragen")},
            {"url": reverse("dossier:entry_new", args=[patient.key]), "label": _("Notitie")},
        ],
        "more": [
            {"url": reverse(f"workplace:{name}", args=[patient.key]), "label": label, "icon": icon}
            for name, label, icon in (
                ("consent", _("Toestemming vastleggen"), "consent"),
                ("mandates", _("Vertegenwoordigers"), "key"),
                ("emergency_patient", _("Noodtoegang"), "emergency"),
            )
            if (withheld if name == "emergency_patient" else access.has_care(shown.opening))
        ]
        + [
            {"url": reverse("referrals:walk_in", args=[patient.key]), "label": _("Inloop inschrijven"), "icon": "plus"},
            {"url": reverse("workplace:residences", args=[patient.key]), "label": _("Adressen"), "icon": "home"},
            {"url": reverse("workplace:print", args=[patient.key]), "label": _("Afdrukken of PDF"), "icon": "print"},
            {
                "url": f"{reverse('workplace:layout')}?back={patient.key}",
                "label": _("Indeling aanpassen"),
                "icon": "list",
            },
        ],
        "withheld": withheld,
    }


@require_GET
@own_transaction
def patient(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """The integral overview: own record at once; each source's facts as they arrive, or together where no script runs."""
    actor = actor_of(request)
    if "sources" in request.GET:
        ask_sources(key=key, by=actor)
        return redirect("workplace:patient", key=key)
    with act(actor):
        shown = access.overview(open_record(actor, key, Category), actor)
        drawn = list(_pieces(request, shown))
        pieces = {name: html for name, html, _mark in drawn}
        placed = {name: pieces.pop(name) for name in ("bar", "told", "asked", "index", "rest")}
        marks = urlencode({name: mark for name, _html, mark in drawn})
        page = {**context_of(shown), **_bar(shown), **placed, "cards": list(pieces.values()), "marks": marks}
        return render(request, "workplace/patient.html", page)


def _changed(request: ActingRequest, actor: Actor, key: uuid.UUID, marks: dict[str, str]) -> str:
    """The pieces that differ from what the reader has, known by their marks, ready to take their place; the marks follow."""
    with act(actor):
        shown = access.overview(open_record(actor, key, Category), actor)
        changed = [(name, html, mark) for name, html, mark in _pieces(request, shown) if marks.get(name) != mark]
    marks.update({name: mark for name, _html, mark in changed})
    return "".join(html.replace("<section ", '<section hx-swap-oob="true" ', 1) for _name, html, _mark in changed)


@require_GET
@own_transaction
def sources(request: ActingRequest, key: uuid.UUID) -> StreamingHttpResponse:
    """Ask all sources whose last answer no longer counts, and send the pieces that each answer changed, as events.

    An event ``pieces`` carries HTML, ``end`` says that nothing more comes (server-sent events, HTML Living Standard 9.2).
    The query holds the marks of what the reader has.
    """
    actor = actor_of(request)
    rounds = ask_in_turn(key=key, by=actor)
    marks = request.GET.dict()

    def turn() -> str | None:
        with statements_within(settings.STATEMENT_SECONDS):
            return None if next(rounds, None) is None else _changed(request, actor, key, marks)

    def events() -> Iterator[str]:
        with translation.override(request.LANGUAGE_CODE), closing(rounds):
            try:
                while (changed := turn()) is not None:
                    if changed:
                        yield _event("pieces", changed)
            # The page was begun, so no other answer can be given: what was refused stands in the log of the database.
            except (Http404, PermissionDenied, DatabaseError) as error:
                log.warning("sources stopped by %s, request %s", type(error).__name__, request.number)
            yield _event("end", "")

    return StreamingHttpResponse(events(), "text/event-stream", headers={"X-Accel-Buffering": "no"})


def _event(name: str, data: str) -> str:
    lines = "".join(f"data: {line}\n" for line in LINE_END.split(data))
    return f"event: {name}\n{lines}\n"


@require_POST
@own_transaction
def source(request: ActingRequest, key: uuid.UUID, number: int) -> HttpResponse:
    """Ask one source anew, also where its last answer still counts, and send the pieces of the overview that this changed."""
    actor = actor_of(request)
    asked = Source.objects.filter(pk=number, active=True).select_related("organisation").first()
    if asked is None:
        raise Http404
    ask_source(source=asked, key=key, by=actor, again=True)
    if not request.htmx:
        return redirect("workplace:patient", key=key)
    # The overview sends its marks; a page without any fetches itself anew.
    changed = _changed(request, actor, key, request.POST.dict()) if "told" in request.POST else ""
    return HttpResponse(changed, headers={"HX-Trigger-After-Settle": "facts-changed"})
