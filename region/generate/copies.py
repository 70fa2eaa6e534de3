"""What goes back to the own systems in the made-up region: what each takes, and where the texts of the story are."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from dossier.models import CopyKind
from dossier.moves import CopyStatus
from region.generate.world import Citizen, Member, World
from trust.categories import Category

_SPACE = UUID("5d2f6a0e-3f0b-4a53-9a55-9a1c6f0c8d11")
BY_HAND = {"his": ["social"], "ecd": ["wish"], "epd": [], "ais": []}
"""What a person copies; all else each system is asked to take. That of the hospital refuses it, that of the pharmacy is down."""
LOST = {("measurement", 2): "deadline", ("note", 4): "status-422"}
"""Texts of the story that did not get there, by kind and age in days, with the reason."""


def settings(world: World, number: int, kind: str, place: int) -> None:
    """State what one connected system takes."""
    listed = BY_HAND[kind]
    world.copying[place] = number, kind
    world.load.put(
        "dossier_sourcecopying",
        source_id=number,
        written=[one for one in CopyKind.values if one not in listed],
        by_hand=listed,
        abilities={},
    )


def copied(
    world: World,
    who: Citizen,
    number: int,
    kind: str,
    category: Category,
    text: str,
    moment: datetime,
    ago: int,
    by: Member,
) -> None:
    """Where the copy of one entry of the story is."""
    if not who.featured or by.place.id not in world.copying:
        return
    source, system = world.copying[by.place.id]
    status, reason = CopyStatus.ARRIVED, ""
    if kind in BY_HAND[system]:
        status = CopyStatus.LISTED
    elif (kind, ago) in LOST:
        status, reason = CopyStatus.FAILED, LOST[kind, ago]
    key = uuid5(_SPACE, f"{number}")
    arrived = status == CopyStatus.ARRIVED
    copy = world.load.number("dossier_copy")
    world.load.put(
        "dossier_copy",
        id=copy,
        key=key,
        patient_id=who.id,
        organisation_id=by.place.id,
        source_id=source,
        category=int(category),
        kind=kind,
        reference=f"entry:{number}",
        entry_id=number,
        status=status.value,
        reason=reason,
        author_id=by.user,
        author_organisation_id=by.place.id,
        author_name=by.name,
        author_role=by.label,
        author_role_code=by.role,
        made_at=moment,
        asked_at=moment,
        tried_at=moment + timedelta(seconds=4),
        attempts=0 if status == CopyStatus.LISTED else 1,
        uncertain=False,
        source_type="DocumentReference" if arrived else "",
        source_key=key.hex[:16] if arrived else "",
        source_version="",
        settled_at=moment + timedelta(seconds=4) if arrived else None,
        handled_name="",
    )
    if not arrived:
        world.load.put(
            "dossier_copytext",
            copy_id=copy,
            patient_id=who.id,
            organisation_id=by.place.id,
            category=int(category),
            title=str(CopyKind(kind).label).capitalize(),
            text=text,
            on_date=moment.date(),
        )
        _ask(world, source, by, moment)


def _ask(world: World, source: int, by: Member, moment: datetime) -> None:
    """One line on the team's list for each system."""
    if by.place.id in world.copying_asked:
        return
    world.copying_asked.add(by.place.id)
    name = f"{world.copying[by.place.id][1].upper()} {by.place.name}"
    world.load.put(
        "events_workitem", id=uuid5(_SPACE, f"work:{source}"), kind="copy", subject_type="source", subject_id=source,
        patient_id=None, organisation_id=by.place.id, user_id=None, title=f"Over te nemen in het eigen systeem: {name}"[:160],
        sender="", since=moment, due=None, done_at=None,
    )  # fmt: skip
