"""How emergency access is counted: per organisation and per month, with what the review found; nothing about whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from dashboards.figures import Count

COUNTED = """
with today as (
  select day, (date_trunc('month', day) - make_interval(months => %(months)s - 1))::date as first
  from (select (now() at time zone 'Europe/Amsterdam')::date as day) d
), counted as materialized (
  select e.organisation_id, (lower(e.period) at time zone 'Europe/Amsterdam')::date as day, e.review
  from trust_emergency e cross join today
  where lower(e.period) >= first::timestamp at time zone 'Europe/Amsterdam'
)
"""
SUMS = """count(c.*) as started, count(*) filter (where c.review = 'justified') as justified,
  count(*) filter (where c.review = 'avoidable') as avoidable, count(*) filter (where c.review = 'unjustified') as unjustified,
  count(*) filter (where c.review = '') as waiting"""
TABLES = {
    "whole": f"select {SUMS} from counted c",  # noqa: S608 -- of the constant above
    "months": f"""select m.month::date as month, {SUMS}
      from today cross join generate_series(first::timestamp, day::timestamp, interval '1 month') m(month)
      left join counted c on date_trunc('month', c.day) = m.month group by 1 order by 1""",  # noqa: S608
    "organisations": f"""select o.name, {SUMS} from counted c join people_organisation o on o.id = c.organisation_id
      group by o.id, o.name order by 2 desc, 1""",  # noqa: S608
}


@dataclass(frozen=True)
class Emergencies:
    """A number of emergencies with what the review found of them; ``label`` is a month or an organisation."""

    label: date | str
    started: Count
    justified: Count
    avoidable: Count
    unjustified: Count
    waiting: Count


@dataclass(frozen=True)
class EmergencyFigures:
    """Everything that is shown about one stretch of months."""

    whole: Emergencies
    months: list[Emergencies]
    organisations: list[Emergencies]


def _of(label: date | str, row: dict[str, Any]) -> Emergencies:
    parts = [Count(row[name]) for name in ("justified", "avoidable", "unjustified", "waiting")]
    return Emergencies(label, Count(row["started"]), *held_back(parts))


def held_back(parts: list[Count]) -> list[Count]:
    """The parts of a sum; where one alone is too small to show, the next one is held back, or the sum would tell it."""
    small = [part for part in parts if part.shown is None]
    larger = [part for part in parts if part.shown]
    if len(small) != 1 or not larger:
        return parts
    least = min(larger, key=lambda part: part.n)
    return [Count(part.n, held=True) if part is least else part for part in parts]


def emergency_figures(months: int) -> EmergencyFigures:
    """All emergencies that began in the last calendar months, as they stand now; read under the role of regional figures."""
    parts = ", ".join(f"(select json_agg(row_to_json(x)) from ({table}) x) as {name}" for name, table in TABLES.items())  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"{COUNTED} select {parts}", {"months": months})
        found = dict(zip(TABLES, (rows or [] for rows in cursor.fetchone()), strict=True))
    return EmergencyFigures(
        _of("", found["whole"][0]),
        [_of(date.fromisoformat(row["month"]), row) for row in found["months"]],
        [_of(row["name"], row) for row in found["organisations"]],
    )
