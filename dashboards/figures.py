"""How each figure about referrals is computed: one table each, over columns that point at nobody."""

from __future__ import annotations

import math
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
    held: bool = False
    least: ClassVar[int] = FEWEST

    @property
    def shown(self) -> int | None:
        """The number, if it may be shown; one that is ``held`` would give away a smaller one beside it."""
        return None if self.held or 0 < self.n < FEWEST else self.n


@dataclass(frozen=True)
class Selection:
    """Which referrals are counted: sent in the last ``months`` calendar months to a matching service and provider."""

    domain: str = ""
    kind: str = ""
    service: int | None = None
    municipality: str = ""
    months: int = 12

    def values(self) -> dict[str, Any]:
        """The selection as parameters of :data:`JUDGED`."""
        return {
            "domain": self.domain,
            "kind": self.kind,
            "service": self.service,
            "municipality": self.municipality,
            "months": self.months,
        }


JUDGED = """
with today as materialized (
  select day, (date_trunc('month', day) - make_interval(months => %(months)s - 1))::date as first,
         date_trunc('quarter', day)::date as quarter, (date_trunc('quarter', day) - interval '3 months')::date as former
  from (select (now() at time zone 'Europe/Amsterdam')::date as day) d
), offer as materialized (
  select s.id, s.organisation_id, s.norm_days, s.active, s.kind = 'exploratory_talk' as talk
  from square_healthcareservice s join people_organisation o on o.id = s.organisation_id
  where (%(domain)s = '' or s.domain = %(domain)s) and (%(kind)s = '' or s.kind = %(kind)s)
    and (%(service)s::bigint is null or s.id = %(service)s) and (%(municipality)s = '' or o.municipality = %(municipality)s)
), dated as (
  select r.receiving_organisation_id as provider, r.status, r.rejection_reason, offer.talk and r.started_at is not null as talk,
         offer.norm_days, false as turned,
         (r.sent_at at time zone 'Europe/Amsterdam')::date as sent_on,
         (coalesce(r.asked_at, r.sent_at) at time zone 'Europe/Amsterdam')::date as asked_on,
         (r.accepted_at at time zone 'Europe/Amsterdam')::date as accepted_on,
         (coalesce(r.started_at, case when r.status = 'completed' then r.closed_at end)
          at time zone 'Europe/Amsterdam')::date as started_on,
         (case when r.status = 'rejected' then r.closed_at end at time zone 'Europe/Amsterdam')::date as rejected_on
  from referrals_referral r join offer on offer.id = r.service_id
  where r.sent_at >= (select least(first, former) - 1 from today) or r.status in ('requested', 'asked_back', 'accepted')
    or greatest(r.accepted_at, r.started_at, r.closed_at) >= (select least(day - 180, former) - 1 from today) or offer.talk
  union all
  select k.organisation_id, k.status, k.reason, false, offer.norm_days, true, null,
         (k.asked_at at time zone 'Europe/Amsterdam')::date, (k.accepted_at at time zone 'Europe/Amsterdam')::date, null,
         (case when k.status = 'rejected' then k.ended_at end at time zone 'Europe/Amsterdam')::date
  from referrals_round k join offer on offer.id = k.service_id
  where k.status in ('rejected', 'passed_on') and k.asked_at >= (select least(first, former) - 1 from today)
), judged as materialized (
  select d.*, accepted_on - asked_on as answer, started_on - asked_on as start,
         case when d.status in ('requested', 'asked_back') then today.day - asked_on end as waits_for_answer,
         case when d.status in ('requested', 'asked_back', 'accepted') and started_on is null
              then today.day - asked_on end as waits_for_start,
         coalesce((accepted_on - asked_on)::float, case when d.status in ('requested', 'asked_back') then 'infinity'::float end)
           as answer_or_longer,
         coalesce((started_on - asked_on)::float, case when d.status in ('requested', 'asked_back', 'accepted') then 'infinity'::float end)
           as start_or_longer,
         coalesce(sent_on >= today.first, false) as counts
  from dated d cross join today
)
"""
"""Every referral that matters to a figure, with its waits in calendar days (Amsterdam); read once for all figures.

A referral that went from one receiver to another counts once, in the month in which it was sent, for the service that has it now;
its waits run from the moment that this one was asked. A ``turned`` row is a former receiver of it, and counts for two things alone:
how soon was answered, and why no was said. ``answer`` runs from asking to acceptance, ``start`` from asking to the first
contact; who still waits counts in ``…_or_longer`` as longer than everybody who was helped, so that a median is never one of
finished waits alone. Rejected and withdrawn referrals have no wait.
"""

WHOLE = """
select count(*) filter (where counts) as sent,
  percentile_cont(array[0.5, 0.8]) within group (order by start_or_longer) filter (where counts) as start,
  count(start_or_longer) filter (where counts) as start_n,
  percentile_cont(0.5) within group (order by waits_for_start) as waiting, count(waits_for_start) as waiting_n,
  min(norm_days) filter (where counts) as norm_low, max(norm_days) filter (where counts) as norm_high,
  bool_and(norm_days is not null) filter (where counts) as norm_all,
  count(*) filter (where counts and (start > norm_days or waits_for_start > norm_days)) as beyond,
  count(*) filter (where counts and norm_days is not null and (start is not null or waits_for_start > norm_days)) as beyond_of,
  percentile_cont(0.5) within group (order by start) filter (where started_on > today.day - 90) as lately,
  count(start) filter (where started_on > today.day - 90) as lately_n,
  percentile_cont(0.5) within group (order by start)
    filter (where started_on <= today.day - 90 and started_on > today.day - 180) as before,
  count(start) filter (where started_on <= today.day - 90 and started_on > today.day - 180) as before_n
from judged cross join today
"""

MONTHS = """
select m.month::date as month, coalesce(c.sent, 0) as sent, c.answer, coalesce(c.answer_n, 0) as answer_n,
  c.start, coalesce(c.start_n, 0) as start_n, coalesce(c.waiting, 0) as waiting
from today cross join generate_series(first::timestamp, day::timestamp, interval '1 month') m(month)
  left join (
    select date_trunc('month', sent_on)::date as month, count(*) as sent,
      percentile_cont(array[0.5, 0.8]) within group (order by answer_or_longer) as answer, count(answer_or_longer) as answer_n,
      percentile_cont(array[0.5, 0.8]) within group (order by start_or_longer) as start, count(start_or_longer) as start_n,
      count(waits_for_start) as waiting
    from judged where counts group by 1
  ) c on c.month = m.month::date
order by 1
"""

PROVIDERS = """
with latest as (
  select distinct on (offer.id) offer.organisation_id as provider, w.days, w.measured_on
  from square_waitingtimereport w join offer on offer.id = w.service_id
  where offer.active order by offer.id, w.measured_on desc, w.id desc
), reported as (
  select provider, (array_agg(days order by days desc, measured_on))[1] as days,
         (array_agg(measured_on order by days desc, measured_on))[1] as measured_on, count(*) as reports
  from latest group by provider
), realised as (
  select provider, percentile_cont(0.5) within group (order by answer) filter (where counts) as answer,
    count(answer) filter (where counts) as answer_n,
    percentile_cont(array[0.5, 0.8]) within group (order by start) filter (where counts) as start,
    count(start) filter (where counts) as start_n,
    percentile_cont(0.5) within group (order by start_or_longer) filter (where counts) as whole,
    count(start_or_longer) filter (where counts) as whole_n,
    percentile_cont(0.5) within group (order by waits_for_start) as waiting, count(waits_for_start) as waiting_n,
    max(norm_days) as norm_high, min(norm_days) as norm_low
  from judged where counts or waits_for_start is not null group by provider
)
select realised.*, o.name, r.days as reported, r.measured_on, coalesce(r.reports, 0) as reports,
  r.measured_on < (select day from today) - %(stale)s as stale
from realised join people_organisation o on o.id = realised.provider left join reported r on r.provider = realised.provider
order by o.name
"""

REJECTIONS = """
select rejection_reason as reason, count(*) as n from judged cross join today
where (counts or (turned and asked_on >= today.first)) and status = 'rejected' group by 1 order by 2 desc, 1
"""

QUARTERS = """
with stretch as (
  select quarter as this, former, least(former + (day - quarter), quarter - 1) as former_until from today
), asked as (
  select j.*, coalesce(accepted_on, rejected_on) as answered_on from judged j
)
select count(*) filter (where sent_on >= this) as sent,
  count(*) filter (where sent_on between former and former_until) as sent_former,
  count(*) filter (where accepted_on >= this and not turned) as accepted,
  count(*) filter (where accepted_on between former and former_until and not turned) as accepted_former,
  count(*) filter (where rejected_on >= this) as rejected,
  count(*) filter (where rejected_on between former and former_until) as rejected_former,
  percentile_cont(0.5) within group (order by answered_on - asked_on) filter (where answered_on >= this) as response,
  count(*) filter (where answered_on >= this) as response_n,
  percentile_cont(0.5) within group (order by answered_on - asked_on)
    filter (where answered_on between former and former_until) as response_former,
  count(*) filter (where answered_on between former and former_until) as response_former_n,
  count(*) filter (where talk) as talks,
  count(*) filter (where talk and started_on >= this) as talks_this,
  (select former_until from stretch) as former_until
from asked cross join stretch
"""

TABLES = {"whole": WHOLE, "months": MONTHS, "providers": PROVIDERS, "rejections": REJECTIONS, "quarter": QUARTERS}


Row = dict[str, Any]


def read(selection: Selection) -> dict[str, list[Row]]:
    """The rows of every table over the selected referrals, by its name, in one statement that reads referrals once."""
    parts = ", ".join(
        f"(select json_agg(row_to_json(x)) from ({table}) x) as {name}"  # noqa: S608 -- of the constants above
        for name, table in TABLES.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{JUDGED} select {parts}", {**selection.values(), "stale": STALE_DAYS})
        return {name: found or [] for name, found in zip(TABLES, cursor.fetchone(), strict=True)}


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


@dataclass(frozen=True)
class WaitingTimes:
    """Everything that is shown about one selection."""

    whole: Whole
    months: list[Month]
    providers: list[Provider]
    rejections: list[tuple[str, Count]]
    quarter: Quarter


def _norm(low: int | None, high: int | None) -> int | None:
    return high if low == high else None


def _days(row: Row, name: str, part: int | None = None) -> Days:
    """A figure of a row with the number in ``<name>_n``; ``part`` picks one of several percentiles."""
    value = row[name] if part is None or row[name] is None else row[name][part]
    return Days.over(None if value is None else float(value), row[f"{name}_n"])


def whole(row: Row) -> Whole:
    """The figures of all selected referrals together."""
    return Whole(
        sent=Count(row["sent"]),
        start=_days(row, "start", 0),
        start_p80=_days(row, "start", 1),
        waiting=Count(row["waiting_n"]),
        waiting_so_far=_days(row, "waiting"),
        norm=_norm(row["norm_low"], row["norm_high"]) if row["norm_all"] else None,
        beyond=row["beyond"] / row["beyond_of"] if row["beyond_of"] >= FEWEST else None,
        lately=_days(row, "lately"),
        before=_days(row, "before"),
    )


def month(row: Row) -> Month:
    """The figures of one calendar month, also where nothing was sent."""
    return Month(
        month=date.fromisoformat(row["month"]),
        sent=Count(row["sent"]),
        answer=_days(row, "answer", 0),
        answer_p80=_days(row, "answer", 1),
        start=_days(row, "start", 0),
        start_p80=_days(row, "start", 1),
        waiting=Count(row["waiting"]),
    )


def provider(row: Row) -> Provider:
    """The figures of a provider that received a referral in the period or has somebody waiting now."""
    return Provider(
        pk=row["provider"],
        name=row["name"],
        answer=_days(row, "answer"),
        start=_days(row, "start", 0),
        start_p80=_days(row, "start", 1),
        whole=_days(row, "whole"),
        waiting=Count(row["waiting_n"]),
        waiting_so_far=_days(row, "waiting"),
        norm=_norm(row["norm_low"], row["norm_high"]),
        reported=row["reported"],
        measured_on=date.fromisoformat(row["measured_on"]) if row["measured_on"] else None,
        reports=row["reports"],
        stale=bool(row["stale"]),
    )


def quarter(row: Row) -> Quarter:
    """The key figures of this quarter so far, beside the same number of days of the former one."""

    def compared(name: str) -> Compared:
        return Compared(Count(row[name]), Count(row[f"{name}_former"]))

    return Quarter(
        sent=compared("sent"),
        accepted=compared("accepted"),
        rejected=compared("rejected"),
        response=Compared(_days(row, "response"), _days(row, "response_former")),
        talks=Count(row["talks"]),
        talks_this=Count(row["talks_this"]),
        former_until=date.fromisoformat(row["former_until"]),
    )


def waiting_times(selection: Selection) -> WaitingTimes:
    """Everything about one selection, as it stands at this moment."""
    found = read(selection)
    return WaitingTimes(
        whole=whole(found["whole"][0]),
        months=[month(row) for row in found["months"]],
        providers=[provider(row) for row in found["providers"]],
        rejections=[(row["reason"], Count(row["n"])) for row in found["rejections"]],
        quarter=quarter(found["quarter"][0]),
    )
