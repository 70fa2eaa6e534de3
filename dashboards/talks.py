"""How exploratory talks are counted: of what was asked each month, how many were planned and held, and to what they led."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from dashboards.emergencies import held_back
from dashboards.figures import Count
from referrals.moves import TALK_OUTCOMES
from referrals.moves.talks import COUNTED, LEAST_DOMAINS

JUDGED = """
with today as (
  select day, (date_trunc('month', day) - make_interval(months => %(months)s - 1))::date as first
  from (select (now() at time zone 'Europe/Amsterdam')::date as day) d
), asked as (
  select (r.sent_at at time zone 'Europe/Amsterdam')::date as day, r.outcome,
         exists (select 1 from referrals_appointment a where a.referral_id = r.id and a.status <> 'cancelled') as made,
         r.started_at is not null and (select count(distinct e.domain) from referrals_exploring e
           where e.referral_id = r.id and e.status = 'agreed' and e.domain = any(%(counted)s)) >= %(least)s as held
  from referrals_referral r join square_healthcareservice s on s.id = r.service_id cross join today
  where s.process = 'talk' and r.sent_at >= first::timestamp at time zone 'Europe/Amsterdam'
), judged as materialized (
  select day, made or held as planned, held, case when held and outcome = any(%(outcomes)s) then outcome when held then 'open' end as led
  from asked
)
"""
"""Every request for a talk that was sent in the stretch, by the month of sending; read under the role of regional figures.

*Held* is a talk that took place with explorers of ``LEAST_DOMAINS`` domains or more that count; somebody with lived experience
counts for none. *Planned* is one for which an appointment was made that was not called off, or that was held. A talk that was held and
has no outcome of a talk (yet) is *open*.
"""
OPEN = "open"
LED = [*(str(outcome) for outcome in TALK_OUTCOMES), OPEN]
SUMS = ", ".join(
    [
        "count(j.*) as requested",
        "count(*) filter (where j.planned) as planned",
        "count(*) filter (where j.held) as held",
        *(f"count(*) filter (where j.led = '{led}') as led_{led}" for led in LED),
    ]
)
WHOLE = f"select {SUMS} from judged j"  # noqa: S608 -- of the constants above
MONTHS = f"""select m.month::date as month, {SUMS}
  from today cross join generate_series(first::timestamp, day::timestamp, interval '1 month') m(month)
  left join judged j on date_trunc('month', j.day) = m.month group by 1 order by 1"""  # noqa: S608
PARTS = f"(select row_to_json(x) from ({WHOLE}) x), (select json_agg(row_to_json(x)) from ({MONTHS}) x)"  # noqa: S608


@dataclass(frozen=True)
class Talks:
    """Requests for a talk of one month, or of all: how many were planned and held, and by outcome those that were held."""

    month: date | None
    requested: Count
    planned: Count
    held: Count
    led: list[Count]


@dataclass(frozen=True)
class TalkFigures:
    """Everything that is shown about one stretch of months."""

    whole: Talks
    months: list[Talks]


def talk_figures(months: int) -> TalkFigures:
    """All requests for a talk that were sent in the last calendar months, as they stand now."""
    values: dict[str, Any] = {
        "months": months,
        "counted": [str(one) for one in COUNTED],
        "least": LEAST_DOMAINS,
        "outcomes": LED[:-1],
    }
    with connection.cursor() as cursor:
        cursor.execute(f"{JUDGED} select {PARTS}", values)
        whole, rows = cursor.fetchone()
    return TalkFigures(_of(None, whole), [_of(date.fromisoformat(row["month"]), row) for row in rows or []])


def _of(month: date | None, row: dict[str, Any]) -> Talks:
    led = [Count(row[f"led_{led}"]) for led in LED]
    return Talks(month, Count(row["requested"]), Count(row["planned"]), Count(row["held"]), held_back(led))
