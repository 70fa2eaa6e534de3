"""Looking lines of the log up within a second: what may be asked, and which lines fit, newest first.

Which lines somebody may see at all is for row-level security; who looks says nothing here that could widen it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from events.models import Event

PAGE = 50
PATIENCE = 0.6
"""Seconds of looking after which what was found is shown, with the moment up to which was looked."""
QUICK, SLOW = 0.06, 0.15
"""Seconds of looking through one stretch, below which the next one is longer and above which it is shorter."""
EMERGENCY = "ETREAT"


@dataclass(frozen=True)
class Search:
    """What lines are looked for; everything empty means all lines within reach.

    ``since`` and ``until`` are whole days, both included. ``purpose`` is a code of v3-ActReason. A citizen is known by the
    number of the record alone.
    """

    user_id: int | None = None
    patient_id: int | None = None
    organisation_id: int | None = None
    since: date | None = None
    until: date | None = None
    purpose: str = ""
    emergency: bool = False
    outcome: str = ""
    verb: str = ""

    @property
    def named(self) -> list[str]:
        """By which fields is looked, for the line in the log that says so (NEN 7513:2018, 7.4.12)."""
        return [one.name for one in fields(self) if getattr(self, one.name) not in (None, "", False)]

    def kept(self) -> dict[str, Any]:
        """The search as plain values, for a session or an export."""
        values = {name: value for name, value in asdict(self).items() if value not in (None, "", False)}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Search:
        """The search that :meth:`kept` wrote down."""
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in kept.items() if name in known}
        for name in ("since", "until"):
            if name in values:
                values[name] = date.fromisoformat(values[name])
        return cls(**values)

    @property
    def start(self) -> datetime | None:
        """The first moment that is asked for."""
        return _midnight(self.since) if self.since else None

    @property
    def end(self) -> datetime | None:
        """The first moment that is no longer asked for."""
        return _midnight(self.until + timedelta(days=1)) if self.until and self.until < date.max else None


@dataclass(frozen=True)
class Mark:
    """A place in the log, newest first: lines older than it follow. It names a moment and a line (0 for none), nobody."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{round(self.at.timestamp() * 1_000_000)}-{self.id}"

    @classmethod
    def of(cls, text: str) -> Mark:
        """The place that :meth:`__str__` wrote; raises ``Http404`` for anything else."""
        micro, dash, number = text.partition("-")
        if not (
            dash
            and text.isascii()
            and micro.isdecimal()
            and number.isdecimal()
            and len(micro) < 18
            and len(number) < 19
        ):
            raise Http404
        return cls(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micro)), int(number))


@dataclass(frozen=True)
class Found:
    """Lines, newest first, and where to go on; ``reached`` when the months before it were not looked through yet."""

    lines: list[Event]
    older: Mark | None = None
    reached: datetime | None = None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), timezone.get_current_timezone())


def _matching(search: Search) -> QuerySet[Event]:
    """The lines of a search, without its period."""
    narrow = {
        "organisation_id": search.organisation_id, "user_id": search.user_id, "patient_id": search.patient_id,
        "purpose": search.purpose, "outcome": search.outcome, "verb": search.verb,
    }  # fmt: skip
    found = Event.objects.filter(**{name: value for name, value in narrow.items() if value not in (None, "")})
    return found.filter(purpose=EMERGENCY) if search.emergency else found


def log_begins() -> datetime:
    """The first day of the oldest month that the log has a partition for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select min(to_date(right(c.relname, 7), 'YYYY_MM')) from pg_inherits i join pg_class c on c.oid = i.inhrelid"
            " where i.inhparent = 'events_event'::regclass and c.relname ~ '_[0-9]{4}_[0-9]{2}$'"
        )
        month: date = cursor.fetchone()[0]
    return datetime.combine(month, datetime.min.time(), UTC)


@dataclass
class _Windows:
    """The stretches in which to look, the newest first: short ones at first, longer as long as looking goes quickly.

    Lines about one citizen or by one person are few and have their own order on disk: for these it is one stretch.
    """

    start: datetime
    end: datetime
    whole: bool
    span: timedelta = timedelta(days=4)

    def __iter__(self) -> Iterator[tuple[datetime, datetime]]:
        while self.start < self.end:
            began = time.monotonic()
            begin = self.start if self.whole else max(self.start, self.end - self.span)
            yield begin, self.end
            self.end = begin
            took = time.monotonic() - began
            if took < QUICK:
                self.span = min(self.span * 2, timedelta(days=31))
            elif took > SLOW:
                self.span = max(self.span / 2, timedelta(days=1))


def find_lines(search: Search, *, after: Mark | None = None, size: int = PAGE, patience: float = PATIENCE) -> Found:
    """Lines that fit and that the actor may see, newest first, at most ``size``.

    Stops looking after ``patience`` seconds and says how far it came. How many there are in all is not counted.
    """
    matching = _matching(search)
    began, lines = time.monotonic(), list[Event]()
    first, tomorrow = search.start or log_begins(), timezone.now() + timedelta(days=1)
    end = min(search.end or tomorrow, tomorrow)
    if after is not None:
        end = min(end, after.at + timedelta(microseconds=1 if after.id else 0))
    for start, until in _Windows(first, end, whole=bool(search.patient_id or search.user_id)):
        here = matching.filter(at__gte=start, at__lt=until)
        if after is not None:
            here = here.filter(Q(at__lt=after.at) | Q(at=after.at, id__lt=after.id))
        lines += here.order_by("-at", "-id")[: size + 1 - len(lines)]
        if len(lines) > size:
            last = lines[size - 1]
            return Found(lines[:size], older=Mark(last.at, last.id))
        if time.monotonic() - began > patience and start > first:
            return Found(lines, older=Mark(start, 0), reached=start)
    return Found(lines)
