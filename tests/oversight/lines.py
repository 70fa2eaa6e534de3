"""Lines of the log as the tests need them, written by the owner because nobody else may."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from people.models import Membership, Patient
from tests import factories

HERE = ZoneInfo("Europe/Amsterdam")


def today() -> date:
    return timezone.localdate()


def at(hour: int, minute: int = 0, *, days_ago: int = 1) -> datetime:
    """A moment of a day in Amsterdam, yesterday unless told otherwise, so that it always lies in the past."""
    return datetime.combine(today() - timedelta(days=days_ago), time(hour, minute), HERE)


def line(by: Membership, of: Patient | None, when: datetime, verb: str = "record.opened", **values: Any) -> int:
    """One line of the log; returns its number."""
    columns = {
        "verb": verb,
        "at": when,
        "actor_kind": "professional",
        "user_id": by.user_id,
        "organisation_id": by.organisation_id,
        "role": by.role,
        "purpose": "TREAT",
        "patient_id": of.pk if of else None,
        "outcome": {"record.opened": "allowed", "record.denied": "denied"}.get(verb, "done"),
        "request_id": "",
        **values,
    }
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            f"insert into events_event ({', '.join(columns)}) values ({', '.join(['%s'] * len(columns))}) returning id",
            list(columns.values()),
        )
        return int(cursor.fetchone()[0])
