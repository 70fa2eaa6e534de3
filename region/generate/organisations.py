"""Participants of the made-up region: organisations, their people with the featured personas."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.contrib.auth.models import Permission

from people.models import Role
from people.moves import Admission
from region.generate.load import since
from region.generate.words import FIRST_NAMES, LETTERS, MUNICIPALITIES, STREETS, SURNAMES, TREES
from region.generate.world import OUT_OF_HOURS, Member, Place, World


class Named(NamedTuple):
    """An organisation that has its name in advance, with the postcode where it sits."""

    name: str
    domain: str
    postcode: str
    admission: str = Admission.ADMITTED


NAMED = (
    Named("Huisartspraktijk De Linde", "gp", "1273"),
    Named("Huisartspraktijk De Heuvel", "gp", "1217"),
    Named(OUT_OF_HOURS, "gp", "1213"),
    Named("Wijkteam Huizen", "social", "1271"),
    Named("Wijkzorg Gooi", "home_care", "1272"),
    Named("Thuiszorg Het Veen", "home_care", "1241"),
    Named("Buurtverpleging Stad en Hei", "home_care", "1221"),
    Named("Verpleging Thuis Vechtoever", "home_care", "1398"),
    Named("GGZ Centrum Gooi", "mental_health", "1404"),
    Named("Praktijk Zuid", "mental_health", "1214"),
    Named("Mentaal Thuis", "mental_health", "1276"),
    Named("Praktijk De Brug", "mental_health", "1251"),
    Named("Ziekenhuis De Heide", "hospital", "1212"),
    Named("Polikliniek Vechtstreek", "hospital", "1411"),
    Named("Apotheek De Brink", "pharmacy", "1271"),
    Named("Apotheek Vaartweg", "pharmacy", "1211"),
    Named("Apotheek De Vesting", "pharmacy", "1411"),
    Named("Apotheek Torenlaan", "pharmacy", "1261"),
    Named("Sociaal team Hilversum", "social", "1222"),
    Named("Wijkteam Bussum-Naarden", "social", "1402"),
    Named("Sociaal loket Wijdemeren", "social", "1231"),
    Named("Jeugd en Gezin Gooi", "social", "1215"),
    Named("Welzijn in de Buurt", "welfare", "1275"),
    Named("Welzijn Hilversum-Oost", "welfare", "1223"),
    Named("Buurthuis De Vesting", "welfare", "1411"),
    Named("Samen Vooruit Laren-Blaricum", "welfare", "1251"),
    Named("Regio Gooi en Vechtstreek", "region", "1405"),
    Named("Zorgcoöperatie Vechtplassen", "home_care", "1394", Admission.APPLIED),
    Named("Maatjes Eemnes", "welfare", "3755", Admission.TESTED),
)
MORE = {
    "gp": ("Huisartspraktijk {}", 11, 2400),
    "home_care": ("Thuiszorg {}", 4, 0),
    "mental_health": ("Praktijk {}", 4, 0),
    "pharmacy": ("Apotheek {}", 6, 8000),
    "social": ("Wijkteam {}", 5, 0),
    "welfare": ("Welzijn {}", 4, 0),
    "hospital": ("Polikliniek {}", 2, 0),
}
"""Of each domain: how further ones are called, how many there are at least, and of how many citizens each takes care."""
AGB = {"gp": "01", "pharmacy": "02", "hospital": "06", "home_care": "41", "mental_health": "54"}
STAFF = {
    "gp": ("gp", "gp", "practice_nurse"),
    "home_care": ("district_nurse",),
    "mental_health": ("psychologist",),
    "hospital": ("specialist",),
    "pharmacy": ("pharmacist",),
    "social": ("social_worker",),
    "municipality": ("social_worker", "social_worker", "manager"),
    "welfare": ("welfare_worker",),
    "region": ("coordinator", "manager"),
}
CODES = {
    "Blaricum": "0376", "Eemnes": "0317", "Gooise Meren": "1942", "Hilversum": "0402", "Huizen": "0406", "Laren": "0417",
    "Wijdemeren": "1696",
}  # fmt: skip
"""The codes by which messages of iWmo and iJw know a municipality (CBS)."""
SHARE = {
    "gp": 4,
    "home_care": 14,
    "mental_health": 8,
    "hospital": 18,
    "pharmacy": 4,
    "social": 9,
    "municipality": 4,
    "welfare": 5,
    "region": 3,
}
"""How many people an organisation has, relative to the others."""


class Featured(NamedTuple):
    """Somebody of the story and the tests, whose name and number stay the same whatever the seed."""

    sub: str
    name: str
    jobs: tuple[tuple[str, str], ...]
    rights: tuple[tuple[str, str], ...] = ()


FEATURED = (
    Featured("karim.haddou", "Karim Haddou", (("gp", "Huisartspraktijk De Linde"), ("gp", OUT_OF_HOURS))),
    Featured("fatima.bakker", "Fatima Bakker", (("district_nurse", "Wijkzorg Gooi"),)),
    Featured(
        "sanne.willems",
        "Sanne Willems",
        (("social_worker", "Wijkteam Huizen"),),
        (("manage_offer", "Wijkteam Huizen"),),
    ),
    Featured(
        "noor.deboer",
        "Noor de Boer",
        (("coordinator", "Regio Gooi en Vechtstreek"),),
        (
            ("see_dashboards", "Regio Gooi en Vechtstreek"),
            ("manage_admission", "Regio Gooi en Vechtstreek"),
            ("manage_rules", "Regio Gooi en Vechtstreek"),
            ("manage_sources", "Regio Gooi en Vechtstreek"),
        ),
    ),
    Featured("eva.degroot", "Eva de Groot", (("psychologist", "GGZ Centrum Gooi"),)),
    Featured("tom.visser", "Tom Visser", (("pharmacist", "Apotheek De Brink"),)),
    Featured("marieke.vos", "Marieke Vos", (("specialist", "Ziekenhuis De Heide"),)),
    Featured("lotte.dejong", "Lotte de Jong", (("welfare_worker", "Welzijn in de Buurt"),)),
    Featured("mirjam.smit", "Mirjam Smit", (("practice_nurse", "Huisartspraktijk De Linde"),)),
    Featured(
        "ruben.smits",
        "Ruben Smits",
        (
            ("privacy_officer", "Huisartspraktijk De Linde"),
            ("privacy_officer", "Wijkzorg Gooi"),
            ("privacy_officer", "Regio Gooi en Vechtstreek"),
        ),
    ),
    Featured("pieter.vandam", "Pieter van Dam", (("gp", "Huisartspraktijk De Heuvel"),)),
    Featured(
        "hanna.mulder",
        "Hanna Mulder",
        (("manager", "Huisartspraktijk De Linde"),),
        (("manage_policy", "Huisartspraktijk De Linde"), ("manage_sources", "Huisartspraktijk De Linde")),
    ),
)


def organisations(world: World) -> None:
    """Make all participants, two of them still on their way in."""
    for named in NAMED:
        organisation(world, named)
    for municipality in MUNICIPALITIES:
        organisation(world, Named(f"Gemeente {municipality}", "municipality", world.area_in(municipality).digits))
    for domain, (form, least, each) in MORE.items():
        taken = {place.name for place in world.places}
        missing = world.copies(least, per_citizens=each) - len(world.of_domain[domain])
        without = [world.area_in(name) for name in MUNICIPALITIES if not world.near[domain, name]][: max(0, missing)]
        wheres = without + world.chance.choices(world.areas, world.weights, k=max(0, missing - len(without)))
        words = [word for word in TREES if form.format(word) not in taken]
        for number, area in enumerate(wheres):
            word = words[number % len(words)]
            name = (
                form.format(word)
                if number < len(words)
                else f"{form.format(word)} {area.place} {number // len(words) + 1}"
            )
            organisation(world, Named(name, domain, area.digits))


def organisation(world: World, named: Named) -> None:
    """One participant with its numbers, its address and its telephone, all of them made up."""
    chance, number = world.chance, world.load.number("people_organisation")
    area = world.area_at(named.postcode)
    admitted = named.admission == Admission.ADMITTED
    cares = named.domain not in {"welfare", "region"}
    slug = "".join(letter for letter in named.name.lower() if letter.isascii() and letter.isalpha())
    world.load.put(
        "people_organisation",
        id=number,
        name=named.name,
        domain=named.domain,
        admission=named.admission,
        admitted_at=world.on(world.today - timedelta(days=chance.randint(200, 1100))) if admitted else None,
        ura=f"{90000000 + number:08d}" if cares else "",
        agb=f"{AGB[named.domain]}9{number:05d}" if named.domain in AGB else "",
        kvk=f"{99000000 + number:08d}",
        municipality_code=CODES.get(area.municipality, "") if named.domain == "municipality" else "",
        may_process_bsn=cares,
        street=f"{chance.choice(STREETS)} {chance.randint(1, 140)}",
        postcode=named.postcode + chance.choice(LETTERS),
        place=area.place,
        municipality=area.municipality,
        latitude=area.latitude,
        longitude=area.longitude,
        phone=f"035-{5550000 + number:07d}"[:11],
        email=f"info@{slug}.example",
    )
    world.add(Place(number, named.name, named.domain, area, admitted))


def people(world: World) -> None:
    """Make the featured personas first, then everybody else, spread over the participants by their size."""
    for featured in FEATURED:
        user = account(world, f"zorg:{featured.sub}", featured.name, featured.sub)
        for role, name in featured.jobs:
            member = _member(world, user, featured.name, role, world.place(name))
            world.featured.setdefault(featured.sub, member)
        for codename, name in featured.rights:
            permission = Permission.objects.get(
                codename=codename, content_type__app_label="people", content_type__model="organisation"
            )
            world.load.put(
                "people_organisationpermission",
                id=world.load.number("people_organisationpermission"),
                content_object_id=world.place(name).id,
                permission_id=permission.pk,
                user_id=user,
            )
        _persona(world, featured.sub, featured.name, featured.jobs, featured=True)
    shares = [SHARE[place.domain] for place in world.places]
    first = [place for place in world.places if len(place.members) < 2 for _ in range(2 - len(place.members))]
    rest = max(0, world.professionals - len(FEATURED) - len(first))
    for place in first + world.chance.choices(world.places, shares, k=rest):
        _professional(world, place)


def _professional(world: World, place: Place) -> None:
    chance = world.chance
    prefix, surname = chance.choice(SURNAMES)
    call = chance.choice(chance.choice([*FIRST_NAMES["female"][1:3], FIRST_NAMES["male"][2]]))
    name = " ".join(part for part in (call, prefix, surname) if part)
    sub = f"p{world.load.last('people_user') + 1:05d}"
    role = STAFF[place.domain][sum(member.user > len(FEATURED) for member in place.members) % len(STAFF[place.domain])]
    user = account(world, f"zorg:{sub}", name, sub)
    _member(world, user, name, role, place)
    jobs = [(role, place.name)]
    if place.admitted and chance.random() < 0.04:
        other = chance.choice(world.of_domain[place.domain])
        if other is not place:
            _member(world, user, name, role, other)
            jobs.append((role, other.name))
    if user <= 2000:
        _persona(world, sub, name, tuple(jobs))


def account(world: World, username: str, name: str, mailbox: str) -> int:
    """An account, of a person or a system."""
    number = world.load.number("people_user")
    world.load.put(
        "people_user",
        id=number,
        password=f"!{number:040d}",
        last_login=None,
        username=username,
        name=name,
        email=f"{mailbox}@zorg.example" if mailbox else "",
        is_active=True,
        language="nl",
        theme="",
        density="roomy",
    )
    return number


def citizen_account(world: World, sub: str) -> int:
    """The account with which a citizen signs in; it holds neither a name nor an address."""
    return account(world, f"digid:{sub}", "", "")


def _member(world: World, user: int, name: str, role: str, place: Place) -> Member:
    number, chance = world.load.number("people_membership"), world.chance
    begun = world.on(world.today - timedelta(days=chance.randint(1150, 3000)), 9, 9.1)
    ended = (
        world.on(world.today - timedelta(days=chance.randint(10, 300)))
        if user > 60 and chance.random() < 0.03
        else None
    )
    has_uzi = place.domain not in {"welfare", "region", "municipality", "social"}
    world.load.put(
        "people_membership",
        id=number,
        role=role,
        period=since(begun, ended),
        uzi=f"{900000000 + number:09d}" if has_uzi else "",
        agb=f"{AGB[place.domain]}8{user:05d}"[:8]
        if role in {"gp", "specialist", "pharmacist", "psychologist"} and place.domain in AGB
        else "",
        user_id=user,
        organisation_id=place.id,
    )
    member = Member(number, user, name, role, str(Role(role).label), place)
    if ended is None:
        place.members.append(member)
    return member


def somebody(world: World, sub: str, name: str, role: str, place: Place) -> int:
    """Somebody at work in one role, who can sign in; returns the account."""
    user = account(world, f"zorg:{sub}", name, sub)
    _member(world, user, name, role, place)
    _persona(world, sub, name, [(role, place.name)])
    return user


def _persona(
    world: World,
    sub: str,
    name: str,
    jobs: tuple[tuple[str, str], ...] | list[tuple[str, str]],
    *,
    featured: bool = False,
) -> None:
    places = list(dict.fromkeys(f"{Role(role).label}, {place}" for role, place in jobs))
    world.personas.append(
        {
            "means": "zorg",
            "sub": sub,
            "name": name,
            "label": " · ".join(places),
            "email": f"{sub}@zorg.example",
            "groups": [f"{role}:{place}" for role, place in jobs],
            "featured": featured,
        }
    )
