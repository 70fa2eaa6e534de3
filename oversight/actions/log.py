"""What looking in the log itself leaves behind, and finding the number under which a citizen stands in it."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from events.access import Found, Search
from events.actions import record
from events.actor import Actor
from events.errors import Refused
from events.models import Event
from oversight.access.guard import get_officer


def note_search(*, search: Search, found: Found, by: Actor) -> None:
    """Write that the log was looked in: by which fields and how many lines were shown, not what was asked for."""
    record(
        "log.searched",
        subject=get_officer(by).organisation,
        data={"fields": search.named, "found": len(found.lines)},
        by=by,
    )


def note_opened(*, line: Event, by: Actor) -> None:
    """Write that one line was read in full; about the same citizen, so that the citizen may know of it."""
    get_officer(by)
    record("log.opened", subject=line, patient_id=line.patient_id, by=by)


def find_patient(*, bsn: str, birth_date: date, by: Actor) -> int | None:
    """The number under which the citizen with this BSN and birth date stands in the log; nothing else of them.

    An ordinary participant finds only whom its own lines are about, and only if it may process the BSN (Wabvpz). Each
    attempt leaves a line. Raises :class:`Refused` after ten in an hour that found nobody.
    """
    get_officer(by)
    with connection.cursor() as cursor:
        cursor.execute("select patient, outcome from oversight_find_patient(%s, %s)", [bsn, birth_date])
        patient, outcome = cursor.fetchone()
    if outcome == "too_often":
        raise Refused(_("U zocht te vaak naar iemand die niet is gevonden. Probeer het over een uur opnieuw."))
    return int(patient) if patient else None
