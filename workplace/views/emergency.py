"""Emergency access: opening a record without relation or choice, what runs now, and ending it early."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from events.errors import Refused
from people.models import Organisation, Patient
from people.request import ActingRequest
from trust import actions
from trust.access import get_patient, need_role
from trust.categories import Category
from workplace import access
from workplace.forms import EmergencyForm
from workplace.views.work import actor_of


@require_http_methods(["GET", "POST"])
def emergency(request: ActingRequest, key: uuid.UUID | None = None) -> HttpResponse:
    """Ask for emergency access: by BSN and birth date, or by key for a patient within reach.

    ``do=carry`` brings what was typed in the search along, so that nobody types a number twice.
    """
    actor = actor_of(request)
    need_role(actor, Category.IDENTITY)
    patient = get_patient(actor, key) if key else None
    by_number = Organisation.objects.filter(pk=actor.organisation_id, may_process_bsn=True).exists()
    if request.method != "POST":
        form = EmergencyForm(known=patient is not None)
    elif request.POST.get("do") == "carry":
        form = EmergencyForm(initial={name: request.POST.get(name, "")[:20] for name in ("bsn", "birth_date")})
    else:
        form = EmergencyForm(request.POST, known=patient is not None)
        if form.is_valid():
            try:
                begun = _start(form, patient, request)
            except Refused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            else:
                messages.success(request, _("Noodtoegang geopend. De inwoner en de functionaris krijgen bericht."))
                return redirect("workplace:patient", key=Patient.objects.get(pk=begun).key)
    accesses = access.accesses_of(actor)
    return render(
        request,
        "workplace/emergency.html",
        {
            "form": form,
            "patient": patient,
            "open_here": any(one.running and patient and one.emergency.patient_id == patient.pk for one in accesses),
            "may_ask": patient is not None or by_number,
            "running": [one for one in accesses if one.running],
            "ended": [one for one in accesses if not one.running],
        },
    )


def _start(form: EmergencyForm, patient: Patient | None, request: ActingRequest) -> int:
    typed = form.cleaned_data
    begun = actions.start_emergency(
        reason=typed["reason"],
        explanation=typed["explanation"],
        key=patient.key if patient else None,
        bsn=typed.get("bsn", ""),
        birth_date=typed.get("birth_date"),
        by=request.actor,
    )
    number: int = begun.patient_id
    return number


@require_GET
def banner(request: ActingRequest) -> HttpResponse:
    """What stands above every page, fetched anew each minute, so that a page left open says that the hour is over."""
    return render(request, "workplace/_emergencies.html", {"accesses": access.banner_of(actor_of(request))})


@require_POST
def end(request: ActingRequest, pk: int) -> HttpResponse:
    """End emergency access before its hour is over."""
    actor = actor_of(request)
    actions.end_emergency(emergency=access.get_running(actor, pk), by=actor)
    messages.success(request, _("De noodtoegang is beëindigd."))
    return redirect("workplace:today")
