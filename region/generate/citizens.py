"""Citizens of the made-up region: who they are, who cares for them, and what they chose about sharing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from uuid import UUID

from region.generate.load import since
from region.generate.words import CALL_NAMES, FIRST_NAMES, LETTERS, STREETS, SURNAMES
from region.generate.world import HOME, Citizen, World
from trust.categories import EVERYTHING, Category, to_mask

SENSITIVE = {Category.MENTAL_HEALTH, Category.SOCIAL, Category.FINANCIAL}
GENERAL = to_mask(EVERYTHING - SENSITIVE)
SOCIAL = to_mask({Category.SOCIAL, Category.FUNCTIONING})
MENTAL = to_mask({Category.MENTAL_HEALTH})
ALL = to_mask(EVERYTHING)
ESTABLISHED = (
    "via Mijn Netwerk",
    "aan de balie van de huisartspraktijk",
    "mondeling bij de huisarts",
    "tijdens het intakegesprek",
    "schriftelijk",
)

YOUNGEST = 200
"""Days since the youngest was born: what is made up of the last months is of somebody who was there."""
# Shares per ten years of age, about those of the region (CBS StatLine 03759ned): more people over 65 than elsewhere.
AGES = [
    (0, 9.6),
    (10, 11.4),
    (20, 10.3),
    (30, 11.6),
    (40, 12.8),
    (50, 14.3),
    (60, 12.9),
    (70, 10.6),
    (80, 5.3),
    (90, 1.2),
]


STORY_BSNS = frozenset({"999996782", "111222333", "999911120", "999995364", "999940004", "999940016", "999940028"})
"""Numbers that :mod:`region.generate.stories` and :mod:`region.generate.family` give."""


def bsns() -> Iterator[str]:
    """Numbers that pass the elfproef, downwards from 999999990: first the test range 9999xxxxx.

    That range holds about 9,090 numbers. A larger region goes on below it with other numbers that begin with a 9 and
    pass; those are not reserved for testing, so a large region never meets real data.
    """
    for stem in range(99999999, 90000000, -1):
        total, rest = 0, stem
        for weight in range(2, 10):
            rest, digit = divmod(rest, 10)
            total += weight * digit
        check = total % 11
        if check < 10 and (bsn := f"{stem}{check}") not in STORY_BSNS:
            yield bsn


def citizen(world: World, bsn: str) -> Citizen:
    """Make one citizen like so many in the region."""
    chance = world.chance
    area = chance.choices(world.areas, world.weights)[0]
    decade = chance.choices([age for age, _ in AGES], [share for _, share in AGES])[0]
    days = int((decade + chance.random() * (10 if decade < 90 else 8)) * 365.25)
    born = world.today - timedelta(days=max(days, YOUNGEST))
    gender = "female" if chance.random() < (0.5 if decade < 70 else 0.58) else "male"
    made = Citizen(
        world.load.number("people_patient"),
        UUID(int=chance.getrandbits(128), version=4),
        bsn,
        born,
        gender,
        area,
        "",
        "",
    )
    names = _names(world, born, gender)
    made.surname, made.call_name = shown(names), names["call_name"]
    if decade >= 60 and chance.random() < 0.025:
        made.deceased = world.today - timedelta(days=chance.randint(5, 700))
    street = (chance.choice(STREETS), f"{chance.randint(1, 190)}{chance.choice(('', '', '', '', 'A', 'B'))}")
    rows(world, made, names, street, area.digits + chance.choice(LETTERS), None)
    _relations(world, made, decade)
    _choices(world, made)
    systems = {"gp": "his", "home_care": "ecd", "hospital": "epd", "pharmacy": "ais"}
    known = {systems[place.domain] for number in made.circle if (place := world.by_number[number]).domain in systems}
    source_line(world, made, names, sorted(known))
    if made.id <= 45 and decade >= 20 and made.deceased is None:
        persona(world, made, names, f"digid.{made.id:04d}")
    return made


def _names(world: World, born: date, gender: str) -> dict[str, str]:
    chance = world.chance
    generation = 0 if born.year < 1950 else 1 if born.year < 1976 else 2 if born.year < 2003 else 3
    pool = FIRST_NAMES[gender][generation]
    count = chance.choice((1, 2, 2, 3)) if generation < 2 else chance.choice((1, 1, 2))
    first = chance.sample(pool, count)
    prefix, own = chance.choice(SURNAMES)
    partner_prefix, partner, use = "", "", "NL1"
    if gender == "female" and born.year < 1985 and chance.random() < (0.75 if born.year < 1955 else 0.4):
        partner_prefix, partner = chance.choice(SURNAMES)
        use = chance.choice(("NL3", "NL3", "NL2", "NL4", "NL1"))
    return {
        "initials": "".join(f"{name[0]}." for name in first),
        "first_names": " ".join(first),
        "call_name": CALL_NAMES.get(first[0], first[0]),
        "own_prefix": prefix,
        "own_name": own,
        "partner_prefix": partner_prefix,
        "partner_name": partner,
        "name_use": use,
    }


def shown(names: dict[str, str]) -> str:
    """The surname in the order the person uses it (zib NameInformation)."""
    own = f"{names['own_prefix']} {names['own_name']}".strip()
    partner = f"{names['partner_prefix']} {names['partner_name']}".strip()
    orders = {"NL2": [partner], "NL3": [partner, own], "NL4": [own, partner]}
    return "-".join(part for part in orders.get(names["name_use"], [own]) if part) or own


def rows(
    world: World, who: Citizen, names: dict[str, str], street: tuple[str, str], postcode: str, account: int | None
) -> None:
    world.load.put(
        "people_patient",
        id=who.id,
        key=who.key,
        **names,
        gender=who.gender,
        birth_date=who.born,
        deceased_on=who.deceased,
        place=who.area.place,
        municipality=who.area.municipality,
        account_id=account,
    )
    mailbox = f"inwoner{who.id}@post.example" if world.chance.random() < 0.8 or account else ""
    who.mailed = bool(mailbox)
    world.load.put(
        "people_patientidentity",
        patient_id=who.id,
        organisation_id=None,
        category=0,
        bsn=who.bsn,
        street=street[0],
        house_number=street[1],
        postcode=postcode,
        place=who.area.place,
        phone=f"06-{10000000 + who.id * 37 % 89999999:08d}",
        email=mailbox,
    )


def relate(
    world: World,
    who: Citizen,
    place: int,
    begun: date,
    *,
    source: str = "source_system",
    reference: str = "",
    ended: date | None = None,
    reason: str = "",
    stated_by: int | None = None,
    confirmed: tuple[datetime, int] | None = None,
) -> None:
    """A care relation of a citizen with an organisation; who still cares for the citizen belongs to the circle.

    ``confirmed`` tells when, and by which account.
    """
    if ended is None:
        who.circle.setdefault(place, begun)
    last = ended or (who.deceased + timedelta(days=90) if who.deceased else None)
    if last is not None and last <= begun:
        return
    ends = datetime.combine(last, time(18), HOME) if last else None
    world.load.put(
        "trust_carerelation",
        id=world.load.number("trust_carerelation"),
        source=source,
        reference=reference,
        reason=reason,
        period=since(world.on(begun, 8, 9), ends),
        organisation_id=place,
        patient_id=who.id,
        stated_by_id=stated_by,
        confirmed_at=confirmed[0] if confirmed else None,
        confirmed_by_id=confirmed[1] if confirmed else None,
    )


def _relations(world: World, who: Citizen, decade: int) -> None:
    chance = world.chance
    wanted = [
        ("gp", 1.0, 12),
        ("pharmacy", 0.35 if decade < 40 else 0.92, 10),
        ("hospital", 0.12 + decade / 220, 4),
        ("home_care", {70: 0.22, 80: 0.55, 90: 0.8}.get(decade, 0.02), 2),
        ("mental_health", 0.06 if 10 <= decade < 70 else 0.02, 1),
        ("social", 0.04, 1),
        ("welfare", 0.03 if decade < 70 else 0.1, 1),
    ]
    for domain, share, years in wanted:
        if chance.random() < share:
            place = world.nearby(domain, who.area.municipality)
            begun = world.today - timedelta(days=int(30 + chance.random() * 365 * years))
            relate(world, who, place.id, max(begun, who.born))
    if chance.random() < 0.08:
        moved = world.today - timedelta(days=chance.randint(100, 900))
        former = chance.choice(world.of_domain["gp"])
        if former.id not in who.circle and who.born < moved - timedelta(days=800):
            relate(world, who, former.id, moved - timedelta(days=800), ended=moved)


def consent(
    world: World,
    who: Citizen,
    permit: bool,
    mask: int,
    ago: int,
    *,
    domain: str = "",
    place: int | None = None,
    person: int | None = None,
    holder_domain: str = "",
    holder: int | None = None,
    until: int | None = None,
    lasts: int | None = None,
    awaits: bool = False,
    established: str | None = None,
    set_by: int | None = None,
    set_at: int | None = None,
) -> None:
    """A choice made ``ago`` days ago that ended ``until`` days ago, or will end in ``lasts`` days.

    ``domain``, ``place`` and ``person`` say who reads, ``holder_domain`` and ``holder`` whose data it is about;
    ``set_at`` is the organisation where a professional wrote it down in the citizen's presence.
    """
    begun = world.on(world.today - timedelta(days=ago), 9, 20)
    ended = world.on(world.today - timedelta(days=until), 9, 20) if until else None
    if lasts:
        ended = datetime.combine(world.today + timedelta(days=lasts), time(), HOME)
    if established is None:
        established = world.chance.choice(ESTABLISHED)
    world.load.put(
        "trust_consent",
        id=world.load.number("trust_consent"),
        permit=permit,
        categories=mask,
        reader_domain=domain,
        reader_organisation_id=place,
        reader_user_id=person,
        holder_domain=holder_domain,
        holder_organisation_id=holder,
        origin="presence" if set_at else "portal",
        established=established,
        awaits=awaits,
        period=since(begun, ended),
        patient_id=who.id,
        set_by_id=set_by,
        set_at_id=set_at,
    )


def _choices(world: World, who: Citizen) -> None:
    chance = world.chance
    luck, ago = chance.random(), chance.randint(20, 1050)
    if luck < 0.80:
        consent(world, who, True, GENERAL, ago)
        extra = chance.random()
        if extra < 0.25:
            consent(world, who, True, SOCIAL, ago, domain="social")
        elif extra < 0.30:
            consent(
                world,
                who,
                False,
                ALL,
                max(2, ago // 2),
                domain=chance.choice(("mental_health", "pharmacy", "social", "hospital")),
            )
        elif extra < 0.34:
            consent(world, who, False, ALL, max(2, ago // 2), place=chance.choice(list(who.circle)))
    elif luck < 0.88:
        for domain in ("gp", "hospital", "pharmacy"):
            consent(world, who, True, GENERAL, ago, domain=domain)
    elif luck < 0.93:
        consent(world, who, True, GENERAL, ago + 200, until=ago)
        consent(world, who, False, ALL, ago)


def source_line(world: World, who: Citizen, names: dict[str, str], sources: list[str]) -> None:
    if sources:
        line = {
            "bsn": who.bsn,
            "birth_date": who.born.isoformat(),
            "gender": who.gender,
            "sources": sources,
            "name": {**{key: value for key, value in names.items() if key != "name_use"}, "order": names["name_use"]},
        }
        world.citizen_rows.append(json.dumps(line, ensure_ascii=False))


def persona(world: World, who: Citizen, names: dict[str, str], sub: str, *, featured: bool = False) -> None:
    world.personas.append(
        {
            "means": "digid",
            "sub": sub,
            "name": f"{names['call_name']} {who.surname}",
            "label": f"inwoner van {who.area.place}, {who.born:%d-%m-%Y}",
            "bsn": who.bsn,
            "featured": featured,
        }
    )
