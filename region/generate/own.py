"""What the citizens of the made-up region do themselves with a referral: ask for help, write a message, and get an answer."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import orjson

from dossier.access.questionnaires import newest
from dossier.questionnaires.answers import kept_of
from referrals.moves import Status, Verb
from region.generate.catalogue import CATALOGUE, FORMS, TRAININGS
from region.generate.world import World

if TYPE_CHECKING:
    from region.generate.asking import Asking

SELF = frozenset(kind.kind for kinds in CATALOGUE.values() for kind in kinds if kind.self_referral) | TRAININGS
OWN_WORDS = (
    "Ik zit veel alleen thuis en wil graag weer onder de mensen.",
    "Ik kom er zelf niet meer uit met alle papieren. Kan iemand meekijken?",
    "Mijn man wordt vergeetachtig. Ik wil weten welke hulp er is.",
    "Ik ben vaak moe en bang om te vallen. Wat kan ik doen?",
)
SAID = (
    ("Mag mijn dochter bij het gesprek zijn?", "Natuurlijk, dat is juist fijn."),
    ("Ik hoor niet zo goed. Kunt u bellen in plaats van videobellen?", "Wij bellen u op uw vaste nummer."),
    ("Moet ik iets meenemen?", "Alleen uw medicijnlijst, als u die heeft."),
    ("Kan het ook bij mij thuis?", "Ja, wij komen naar u toe."),
)


def is_own(a: Asking, number: int) -> bool:
    """Whether the citizen asked for this self; by number, so that chance stays."""
    plain = (
        a.origin == "sent" and not a.advice and not a.letter_due and not a.entered_by and not a.then and not a.rounds
    )
    senders = {verb for verb, _status, by, _note, _at in a.steps if by is a.sender}
    return number % 5 == 2 and a.service.kind in SELF and plain and senders <= {Verb.SEND, Verb.ANSWER, Verb.SETTLE}


def question_of(number: int) -> str:
    """What the citizen wrote."""
    return OWN_WORDS[number % len(OWN_WORDS)]


def talk(world: World, a: Asking, number: int) -> None:
    """In some of those that were taken on, the citizen wrote something and the receiver answered."""
    recent = a.accepted and (world.now - a.accepted).days < 120
    if number % 6 != 1 or not recent or a.accepted is None or a.status not in {Status.ACCEPTED, Status.IN_PROGRESS}:
        return
    asked, answered = SAID[number % len(SAID)]
    at = min(a.accepted + timedelta(hours=5), world.now - timedelta(minutes=40))
    for text, place, user, party, moment in (
        (asked, None, None, "citizen", at),
        (answered, a.service.place.id, a.receiver.user, "organisation", at + timedelta(minutes=35)),
    ):
        step = world.load.number("referrals_step")
        world.load.put(
            "referrals_step",
            id=step,
            referral_id=number,
            patient_id=a.who.id,
            verb=str(Verb.SAY),
            status=str(Status.IN_PROGRESS if a.started and a.started < moment else Status.ACCEPTED),
            party=party,
            organisation_id=place,
            user_id=user,
            note="",
            at=moment,
            round=len(a.rounds) + 1,
            code="",
        )
        world.load.put(
            "referrals_remark",
            step_id=step,
            token=uuid.uuid5(uuid.NAMESPACE_OID, f"remark {step}"),
            referral_id=number,
            patient_id=a.who.id,
            organisation_id=place,
            category=a.service.sensitivity,
            text=text,
        )


GIVEN: dict[str, list[str]] = {
    "help": ["post", "debts"], "urgent": ["false"], "place": ["home"], "phone": ["06-12345678"], "interpreter": ["false"],
    "with": ["dochter"],
}  # fmt: skip


def answered(world: World, a: Asking, number: int) -> None:
    """What was filled in with the question, where the service has a form that people fill in themselves too."""
    form = newest(FORMS[a.service.kind]) if a.service.kind in FORMS else None
    if form is None:
        return
    keeps = a.service.place if a.own else a.sender.place
    world.load.put(
        "referrals_questionnaireresponse", id=world.load.number("referrals_questionnaireresponse"), referral_id=number,
        patient_id=a.who.id, organisation_id=keeps.id, category=a.service.sensitivity, questionnaire=form.key,
        answers=orjson.dumps(kept_of(form, GIVEN)).decode(), kinds=0, step_id=None,
        author_id=None if a.own else a.sender.user, at=a.sent,
    )  # fmt: skip
