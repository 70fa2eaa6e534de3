"""Working days are those of the Algemene termijnenwet, and a term ends on one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from events.clock import due_after, holidays, is_working_day, working_day_after, working_day_from

# As the government publishes them, with Good Friday, which the law puts equal to a holiday.
PUBLISHED = {
    2024: "01-01 03-29 04-01 04-27 05-05 05-09 05-20 12-25 12-26",
    2025: "01-01 04-18 04-21 04-26 05-05 05-29 06-09 12-25 12-26",
    2026: "01-01 04-03 04-06 04-27 05-05 05-14 05-25 12-25 12-26",
    2027: "01-01 03-26 03-29 04-27 05-05 05-06 05-17 12-25 12-26",
    2028: "01-01 04-14 04-17 04-27 05-05 05-25 06-05 12-25 12-26",
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_the_holidays_of_a_year_are_those_of_the_law(year: int) -> None:
    assert " ".join(f"{day:%m-%d}" for day in sorted(holidays(year))) == PUBLISHED[year]


def test_a_term_skips_weekends_and_holidays_and_ends_in_the_afternoon() -> None:
    friday = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    assert timezone.localtime(due_after(friday, 1)).strftime("%a %d %H:%M") == "Mon 23 17:00"
    assert timezone.localtime(due_after(friday, 5)).strftime("%a %d") == "Fri 27"
    christmas_eve = datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
    assert timezone.localtime(due_after(christmas_eve, 5)).strftime("%a %d %b") == "Mon 04 Jan"
    assert working_day_after(date(2026, 4, 2), 1) == date(2026, 4, 7), "Good Friday and Easter Monday"


def test_a_day_that_was_put_equal_to_a_holiday_is_skipped_too(settings: Any) -> None:
    assert working_day_from(date(2027, 5, 7)) == date(2027, 5, 7)
    settings.CLOSED_DAYS = frozenset({date(2027, 5, 7)})
    assert working_day_from(date(2027, 5, 5)) == date(2027, 5, 10)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 60))
def test_so_many_working_days_later_lie_so_many_working_days_between(day: date, days: int) -> None:
    later = working_day_after(day, days)
    between = [day + timedelta(days=n + 1) for n in range((later - day).days)]
    assert sum(map(is_working_day, between)) == days
    assert later == day or is_working_day(later)
