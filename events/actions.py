"""Everything that changes what is remembered: record an event, ask and finish work, deliver what is due, make extracts."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from celery import current_app
from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from events.actor import Actor, act, current, system
from events.errors import Refused
from events.models import Data, Delivery, Event, Extract, ExtractQuerySet

Made = TypeVar("Made", bound=Extract)

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(hours=24)
"""How long a duty is tried before it is parked for a person to look at."""
LONGEST_PAUSE = timedelta(minutes=30)


@dataclass(frozen=True)
class Later:
    """What a listener gives back that could not do its duty yet: what it wrote stays, and it is tried again.

    ``reason`` is a word of the product's own.
    """

    reason: str


def subject_of(thing: models.Model) -> tuple[str, int]:
    """The name and number by which events and work items point at ``thing``."""
    return str(thing._meta.model_name), int(thing.pk)


def _must_act(by: Actor) -> None:
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
) -> int:
    """Write one event, with a delivery for each listener of the verb, in the running transaction; returns its number.

    ``data`` carries keys and codes only: never health information, a name or a BSN. The actor of the line is the one
    the transaction was opened for; ``by`` must be that same actor.
    """
    listeners = list(settings.LISTENERS.get(verb, []))
    kind, key = subject_of(subject)
    with connection.cursor() as cursor:
        cursor.execute(
            "select events_record(%s, %s, %s, %s, %s::jsonb, %s::text[], %s, %s)",
            [verb, kind, key, patient_id, json.dumps(data or {}), listeners, by.kind, by.user_id],
        )
        number: int = cursor.fetchone()[0]
    if listeners:
        transaction.on_commit(wake)
    return number


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
    _must_act(by)
    subject_type, subject_id = subject_of(subject)
    with connection.cursor() as cursor:
        cursor.execute(
            "select events_ask(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [kind, subject_type, subject_id, patient_id, organisation_id, user_id, str(title), sender, due],
        )


def done(*, subject: models.Model, by: Actor, kind: str = "", organisation_id: int | None = None) -> None:
    """Take what waits about ``subject`` off the lists: of one kind, of one organisation, or all of it."""
    _must_act(by)
    subject_type, subject_id = subject_of(subject)
    with connection.cursor() as cursor:
        cursor.execute("select events_done(%s, %s, %s, %s)", [subject_type, subject_id, kind or None, organisation_id])


def pick_up(*, subject: models.Model, user_id: int | None, by: Actor) -> None:
    """Write on the own organisation's lines about ``subject`` who picked it up; ``None`` puts it back with the team."""
    _must_act(by)
    subject_type, subject_id = subject_of(subject)
    with connection.cursor() as cursor:
        cursor.execute("select events_pick_up(%s, %s, %s, %s)", [subject_type, subject_id, by.organisation_id, user_id])


def next_number(letter: str, sequence: str) -> str:
    """The next number by which people speak of a thing, such as ``V-26-000123``: its letter, the year, a count that never begins again."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(%s)", [sequence])
        count: int = cursor.fetchone()[0]
    return f"{letter}-{timezone.localdate():%y}-{count:06d}"


def wake(task: str = "events.tasks.deliver_due") -> None:
    """Wake a worker for what is due; when Redis is away the calendar finds it soon after, nothing is lost."""
    try:
        current_app.send_task(task, retry=False)
    except OperationalError as error:
        log.warning("no worker could be woken: %s", type(error).__name__)


_CLAIM = """
    select d.id from events_delivery d
    where d.status = 'waiting' and d.due_at <= now()
      and not exists (select 1 from events_delivery e where e.status = 'waiting' and e.listener = d.listener
                      and e.subject = d.subject and e.id < d.id)
    order by d.due_at, d.id limit 1 for update skip locked
"""


def deliver_one() -> bool:
    """Claim one due delivery and let its listener hear of it; tells whether there was one.

    Order is kept per subject and listener. What fails waits longer each time and is parked, visibly, after 24 hours.
    """
    with act(system("deliveries", purpose="HOPERAT")) as worker:
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM)
            row = cursor.fetchone()
        if row is None:
            return False
        delivery = Delivery.objects.get(pk=row[0])
        event = Event.objects.get(pk=delivery.event_id, at=delivery.event_at)
        delivery.attempts += 1
        try:
            with transaction.atomic():
                heard = import_string(delivery.listener)(event, by=worker)
        except Exception as error:
            heard = Later(type(error).__name__)
        if isinstance(heard, Later):
            _put_off(delivery, heard.reason)
        else:
            delivery.status, delivery.done_at, delivery.last_error = Delivery.DONE, timezone.now(), ""
        delivery.save(update_fields=["status", "attempts", "due_at", "done_at", "last_error"])
    return True


def _put_off(delivery: Delivery, reason: str) -> None:
    now = timezone.now()
    delivery.last_error = reason[:300]
    log.warning("delivery %s of %s failed: %s", delivery.pk, delivery.listener, reason)
    if now - delivery.made_at >= GIVE_UP_AFTER:
        delivery.status = Delivery.PARKED
    else:
        delivery.due_at = now + min(timedelta(seconds=2**delivery.attempts), LONGEST_PAUSE)


def make_extract(kind: type[Made], make: Callable[[Made], None], *, by: Actor) -> Made | None:
    """Have a worker make the extract of a kind that waits longest; gives it back, or nothing where none waits.

    ``make`` reads as the person who asked, in transactions of its own, and ends with :func:`finish_extract`. What it raises
    marks the extract as failed: a :class:`Refused` with its message as the code of the reason. Runs outside a transaction.
    """
    with act(by):
        waiting = ExtractQuerySet[Made](kind).select_for_update(skip_locked=True, of=("self",))
        extract = waiting.to_make().first()
        if extract is None:
            return None
        extract.status, extract.begun_at, extract.progress = Extract.Status.WORKING, timezone.now(), 0
        extract.save(update_fields=["status", "begun_at", "progress"])
    try:
        make(extract)
    except Exception as error:
        reason = error.message if isinstance(error, Refused) else "fault"
        if reason == "fault":
            log.exception("%s %s failed: %s", kind.__name__, extract.pk, type(error).__name__)
        now = timezone.now()
        note_extract(extract, by=by, status=Extract.Status.FAILED, reason=reason[:20], until=now + Extract.KEPT)
    return extract


def note_extract(extract: Extract, *, by: Actor, **values: Any) -> None:
    """Write how far an extract is, visible at once because it stands in a transaction of its own."""
    with act(by):
        _keep(extract, **values)


def finish_extract(extract: Extract, *, size: int, by: Actor, **values: Any) -> None:
    """Write that an extract is ready, in the transaction that keeps its file of ``size`` bytes; it can be taken for seven days."""
    _must_act(by)
    now = timezone.now()
    _keep(
        extract, status=Extract.Status.READY, progress=100, ready_at=now, until=now + Extract.KEPT, size=size, **values
    )


def _keep(extract: Extract, **values: Any) -> None:
    for name, value in values.items():
        setattr(extract, name, value)
    type(extract)._default_manager.filter(pk=extract.pk).update(**values)


def seal() -> int:
    """Seal the lines of all finished transactions since the last seal; returns how many lines it covers."""
    with connection.cursor() as cursor:
        cursor.execute("select events_seal()")
        lines: int = cursor.fetchone()[0]
    return lines


def keep_partitions() -> None:
    """Make the partitions of the log for this month and the three that follow."""
    with connection.cursor() as cursor:
        cursor.execute("select events_partitions(date_trunc('month', now())::date, 4)")
