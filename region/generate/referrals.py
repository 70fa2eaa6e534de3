"""Three years of referrals in the made-up region: asked, answered, waited for, started, ended, with what still waits."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from events.clock import working_day_from
from referrals.moves import (
    ANSWER_DAYS,
    REVIEW_DAYS,
    Outcome,
    RejectionReason,
    Status,
    Verb,
)
from referrals.terms import answer_by, begin_by, review_by
from region.generate.appointments import office_hour
from region.generate.asking import ASKED, NOTES, Asking, write
from region.generate.catalogue import CATALOGUE
from region.generate.talks import led
from region.generate.world import YEARS, Citizen, Service, World

PER_CITIZEN = 1.95
"""Referrals per citizen in three years."""
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
WISHES = (
    "Weer iemand om mee te praten.",
    "Snel weten waar ik aan toe ben.",
    "Graag iemand die thuis komt.",
    "",
    "",
    "Liefst in de buurt.",
)


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
        if day <= who.born or (who.deceased and day > who.deceased - timedelta(days=20)):
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
        a.picked = now if _next(world, a, 0.3) else None
        a.then = [other] if a.urgency == "routine" and (other := _next(world, a, 0.15)) else []
        return
    luck = chance.random()
    if luck < 0.11:
        a.rejection = str(chance.choices([RejectionReason(r) for r, _ in REJECTIONS], [w for _, w in REJECTIONS])[0])
        a.step(Verb.REJECT, Status.REJECTED, a.receiver, at, NOTES[a.rejection])
        if other := _next(world, a, 0.4):
            a.turn(other, other.place.members[0], at)
            a.due = answer_by(None, a.urgency, at)
            at += timedelta(days=pace * (1 + len(other.name) % 4))
            if at <= now:
                _taken(world, a, at)
            return
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
    _taken(world, a, at)


def _next(world: World, a: Asking, part: float) -> Service | None:
    """For a part of them: the same kind of help elsewhere that the sender named next; chance is the citizen's own here, so that the
    rest of the region stays as it is."""
    chance = Random(a.who.id * 7919 + int(a.sent.timestamp()))
    age = (a.sent.date() - a.who.born).days // 365
    same = [
        service
        for place in world.of_domain[a.service.place.domain]
        for service in place.services
        if service.kind == a.service.kind and service.id != a.service.id and service.fits(a.who, age) and place.members
    ]
    return chance.choice(same) if same and chance.random() < part else None


def _taken(world: World, a: Asking, at: datetime) -> None:
    chance, now = world.chance, world.now
    a.step(Verb.ACCEPT, Status.ACCEPTED, a.receiver, at)
    a.accepted = a.picked = at
    asked = a.asked or a.sent
    wait = (
        a.service.wait(a.sent.date(), world.today)
        * chance.lognormvariate(0, 0.35)
        * (0.5 if a.urgency == "soon" else 1.0)
    )
    begin = max(at + timedelta(days=1), asked + timedelta(days=wait))
    told = round(a.service.wait(a.sent.date(), world.today) * 1.25)
    a.due = begin_by(told, a.urgency, asked, at)
    told_at = at + timedelta(hours=chance.uniform(1, 12))
    if told_at < now and chance.random() < 0.7:
        begin = office_hour(world, begin)
        a.step(Verb.PLAN, Status.ACCEPTED, a.receiver, told_at)
        a.planned, a.due = begin, world.working_days_after(begin, 1)
    given_up = max(at + timedelta(hours=12), begin - timedelta(hours=12))
    if chance.random() < 0.03 and given_up < now:
        a.step(Verb.CANCEL, Status.CANCELLED, a.sender, given_up, "Inwoner ziet ervan af.")
        a.closed, a.due = given_up, None
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
    led(a)
    a.step(Verb.COMPLETE, Status.COMPLETED, a.receiver, end)
    a.closed = end
