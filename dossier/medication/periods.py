"""When something holds: FHIR dates, whole or partial, as moments, and periods from start, end and duration."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_PARTIAL = re.compile(r"^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$")
_UNITS = {"h": "hours", "d": "days", "wk": "weeks", "min": "minutes", "s": "seconds"}


@dataclass(frozen=True)
class Span:
    """A period; ``start`` counts, ``end`` is the first moment that no longer counts. None is open."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def void(self) -> bool:
        """Whether it ends before it begins: an agreement cancelled before its start was never in force."""
        return self.start is not None and self.end is not None and self.end <= self.start


def moment(text: str, *, last: bool = False) -> datetime | None:
    """A FHIR date or dateTime as a moment in Dutch time; of a partial date the first moment, with ``last`` the first moment
    after it. None for what is no date."""
    if found := _PARTIAL.match(text):
        return _partial(*(int(part) if part else None for part in found.groups()), last=last)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=AMSTERDAM)
    # An end is the last moment that counts: 23:59 and 23:59:59 both mean the end of the day.
    if last:
        at += timedelta(minutes=1) if (at.hour, at.minute) == (23, 59) else timedelta(seconds=1)
        at = at.replace(second=0, microsecond=0) if (at.hour, at.minute) == (0, 0) else at
    return at


def _partial(year: int | None, month: int | None, day: int | None, *, last: bool) -> datetime | None:
    try:
        first = date(year or 0, month or 1, day or 1)
        if last and day:
            first += timedelta(days=1)
        elif last and month:
            first += timedelta(days=calendar.monthrange(first.year, first.month)[1])
        elif last:
            first = date(first.year + 1, 1, 1)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(first, time(), AMSTERDAM)


def after(start: datetime, amount: float, unit: str) -> datetime | None:
    """The moment a duration (UCUM) after a start; None for a unit that is no time."""
    try:
        if unit in _UNITS:
            return start + timedelta(**{_UNITS[unit]: amount})
        if unit in {"mo", "a"}:
            return add_months(start, round(amount * (12 if unit == "a" else 1)))
    except (OverflowError, ValueError):
        return None
    return None


def add_months(at: datetime, months: int) -> datetime:
    """The same day some months on or back, or the last day of that month."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))


def last_day(end: datetime | None) -> str:
    """The last day that counts of a period with this end, as people read it."""
    return (end - timedelta(seconds=1)).astimezone(AMSTERDAM).date().isoformat() if end else ""


def first_day(start: datetime | None) -> str:
    """The first day of a period."""
    return start.astimezone(AMSTERDAM).date().isoformat() if start else ""
