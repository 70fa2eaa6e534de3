"""How each figure about referrals is computed: one statement per table, over columns that point at nobody."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal

from django.db import connection

FEWEST = 5
"""A figure over fewer referrals than this is not shown, because it could point at a person (standards.md 16.2)."""

STALE_DAYS = 31
"""A reported waiting time that was measured longer ago counts as out of date (NZa asks for one every two weeks)."""

Known = Literal["known", "nobody", "too_few", "not_yet"]


@dataclass(frozen=True)
class Days:
    """A number of calendar days over ``n`` referrals, or the reason why it is not shown.

    ``not_yet``: so many still wait that the figure cannot be known; it will be longer than all waits seen so far.
    """

    value: float | None
    n: int
    state: Known
    least: ClassVar[int] = FEWEST

    @classmethod
    def over(cls, value: float | None, n: int) -> Days:
        """The figure, kept back when it rests on fewer than :data:`FEWEST` referrals."""
        if n == 0:
            return cls(None, 0, "nobody")
        if n < FEWEST:
            return cls(None, n, "too_few")
        if value is None or not math.isfinite(value):
            return cls(None, n, "not_yet")
        return cls(round(float(value), 1), n, "known")


@dataclass(frozen=True)
class Count:
    """A number of referrals; ``shown`` is empty when it is above nought and below :data:`FEWEST`."""

    n: int
    least: ClassVar[int] = FEWEST

    @property
    def shown(self) -> int | None:
        """The number, if it may be shown."""
        return None if 0 < self.n < FEWEST else self.n


@dataclass(frozen=True)
class Selection:
    """Which referrals are counted: sent in the last ``months`` calendar months to a matching service and provider."""

    domain: str = ""
    kind: str = ""
    service: int | None = None
    municipality: str = ""
    months: int = 12

    def values(self) -> dict[str, Any]:
        """The selection as parameters of :data:`WAITS`."""
        return {
            "domain": self.domain,
            "kind": self.kind,
            "service": self.service,
            "municipality": self.municipality,
            "months": self.months,
        }


WAITS = """
with today as materialized (
  select (now() at time zone 'Europe/Amsterdam')::date as day,
         (date_trunc('month', now() at time zone 'Europe/Amsterdam') - make_interval(months => %(months)s - 1))::date as first
), dated as (
  select r.receiving_organisation_id as provider, o.name as provider_name, r.status, r.rejection_reason, s.kind, s.norm_days,
         (r.sent_at at time zone 'Europe/Amsterdam')::date as sent_on,
         (r.accepted_at at time zone 'Europe/Amsterdam')::date as accepted_on,
         (coalesce(r.started_at, case when r.status = 'completed' then r.closed_at end)
          at time zone 'Europe/Amsterdam')::date as started_on,
         (case when r.status = 'rejected' then r.closed_at end at time zone 'Europe/Amsterdam')::date as rejected_on
  from referrals_referral r
    join square_healthcareservice s on s.id = r.service_id
    join people_organisation o on o.id = r.receiving_organisation_id
  where (%(domain)s = '' or s.domain = %(domain)s) and (%(kind)s = '' or s.kind = %(kind)s)
    and (%(service)s::bigint is null or s.id = %(service)s) and (%(municipality)s = '' or o.municipality = %(municipality)s)
), waits as (
  select d.*, accepted_on - sent_on as answer, started_on - sent_on as start,
         case when d.status in ('requested', 'asked_back') then today.day - sent_on end as waits_for_answer,
         case when d.status in ('requested', 'asked_back', 'accepted') and started_on is null
              then today.day - sent_on end as waits_for_start,
         sent_on >= today.first as counts
  from dated d cross join today
), judged as (
  select w.*, coalesce(answer::float, case when waits_for_answer is not null then 'infinity'::float end) as answer_or_longer,
         coalesce(start::float, case when waits_for_start is not null then 'infinity'::float end) as start_or_longer
  from waits w
)
"""
"""Every referral with its waits in calendar days (Amsterdam).

``answer`` runs from sending to acceptance, ``start`` from sending to the first contact; who still waits counts in
``…_or_longer`` as longer than everybody who was helped, so that a median is never one of finished waits alone. Rejected
and withdrawn referrals have no wait.
"""

WHOLE = """
select count(*) filter (where counts) as sent,
  percentile_cont(0.5) within group (order by start_or_longer) filter (where counts) as middle,
  percentile_cont(0.8) within group (order by start_or_longer) filter (where counts) as p80,
  count(start_or_longer) filter (where counts) as n,
  count(waits_for_start) as waiting, percentile_cont(0.5) within group (order by waits_for_start) as waiting_middle,
  min(norm_days) filter (where counts) as norm_low, max(norm_days) filter (where counts) as norm_high,
  bool_and(norm_days is not null) filter (where counts) as norm_all,
  count(*) filter (where counts and (start > norm_days or waits_for_start > norm_days)) as beyond,
  count(*) filter (where counts and norm_days is not null and (start is not null or waits_for_start > norm_days)) as beyond_of,
  percentile_cont(0.5) within group (order by start) filter (where started_on > today.day - 90) as lately,
  count(start) filter (where started_on > today.day - 90) as lately_n,
  percentile_cont(0.5) within group (order by start) filter (where started_on <= today.day - 90 and started_on > today.day - 180) as before,
  count(start) filter (where started_on <= today.day - 90 and started_on > today.day - 180) as before_n
from judged cross join today
"""

MONTHS = """
select m.month::date as month, count(sent_on) as sent,
  percentile_cont(0.5) within group (order by answer_or_longer) as answer,
  percentile_cont(0.8) within group (order by answer_or_longer) as answer_p80,
  count(answer_or_longer) as answer_n,
  percentile_cont(0.5) within group (order by start_or_longer) as start,
  percentile_cont(0.8) within group (order by start_or_longer) as start_p80,
  count(start_or_longer) as start_n, count(start) as started, count(waits_for_start) as waiting
from today cross join generate_series(first::timestamp, day::timestamp, interval '1 month') m(month)
  left join judged on date_trunc('month', sent_on) = m.month
group by 1 order by 1
"""

PROVIDERS = """
, latest as (
  select distinct on (s.id) s.organisation_id as provider, w.days, w.measured_on
  from square_waitingtimereport w join square_healthcareservice s on s.id = w.service_id
    join people_organisation o on o.id = s.organisation_id
  where s.active and (%(domain)s = '' or s.domain = %(domain)s) and (%(kind)s = '' or s.kind = %(kind)s)
    and (%(service)s::bigint is null or s.id = %(service)s) and (%(municipality)s = '' or o.municipality = %(municipality)s)
  order by s.id, w.measured_on desc, w.id desc
), reported as (
  select provider, (array_agg(days order by days desc, measured_on))[1] as days,
         (array_agg(measured_on order by days desc, measured_on))[1] as measured_on,
         count(*) as reports
  from latest group by provider
)
select j.provider, j.provider_name as name, r.days as reported, r.measured_on, coalesce(r.reports, 0) as reports,
  r.measured_on < (select day from today) - %(stale)s as stale,
  percentile_cont(0.5) within group (order by answer) filter (where counts) as answer, count(answer) filter (where counts) as answer_n,
  percentile_cont(0.5) within group (order by start) filter (where counts) as start,
  percentile_cont(0.8) within group (order by start) filter (where counts) as start_p80, count(start) filter (where counts) as start_n,
  percentile_cont(0.5) within group (order by start_or_longer) filter (where counts) as whole,
  count(start_or_longer) filter (where counts) as whole_n,
  count(waits_for_start) as waiting, percentile_cont(0.5) within group (order by waits_for_start) as waiting_middle,
  max(norm_days) as norm_high, min(norm_days) as norm_low
from judged j left join reported r on r.provider = j.provider
where counts or waits_for_start is not null
group by j.provider, j.provider_name, r.days, r.measured_on, r.reports order by j.provider_name
"""

REJECTIONS = """
select rejection_reason as reason, count(*) as n from judged where counts and status = 'rejected' group by 1 order by 2 desc, 1
"""

QUARTERS = """
, quarter as (
  select day, date_trunc('quarter', day)::date as this, (date_trunc('quarter', day) - interval '3 months')::date as former from today
), stretch as (
  select this, former, least(former + (day - this), this - 1) as former_until from quarter
), asked as (
  select j.*, coalesce(accepted_on, rejected_on) as answered_on from judged j
)
select count(*) filter (where sent_on >= this) as sent,
  count(*) filter (where sent_on between former and former_until) as sent_former,
  count(*) filter (where accepted_on >= this) as accepted,
  count(*) filter (where accepted_on between former and former_until) as accepted_former,
  count(*) filter (where rejected_on >= this) as rejected,
  count(*) filter (where rejected_on between former and former_until) as rejected_former,
  percentile_cont(0.5) within group (order by answered_on - sent_on) filter (where answered_on >= this) as response,
  count(*) filter (where answered_on >= this) as response_n,
  percentile_cont(0.5) within group (order by answered_on - sent_on)
    filter (where answered_on between former and former_until) as response_former,
  count(*) filter (where answered_on between former and former_until) as response_former_n,
  count(*) filter (where kind = 'exploratory_talk' and started_on is not null) as talks,
  count(*) filter (where kind = 'exploratory_talk' and started_on >= this) as talks_this,
  (select former_until from stretch) as former_until
from asked cross join stretch
"""


def rows(statement: str, selection: Selection) -> Iterator[dict[str, Any]]:
    """The rows of one statement over the selected referrals, by column name."""
    with connection.cursor() as cursor:
        cursor.execute(WAITS + statement, {**selection.values(), "stale": STALE_DAYS})
        names = [column.name for column in cursor.description]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))


@dataclass(frozen=True)
class Whole:
    """All selected referrals together."""

    sent: Count
    start: Days
    start_p80: Days
    waiting: Count
    waiting_so_far: Days
    norm: int | None
    beyond: float | None
    lately: Days
    before: Days


@dataclass(frozen=True)
class Month:
    """The referrals sent in one calendar month; who still waits counts along."""

    month: date
    sent: Count
    answer: Days
    answer_p80: Days
    start: Days
    start_p80: Days
    waiting: Count


@dataclass(frozen=True)
class Provider:
    """One receiving organisation: what was realised, who still waits, and what it reports itself."""

    pk: int
    name: str
    answer: Days
    start: Days
    start_p80: Days
    whole: Days
    waiting: Count
    waiting_so_far: Days
    norm: int | None
    reported: int | None
    measured_on: date | None
    reports: int
    stale: bool

    @property
    def beyond_norm(self) -> bool:
        """Whether the median, with who still waits, is longer than the norm."""
        return self.norm is not None and (self.whole.state == "not_yet" or (self.whole.value or 0) > self.norm)


@dataclass(frozen=True)
class Compared:
    """A figure of this quarter until today beside the same stretch of the former quarter."""

    now: Count | Days
    former: Count | Days


@dataclass(frozen=True)
class Quarter:
    """The key figures of this quarter."""

    sent: Compared
    accepted: Compared
    rejected: Compared
    response: Compared
    talks: Count
    talks_this: Count
    former_until: date


def _norm(low: int | None, high: int | None) -> int | None:
    return high if low == high else None


def whole(selection: Selection) -> Whole:
    """The figures of all selected referrals together, in one statement."""
    row = next(rows(WHOLE, selection))
    return Whole(
        sent=Count(row["sent"]),
        start=Days.over(row["middle"], row["n"]),
        start_p80=Days.over(row["p80"], row["n"]),
        waiting=Count(row["waiting"]),
        waiting_so_far=Days.over(row["waiting_middle"], row["waiting"]),
        norm=_norm(row["norm_low"], row["norm_high"]) if row["norm_all"] else None,
        beyond=row["beyond"] / row["beyond_of"] if row["beyond_of"] >= FEWEST else None,
        lately=Days.over(row["lately"], row["lately_n"]),
        before=Days.over(row["before"], row["before_n"]),
    )


def months(selection: Selection) -> list[Month]:
    """One row per calendar month of the period, also where nothing was sent."""
    return [
        Month(
            month=row["month"],
            sent=Count(row["sent"]),
            answer=Days.over(row["answer"], row["answer_n"]),
            answer_p80=Days.over(row["answer_p80"], row["answer_n"]),
            start=Days.over(row["start"], row["start_n"]),
            start_p80=Days.over(row["start_p80"], row["start_n"]),
            waiting=Count(row["waiting"]),
        )
        for row in rows(MONTHS, selection)
    ]


def providers(selection: Selection) -> list[Provider]:
    """One row per provider that received a referral in the period or has somebody waiting now."""
    return [
        Provider(
            pk=row["provider"],
            name=row["name"],
            answer=Days.over(row["answer"], row["answer_n"]),
            start=Days.over(row["start"], row["start_n"]),
            start_p80=Days.over(row["start_p80"], row["start_n"]),
            whole=Days.over(row["whole"], row["whole_n"]),
            waiting=Count(row["waiting"]),
            waiting_so_far=Days.over(row["waiting_middle"], row["waiting"]),
            norm=_norm(row["norm_low"], row["norm_high"]),
            reported=row["reported"],
            measured_on=row["measured_on"],
            reports=row["reports"],
            stale=bool(row["stale"]),
        )
        for row in rows(PROVIDERS, selection)
    ]


def rejections(selection: Selection) -> list[tuple[str, Count]]:
    """How many of the referrals sent in the period were rejected, by reason, most first."""
    return [(row["reason"], Count(row["n"])) for row in rows(REJECTIONS, selection)]


def quarter(selection: Selection) -> Quarter:
    """The key figures of this quarter so far, beside the same number of days of the former one."""
    row = next(rows(QUARTERS, selection))

    def compared(name: str) -> Compared:
        return Compared(Count(row[name]), Count(row[f"{name}_former"]))

    return Quarter(
        sent=compared("sent"),
        accepted=compared("accepted"),
        rejected=compared("rejected"),
        response=Compared(
            Days.over(row["response"], row["response_n"]), Days.over(row["response_former"], row["response_former_n"])
        ),
        talks=Count(row["talks"]),
        talks_this=Count(row["talks_this"]),
        former_until=row["former_until"],
    )
