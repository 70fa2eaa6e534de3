"""Making a referral: one page with three steps beside each other, which also works without JavaScript."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossier.access import FRAME, person_of, when, withheld_sentences
from people.models import Patient, PatientIdentity
from people.request import ActingRequest
from referrals import access, actions
from referrals.access import Group, Offer
from referrals.forms import OfferForm, ReferralForm
from referrals.views.words import for_citizen
from trust.access import Opening, get_patient
from trust.categories import EVERYTHING


@login_required
@require_http_methods(["GET", "POST"])
def new(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Refer a patient. ``do`` says what the form was sent for: ``search`` offers, ``choose`` one, or ``send``.

    Looking for an offer opens nothing of the record beyond the bar and the postcode; the record is opened when an offer was
    chosen and what could go along is shown, which the log then says.
    """
    actor = request.actor
    said = request.POST if request.method == "POST" else request.GET
    doing = request.POST.get("do", "send") if request.method == "POST" else ""
    part = bool(request.htmx)
    if doing == "search" and part:
        access.need_organisation(actor)
        return render(request, "referrals/_offers.html", _offers(get_patient(actor, key), said, said.get("service")))
    chosen = said.get("service")
    opening = access.open_for_referral(actor, key, EVERYTHING if chosen else FRAME)
    offer = access.get_offer(opening.patient, chosen)
    groups = access.selection_for(actor, opening, offer.service) if offer else []
    if doing == "choose" and part:
        form = ReferralForm(patient=opening.patient, offer=offer, groups=groups)
        return render(request, "referrals/_along.html", _along(request, form, opening, offer, groups))
    form = _form(request, doing, opening, offer, groups)
    if doing == "send" and form.is_valid() and offer is not None:
        values = form.cleaned_data
        made = actions.send(
            opening=opening, service=offer.service, question=values["question"], agreed=values["agreed"], wish=values["wish"],
            urgency=values["urgency"], notice=values["notice"], items=values["items"], token=values["token"], by=actor,
        )  # fmt: skip
        messages.success(
            request,
            _("Verwijzing %(number)s is verstuurd naar %(name)s.")
            % {"number": made.number, "name": offer.service.organisation.name},
        )
        return redirect("referrals:thread", made.pk)
    if request.method == "POST" and offer is not None and said.get("shown") == str(offer.service.pk):
        groups = access.ticked_as(groups, request.POST.getlist("items"))
    near = said.get("near", _postcode(opening)) or ""
    context = {
        **_offers(opening.patient, {"q": said.get("q", ""), "near": near}, chosen, offer),
        **_along(request, form, opening, offer, groups),
        "form": form,
        "person": person_of(opening, request.actor),
        "patient": opening.patient,
        "sent": doing == "send",
    }
    return render(request, "referrals/new.html", context)


KEPT = ("question", "wish", "notice", "urgency", "agreed", "token")


def _form(
    request: ActingRequest, doing: str, opening: Opening, offer: Offer | None, groups: list[Group]
) -> ReferralForm:
    options: dict[str, Any] = {"patient": opening.patient, "offer": offer, "groups": groups}
    if doing == "send":
        return ReferralForm(request.POST, **options)
    kept = {name: request.POST[name] for name in KEPT if request.POST.get(name)}
    return ReferralForm(initial={"token": uuid.uuid4(), **kept}, **options)


def _postcode(opening: Opening) -> str:
    identity = PatientIdentity.objects.filter(patient=opening.patient).first()
    return identity.postcode[:4] if identity else ""


def _offers(patient: Patient, said: Any, chosen: str | None, offer: Offer | None = None) -> dict[str, Any]:
    """The offers that match, the chosen one kept in sight even when the words no longer find it."""
    search = OfferForm({"q": said.get("q", ""), "near": said.get("near", "")})
    search.is_valid()
    near = search.cleaned_data.get("near")
    words = search.cleaned_data.get("q", "")
    offers = access.offers_for(patient, words, near)
    if chosen and not any(str(o.service.pk) == chosen for o in offers):
        kept = access.get_offer(patient, chosen, near)
        offers = [kept, *offers] if kept else offers
    return {
        "search": search,
        "offers": offers,
        "chosen": chosen or "",
        "near": near,
        "patient": patient,
        "offer": offer,
    }


def _along(
    request: ActingRequest, form: ReferralForm, opening: Opening, offer: Offer | None, groups: list[Group]
) -> dict[str, Any]:
    membership = request.membership
    return {
        "offer": offer,
        "groups": [
            {"group": group, "rows": [(item, when(item.on_date), item.ref in group.ticked) for item in group.items]}
            for group in groups
        ],
        "withheld": withheld_sentences(opening, request.actor.organisation_id) if offer else [],
        "ticked": sum(len(group.ticked) for group in groups),
        "total": sum(len(group.items) for group in groups),
        "citizen_reads": for_citizen(offer.service, membership.organisation) if offer and membership else [],
        "items_errors": form.errors.get("items", []) if form.is_bound else [],
    }
