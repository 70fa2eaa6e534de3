"""Working days: by when somebody must have acted."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

END_OF_DAY = time(17)
"""The local time at which a working day ends."""


def working_day_after(day: date, days: int) -> date:
    """The day that lies ``days`` working days (Monday to Friday) after ``day``."""
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def end_of_day(day: date) -> datetime:
    """The moment at which a working day ends, in the local time of the region."""
    return timezone.make_aware(datetime.combine(day, END_OF_DAY))


def due_after(moment: datetime, days: int) -> datetime:
    """The end of the working day that lies ``days`` working days after a moment."""
    return end_of_day(working_day_after(timezone.localtime(moment).date(), days))
