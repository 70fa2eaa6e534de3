"""Working days: by when somebody must have acted."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache

from django.conf import settings
from django.utils import timezone

END_OF_DAY = time(17)
"""The local time at which a working day ends."""


def easter(year: int) -> date:
    """Easter Sunday of a year of the Gregorian calendar (Meeus, Astronomical Algorithms, 1991, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + k - 7 * ((a + 11 * h + 22 * k) // 451) + 114, 31)
    return date(year, month, day + 1)


@cache
def holidays(year: int) -> frozenset[date]:
    """The general holidays of a year, with the days that are put equal to them (Algemene termijnenwet, article 3).

    Days that are put equal for one year by royal decree stand in ``CLOSED_DAYS``.
    """
    king = date(year, 4, 27)
    fixed = {date(year, 1, 1), date(year, 5, 5), date(year, 12, 25), date(year, 12, 26)}
    # Good Friday, Easter Monday, Ascension Day and Whit Monday.
    moving = {easter(year) + timedelta(days=days) for days in (-2, 1, 39, 50)}
    return frozenset(fixed | moving | {king - timedelta(days=king.weekday() == 6)})


def is_working_day(day: date) -> bool:
    """Monday to Friday, unless it is a holiday or the region is closed."""
    return day.weekday() < 5 and day not in holidays(day.year) and day not in settings.CLOSED_DAYS


def working_day_from(day: date) -> date:
    """This day, or the first working day after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def working_day_after(day: date, days: int) -> date:
    """The day that lies ``days`` working days after ``day``."""
    for _each in range(days):
        day = working_day_from(day + timedelta(days=1))
    return day


def working_days_between(day: date, later: date) -> int:
    """How many working days come after ``day``, up to and with ``later``."""
    return sum(is_working_day(day + timedelta(days=n + 1)) for n in range((later - day).days))


def end_of_day(day: date) -> datetime:
    """The moment at which a working day ends, in the local time of the region."""
    return timezone.make_aware(datetime.combine(day, END_OF_DAY))


def due_after(moment: datetime, days: int) -> datetime:
    """The end of the working day that lies ``days`` working days after a moment."""
    return end_of_day(working_day_after(timezone.localtime(moment).date(), days))
