"""Fills the log for a measurement: millions of lines over 37 months, spread over participants and people as in a region."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import psycopg

MONTHS = 37
FIRST_NUMBER = 100_000_000
"""Filled lines are numbered from here, so that those of the region itself are told apart."""

# One transaction number for each minute, as many seals as a working system makes; they must have been given out before.
BURN = """
    create or replace procedure bench_burn(p_number bigint) language plpgsql as $$
    begin
      for i in 1 .. p_number loop
        perform pg_current_xact_id();
        commit;
      end loop;
    end $$
"""

# The shares: one participant has a sixth of all lines, the smallest of 200 some 0.17%; one patient 0.16%, the median three
# dozen; emergencies are one line in 2,000, denials one in 60; workers and citizens have no organisation.
LINES = """
    insert into {partition} (id, at, verb, subject_type, subject_id, patient_id, actor_kind, actor_name, user_id, organisation_id,
        role, purpose, categories, own_categories, consented, withheld, basis, outcome, reason, request_id, place, data, xact, grounds)
    select %(first)s + i, at, verb,
      case when verb like 'referral%%' then 'referral' when verb like 'session%%' then 'user' else 'patient' end,
      case when verb like 'session%%' then user_id else patient end,
      case when verb in ('record.searched', 'session.started') then null else patient end,
      kind, case when kind = 'system' then 'notifications' else '' end, user_id, organisation,
      case kind when 'citizen' then 'citizen' when 'system' then 'system'
           else (array['gp','practice_nurse','district_nurse','specialist','pharmacist','social_worker'])[1 + place %% 6] end,
      purpose, mask, mask, case when place %% 3 = 0 then mask else 0 end, case when verb = 'record.opened' then 0 else mask end,
      case when kind = 'citizen' then 'self' when kind = 'system' or verb not like 'record%%' then ''
           when purpose = 'ETREAT' then 'emergency' else 'care_relation:source_system' end,
      case verb when 'record.opened' then 'allowed' when 'record.denied' then 'denied' else 'done' end,
      case verb when 'record.denied' then 'no_relation' else '' end,
      md5(i::text), '10.1.' || place || '.7',
      case when verb = 'record.searched' then '{{"found": 3, "fields": ["name"]}}'::jsonb else '{{}}'::jsonb end,
      (%(xact)s + floor(extract(epoch from at - %(begin)s::timestamptz) / 60)::bigint)::text::xid8,
      case when verb = 'record.opened' then jsonb_build_object('need', 7, 'holders', jsonb_build_object(
        '3', array[mask, 0, 12], '17', array[mask, mask, 31])) else '{{}}'::jsonb end
    from (
      select i, at, patient, place, verb, mask,
        case when verb = 'notification.made' then 'system'
             when a < 0.05 and verb <> 'record.searched' then 'citizen' else 'professional' end as kind,
        case when verb = 'notification.made' then 'HOPERAT' when a < 0.05 and verb <> 'record.searched' then 'PATRQT'
             when a > 0.9995 and verb = 'record.opened' then 'ETREAT' when a > 0.93 then 'COC' else 'TREAT' end as purpose,
        case when verb = 'notification.made' then null when a < 0.05 and verb <> 'record.searched' then 9000000 + patient
             else 1000 * (place + 1) + floor(u * greatest(5, 400.0 / (place + 1)))::bigint end as user_id,
        case when verb = 'notification.made' or a < 0.05 and verb <> 'record.searched' then null
             else coalesce((%(organisations)s::bigint[])[place + 1], 10000 + place) end as organisation
      from (
        select i, %(from)s::timestamptz + (i - %(low)s) * (%(to)s::timestamptz - %(from)s::timestamptz) / %(number)s as at,
          floor(400000 * p * p)::bigint + 1 as patient, floor(200 * o * o * o)::int as place, a, u,
          case when v < 0.62 then 'record.opened' when v < 0.637 then 'record.denied' when v < 0.76 then 'record.searched'
               when v < 0.80 then 'session.started' when v < 0.92 then 'notification.made' when v < 0.95 then 'referral.sent'
               when v < 0.98 then 'referral.accepted' when v < 0.999 then 'entry.written' when v < 0.9999 then 'consent.chosen'
               else 'policy.stated' end as verb,
          (1::bigint << floor(20 * v)::int) | 1 as mask
        from (select i, random() p, random() o, random() a, random() u, random() v
              from generate_series(%(low)s::bigint, %(low)s::bigint + %(number)s::bigint - 1) i offset 0) chance
      ) spread
    ) named
"""


def months_until(moment: datetime) -> list[datetime]:
    """The first days of the last 37 months, the running one included, and the moment itself at the end."""
    last = moment.year * 12 + moment.month - 1
    numbers = range(last - MONTHS + 1, last + 1)
    return [*(datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC) for number in numbers), moment]


def fill(owner: psycopg.Connection[Any], lines: int) -> None:
    """Write so many lines, then build the indexes again and have the planner know the tables."""
    indexes = owner.execute(
        "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i"
        " where i.indrelid = 'events_event'::regclass and not i.indisprimary"
    ).fetchall()
    edges = months_until(datetime.now(UTC))
    minutes = int((edges[-1] - edges[0]).total_seconds() // 60) + 1
    owner.execute("set synchronous_commit = off")
    owner.execute("set maintenance_work_mem = '1GB'")
    owner.execute("select setseed(0.7513)")
    xact = owner.execute("select pg_current_xact_id()::text::bigint").fetchall()[0][0] + 1
    owner.execute(BURN)
    owner.execute(f"call bench_burn({minutes})")
    owner.execute("drop procedure bench_burn")
    organisations = [number for (number,) in owner.execute("select id from people_organisation order by id").fetchall()]
    for name, _definition in indexes:
        owner.execute(f"drop index {name}")
    began, low = time.monotonic(), 0
    for start, end in pairwise(edges):
        number = round(lines * (end - start) / (edges[-1] - edges[0]))
        values = {
            "from": start, "to": end, "low": low, "number": number, "first": FIRST_NUMBER, "begin": edges[0], "xact": xact,
            "organisations": organisations,
        }  # fmt: skip
        owner.execute(LINES.format(partition=f"events_event_{start:%Y_%m}"), values)
        low += number
        print(f"{start:%Y-%m}: {low:,} lines after {time.monotonic() - began:.0f} s", flush=True)
    owner.execute(f"select setval('events_event_id_seq', {FIRST_NUMBER + low})")
    for name, definition in indexes:
        owner.execute(definition.replace(" ON ONLY ", " ON "))
        print(f"{name} after {time.monotonic() - began:.0f} s", flush=True)
    owner.execute("vacuum analyze events_event")


SEAL = """
    create or replace procedure bench_seal(p_from bigint, p_to bigint) language plpgsql as $$
    declare former bytea; ends bigint; made record;
    begin
      select s.digest, s.to_xact into former, ends from events_seal s order by s.id desc limit 1;
      former := coalesce(former, ''); ends := coalesce(ends, 0);
      for made in
        select e.xact, case when min(e.id) < {first} then timestamptz '2000-01-01' else min(e.at) end as at, count(*) as lines,
               string_agg(events_line(e, 2::smallint), ''::bytea order by e.id) as digests
        from events_event e where e.xact >= p_from::text::xid8 and e.xact < p_to::text::xid8 group by e.xact order by e.xact
      loop
        former := sha256(former || made.digests);
        insert into events_seal (at, from_xact, to_xact, lines, digest, form)
          values (made.at, ends, made.xact::text::bigint + 1, made.lines, former, 2);
        ends := made.xact::text::bigint + 1;
      end loop;
    end $$
"""


def seal_all(owner: psycopg.Connection[Any], at_once: int = 5000) -> tuple[int, int]:
    """Seal the filled lines as the clock would have: one seal for each minute; returns how many seals and lines."""
    owner.execute("set timezone = 'UTC'")
    first, last = owner.execute("select min(xact)::text::bigint, max(xact)::text::bigint from events_event").fetchall()[
        0
    ]
    owner.execute("delete from events_seal")
    owner.execute(SEAL.format(first=FIRST_NUMBER))
    for low in range(first, last + 1, at_once):
        owner.execute(f"call bench_seal({low}, {min(low + at_once, last + 1)})")
    owner.execute("drop procedure bench_seal")
    seals, lines = owner.execute("select count(*), sum(lines)::bigint from events_seal").fetchall()[0]
    return seals, lines
