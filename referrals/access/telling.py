"""How the person gets to know of a referral: by which channel, and what who has no portal is still to be told, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from dossier.access import when
from events.actor import Actor
from people.access import greeting
from people.models import Patient, PatientIdentity, User
from referrals.access.answers import answers_of
from referrals.access.appointments import booked_of
from referrals.access.parties import answers_by_link, items_of, letter_of, steps_of
from referrals.access.seats import meeting_words, place_of
from referrals.access.sent import supplements_of
from referrals.access.story import happened, moment_of, story_of
from referrals.models import Referral, Report, Step
from referrals.moves import HELPING, ON_PAPER, RUNNING, TOLD_BY, Channel, Outcome, Taker, Told, Verb
from trust.access import Opening
from trust.categories import YOURS, Category


@dataclass(frozen=True)
class Telling:
    """What the actor's organisation is still to tell a person without the portal: whether the paper is to be given, and which
    steps are to be said."""

    paper: bool = False
    steps: list[Step] = field(default_factory=list)


def channels_for(patient: Patient) -> list[tuple[str, str]]:
    """The channels that can be chosen, with their words: the portal for who has an account there."""
    open_ = [one for one in Channel if one != Channel.PORTAL or patient.account_id is not None]
    return [(str(one), str(one.label)) for one in open_]


def usual_channel(opening: Opening, actor: Actor) -> Channel:
    """What is filled in beforehand: as the organisation chose the last time for this person, else the portal for who has it and
    can be told by e-mail, else paper."""
    patient = opening.patient
    mine = Referral.objects.filter(patient=patient, sending_organisation_id=actor.organisation_id)
    last = mine.order_by("-sent_at", "-pk").values_list("channel", flat=True).first()
    if last in {Channel.NONE, Channel.PAPER}:
        return Channel(last)
    if patient.account_id is None:
        return Channel.PAPER
    if last == Channel.PORTAL or _has_address(patient):
        return Channel.PORTAL
    return Channel.PAPER


def _has_address(patient: Patient) -> bool:
    """Whether the record or the account holds an e-mail address."""
    known = PatientIdentity.objects.filter(patient=patient).exclude(email="").exists()
    return known or User.objects.filter(pk=patient.account_id).exclude(email="").exists()


def teller_of(referral: Referral, verb: str) -> int | None:
    """Which organisation tells the person of a step: the one that has the relation then.

    An appointment by who helps, unless nobody of it works in the network, and a place on a meeting once it knows who it is; all
    else by who referred. Where nobody referred, by who helps as long as it does, and by nobody after. Nobody where the person has died.
    """
    if referral.outcome == Outcome.DECEASED:
        return None
    if referral.sending_organisation_id is None:
        return referral.receiving_organisation_id if referral.status in HELPING else None
    knows = verb != Verb.ENROL or referral.status in HELPING
    helps = TOLD_BY.get(verb) == "receiver" and knows and not answers_by_link(referral.receiving_organisation_id)
    return referral.receiving_organisation_id if helps else referral.sending_organisation_id


def to_tell(referral: Referral, steps: Sequence[Step], actor: Actor) -> Telling:
    """What waits to be told by the actor's organisation; nothing where the person reads it in the portal."""
    mine = actor.organisation_id
    if referral.channel != Channel.PAPER or mine is None:
        return Telling()
    own = [(place, one) for place, one in enumerate(steps) if one.organisation_id == mine]
    given = max((place for place, one in own if one.verb == Verb.TELL and one.code != Told.SAID), default=-1)
    # Who asks another with the agreement of the person has told of what came before.
    said = max(
        (place for place, one in own if one.verb == Verb.REDIRECT or (one.verb == Verb.TELL and one.code == Told.SAID)),
        default=-1,
    )
    sent = max((place for place, one in enumerate(steps) if one.verb in ON_PAPER), default=-1)
    untold = [one for one in steps[said + 1 :] if _to_be_told(one, referral) and teller_of(referral, one.verb) == mine]
    paper = referral.status in RUNNING and given < sent and teller_of(referral, Verb.SEND) == mine
    return Telling(paper, untold)


def _to_be_told(step: Step, referral: Referral) -> bool:
    """Whether a step is one that the person must know; of the appointment only the last counts, while it can still be kept."""
    if step.verb not in TOLD_BY or step.party not in {Taker.ORGANISATION, Taker.SYSTEM}:
        return False
    if step.verb in {Verb.PLAN, Verb.CALL_OFF}:
        return referral.status in HELPING and step.round == referral.round
    if step.verb == Verb.ENROL:
        others = step.party == Taker.SYSTEM or step.organisation_id == referral.receiving_organisation_id
        return others and step.round == referral.round
    return True


def said_of(telling: Telling, referral: Referral) -> list[str]:
    """What there is to say, in the words that the person would read in the portal."""
    sentences = []
    planned = [one for one in telling.steps if one.verb in {Verb.PLAN, Verb.CALL_OFF}][-1:]
    for step in telling.steps:
        if step.verb in {Verb.PLAN, Verb.CALL_OFF} and step not in planned:
            continue
        line = happened(step, referral)
        more = [line.more]
        if step.verb == Verb.ADVISE:
            more = list(Report.objects.filter(step=step).values_list("plain", flat=True))
        if step.verb == Verb.PLAN and (made := booked_of(referral)):
            more = [f"{moment_of(made)}.", str(made.get_way_display()).capitalize() + ".", made.place, made.note]
        if step.verb == Verb.ENROL and (seat := place_of(referral)):
            more = [f"{meeting_words(seat.session)}."]
        sentences.append(" ".join(filter(None, [line.word, *more])))
    return sentences


def may_choose(referral: Referral, actor: Actor) -> bool:
    """Whether the actor's organisation gives the copy, and so changes how: who referred, or who helps where nobody did."""
    return referral.status in RUNNING and gives_copy(referral, actor)


def gives_copy(referral: Referral, actor: Actor) -> bool:
    """Whether the actor's organisation gives the copy on paper, also after the end where it referred."""
    return actor.organisation_id is not None and teller_of(referral, Verb.SEND) == actor.organisation_id


def words_of(referral: Referral) -> str:
    """How the person gets to know of it."""
    return str(Channel(referral.channel).label)


def need_choosing(referral: Referral, actor: Actor) -> None:
    """``PermissionDenied`` for who does not give the copy."""
    if not may_choose(referral, actor):
        raise PermissionDenied(_("Dit kan alleen de organisatie die de inwoner op de hoogte houdt."))


def paper_of(referral: Referral, opening: Opening) -> dict[str, Any]:
    """What stands on the paper, out of an opened record: what the person would read in the portal."""
    identity = PatientIdentity.objects.filter(patient=opening.patient).first()
    kinds: dict[str, list[tuple[Any, str]]] = {}
    for item in items_of(opening, referral):
        kinds.setdefault(str(YOURS[Category(item.kind)]), []).append((item, when(item.on_date)))
    return {
        "story": story_of(referral, steps_of(referral)),
        "letter": letter_of(opening, referral),
        "answered": answers_of(opening, referral),
        "supplements": supplements_of(opening, referral),
        "kinds": list(kinds.items()),
        "name": greeting(opening.patient),
        "address": _address(identity),
    }


def _address(identity: PatientIdentity | None) -> list[str]:
    """The lines under the name on an envelope; none where they are not known."""
    if identity is None:
        return []
    code = f"{identity.postcode[:4]} {identity.postcode[4:]}".strip()
    return [
        line
        for line in (f"{identity.street} {identity.house_number}".strip(), f"{code} {identity.place}".strip())
        if line
    ]
