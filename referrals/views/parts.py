"""Giving a part of a request to another, and the parts as the page of the whole shows them."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossier.access import person_of, when, withheld_sentences
from events.actor import Actor
from events.errors import Refused
from people.request import ActingRequest
from referrals import access, actions
from referrals.access import Offer, Search, Someone
from referrals.forms import EngageForm
from referrals.models import Referral
from referrals.moves import Verb


@login_required
@require_http_methods(["GET", "POST"])
def engage(request: ActingRequest, pk: int) -> HttpResponse:
    """Choose who does a part, what is asked and what goes along; ``do`` says what the form was sent for. Nothing is ticked."""
    actor = request.actor
    referral = access.get_referral(actor, pk)
    if "receiver" not in access.parties_of(referral, actor):
        raise PermissionDenied(_("Dit kan alleen de ontvanger van de verwijzing."))
    if Verb.ENGAGE not in {move.verb for move in access.moves_for(referral, actor)} or referral.based_on_id:
        raise Refused(_("Dit kan nu niet bij deze verwijzing. Kijk hoe het ervoor staat."))
    patient = access.patients_of([referral], actor).get(referral.patient_id)
    if patient is None:
        raise PermissionDenied(_("Uw organisatie heeft geen relatie meer met deze inwoner."))
    opening = access.open_for_referral(actor, patient.key)
    about = access.someone(opening)
    said = request.POST if request.method == "POST" else None
    words = said.get("q", "")[:120] if said is not None else ""
    offers = _offers(about, words, actor)
    chosen = _chosen(about, said.get("service", "") if said is not None else "", actor)
    if chosen and all(offer.service.pk != chosen.service.pk for offer in offers):
        offers = [chosen, *offers]
    service = chosen.service if chosen else None
    groups = access.part_selection_for(actor, opening, service, referral) if service else []
    sending = said is not None and said.get("do") == "send"
    kept = {name: said.get(name, "") for name in ("question", "notice", "token", "agreed")} if said is not None else {}
    form = EngageForm(
        said if sending else None,
        initial={**kept, "token": kept.get("token") or uuid.uuid4()},
        patient=opening.patient,
        service=service,
        groups=groups,
    )
    if sending and form.is_valid() and service is not None:
        part = actions.engage(opening=opening, referral=referral, service=service, by=actor, **form.cleaned_data)
        names = {"number": part.number, "name": service.organisation.name}
        messages.success(request, _("Het deel is gevraagd aan %(name)s, onder nummer %(number)s.") % names)
        return redirect("referrals:thread", pk)
    ticked = set(said.getlist("items")) if said is not None else set()
    context = {
        "referral": referral,
        "person": person_of(opening, actor),
        "words": words,
        "offers": offers,
        "chosen": service,
        "form": form,
        "groups": [
            {"group": group, "rows": [(item, when(item.on_date), item.ref in ticked) for item in group.items]}
            for group in groups
        ],
        "withheld": withheld_sentences(opening, actor.organisation_id) if service else [],
    }
    part_of_page = request.htmx and not sending
    return render(request, "referrals/_engage.html" if part_of_page else "referrals/engage.html", context)


def _offers(about: Someone, words: str, actor: Actor) -> list[Offer]:
    return [offer for offer in access.find_offers(about, Search(words=words)).offers if _able(offer, actor)]


def _chosen(about: Someone, number: str, actor: Actor) -> Offer | None:
    offer = access.get_offer(about, number)
    return offer if offer and _able(offer, actor) else None


def _able(offer: Offer, actor: Actor) -> bool:
    """Open, fitting, of another organisation; what asks a form of its own is asked for on the page of a referral."""
    service = offer.service
    return offer.choosable and service.organisation_id != actor.organisation_id and not service.questionnaire


def parts_around(referral: Referral, actor: Actor, possible: set[Verb], opened: bool) -> dict[str, Any]:
    """What the page of a referral shows of parts: those that others do, the whole it is a part of, and whether one can be given."""
    parts = access.parts_of(referral)
    return {
        "parts": [(part, part.words, "receiver" in access.parties_of(referral, actor)) for part in parts],
        "whole": access.whole_of(referral, actor),
        "may_engage": opened and Verb.ENGAGE in possible and referral.based_on_id is None,
    }
