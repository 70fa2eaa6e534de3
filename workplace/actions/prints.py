"""Putting a chosen part of an overview on paper: shown as a page, or made into a document by a worker as the person who asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone, translation

from events.actions import finish_extract, make_extract, note_extract, record, wake
from events.actor import Actor, act
from events.errors import Refused
from people.models import CARE_ROLES, Membership, Patient, User
from trust.access import open_record
from trust.categories import to_mask
from workplace.access.parts import BY_KEY
from workplace.access.prints import categories_of, contents, sift_of
from workplace.access.timeline import Sift
from workplace.models import Print, PrintFile
from workplace.printing import draw, write

TASK = "workplace.tasks.make_prints"


@transaction.atomic
def show_print(*, patient: Patient, parts: Sequence[str], sift: Sift, aim: str, by: Actor) -> None:
    """Write in the log which parts were shown ready to print, what of the time line, and for what."""
    record("print.shown", subject=patient, patient_id=patient.pk, data=_told(parts, sift, aim), by=by)


def _told(parts: Sequence[str], sift: Sift, aim: str) -> dict[str, Any]:
    return {"parts": list(parts), "aim": aim, **({"sift": sift.query} if sift else {})}


@transaction.atomic
def ask_print(*, patient: Patient, parts: Sequence[str], sift: Sift, aim: str, by: Actor) -> Print:
    """Ask for a document of these parts; while the same is being made, asking again gives that one."""
    mine = Print.objects.unfinished().filter(patient=patient, user_id=by.user_id)
    same = mine.filter(parts=list(parts), sift=sift.query, aim=aim).first()
    if same is not None:
        return same
    made = Print.objects.create(
        patient=patient,
        user_id=by.user_id,
        organisation_id=by.organisation_id,
        role=by.role,
        parts=list(parts),
        sift=sift.query,
        aim=aim,
        request_id=by.request_id,
    )
    record("print.asked", subject=made, patient_id=patient.pk, data=_told(parts, sift, aim), by=by)
    transaction.on_commit(partial(wake, TASK))
    return made


def make_next(*, by: Actor) -> bool:
    """Make the document that waits longest; tells whether there was one. Runs outside a transaction.

    It is read as the person who asked, by that person's right of this moment, with a line in the log for what was opened.
    """
    return make_extract(Print, partial(_make, by=by), by=by) is not None


def _make(wanted: Print, *, by: Actor) -> None:
    person = Actor(
        "professional", wanted.user_id, wanted.organisation_id, wanted.role, "TREAT", "print", wanted.request_id
    )
    parts = [BY_KEY[key] for key in wanted.parts if key in BY_KEY]
    sift = sift_of(wanted)
    asked = categories_of(parts, sift)
    with act(person) as actor:
        user = User.objects.get(pk=wanted.user_id)
        here = Membership.objects.current().filter(
            user=user, organisation_id=wanted.organisation_id, role=wanted.role, role__in=CARE_ROLES
        )
        if not here.exists():
            raise Refused("membership")
        key = Patient.objects.values_list("key", flat=True).get(pk=wanted.patient_id)
        opening = open_record(actor, key, asked)
        with translation.override(user.language):
            page = draw(contents(opening, actor, parts, sift, aim=wanted.aim))
        covered = to_mask(asked & (opening.allowed | opening.own | opening.consented))
        opened = _opened(wanted.patient_id, covered)
    note_extract(wanted, by=by, progress=40)
    packed = write(page, on_layout=partial(note_extract, wanted, by=by, progress=80))
    with act(person) as actor:
        open_record(actor, key, asked)
        PrintFile.objects.create(
            print=wanted,
            patient_id=wanted.patient_id,
            user_id=wanted.user_id,
            organisation_id=wanted.organisation_id,
            categories=covered,
            opened=opened,
            content=packed,
        )
        finish_extract(wanted, size=len(packed), by=actor)
        Print.objects.filter(pk=wanted.pk).update(until=timezone.now() + Print.KEPT)
        record("print.made", subject=wanted, patient_id=wanted.patient_id, data={"size": len(packed)}, by=actor)


def _opened(patient_id: int, categories: int) -> list[int]:
    """What of a record is open in this transaction, holder by holder, as the database keeps it with the file."""
    with connection.cursor() as cursor:
        cursor.execute("select workplace_keys(%s, %s)", [patient_id, categories])
        keys: list[int] = cursor.fetchone()[0]
    return keys


@transaction.atomic
def take_print(*, taken: Print, by: Actor) -> None:
    """Write in the log that the document was taken."""
    record("print.taken", subject=taken, patient_id=taken.patient_id, by=by)


def drop_prints(*, by: Actor) -> int:
    """Drop the documents that were kept long enough, files and all; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("select workplace_drop_prints()")
        dropped: int = cursor.fetchone()[0]
    return dropped
