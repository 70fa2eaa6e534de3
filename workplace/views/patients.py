"""Finding and registering a patient."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from events.errors import Refused
from people.models import Organisation, Patient
from people.request import ActingRequest
from trust.access import search_patients
from trust.actions import register_patient
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
