"""What the senders of the made-up region wrote: letters with what went along, what came later, and who entered it for whom."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from referrals.moves import Status, Verb
from referrals.terms import letter_by
from region.generate.catalogue import TRAININGS
from region.generate.own import question_of
from region.generate.world import World
from trust.categories import Category

if TYPE_CHECKING:
    from region.generate.asking import Asking

ITEMS = (
    (Category.NETWORK, "Contactpersoon", "dochter, mantelzorger"),
    (Category.PLAN, "Thuis blijven wonen zolang het kan.", "wat telt"),
    (Category.PROBLEMS, "Essentiële hypertensie", "sinds 2014"),
    (Category.MEDICATION, "Metoprolol 50 mg", "1 maal per dag 1 tablet"),
    (Category.ALERTS, "Valrisico", ""),
    (Category.FUNCTIONING, "Loopt met een rollator", ""),
)
SUPPLEMENTS = (
    "Zij heeft vanaf maandag ook thuiszorg, twee keer per week.",
    "De dochter is op woensdag en vrijdag het best te bereiken.",
    "Sinds gisteren andere medicijnen; de lijst is bijgewerkt.",
)


def afterwards(world: World, a: Asking, number: int) -> None:
    """Now and then a colleague enters it, the letter follows, or something is sent after it; by number, so that chance stays."""
    helpers = [one for one in a.sender.place.members if one.role == "practice_nurse" and one is not a.sender]
    if a.origin != "sent" or a.advice:
        return
    if number % 9 == 0 and helpers:
        a.entered_by = helpers[0]
    by = letter_by(a.urgency, a.sent)
    if (
        number % 4 == 0
        and a.status == Status.REQUESTED
        and len(a.steps) == 1
        and by > world.now
        and a.sender.place.id in a.who.circle
    ):
        a.letter_due, a.notice = by, "Vraagt hulp; de brief volgt na het spreekuur."
    if number % 13 == 0 and a.accepted and a.status in {Status.ACCEPTED, Status.IN_PROGRESS, Status.COMPLETED}:
        place = next(n for n, one in enumerate(a.steps) if one[0] == Verb.ACCEPT) + 1
        until = a.steps[place][4] if place < len(a.steps) else world.now
        at = a.accepted + (until - a.accepted) / 2
        a.steps.insert(place, (Verb.SUPPLEMENT, Status.ACCEPTED, a.sender, "", at))


def supplement(world: World, a: Asking, number: int, step: int) -> None:
    world.load.put(
        "referrals_supplement",
        step_id=step,
        token=uuid.uuid5(uuid.NAMESPACE_OID, f"supplement {number}"),
        referral_id=number,
        patient_id=a.who.id,
        organisation_id=a.sender.place.id,
        category=a.service.sensitivity,
        text=SUPPLEMENTS[number % len(SUPPLEMENTS)],
    )


def advice(world: World, a: Asking, number: int, step: int) -> None:
    text, plain = a.advice or ("", "")
    world.load.put(
        "referrals_report",
        step_id=step,
        token=uuid.uuid5(uuid.NAMESPACE_OID, f"advice {number}"),
        referral_id=number,
        patient_id=a.who.id,
        organisation_id=a.service.place.id,
        category=a.service.sensitivity,
        text=text,
        plain=plain,
    )


def letter(world: World, a: Asking, number: int) -> None:
    if not a.letter_due:
        world.load.put(
            "referrals_letter",
            referral_id=number,
            patient_id=a.who.id,
            organisation_id=a.service.place.id if a.own else a.sender.place.id,
            category=a.service.sensitivity,
            question=question_of(number) if a.own and a.service.kind not in TRAININGS else a.letter,
            wish=a.wish,
            agreed=True,
        )
    if a.origin == "walk_in" or a.service.kind in TRAININGS:
        return
    for kind, title, detail in world.chance.sample(ITEMS, world.chance.randint(1, 4)):
        world.load.put(
            "referrals_letteritem",
            id=world.load.number("referrals_letteritem"),
            referral_id=number,
            patient_id=a.who.id,
            organisation_id=a.service.place.id if a.own else a.sender.place.id,
            category=int(kind),
            kind=int(kind),
            title=title,
            detail=detail,
            on_date="",
            origin=f"{a.sender.name}, {a.sender.place.name}",
            document_id=None,
            step_id=None,
        )
