"""Calendar months and years: by when a request is decided, and when a term of keeping began."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from events.clock import end_of_day


def months_after(moment: datetime, months: int) -> datetime:
    """The end of the same day so many months later, of the last day where a month is shorter (Regulation 1182/71, art. 3(2)(c))."""
    local = timezone.localtime(moment)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    for day in (local.day, 30, 29):
        try:
            return end_of_day(date(year, month + 1, min(day, local.day)))
        except ValueError:
            continue
    return end_of_day(date(year, month + 1, 28))


def years_before(moment: datetime, years: int) -> datetime:
    """The same day and hour so many years ago; the last of February stands for the 29th."""
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)
