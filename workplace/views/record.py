"""Finding and registering a patient, the overview and its parts."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.contrib import messages
from django.db import connection
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dossier.access import Why
from dossier.actions import ask_source
from dossier.models import Source
from events.actor import Actor, act, own_transaction
from events.errors import Refused
from people.models import Organisation, Patient
from people.request import ActingRequest
from trust.access import open_record, search_patients
from trust.actions import register_patient
from trust.categories import Category
from workplace import access
from workplace.forms import RegisterForm, SearchForm
from workplace.views.work import actor_of


@require_http_methods(["GET", "POST"])
def patients(request: ActingRequest) -> HttpResponse:
    """Find a citizen within reach; what is typed travels in the body, never in an address."""
    actor = actor_of(request)
    form = SearchForm(request.POST if request.method == "POST" else None)
    found: list[Patient] | None = None
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        found = search_patients(
            actor,
            names=typed["names"],
            birth_date=typed.get("birth_date"),
            postcode=typed.get("postcode", ""),
            bsn=typed.get("bsn", ""),
        )
        if len(found) == 1 and (typed.get("bsn") or (typed["names"] and typed.get("birth_date"))):
            return redirect("workplace:patient", key=found[0].key)
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    return render(
        request, "workplace/patients.html", {"form": form, "found": found, "may_register": organisation.may_process_bsn}
    )


@require_http_methods(["GET", "POST"])
def register(request: ActingRequest) -> HttpResponse:
    """Register a citizen, or state a care relation with one whom the network knows."""
    actor = actor_of(request)
    if not Organisation.objects.get(pk=actor.organisation_id).may_process_bsn:
        raise Refused(_("Uw organisatie mag het BSN niet gebruiken en kan daarom geen inwoner inschrijven."))
    form = RegisterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            key = register_patient(registration=form.registration(), by=actor)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("De inwoner is ingeschreven bij uw organisatie."))
            return redirect("workplace:patient", key=key)
    return render(request, "workplace/register.html", {"form": form}, status=200)


def _page(request: ActingRequest, key: uuid.UUID, template: str) -> HttpResponse:
    actor = actor_of(request)
    opening = open_record(actor, key, Category)
    shown = access.overview(opening, actor)
    return render(request, template, {"overview": shown, "patient": shown.patient, **_bar(shown)})


def _bar(shown: access.Overview) -> dict[str, Any]:
    patient = shown.patient
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
            if name == "emergency_patient" or access.has_care(shown.opening)
        ],
        "withheld": not shown.opening.emergency and any(Why.NO_CONSENT in state.kept for state in shown.sources),
    }


@require_GET
@own_transaction
def patient(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """The integral overview: own record at once; each source's facts as they arrive, or together where no script runs."""
    actor = actor_of(request)
    if "sources" in request.GET:
        _ask_all(key, actor)
    with act(actor):
        return _page(request, key, "workplace/patient.html")


def _ask_all(key: uuid.UUID, actor: Actor) -> None:
    with act(actor):
        open_record(actor, key, [Category.IDENTITY])
        sources = list(Source.objects.filter(active=True).select_related("organisation"))

    def ask(source: Source) -> None:
        try:
            ask_source(source=source, key=key, by=actor)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6, thread_name_prefix="source") as pool:
        list(pool.map(ask, sources))


@require_GET
@own_transaction
def source(request: ActingRequest, key: uuid.UUID, number: int) -> HttpResponse:
    """Ask one source, and show how it answered; the board then fetches itself anew."""
    actor = actor_of(request)
    asked = Source.objects.filter(pk=number, active=True).select_related("organisation").first()
    if asked is None:
        raise Http404
    ask_source(source=asked, key=key, by=actor, again="again" in request.GET)
    if not request.htmx:
        return redirect("workplace:patient", key=key)
    with act(actor):
        opening = open_record(actor, key, [Category.IDENTITY])
        shown = access.state_of(asked, opening, actor)
        response = render(request, "workplace/_source.html", {"state": shown, "key": key})
    response["HX-Trigger-After-Settle"] = "facts-changed"
    return response


@require_GET
def board(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """The facts by category and the time line, from what has been kept so far."""
    return _page(request, key, "workplace/_board.html")
