"""The offer of the made-up region: services of every participant and three years of reported waiting times."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from referrals.moves import SENSITIVITY
from region.generate.catalogue import CATALOGUE, CODES, FORMS, Kind
from region.generate.talks import KIND
from region.generate.today import WAITING
from region.generate.words import LETTERS
from region.generate.world import YEARS, Place, Service, World
from trust.categories import Category

REASONS = (
    "de wachtlijst is te lang", "twee collega's zijn ziek", "wij verhuizen naar een ander gebouw",
    "de groep is vol; in die week begint een nieuwe",
)  # fmt: skip
COUNTED = frozenset({"grief_group", "fall_prevention", "eating_together", "buddy", "broad_support", "debt_help"})
"""Kinds of service that say how many people they can help at once."""
TALKS = (["nl"], ["nl"], ["nl", "en"], ["nl", "en"], ["nl", "en", "tr"], ["nl", "ar"], ["nl", "en", "pl"])
FIXED = {
    ("Wijkteam Huizen", "exploratory_talk"): (7, 16),
    ("Wijkteam Huizen", "broad_support"): (19, 33),
    ("GGZ Centrum Gooi", "basic_mental_elderly"): (63, 118),
    ("GGZ Centrum Gooi", "basic_mental"): (66, 130),
    ("Mentaal Thuis", "basic_mental"): (112, 104),
    ("Welzijn in de Buurt", "grief_group"): (21, 26),
}
"""Waits that the story names, in days now and three years ago, without chance in them."""
BY_LETTER = {"Wijkteam Huizen"}
"""Teams that are content with a letter; the others ask for the form of an exploratory talk."""
STALE = {("Praktijk Zuid", "basic_mental"): 49}
"""A provider whose statement is so many days old."""


def services(world: World) -> None:
    """Give every participant the services of its domain; the larger ones all of them."""
    for place in world.places:
        kinds = CATALOGUE[place.domain]
        named = {kind for name, kind in (*FIXED, *STALE) if name == place.name}
        named |= {kind for sub, kind, _days in WAITING if world.featured[sub].place is place}
        optional = [kind for kind in kinds if kind.kind not in named]
        least = {"gp": 1, "hospital": 5, "home_care": 3, "social": 3, "welfare": 4, "mental_health": 3}.get(
            place.domain, len(kinds)
        )
        chosen = [kind for kind in kinds if kind.kind in named]
        chosen += world.chance.sample(optional, max(0, min(len(optional), least - len(chosen))))
        for kind in chosen:
            service(world, place, kind)


def service(world: World, place: Place, kind: Kind) -> None:
    """One service of a participant, with what it stated of its waiting time; who has nobody at work stated nothing."""
    chance, number = world.chance, world.load.number("square_healthcareservice")
    own = Random(number)
    luck = chance.lognormvariate(0, 0.25)
    now, then = FIXED.get((place.name, kind.kind), (kind.now * luck, kind.then * luck))
    owners = [place.area.municipality] if kind.local else []
    reviewed = world.today - timedelta(days=chance.choice((3, 12, 25, 40, 60, 90, 140, 200, 420)))
    world.load.put(
        "square_healthcareservice",
        id=number,
        organisation_id=place.id,
        name=kind.name,
        kind=kind.kind,
        domain=place.domain,
        law=kind.law,
        summary=kind.summary,
        for_whom=kind.for_whom,
        needs=kind.needs,
        codes=list(CODES.get(kind.kind, ())),
        criteria=list(kind.criteria),
        minimum_age=kind.ages[0] or None,
        maximum_age=kind.ages[1] if kind.ages[1] < 120 else None,
        languages=chance.choice(TALKS),
        cost=kind.cost,
        on_location=not kind.home or chance.random() < 0.5,
        at_home=kind.home,
        online=kind.online,
        municipalities=owners,
        postcode=place.area.digits + chance.choice(LETTERS),
        place=place.area.place,
        latitude=place.area.latitude,
        longitude=place.area.longitude,
        phone=f"035-{5550000 + place.id:07d}",
        next_step=kind.next_step,
        takes_referrals=place.admitted,
        self_referral=kind.self_referral,
        open_for_new=(opened := place.name == "Wijkteam Huizen" or chance.random() < 0.95),
        stopped_until=world.today + timedelta(days=own.randint(5, 60))
        if (stopped := not opened and number % 4)
        else None,
        stop_reason=own.choice(REASONS) if stopped else "",
        places=own.choice((60, 90, 150)) if kind.kind in COUNTED else None,
        norm_days=kind.norm,
        process="talk" if kind.kind == KIND else "referral",
        questionnaire="exploratory-talk"
        if kind.kind == KIND and place.name not in BY_LETTER
        else FORMS.get(kind.kind, ""),
        active=place.admitted,
        reviewed_on=reviewed,
        reviewed_by_id=place.somebody(chance).user if place.members else None,
    )
    made = Service(
        number,
        kind.name,
        kind.kind,
        place,
        now,
        then,
        kind.letters,
        kind.duration,
        kind.ages[0],
        kind.ages[1],
        owners,
        int(SENSITIVITY.get(place.domain, Category.REFERRAL)),
    )
    if place.admitted:
        place.services.append(made)
        world.services[place.domain].append(made)
    if place.admitted and place.members:
        _reports(world, made)


def _reports(world: World, service: Service) -> None:
    """What the provider stated: hospitals every two weeks (NZa NR/REG-2127), others monthly; some fell behind, some never did."""
    chance = world.chance
    pace = 14 if service.place.domain == "hospital" else 30
    named = (service.place.name, service.kind) in FIXED
    behind = STALE.get((service.place.name, service.kind), 0)
    if not named and not behind:
        if chance.random() < 0.06:
            return
        behind = chance.choice((50, 75, 120, 260)) if chance.random() < 0.12 else 0
    day = world.today - timedelta(days=behind or chance.randint(0, min(6, pace)))
    reporter = service.place.somebody(chance).user
    for number in range(365 * YEARS // pace):
        on = day - timedelta(days=number * pace)
        stated = service.wait(on, world.today) * chance.uniform(0.88, 1.12)
        world.load.put(
            "square_waitingtimereport",
            id=world.load.number("square_waitingtimereport"),
            service_id=service.id,
            days=round(service.days_now) if named and number == 0 else max(1, round(stated)),
            measured_on=on,
            reported_at=world.on(on + timedelta(days=1) if number else on, 8, 12),
            reported_by_id=reporter,
        )
