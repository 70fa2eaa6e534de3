"""Three years of referrals in the made-up region: asked, answered, waited for, started, ended, with what still waits."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from events.clock import working_day_from
from referrals.moves import (
    ANSWER_DAYS,
    ONGOING_DAYS,
    REVIEW_DAYS,
    Outcome,
    RejectionReason,
    Status,
    Verb,
)
from referrals.terms import answer_by, begin_by, level_of, review_by
from region.generate.appointments import meet, office_hour
from region.generate.catalogue import CATALOGUE
from region.generate.citizens import relate
from region.generate.journeys import enrol
from region.generate.world import YEARS, Citizen, Member, Service, World
from trust.categories import Category

PER_CITIZEN = 1.95
"""Referrals per citizen in three years."""
LETTERS_KEPT_DAYS = 200
"""How far back the letters of the history go; older ones are counted only."""
# Fewer in the summer and at Christmas, more in January and after the summer.
MONTHS = [1.15, 1.05, 1.1, 1.0, 0.95, 1.0, 0.72, 0.7, 1.12, 1.15, 1.1, 0.85]
SENDERS = {
    "mental_health": ("gp",),
    "hospital": ("gp",),
    "home_care": ("hospital", "gp", "gp", "home_care"),
    "pharmacy": ("gp", "home_care"),
    "social": ("gp", "home_care", "welfare", "municipality"),
    "municipality": ("social", "gp", "home_care"),
    "welfare": ("gp", "social", "home_care"),
    "gp": ("home_care", "social"),
}
REJECTIONS = (
    ("no_capacity", 0.46),
    ("not_eligible", 0.22),
    ("cannot_deliver", 0.14),
    ("not_reachable", 0.1),
    ("otherwise", 0.08),
)
NOTES = {
    "no_capacity": "Wij hebben de komende drie maanden geen plek.",
    "not_eligible": "Valt buiten onze voorwaarden.",
    "cannot_deliver": "Deze vraag past beter bij een andere aanbieder.",
    "not_reachable": "Driemaal gebeld en een brief gestuurd.",
    "otherwise": "In overleg ingetrokken.",
}
ASKED = (
    "Is dit al met de inwoner besproken?",
    "Welke medicijnen worden nu gebruikt?",
    "Is er een recent verslag?",
    "Is er al andere hulp in huis?",
)
ITEMS = (
    (Category.NETWORK, "Contactpersoon", "dochter, mantelzorger"),
    (Category.PLAN, "Thuis blijven wonen zolang het kan.", "wat telt"),
    (Category.PROBLEMS, "Essentiële hypertensie", "sinds 2014"),
    (Category.MEDICATION, "Metoprolol 50 mg", "1 maal per dag 1 tablet"),
    (Category.ALERTS, "Valrisico", ""),
    (Category.FUNCTIONING, "Loopt met een rollator", ""),
)
WISHES = (
    "Weer iemand om mee te praten.",
    "Snel weten waar ik aan toe ben.",
    "Graag iemand die thuis komt.",
    "",
    "",
    "Liefst in de buurt.",
)


@dataclass(slots=True)
class Asking:
    """One referral on its way: who asks whom for which citizen, and when which step was taken."""

    who: Citizen
    service: Service
    sender: Member
    receiver: Member
    sent: datetime
    urgency: str = "routine"
    letter: str = ""
    wish: str = ""
    status: str = Status.REQUESTED
    accepted: datetime | None = None
    started: datetime | None = None
    closed: datetime | None = None
    settled: datetime | None = None
    planned: datetime | None = None
    due: datetime | None = None
    rejection: str = ""
    outcome: str = ""
    steps: list[tuple[str, str, Member, str, datetime]] = field(default_factory=list)

    def step(self, verb: str, status: str, by: Member, at: datetime, note: str = "") -> None:
        """Take a step."""
        self.status = status
        self.steps.append((verb, status, by, note, at))


_WEIGHTS = {kind.kind: kind.weight for kinds in CATALOGUE.values() for kind in kinds}


def referrals(world: World, who: Citizen) -> None:
    """The referrals of one citizen over three years."""
    chance = world.chance
    age = (world.today - who.born).days // 365
    mean = PER_CITIZEN * (0.45 + age / 75)
    count = min(9, int(chance.expovariate(1 / mean) + 0.5))
    fitting = _fitting(world, who) if count else []
    for _ in range(count if fitting else 0):
        day = _day(world)
        if who.deceased and day > who.deceased - timedelta(days=20):
            continue
        service = chance.choices([s for s, _ in fitting], [w for _, w in fitting])[0]
        if asking := _ask(world, who, service, day):
            run(world, asking)
            write(world, asking)


def _fitting(world: World, who: Citizen) -> list[tuple[Service, float]]:
    """For each kind of service one provider that takes this citizen, nearest first, with how often it is asked."""
    found: dict[str, tuple[Service, float]] = {}
    age = (world.today - who.born).days // 365
    for domain in SENDERS:
        for _ in range(2):
            place = world.nearby(domain, who.area.municipality)
            for service in place.services:
                if service.kind not in found and service.fits(who, age):
                    found[service.kind] = (service, _WEIGHTS[service.kind])
    return list(found.values())


def _day(world: World) -> date:
    while True:
        day = world.today - timedelta(days=int(world.chance.random() * 365 * YEARS) + 1)
        growth = 1 - 0.15 * (world.today - day).days / (365 * YEARS)
        if world.chance.random() * max(MONTHS) < MONTHS[day.month - 1] * growth:
            return working_day_from(day) if working_day_from(day) < world.today else day - timedelta(days=2)


def _ask(world: World, who: Citizen, service: Service, day: date) -> Asking | None:
    chance = world.chance
    domains = SENDERS[service.place.domain]
    able = [
        world.by_number[n] for n, begun in who.circle.items() if begun <= day and world.by_number[n].domain in domains
    ]
    able = [place for place in able if place.id != service.place.id]
    if not able:
        return None
    sender = chance.choice(able).somebody(
        chance, "gp", "district_nurse", "social_worker", "specialist", "welfare_worker"
    )
    soon = chance.random() < 0.12
    return Asking(
        who,
        service,
        sender,
        service.place.somebody(chance),
        world.on(day),
        "soon" if soon else "routine",
        chance.choice(service.letters) if service.letters else "",
        chance.choice(WISHES),
    )


def run(world: World, a: Asking) -> None:
    """Let time pass over a referral until it is over or it is now."""
    chance, now = world.chance, world.now
    a.step(Verb.SEND, Status.REQUESTED, a.sender, a.sent)
    a.due = answer_by(None, a.urgency, a.sent)
    pace = 0.4 if a.urgency == "soon" else 1.0
    at = a.sent + timedelta(days=pace * chance.lognormvariate(0.75, 0.75))
    if chance.random() < 0.09:
        if at > now:
            return
        a.step(Verb.ASK, Status.ASKED_BACK, a.receiver, at, chance.choice(ASKED))
        a.due = world.working_days_after(at, ANSWER_DAYS)
        at += timedelta(days=chance.lognormvariate(0.4, 0.7))
        if at > now:
            return
        a.step(Verb.ANSWER, Status.REQUESTED, a.sender, at, "Zie de aanvulling in de brief.")
        a.due = answer_by(None, a.urgency, at)
        at += timedelta(days=chance.lognormvariate(0.3, 0.6))
    if at > now:
        return
    luck = chance.random()
    if luck < 0.11:
        a.rejection = str(chance.choices([RejectionReason(r) for r, _ in REJECTIONS], [w for _, w in REJECTIONS])[0])
        a.step(Verb.REJECT, Status.REJECTED, a.receiver, at, NOTES[a.rejection])
        a.closed, a.due = at, world.working_days_after(at, ANSWER_DAYS)
        seen = at + timedelta(days=chance.lognormvariate(0, 0.6))
        if seen < now and chance.random() < 0.99:
            a.step(Verb.SETTLE, Status.REJECTED, a.sender, seen)
            a.settled, a.due = seen, None
        return
    if luck < 0.14:
        a.step(Verb.CANCEL, Status.CANCELLED, a.sender, at, "Niet meer nodig.")
        a.closed, a.due = at, None
        return
    a.step(Verb.ACCEPT, Status.ACCEPTED, a.receiver, at)
    a.accepted = at
    wait = (
        a.service.wait(a.sent.date(), world.today)
        * chance.lognormvariate(0, 0.35)
        * (0.5 if a.urgency == "soon" else 1.0)
    )
    begin = max(at + timedelta(days=1), a.sent + timedelta(days=wait))
    told = round(a.service.wait(a.sent.date(), world.today) * 1.25)
    a.due = begin_by(told, a.urgency, a.sent, at)
    told_at = at + timedelta(hours=chance.uniform(1, 12))
    if told_at < now and chance.random() < 0.7:
        begin = office_hour(world, begin)
        a.step(Verb.PLAN, Status.ACCEPTED, a.receiver, told_at)
        a.planned, a.due = begin, world.working_days_after(begin, 1)
    if chance.random() < 0.03 and begin - timedelta(days=1) < now:
        a.step(Verb.CANCEL, Status.CANCELLED, a.sender, begin - timedelta(hours=12), "Inwoner ziet ervan af.")
        a.closed, a.due = begin - timedelta(hours=12), None
        return
    if begin > now:
        return
    a.step(Verb.START, Status.IN_PROGRESS, a.receiver, begin)
    a.started, a.due = begin, review_by(begin)
    end = begin + timedelta(days=a.service.duration * chance.lognormvariate(0, 0.4))
    if end > now:
        if a.due < now and chance.random() < 0.97:
            looked = now - timedelta(days=chance.random() * min(REVIEW_DAYS, (now - a.due).days + 1))
            a.step(Verb.CONTINUE, Status.IN_PROGRESS, a.receiver, looked)
            a.due = review_by(looked)
        return
    a.due = None
    a.outcome = str(
        chance.choices([Outcome.HELPED, Outcome.ONGOING, Outcome.ELSEWHERE, Outcome.STOPPED], [0.55, 0.25, 0.12, 0.08])[
            0
        ]
    )
    a.step(Verb.COMPLETE, Status.COMPLETED, a.receiver, end)
    a.closed = end


def write(world: World, a: Asking) -> int:
    """Put one referral into its tables, with the relation that acceptance brought and the work that waits."""
    load, who = world.load, a.who
    number = load.number("referrals_referral")
    age = (a.sent.date() - who.born).days // 365
    load.put(
        "referrals_referral",
        id=number,
        number=f"V-{a.sent:%y}-{number:06d}",
        patient_id=who.id,
        service_id=a.service.id,
        sending_organisation_id=a.sender.place.id,
        receiving_organisation_id=a.service.place.id,
        sender_id=a.sender.user,
        receiver_id=a.receiver.user if a.accepted else None,
        status=a.status,
        urgency=a.urgency,
        sensitivity=a.service.sensitivity,
        age=age,
        gender=who.gender,
        municipality=who.area.municipality,
        notice="",
        rejection_reason=a.rejection,
        outcome=a.outcome,
        sent_at=a.sent,
        accepted_at=a.accepted,
        started_at=a.started,
        closed_at=a.closed,
        settled_at=a.settled,
        due=a.due,
        level=int(level_of(a.due, a.urgency, world.now)) if a.due else 0,
    )
    for verb, status, by, note, at in a.steps:
        load.put(
            "referrals_step",
            id=load.number("referrals_step"),
            referral_id=number,
            patient_id=who.id,
            verb=verb,
            status=status,
            organisation_id=by.place.id,
            user_id=by.user,
            note=note,
            at=at,
        )
    if (world.now - a.sent).days < LETTERS_KEPT_DAYS or a.status in (
        Status.REQUESTED,
        Status.ASKED_BACK,
        Status.ACCEPTED,
    ):
        _letter(world, a, number)
    if a.planned:
        meet(world, a, number)
    _relation(world, a, number)
    enrol(world, a, number)
    _work(world, a, number)
    world.log.referral(number, a)
    return number


def _relation(world: World, a: Asking, number: int) -> None:
    """The receiver cares for the citizen from accepting until the end; who stays in care, for a year after that."""
    if a.accepted is None:
        return
    ended = a.closed.date() if a.closed else None
    reference = f"referral:{number}"
    relate(world, a.who, a.service.place.id, a.accepted.date(), source="referral", reference=reference, ended=ended)
    if a.outcome == Outcome.ONGOING and ended:
        after = ended + timedelta(days=ONGOING_DAYS)
        relate(
            world,
            a.who,
            a.service.place.id,
            ended + timedelta(days=1),
            source="referral",
            reference=reference,
            ended=after,
        )
        if after > world.today:
            a.who.circle.setdefault(a.service.place.id, ended)


def _letter(world: World, a: Asking, number: int) -> None:
    world.load.put(
        "referrals_letter",
        referral_id=number,
        patient_id=a.who.id,
        organisation_id=a.sender.place.id,
        category=a.service.sensitivity,
        question=a.letter,
        wish=a.wish,
        agreed=True,
    )
    for kind, title, detail in world.chance.sample(ITEMS, world.chance.randint(1, 4)):
        world.load.put(
            "referrals_letteritem",
            id=world.load.number("referrals_letteritem"),
            referral_id=number,
            patient_id=a.who.id,
            organisation_id=a.sender.place.id,
            category=int(kind),
            kind=int(kind),
            title=title,
            detail=detail,
            on_date="",
            origin=f"{a.sender.name}, {a.sender.place.name}",
        )


def _work(world: World, a: Asking, number: int) -> None:
    name = a.service.name
    waits = {
        Status.REQUESTED: (a.service.place.id, None, f"Verwijzing: {name}", a.sender.place.name),
        Status.ASKED_BACK: (a.sender.place.id, a.sender.user, f"Vraag over verwijzing: {name}", a.service.place.name),
        Status.ACCEPTED: (a.service.place.id, a.receiver.user, f"Eerste contact: {name}", a.sender.place.name),
        Status.IN_PROGRESS: (a.service.place.id, a.receiver.user, f"Loopt, af te ronden: {name}", a.sender.place.name),
        Status.REJECTED: (a.sender.place.id, a.sender.user, f"Afgewezen, zoek verder: {name}", a.service.place.name),
    }.get(Status(a.status))
    if waits and a.due:
        place, user, title, sender = waits
        work_item(world, "referral", "referral", number, a.who.id, place, user, title, sender, a.steps[-1][4], a.due)


def work_item(
    world: World,
    kind: str,
    subject: str,
    number: int,
    patient: int,
    place: int,
    user: int | None,
    title: str,
    sender: str,
    begun: datetime,
    due: datetime | None,
) -> None:
    """Something that waits for an organisation, or for one person in it."""
    world.load.put(
        "events_workitem",
        id=uuid.UUID(int=world.chance.getrandbits(128), version=4),
        kind=kind,
        subject_type=subject,
        subject_id=number,
        patient_id=patient,
        organisation_id=place,
        user_id=user,
        title=title[:160],
        sender=sender,
        since=begun,
        due=due,
        done_at=None,
    )
