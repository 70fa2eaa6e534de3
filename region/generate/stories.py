"""The citizens of the story, of the tests and of the public example sets: the same whatever the seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from region.generate.citizens import GENERAL, MENTAL, SOCIAL, consent, persona, relate, rows, shown, source_line
from region.generate.organisations import citizen_account
from region.generate.world import Citizen, World


@dataclass(frozen=True)
class Story:
    """A citizen of the story and the tests, or of a public example set, whose data stay the same whatever the seed."""

    bsn: str
    born: date
    gender: str
    first_names: str
    call_name: str
    own: tuple[str, str]
    partner: tuple[str, str]
    use: str
    digits: str
    street: tuple[str, str]
    circle: tuple[tuple[str, int], ...]
    sources: tuple[str, ...]
    sub: str = ""
    readers: tuple[str, ...] = field(default=())


NEAR = ("gp", "home_care", "pharmacy", "hospital", "social", "welfare")
STORIES = (
    Story(
        "999996782",
        date(1948, 3, 12),
        "female",
        "Anna Maria",
        "Anna",
        ("", "Jansen"),
        ("de", "Vries"),
        "NL3",
        "1271",
        ("Havenstraat", "28"),
        (("Huisartspraktijk De Linde", 15), ("Wijkzorg Gooi", 1), ("Apotheek De Brink", 9), ("Ziekenhuis De Heide", 2)),
        ("his", "ecd", "epd", "ais"),
        "digid.devries",
        NEAR,
    ),
    # The order of the names is that of nl-core-Patient-01 of Nictiz: own name van Putten, partner's name van der Giessen.
    Story(
        "111222333",
        date(1934, 4, 28),
        "female",
        "Johanna Petronella Maria",
        "Jo",
        ("van", "Putten"),
        ("van der", "Giessen"),
        "NL4",
        "1273",
        ("Bovenmaat", "15"),
        (
            ("Huisartspraktijk De Linde", 12),
            ("Wijkzorg Gooi", 2),
            ("Apotheek De Brink", 12),
            ("Ziekenhuis De Heide", 3),
        ),
        ("his", "ecd", "epd", "ais"),
        "digid.putten",
        (*NEAR, "mental_health"),
    ),
    Story(
        "999911120",
        date(1964, 7, 25),
        "male",
        "Johan",
        "Johan",
        ("", "Helleman"),
        ("", ""),
        "NL1",
        "1272",
        ("Landweg", "100"),
        (("Huisartspraktijk De Linde", 6), ("Ziekenhuis De Heide", 4), ("Apotheek De Brink", 6)),
        ("his", "epd", "ais"),
        "digid.helleman",
        NEAR,
    ),
    Story(
        "999995364",
        date(1959, 2, 12),
        "female",
        "Hannie",
        "Bannie",
        ("", "Giezen"),
        ("", "Bartels"),
        "NL4",
        "1274",
        ("Weidemaat", "2"),
        (("Huisartspraktijk De Linde", 8), ("Wijkzorg Gooi", 2)),
        ("his", "ecd"),
        "digid.giezen",
        NEAR,
    ),
)
"""The last three carry names, numbers and birth dates of public example sets (Nictiz R4 zib 2020; RIVO Noord STU3)."""


def stories(world: World) -> list[Citizen]:
    """Make the citizens of the story, with their relations, choices and accounts."""
    made = []
    for story in STORIES:
        area = world.area_at(story.digits)
        account = citizen_account(world, story.sub) if story.sub else None
        citizen = Citizen(
            world.load.number("people_patient"),
            UUID(int=world.chance.getrandbits(128), version=4),
            story.bsn,
            story.born,
            story.gender,
            area,
            "",
            story.call_name,
            featured=story.sub or story.call_name,
            account=account,
        )
        names = {
            "initials": "".join(f"{name[0]}." for name in story.first_names.split()),
            "first_names": story.first_names,
            "call_name": story.call_name,
            "own_prefix": story.own[0],
            "own_name": story.own[1],
            "partner_prefix": story.partner[0],
            "partner_name": story.partner[1],
            "name_use": story.use,
        }
        citizen.surname = shown(names)
        rows(world, citizen, names, story.street, story.digits + "KV", account)
        for name, years in story.circle:
            begun = world.today - timedelta(days=365 * years + 40)
            relate(world, citizen, world.place(name).id, begun)
        for reader in story.readers:
            mask = (
                GENERAL
                | (SOCIAL if reader in {"gp", "home_care", "social", "welfare"} else 0)
                | (MENTAL if reader == "mental_health" else 0)
            )
            consent(world, citizen, True, mask, 240, domain=reader)
        source_line(world, citizen, names, list(story.sources))
        persona(world, citizen, names, story.sub, featured=True)
        made.append(citizen)
    return made
