"""The page on which the desk takes on, or not, a referral that waits at the system of who refers."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from events.errors import Refused
from exchange.pull import receiving
from exchange.pull.forms import RefuseForm, TakeForm
from exchange.pull.models import Announcement
from people.access import need_professional
from people.request import ActingRequest

FAULTS = {
    "withdrawn": gettext_lazy("De verwijzer heeft de verwijzing intussen ingetrokken."),
    "other-person": gettext_lazy(
        "Het systeem van de verwijzer gaf gegevens van iemand anders. Er is niets overgenomen."
    ),
    "several-patients": gettext_lazy(
        "Het systeem van de verwijzer gaf gegevens van meer dan één persoon. Er is niets overgenomen."
    ),
    "no-patient": gettext_lazy("Het systeem van de verwijzer gaf niet om wie het gaat."),
    "unreadable": gettext_lazy("Wat het systeem van de verwijzer van de inwoner gaf, is niet te lezen."),
    "not-connected": gettext_lazy("Het systeem van de verwijzer is niet meer aangesloten. Bel de verwijzer."),
    "no-bsn": gettext_lazy("Het systeem van de verwijzer gaf geen BSN."),
    "no-birth-date": gettext_lazy("Het systeem van de verwijzer gaf geen hele geboortedatum."),
    "no-name": gettext_lazy("Het systeem van de verwijzer gaf geen achternaam."),
    "identity-differs": gettext_lazy(
        "Naam of geboortedatum past niet bij wie dit netwerk onder dit BSN kent. Er is niets overgenomen."
    ),
    "not-admitted": gettext_lazy(
        "Deze verwijzing kan hier niet worden aangenomen, bijvoorbeeld omdat het aanbod gesloten is."
    ),
    "set-aside": gettext_lazy(
        "Een deel van wat klaarstond is niet overgenomen: het was niet te lezen of ging over iemand anders."
    ),
}


def _get(request: ActingRequest, pk: int) -> Announcement:
    """One that is announced to the own organisation; any other does not exist."""
    need_professional(request.actor)
    rows = Announcement.objects.select_related("sender", "service", "decided_by")
    found = rows.filter(pk=pk, organisation_id=request.actor.works_for).first() if pk < 2**63 else None
    if found is None:
        raise Http404
    return found


@login_required
@require_safe
def announcement(request: ActingRequest, pk: int) -> HttpResponse:
    """What may be known before anybody accepts, and how far it is."""
    found = _get(request, pk)
    if found.status == Announcement.Status.TAKEN and found.referral_id and found.fault == "":
        return redirect("referrals:thread", found.referral_id)
    return _page(request, found)


@login_required
@require_POST
def take(request: ActingRequest, pk: int) -> HttpResponse:
    """Take it on."""
    found = _get(request, pk)
    form = TakeForm(request.POST, services=receiving.services_of(found.organisation_id))
    if not form.is_valid():
        return _page(request, found, take_form=form)
    receiving.accept(announcement=found, service=form.cleaned_data["service"], by=request.actor)
    messages.success(request, _("Aangenomen. Naam en gegevens worden nu opgehaald."))
    return redirect("exchange:announcement", pk)


@login_required
@require_POST
def refuse(request: ActingRequest, pk: int) -> HttpResponse:
    """Say no."""
    found = _get(request, pk)
    form = RefuseForm(request.POST)
    if form.is_valid():
        try:
            receiving.reject(announcement=found, by=request.actor, **form.cleaned_data)
        except Refused as refused:
            if not refused.field:
                raise
            form.add_error(refused.field, refused.message)
    if form.errors:
        return _page(request, found, refuse_form=form)
    messages.success(request, _("Afgewezen. De verwijzer en de inwoner lezen waarom."))
    return redirect("exchange:announcement", pk)


def _page(
    request: ActingRequest, found: Announcement, take_form: BaseForm | None = None, refuse_form: BaseForm | None = None
) -> HttpResponse:
    open_ = found.status in {Announcement.Status.ANNOUNCED, Announcement.Status.FAILED}
    services = receiving.services_of(found.organisation_id) if open_ else []
    context = {
        "announced": found,
        "open": open_,
        "waits": found.status == Announcement.Status.ACCEPTED,
        "fault": FAULTS.get(found.fault, ""),
        "take_form": take_form or TakeForm(services=services, initial={"service": found.service_id}),
        "refuse_form": refuse_form or RefuseForm(),
        "wrong": refuse_form is not None,
    }
    return render(request, "exchange/announcement.html", context, status=422 if take_form or refuse_form else 200)
