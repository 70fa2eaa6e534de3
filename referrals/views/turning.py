"""Who has a referral in hand, who was asked and who next, the page to choose another receiver, and what a former one keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from dossier.access import person_of
from events.actor import Actor
from events.errors import Refused
from people.request import ActingRequest
from referrals import access, actions
from referrals.access import Search, about
from referrals.forms import AssignForm, ElsewhereForm
from referrals.models import LetterItem, Referral, Round
from referrals.moves import BY_RESIDENCE, OTHER_MUNICIPALITY, Move, RejectionReason, RoundStatus, Status, Verb
from referrals.views.words import did, ended_words
from square.models import HealthcareService
from trust.access import Opening
from trust.categories import Category

TITLES = {
    Verb.PROPOSE: gettext_lazy("Ander aanbod voorstellen"),
    Verb.REDIRECT: gettext_lazy("Ander aanbod kiezen"),
    Verb.PASS_ON: gettext_lazy("Overdragen aan een ander"),
}
BUTTONS = {
    Verb.PROPOSE: gettext_lazy("Voorstel versturen"),
    Verb.REDIRECT: gettext_lazy("Naar dit aanbod sturen"),
    Verb.PASS_ON: gettext_lazy("Overdragen"),
}
SAID = {
    Verb.PROPOSE: gettext_lazy("Uw voorstel bij %(number)s is verstuurd naar de verwijzer."),
    Verb.REDIRECT: gettext_lazy("%(number)s is gestuurd naar %(name)s."),
    Verb.PASS_ON: gettext_lazy("%(number)s is overgedragen aan %(name)s. Uw toegang tot naam en brief is geëindigd."),
}


@dataclass(frozen=True)
class Along:
    """What of what was sent goes along to a service, and of which categories nothing does."""

    service: HealthcareService
    count: int
    held_back: list[str]


@login_required
@require_http_methods(["GET", "POST"])
def elsewhere(request: ActingRequest, pk: int, verb: str) -> HttpResponse:
    """Choose another service to propose, to send to, or to pass on to; ``do`` says what the form was sent for.

    Searching and choosing change nothing. What goes along is judged for the service that is chosen.
    """
    if verb not in TITLES:
        raise Http404
    actor, taken = request.actor, Verb(verb)
    referral = access.get_referral(actor, pk)
    moves = access.moves_for(referral, actor)
    if taken not in {move.verb for move in moves} or (taken == Verb.PASS_ON and referral.status == Status.REQUESTED):
        raise Refused(_("Dit kan nu niet bij deze verwijzing. Kijk hoe het ervoor staat."))
    opening = access.open_referral(actor, referral)
    if taken != Verb.PROPOSE and opening is None:
        raise PermissionDenied(_("Dit kan alleen wie naam en brief mag zien."))
    said = request.POST if request.method == "POST" else None
    words = said.get("q", "")[:120] if said is not None else referral.service.name if taken == Verb.REDIRECT else ""
    sending = said is not None and said.get("do") == "send"
    service = _chosen(referral, said.get("service", "") if said is not None else "")
    patient = opening.patient if opening else None
    kept = {"note": said.get("note", ""), "agreed": bool(said.get("agreed"))} if said is not None else {}
    form = ElsewhereForm(said if sending else None, initial=kept, patient=patient, service=service, verb=taken)
    if sending and form.is_valid() and service is not None:
        _take(taken, referral, service, form.cleaned_data, actor)
        names = {"number": referral.number, "name": service.organisation.name}
        messages.success(request, str(SAID[taken]) % names)
        return redirect("referrals:thread", pk)
    context = {
        "referral": referral,
        "verb": taken.value,
        "title": TITLES[taken],
        "button": BUTTONS[taken],
        "person": person_of(opening, actor) if opening else None,
        "about": about(referral),
        "words": words,
        "offers": _offers(referral, words, service),
        "chosen": service,
        "along": _along(referral, opening, service) if opening and service and taken != Verb.PROPOSE else None,
        "form": form,
    }
    part = request.htmx and not sending
    return render(request, "referrals/_elsewhere.html" if part else "referrals/elsewhere.html", context)


def _take(verb: Verb, referral: Referral, service: HealthcareService, values: dict[str, Any], by: Actor) -> None:
    if verb == Verb.PROPOSE:
        actions.propose(referral=referral, service=service, note=values["note"], by=by)
    elif verb == Verb.REDIRECT:
        actions.redirect(referral=referral, service=service, agreed=values["agreed"], by=by)
    else:
        actions.pass_on(referral=referral, service=service, agreed=values["agreed"], note=values["note"], by=by)


def _offers(referral: Referral, words: str, chosen: HealthcareService | None) -> list[access.Offer]:
    """What can be asked, best match first; the chosen one stays in sight."""
    found = access.find_offers(referral, Search(words=words)).offers
    able = [offer for offer in found if offer.choosable and offer.service.pk != referral.service_id]
    if chosen and all(offer.service.pk != chosen.pk for offer in able):
        kept = access.get_offer(referral, chosen.pk)
        able = [kept, *able] if kept else able
    return able


def _chosen(referral: Referral, number: str) -> HealthcareService | None:
    offer = access.get_offer(referral, number)
    return offer.service if offer and offer.choosable and offer.service.pk != referral.service_id else None


def _along(referral: Referral, opening: Opening, service: HealthcareService) -> Along:
    back = access.held_back(referral, service)
    kinds = [Category(item.kind) for item in access.items_of(opening, referral)]
    going = [kind for kind in kinds if kind not in back]
    return Along(service, len(going), [str(kind.label) for kind in sorted(set(kinds) & back)])


def around(referral: Referral, actor: Actor, moves: list[Move], opening: Opening | None) -> dict[str, Any]:
    """What the page of a referral shows of who has it in hand, of a proposal, and of who was asked."""
    possible = {move.verb for move in moves}
    rounds = access.rounds_of(referral)
    proposed = access.proposed_for(referral)
    hand = None
    if Verb.ASSIGN in possible:
        colleagues = access.colleagues_for(actor)
        hand = {
            "mine": referral.receiver_id == actor.user_id,
            "away": referral.receiver is not None and referral.receiver_id not in access.hands_of(actor).present,
            "form": AssignForm(colleagues=colleagues, initial={"to": referral.receiver_id or ""}),
        }
    loud = bool(proposed) or referral.status == Status.REJECTED  # these pages offer it as their next step already
    return {
        "hand": hand,
        "rounds": [(one, _round_words(one, referral)) for one in rounds] if len(rounds) > 1 else [],
        "by_residence": Verb.PASS_ON in possible
        and referral.status == Status.REQUESTED
        and referral.service.law in BY_RESIDENCE,
        "left_out": _left_out(referral, actor, opening),
        "proposed": _along(referral, opening, proposed) if proposed and opening and Verb.REDIRECT in possible else None,
        "elsewhere": [
            {"verb": verb.value, "label": TITLES[verb]}
            for verb in (Verb.PROPOSE, Verb.PASS_ON, Verb.REDIRECT)
            if verb in possible
            and (verb == Verb.PROPOSE or opening)
            and not (verb == Verb.REDIRECT and loud)
            and not (verb == Verb.PASS_ON and referral.status == Status.REQUESTED)
        ],
    }


def _left_out(referral: Referral, actor: Actor, opening: Opening | None) -> list[str]:
    """The categories of what was sent that this receiver does not get; said to the sender."""
    if not opening or not referral.left_out or "sender" not in access.parties_of(referral, actor):
        return []
    kinds = LetterItem.objects.filter(referral=referral).values_list("kind", flat=True).distinct()
    return [str(Category(kind).label) for kind in sorted(set(kinds)) if referral.left_out >> kind & 1]


def _round_words(one: Round, referral: Referral) -> str:
    if one.status == RoundStatus.WAITING and referral.status not in {Status.REQUESTED, Status.ASKED_BACK}:
        return str(RoundStatus.LAPSED.label)
    if one.status == RoundStatus.REJECTED and one.reason in RejectionReason.values:
        return f"{one.get_status_display()}: {RejectionReason(one.reason).label}"
    if one.reason == OTHER_MUNICIPALITY:
        return _("doorgestuurd: een andere gemeente is verantwoordelijk")
    if one.status == RoundStatus.CURRENT:
        return str(referral.get_status_display()) if referral.closed_at else str(RoundStatus.CURRENT.label)
    return str(one.get_status_display())


def former(request: ActingRequest, pk: int) -> HttpResponse | None:
    """The page of a referral that went to another: the own rounds, what was said in them, and nothing since."""
    found = access.former_round(request.actor, pk)
    if found is None:
        return None
    rounds, steps = found
    context = {
        "number": rounds[-1].number,
        "service": rounds[-1].service,
        "rounds": [(one, ended_words(one)) for one in rounds],
        "steps": [
            (step, "ours" if step.organisation_id == request.actor.organisation_id else "theirs", did(step))
            for step in steps
        ],
    }
    return render(request, "referrals/former.html", context)
