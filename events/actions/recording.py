"""Writing what happened with the duties it brings, and keeping the work list."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from celery import current_app
from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from events.actor import Actor, current
from events.models import Data

log = logging.getLogger(__name__)

DELIVER = "events.tasks.deliver_due"
STALE = 5
"""Seconds after which a call to deliver is dropped: the clock has called by then."""
_at_work: ContextVar[bool] = ContextVar("at_work", default=False)


def subject_of(thing: models.Model) -> tuple[str, int]:
    """The name and number by which events and work items point at ``thing``."""
    return str(thing._meta.model_name), int(thing.pk)


def must_act(by: Actor) -> None:
    """Refuse to write in another name than the transaction's: who is asked of must be who acts."""
    now = current()
    if (by.kind, by.user_id, by.organisation_id) != (now.kind, now.user_id, now.organisation_id):
        raise ValueError("another actor than the one of this transaction")


def record(
    verb: str,
    *,
    subject: models.Model,
    by: Actor,
    patient_id: int | None = None,
    data: Data | None = None,
    lane: str = "",
) -> int:
    """Write one event, with a delivery for each listener of the verb, in the running transaction; returns its number.

    ``data`` carries keys and codes only: never health information, a name or a BSN. The actor of the line is the one
    the transaction was opened for; ``by`` must be that same actor. ``lane`` is that within which a listener hears in order,
    where it is not the subject.
    """
    listeners = list(settings.LISTENERS.get(verb, []))
    kind, key = subject_of(subject)
    fill = {**(data or {}), "subject": key}
    destinations = [settings.DESTINATIONS.get(listener, "").format(**fill) for listener in listeners]
    told = json.dumps(data or {})
    with connection.cursor() as cursor:
        cursor.execute(
            "select events_record(%s, %s, %s, %s, %s::jsonb, %s::text[], %s, %s, %s::text[], %s)",
            [verb, kind, key, patient_id, told, listeners, by.kind, by.user_id, destinations, lane],
        )
        number: int = cursor.fetchone()[0]
    if listeners and not _at_work.get():
        transaction.on_commit(wake)
    return number


@contextmanager
def at_work() -> Iterator[None]:
    """Wake nobody for what is recorded within: whoever delivers goes on until nothing is due."""
    token = _at_work.set(True)
    try:
        yield
    finally:
        _at_work.reset(token)


def ask(
    kind: str,
    *,
    subject: models.Model,
    organisation_id: int,
    title: str,
    by: Actor,
    patient_id: int | None = None,
    user_id: int | None = None,
    sender: str = "",
    due: datetime | None = None,
) -> None:
    """Put one thing on the work list of an organisation, or of one person in it; asking twice leaves one line."""
    must_act(by)
    subject_type, subject_id = subject_of(subject)
    with connection.cursor() as cursor:
        cursor.execute(
            "select events_ask(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [kind, subject_type, subject_id, patient_id, organisation_id, user_id, str(title), sender, due],
        )


def done(*, subject: models.Model, by: Actor, kind: str = "", organisation_id: int | None = None) -> None:
    """Take what waits about ``subject`` off the lists: of one kind, of one organisation, or all of it."""
    must_act(by)
    subject_type, subject_id = subject_of(subject)
    with connection.cursor() as cursor:
        cursor.execute("select events_done(%s, %s, %s, %s)", [subject_type, subject_id, kind or None, organisation_id])


def pick_up(*, subject: models.Model, user_id: int | None, by: Actor) -> None:
    """Write on the own organisation's lines about ``subject`` who picked it up; ``None`` puts it back with the team."""
    must_act(by)
    subject_type, subject_id = subject_of(subject)
    with connection.cursor() as cursor:
        cursor.execute("select events_pick_up(%s, %s, %s, %s)", [subject_type, subject_id, by.organisation_id, user_id])


def next_number(letter: str, sequence: str) -> str:
    """The next number by which people speak of a thing, such as ``V-26-000123``: its letter, the year, a count that never begins again."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(%s)", [sequence])
        count: int = cursor.fetchone()[0]
    return f"{letter}-{timezone.localdate():%y}-{count:06d}"


def wake(task: str = DELIVER) -> None:
    """Wake a worker for what is due; when Redis is away the calendar finds it soon after, nothing is lost."""
    try:
        current_app.send_task(task, retry=False, expires=STALE if task == DELIVER else None)
    except OperationalError as error:
        log.warning("no worker could be woken: %s", type(error).__name__)
