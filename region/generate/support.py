"""What else happens with requests: a part done by another, advice alone, who came by himself, and another municipality."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from events.clock import working_day_from
from referrals.moves import Outcome, Status, Verb
from referrals.terms import answer_by, review_by
from region.generate.asking import Asking, write
from region.generate.world import Citizen, Member, Service, World

WALKED_IN, ADVISED, PARTED, MOVED = 0.02, 0.02, 0.02, 0.35
"""The part of citizens of whom each is made; of the last: of the young who stay elsewhere than their municipality is."""
ADVICE = (
    (
        "Begin met beweging en een vast slaapritme; verwijs opnieuw als dat na zes weken niet helpt.",
        "Ga elke dag een stukje lopen en op een vaste tijd naar bed. Helpt dat niet, ga dan terug naar wie u aanmeldde.",
    ),
    (
        "Hiervoor is geen behandeling nodig; de cursus van het welzijnswerk past beter.",
        "U heeft geen behandeling nodig. De cursus in het buurthuis past beter bij u.",
    ),
)
PARTS = ("Twee keer per week samen koken en boodschappen doen.", "De oefeningen thuis begeleiden, acht weken.")


def support(world: World, who: Citizen, youth: str) -> None:
    """Now and then one of these, about one citizen; chance is the citizen's own, so that the rest of the region stays as it is."""
    chance = Random(who.id * 15_485_863)
    if who.deceased:
        return
    shared, world.chance = world.chance, chance
    _some(world, who, youth, chance)
    world.chance = shared


def _some(world: World, who: Citizen, youth: str, chance: Random) -> None:
    if chance.random() < WALKED_IN and (service := _near(world, who, "welfare", chance)):
        _walked_in(world, who, service, chance)
    if chance.random() < ADVISED and (service := _near(world, who, "mental_health", chance)):
        _advised(world, who, service, chance)
    if chance.random() < PARTED and (service := _near(world, who, "social", chance)):
        _parted(world, who, service, chance)
    if youth and chance.random() < MOVED and (service := _kind(world, who, "youth_access")):
        _for_another(world, who, service, youth, chance)


def _sender(world: World, who: Citizen) -> Member | None:
    places = [world.by_number[number] for number in who.circle if world.by_number[number].domain == "gp"]
    return places[0].members[0] if places and places[0].members else None


def _near(world: World, who: Citizen, domain: str, chance: Random) -> Service | None:
    age = (world.today - who.born).days // 365
    found = [
        one
        for place in world.of_domain[domain]
        for one in place.services
        if place.members and one.fits(who, age) and place.id not in who.circle
    ]
    return chance.choice(found) if found else None


def _kind(world: World, who: Citizen, kind: str) -> Service | None:
    age = (world.today - who.born).days // 365
    found = [one for places in world.services.values() for one in places if one.kind == kind and one.place.members]
    return next((one for one in found if one.fits(who, age)), None)


def _walked_in(world: World, who: Citizen, service: Service, chance: Random) -> None:
    at = world.on(working_day_from(world.today - timedelta(days=chance.randint(2, 60))))
    member = service.place.members[0]
    a = Asking(who, service, member, member, at, letter="Kwam binnenlopen en vraagt een maatje.", origin="walk_in")
    a.step(Verb.SEND, Status.IN_PROGRESS, member, at)
    a.accepted = a.started = a.picked = at
    a.due = review_by(at)
    write(world, a)


def _advised(world: World, who: Citizen, service: Service, chance: Random) -> None:
    sender = _sender(world, who)
    if sender is None:
        return
    at = world.on(working_day_from(world.today - timedelta(days=chance.randint(5, 90))))
    done = at + timedelta(days=1)
    letter = service.letters[0] if service.letters else "Wat raadt u aan?"
    a = Asking(who, service, sender, service.place.members[0], at, letter=letter, advice=chance.choice(ADVICE))
    a.step(Verb.SEND, Status.REQUESTED, sender, at)
    a.step(Verb.ADVISE, Status.COMPLETED, a.receiver, done)
    a.closed, a.outcome, a.due = done, str(Outcome.ADVISED), None
    write(world, a)


def _parted(world: World, who: Citizen, service: Service, chance: Random) -> None:
    """A team takes it on and has another do a part of it."""
    sender, other = _sender(world, who), _near(world, who, "welfare", chance)
    if sender is None or other is None:
        return
    at = world.on(working_day_from(world.today - timedelta(days=chance.randint(20, 60))))
    main = service.place.members[0]
    a = Asking(who, service, sender, main, at, letter=service.letters[0] if service.letters else "Wat is nodig?")
    a.step(Verb.SEND, Status.REQUESTED, sender, at)
    a.accepted = a.picked = at + timedelta(days=2)
    a.step(Verb.ACCEPT, Status.ACCEPTED, main, a.accepted)
    a.started = at + timedelta(days=6)
    a.step(Verb.START, Status.IN_PROGRESS, main, a.started)
    a.step(Verb.ENGAGE, Status.IN_PROGRESS, main, a.started + timedelta(days=1))
    a.due = review_by(a.started)
    whole = write(world, a)
    begun = a.started + timedelta(days=1)
    part = Asking(who, other, main, other.place.members[0], begun, letter=chance.choice(PARTS), based_on=whole)
    part.step(Verb.SEND, Status.REQUESTED, main, begun)
    part.accepted = part.picked = part.started = begun + timedelta(days=3)
    part.step(Verb.ACCEPT, Status.ACCEPTED, part.receiver, part.accepted)
    part.step(Verb.START, Status.IN_PROGRESS, part.receiver, part.accepted + timedelta(hours=2))
    part.due = review_by(part.accepted)
    write(world, part)


def _for_another(world: World, who: Citizen, service: Service, youth: str, chance: Random) -> None:
    """A request at the municipality where somebody stays, while another one is responsible: it waits to be sent on."""
    sender = _sender(world, who)
    if sender is None:
        return
    at = world.on(working_day_from(world.today - timedelta(days=chance.randint(1, 5))))
    letter = service.letters[0] if service.letters else "Graag hulp voor dit gezin."
    a = Asking(who, service, sender, service.place.members[0], at, letter=letter, responsible=youth)
    a.step(Verb.SEND, Status.REQUESTED, sender, at)
    a.due = answer_by(None, a.urgency, at)
    write(world, a)
