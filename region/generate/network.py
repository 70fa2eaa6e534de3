"""Who stands around each citizen, with what an entry said before and what is proposed; and when participants can be reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from hashlib import md5
from typing import Any
from uuid import UUID

from dossier.models import ContactRole, Relationship
from region.generate.load import since as period
from region.generate.world import HOME, OUT_OF_HOURS, UTC, Citizen, Member, Place, World
from trust.categories import Category

RELATIONSHIPS = (
    (Relationship.DAUC, "female"),
    (Relationship.SONC, "male"),
    (Relationship.HUSB, "male"),
    (Relationship.WIFE, "female"),
    (Relationship.OTH, "female"),
    (Relationship.BRO, "male"),
    (Relationship.SIS, "female"),
)
DAY, OFFICE = ((8, 0), (17, 0)), ((8, 30), (17, 0))
HOURS: dict[str, tuple[tuple[int, ...], tuple[tuple[int, int], tuple[int, int]]]] = {
    "gp": ((0, 1, 2, 3, 4), DAY),
    "pharmacy": ((0, 1, 2, 3, 4), ((8, 30), (18, 0))),
    "mental_health": ((0, 1, 2, 3, 4), OFFICE),
    "social": ((0, 1, 2, 3, 4), OFFICE),
    "municipality": ((0, 1, 2, 3, 4), OFFICE),
    "welfare": ((0, 1, 2, 3), ((9, 0), (17, 0))),
}
"""Weekdays and hours by domain; home care and hospitals can always be reached."""


def _key(table: str, number: int) -> UUID:
    return UUID(bytes=md5(f"{table}:{number}".encode(), usedforsecurity=False).digest(), version=4)


def _kept(world: World, table: str, who: Citizen, by: Member, ago: int, place: int | None) -> dict[str, Any]:
    number = world.load.number(table)
    return {
        "id": number,
        "key": _key(table, number),
        "patient_id": who.id,
        "organisation_id": place,
        "category": int(Category.NETWORK),
        "since": world.today - timedelta(days=ago),
        "until": None,
        "version": 1,
        "at": datetime.combine(world.today - timedelta(days=ago), time(10), HOME).astimezone(UTC),
        "author_id": by.user,
        "author_name": by.name,
        "author_role": by.label,
        "taken_from": "",
    }


def related(
    world: World,
    who: Citizen,
    by: Member,
    name: str,
    relationship: str,
    roles: Sequence[str],
    ago: int,
    **more: Any,
) -> int:
    """A contact person or informal carer, written down by somebody; returns its number."""
    kept = _kept(world, "dossier_relatedperson", who, by, ago, by.place.id)
    number: int = kept["id"]
    row = {
        **kept,
        "name": name,
        "relationship": str(relationship),
        "roles": [str(role) for role in roles],
        "phone": f"06-{20000000 + number * 53 % 79999999:08d}",
        "other_phone": "",
        "email": f"naaste{number}@post.example",
        "address": "",
        "note": "",
    }
    world.load.put("dossier_relatedperson", **{**row, **more})
    return number


def participant(
    world: World,
    who: Citizen,
    by: Member,
    function: str,
    ago: int,
    *,
    coordinates: bool = False,
    outside: str = "",
    **more: Any,
) -> int:
    """A member of the formal network: the one who writes it down, or somebody ``outside`` the network; returns its number."""
    kept = _kept(world, "dossier_participant", who, by, ago, by.place.id)
    row = {
        **kept,
        "membership_id": None if outside else by.id,
        "party_id": None,
        "name": "",
        "place_name": outside,
        "function": function,
        "capacity": "",
        "phone": "",
        "email": "",
        "coordinates": coordinates,
    }
    world.load.put("dossier_participant", **{**row, **more})
    return int(kept["id"])


def reach(world: World) -> None:
    """When each participant can be reached and who covers: general practices by the out-of-hours post of the region."""
    post = world.place(OUT_OF_HOURS)
    for place in world.places:
        if not place.admitted:
            continue
        days, (opens, closes) = HOURS.get(place.domain, ((), DAY))
        if place is post:
            for day in range(5):
                _open(world, place, day, (0, 0), (8, 0))
                _open(world, place, day, (17, 0), (23, 59))
            for day in (5, 6):
                _open(world, place, day, (0, 0), (23, 59))
            continue
        for day in days:
            _open(world, place, day, opens, closes)
        if place.domain in {"gp", "pharmacy"}:
            if place.domain == "gp":
                _cover(world, place, covered_by_id=post.id)
            else:
                _cover(world, place, name="Dienstapotheek Gooi", phone="035-5559900")
    karim, mirjam = world.featured["karim.haddou"], world.featured["mirjam.smit"]
    begin = datetime.combine(world.today + timedelta(days=24), time.min, HOME).astimezone(UTC)
    _cover(
        world,
        mirjam.place,
        membership_id=mirjam.id,
        period=period(begin, begin + timedelta(days=14)),
        stand_in_id=karim.id,
    )


def _open(world: World, place: Place, day: int, opens: tuple[int, int], closes: tuple[int, int]) -> None:
    world.load.put(
        "dossier_openinghours",
        id=world.load.number("dossier_openinghours"),
        organisation_id=place.id,
        weekday=day,
        opens=str(time(*opens)),
        closes=str(time(*closes)),
    )


def _cover(world: World, place: Place, **values: Any) -> None:
    row: dict[str, Any] = {
        "id": world.load.number("dossier_cover"),
        "organisation_id": place.id,
        "membership_id": None,
        "period": None,
        "covered_by_id": None,
        "stand_in_id": None,
        "name": "",
        "phone": "",
    }
    world.load.put("dossier_cover", **{**row, **values})


def anna(world: World, who: Citizen, gp: Member, nurse: Member, practice_nurse: Member) -> None:
    """The network of Mrs De Vries: her daughter with a number that changed, a son far away, a neighbour, and a proposal that waits."""
    participant(world, who, practice_nurse, "praktijkondersteuner", 400, coordinates=True, capacity="768832004")
    participant(
        world, who, gp, "fysiotherapeut", 120, outside="Fysiotherapie De Haven", name="Joris Prins", phone="035-5556060"
    )
    els = related(
        world, who, practice_nurse, "Els de Vries", Relationship.DAUC, [ContactRole.CARER, ContactRole.FIRST], 900,
        version=2, at=world.now - timedelta(days=20), address="Lindelaan 12, Bussum", note="na 17 uur, of via WhatsApp",
    )  # fmt: skip
    world.load.put(
        "dossier_formerversion", id=world.load.number("dossier_formerversion"), patient_id=who.id, organisation_id=gp.place.id,
        category=int(Category.NETWORK), related_person_id=els, participant_id=None, version=1, at=world.now - timedelta(days=900),
        author_id=gp.user, author_name=gp.name, author_role=gp.label,
        said={
            "organisation_id": gp.place.id, "name": "Els de Vries", "relationship": "DAUC", "roles": ["100001", "01"],
            "phone": "035-5557711", "other_phone": "", "email": f"naaste{els}@post.example", "address": "Lindelaan 12, Bussum",
            "note": "", "since": (world.today - timedelta(days=900)).isoformat(), "until": None,
        },
    )  # fmt: skip
    mark = related(
        world, who, gp, "Mark de Vries", Relationship.SONC, [ContactRole.SECOND], 880, note="woont in Groningen",
    )  # fmt: skip
    related(world, who, nurse, "Bep Kuiper", "", [ContactRole.NEIGHBOUR], 180, note="heeft een sleutel", email="")
    world.load.put(
        "dossier_proposal", id=world.load.number("dossier_proposal"), patient_id=who.id, organisation_id=gp.place.id,
        category=int(Category.NETWORK), related_person_id=mark, participant_id=None, seen_version=1,
        changes={"phone": "06-24681357"}, note="Mark gaf zijn nieuwe nummer door bij het huisbezoek.", status="open",
        by_organisation_id=nurse.place.id, author_id=nurse.user, author_name=nurse.name, author_role=nurse.label,
        at=world.now - timedelta(days=1, hours=3), decided_by_id=None, decided_name="", decided_at=None, reply="",
    )  # fmt: skip
    world.load.put(
        "events_workitem", id=_key("proposal", who.id), kind="network", subject_type="patient", subject_id=who.id,
        patient_id=who.id, organisation_id=gp.place.id, user_id=None, title="Voorstel voor een wijziging in het zorgnetwerk",
        sender=nurse.place.name, since=world.now - timedelta(days=1, hours=3), due=None, done_at=None,
    )  # fmt: skip


def johanna(world: World, who: Citizen, gp: Member, practice_nurse: Member) -> None:
    """The network of Mrs Van Putten: her son, and a mentor whom a judge appointed."""
    participant(world, who, practice_nurse, "praktijkondersteuner", 300, coordinates=True)
    related(world, who, gp, "Joost van Putten", Relationship.SONC, [ContactRole.FIRST], 1500)
    related(
        world, who, gp, "Stichting Mentorschap Gooi, mw. T. Hoek", "", [ContactRole.MENTOR], 400,
        phone="035-5554422", email="mentor@mentorschap.example", note="op werkdagen",
    )  # fmt: skip
