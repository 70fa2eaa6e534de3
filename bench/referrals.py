"""Measures referrals as a professional meets them, with the log and row-level security on: the work list, opening one, sending one.

The region is filled up to a million referrals, each with its letter and its first step, and what was made is taken away at
the end, except the lines in the log. Beside each stands the bare SQL that reads or writes the same rows with nobody to ask
for permission.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nis.settings")
os.environ.setdefault("NIS_ENV", "demonstration")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.urls import reverse  # noqa: E402

from bench.measure import percentile, report, session_of  # noqa: E402
from bench.overview import get  # noqa: E402
from bench.scene import READERS, Connection  # noqa: E402
from bench.visitors import Sender, ask, crowd, web, who_can_be_sent  # noqa: E402
from events.actions import deliver_one  # noqa: E402
from nis.wsgi import application as app  # noqa: E402
from people.models import Organisation  # noqa: E402

PEOPLE, SENDERS, SESSIONS = 16, 10, 30
MADE = "B-"
"""How the number of a referral begins that was made to measure with."""
TABLES = ("referrals_step", "referrals_letter", "referrals_letteritem")
_RUNNING = "status in ('requested', 'asked_back', 'accepted', 'in_progress')"
_FILL = (
    f"""insert into referrals_referral ({{columns}}, number)
      select {{columns}}, '{MADE}' || row_number() over (order by n, id)
      from referrals_referral cross join generate_series(1, %(times)s) n
      where sending_organisation_id is not null order by n, id limit %(count)s""",
    """insert into referrals_letter (referral_id, patient_id, organisation_id, category, question, wish, agreed)
      select id, patient_id, sending_organisation_id, sensitivity, repeat('Wat kan helpen? ', 20), '', true
      from referrals_referral where id > %(first)s""",
    """insert into referrals_step (referral_id, patient_id, verb, status, organisation_id, user_id, note, at)
      select id, patient_id, 'send', 'requested', sending_organisation_id, sender_id, '', sent_at
      from referrals_referral where id > %(first)s""",
)
_ROWS = f"""
    select r.*, s.*, o.*, p.* from (
      select id from referrals_referral where receiving_organisation_id = %(organisation)s and {_RUNNING}
      order by due < now() desc nulls last, urgency desc, sent_at, id limit 50) k
    join referrals_referral r using (id) join square_healthcareservice s on s.id = r.service_id
    join people_organisation o on o.id = r.sending_organisation_id left join people_patient p on p.id = r.patient_id
"""
_COUNTS = (
    f"select service_id, count(*), count(*) filter (where status <> 'asked_back'), count(*) filter (where due < now())"
    f" from referrals_referral where receiving_organisation_id = %(organisation)s and {_RUNNING} group by service_id",
    f"select count(*), count(*) filter (where status = 'asked_back'), count(*) filter (where due < now())"
    f" from referrals_referral where sending_organisation_id = %(organisation)s"
    f" and ({_RUNNING} or (status = 'rejected' and settled_at is null))",
)  # fmt: skip
BARE_LIST = (*_COUNTS, _ROWS)
BARE_ENDED = (
    *_COUNTS,
    "select r.*, s.*, o.*, p.* from (select id from referrals_referral where receiving_organisation_id = %(organisation)s"
    " and closed_at is not null order by closed_at desc, id desc limit 50) k join referrals_referral r using (id)"
    " join square_healthcareservice s on s.id = r.service_id join people_organisation o on o.id = r.sending_organisation_id"
    " left join people_patient p on p.id = r.patient_id",
)
BARE_ONE = (
    "select r.*, s.*, a.*, b.*, u.* from referrals_referral r join square_healthcareservice s on s.id = r.service_id"
    " join people_organisation a on a.id = r.sending_organisation_id join people_organisation b on b.id = r.receiving_organisation_id"
    " join people_user u on u.id = r.sender_id where r.id = %(id)s",
    "select p.*, i.* from people_patient p join people_patientidentity i on i.patient_id = p.id"
    " where p.id = (select patient_id from referrals_referral where id = %(id)s)",
    "select t.*, o.name, u.name from referrals_step t join people_organisation o on o.id = t.organisation_id"
    " join people_user u on u.id = t.user_id where referral_id = %(id)s order by at, t.id",
    "select * from referrals_letter where referral_id = %(id)s",
    "select * from referrals_letteritem where referral_id = %(id)s order by kind, title",
    "select * from dossier_entry where patient_id = (select patient_id from referrals_referral where id = %(id)s) and category in (8, 9)",
    "select * from dossier_fact where patient_id = (select patient_id from referrals_referral where id = %(id)s) and category in (8, 9)",
    "select * from dossier_relatedperson where patient_id = (select patient_id from referrals_referral where id = %(id)s)",
)
_KNOWN = """
    select r.id from referrals_referral r
    join trust_grant g on g.patient_id = r.patient_id and g.grantee = 'organisation:' || %(organisation)s and g.period @> now()
    where r.receiving_organisation_id = %(organisation)s and r.status in ('accepted', 'in_progress') order by md5(r.id::text) limit 100
"""
_SENDING = """
    select p.key::text, s.id from trust_grant g join people_patient p on p.id = g.patient_id
    join lateral (select id from square_healthcareservice s where s.active and s.takes_referrals and s.open_for_new
      and s.organisation_id <> %(organisation)s and (s.municipalities = '{}' or p.municipality = any(s.municipalities))
      and extract(year from age(p.birth_date)) between coalesce(s.minimum_age, 0) and coalesce(s.maximum_age, 200)
      order by md5(s.id::text || p.id) limit 1) s on true
    where g.grantee = 'organisation:' || %(organisation)s and g.period @> now() and g.basis = 'care_relation:source_system'
      and p.deceased_on is null order by md5(p.key::text) limit 400
"""


_SIDES = f"""
    select (select count(*) from referrals_referral where receiving_organisation_id = %(organisation)s and {_RUNNING})
         > (select count(*) from referrals_referral where sending_organisation_id = %(organisation)s and {_RUNNING})
"""


def seen_from(side: str, queries: tuple[str, ...]) -> tuple[str, ...]:
    """The same queries for what came in or for what went out."""
    if side == "received":
        return queries
    return tuple(
        query.replace("receiving_organisation_id = %(", "sending_organisation_id = %(").replace(
            "o.id = r.sending_organisation_id", "o.id = r.receiving_organisation_id"
        )
        for query in queries
    )


def columns(owner: Connection, table: str, *without: str) -> str:
    """The columns of a table, but for these."""
    found = owner.execute(
        "select string_agg(quote_ident(column_name), ', ' order by ordinal_position) from information_schema.columns"
        " where table_schema = 'public' and table_name = %s and column_name <> all(%s)",
        [table, list(without)],
    ).fetchall()
    return str(found[0][0])


@contextmanager
def filled(owner: Connection, wanted: int) -> Iterator[int]:
    """As many referrals as wanted, by copying those there are; how many there are then."""
    had: int = owner.execute("select count(*) from referrals_referral").fetchall()[0][0]
    first: int = owner.execute("select coalesce(max(id), 0) from referrals_referral").fetchall()[0][0]
    try:
        if had < wanted:
            own = columns(owner, "referrals_referral", "id", "number", "token", "based_on_id")
            count = {"times": wanted // had + 2, "count": wanted - had, "first": first}
            for statement in _FILL:
                owner.execute(statement.format(columns=own), count)
        for table in ("referrals_referral", *TABLES):
            owner.execute(f"vacuum analyze {table}")
        yield max(had, wanted)
    finally:
        made = {"first": first}
        owner.execute(
            "delete from events_delivery where subject like 'referral:%%'"
            " and split_part(subject, ':', 2)::bigint > %(first)s",
            made,
        )
        owner.execute(
            "delete from events_delivery where subject in (select 'notification:' || id from exchange_notification"
            " where subject_type = 'referral' and subject_id > %(first)s)",
            made,
        )
        for table in ("events_workitem", "exchange_notification"):
            owner.execute(f"delete from {table} where subject_type = 'referral' and subject_id > %(first)s", made)
        for table in ("exchange_answerlink", *TABLES):
            owner.execute(f"delete from {table} where referral_id > %(first)s", made)
        owner.execute("delete from referrals_referral where id > %(first)s", made)


def alone(label: str, take: Callable[[int], object], plain: Callable[[int], object] | None, requests: int) -> list[Any]:
    """One page or form after another in this process, by turns with the bare SQL; apart how long its own statements took."""
    count, asking = 0, 0.0

    def watching(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count, asking
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            count, asking = count + 1, asking + time.perf_counter() - began

    for number in range(20):
        take(number)
    took: list[float] = []
    asked: list[float] = []
    bare: list[float] = []
    busy = 0.0
    for number in range(requests):
        asking, cpu, began = 0.0, time.process_time(), time.perf_counter()
        with connection.execute_wrapper(watching):
            take(number)
        took.append((time.perf_counter() - began) * 1000)
        asked.append(asking * 1000)
        busy += time.process_time() - cpu
        if plain:
            began = time.perf_counter()
            plain(number)
            bare.append((time.perf_counter() - began) * 1000)
    middle, own = percentile(took, 0.5), percentile(asked, 0.5)
    least = percentile(bare, 0.5) if bare else 0.0
    ratios = [least, own / least, middle / least] if least else ["-", "-", "-"]
    return [label, middle, percentile(took, 0.95), count / requests, busy / requests * 1000, own, *ratios]


def bare_send(owner: Connection, number: int) -> Callable[[int], None]:
    """What writes the rows of one referral again with nothing to judge, each time in one transaction."""
    own = columns(owner, "referrals_referral", "id", "number", "token")
    parts = {table: columns(owner, table, "id", "referral_id") for table in TABLES}
    work, log = (
        columns(owner, "events_workitem", "id", "subject_id"),
        columns(owner, "events_event", "id", "at", "subject_id", "xact"),
    )
    duty = columns(owner, "events_delivery", "id", "event_id", "event_at", "subject")

    def write(place: int) -> None:
        with owner.transaction():
            made: int = owner.execute(
                f"insert into referrals_referral ({own}, number) select {own}, '{MADE}bare-' || %s from referrals_referral"
                " where id = %s returning id", [place, number],
            ).fetchall()[0][0]  # fmt: skip
            for table, names in parts.items():
                owner.execute(
                    f"insert into {table} ({names}, referral_id) select {names}, %s from {table} where referral_id = %s",
                    [made, number],
                )
            owner.execute(
                f"insert into events_workitem ({work}, id, subject_id) select {work}, gen_random_uuid(), %s from events_workitem"
                " where subject_type = 'referral' and subject_id = %s", [made, number],
            )  # fmt: skip
            event = owner.execute(
                f"insert into events_event ({log}, at, subject_id) select {log}, now(), %s from events_event"
                " where subject_type = 'referral'"
                " and subject_id = %s and verb = 'referral.sent' returning id, at", [made, number],
            ).fetchall()[0]  # fmt: skip
            owner.execute(
                f"insert into events_delivery ({duty}, event_id, event_at, subject) select {duty}, %s, %s, 'referral:' || %s"
                " from events_delivery where subject = 'referral:' || %s", [*event, made, number],
            )  # fmt: skip

    return write


def sending(owner: Connection, port: int, seconds: float, requests: int) -> tuple[list[Any], list[list[Any]], str]:
    """One who refers beside the bare writing of the same rows, ten who do, and how fast the duties are done."""
    label, sub, place = READERS[0]
    number = Organisation.objects.get(name=place).pk
    pairs = owner.execute(_SENDING, {"organisation": number}).fetchall()
    senders = [Sender(port, [session_of(sub, place) for _ in range(SESSIONS)], pairs) for _ in range(SENDERS)]
    who_can_be_sent(senders[0])
    one = int(senders[0].send(0).rstrip("/").rpartition("/")[2])
    for place_ in range(20):
        senders[place_ % SENDERS].send(place_)
    single = alone(f"{label}: send one", lambda turn: senders[0].here(app, turn), bare_send(owner, one), requests)
    rows = []
    for people, pause in ((1, 0.0), (SENDERS, 2.0), (SENDERS, 0.0)):
        took = crowd(people, seconds, pause, lambda who, turn: senders[who].send(turn))
        middle = percentile(took, 0.5)
        who = f"{label}: {people} at once, {pause:.0f} s between referrals"
        rows.append([who, middle, percentile(took, 0.95), max(took), len(took) / seconds])
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds and deliver_one():
        done += 1
    left = owner.execute("select count(*) from events_delivery where status = 'waiting'").fetchall()[0][0]
    rate = done / (time.perf_counter() - began)
    return single, rows, f"One worker then did {done:,} deliveries, {rate:.0f} per second; {left:,} were left."


def main() -> None:
    """Measure what was asked and report."""
    parser = argparse.ArgumentParser(description="Measures the work list of referrals, opening one and sending one.")
    parser.add_argument("--size", default="small")
    parser.add_argument(
        "--referrals", type=int, default=1_000_000, help="how many there are; what is missing is made and taken away"
    )
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    asked = parser.parse_args()
    database = os.environ["DATABASE_OWNER_URL"]
    with psycopg.connect(database, autocommit=True) as owner, filled(owner, asked.referrals) as held:
        world = f"{held:,} referrals, ordinary users, with the log and row-level security on."
        singles: list[list[Any]] = []
        sessions, lists = {}, {}
        for label, sub, place in READERS:
            session, number = session_of(sub, place), Organisation.objects.get(name=place).pk
            sessions[label] = session
            here, mine = reverse("referrals:list"), [{"organisation": number}]
            came = owner.execute(_SIDES, mine[0]).fetchall()[0][0]
            side, here = ("received", f"{here}?side=received") if came else ("sent", f"{here}?side=sent")
            lists[label] = here
            known = [row[0] for row in owner.execute(_KNOWN, mine[0]).fetchall()]
            pages: tuple[tuple[str, list[str], list[dict[str, Any]], tuple[str, ...]], ...] = (
                (f"list of 50 {side}", [here], mine, seen_from(side, BARE_LIST)),
                ("list of what has ended", [f"{here}&state=closed"], mine, seen_from(side, BARE_ENDED)),
                (
                    "open one",
                    [reverse("referrals:thread", args=[pk]) for pk in known],
                    [{"id": pk} for pk in known],
                    BARE_ONE,
                ),
                ("Vandaag", [reverse("workplace:today")], mine, ()),
            )
            for name, paths, bare, queries in pages:
                if not paths:
                    continue

                def take(number: int, paths: list[str] = paths, session: str = session) -> None:
                    get(app, paths[number % len(paths)], session)

                def plain(number: int, bare: list[dict[str, Any]] = bare, queries: tuple[str, ...] = queries) -> None:
                    for query in queries:
                        owner.execute(query, bare[number % len(bare)]).fetchall()

                singles.append(alone(f"{label}: {name}", take, plain if queries else None, asked.requests))
        with web() as port:
            single, sent, remark = sending(owner, port, asked.seconds, asked.requests)
            heads = [
                "what",
                "p50 ms",
                "p95 ms",
                "queries",
                "cpu ms",
                "sql p50 ms",
                "bare p50 ms",
                "sql ratio",
                "page ratio",
            ]
            report("Referrals, one at a time", asked.size, world, heads, [*singles, single])
            rows: list[list[Any]] = []
            for label, session in sessions.items():
                for people, pause in ((1, 0.0), (PEOPLE, 5.0), (PEOPLE, 2.0), (PEOPLE, 0.0)):
                    took = crowd(people, asked.seconds, pause, lambda _who, _turn, s=session, path=lists[label]: ask(
                        HTTPConnection("127.0.0.1", port, timeout=60), path, s))  # fmt: skip
                    who = f"{label}: {people} at once, {pause:.0f} s between pages"
                    rows.append(
                        [who, percentile(took, 0.5), percentile(took, 0.95), max(took), len(took) / asked.seconds]
                    )
            report(
                "Work list of referrals over HTTP",
                asked.size,
                world,
                ["who", "p50 ms", "p95 ms", "max ms", "pages/s"],
                rows,
            )
            heads = ["who", "p50 ms", "p95 ms", "max ms", "sent/s"]
            report("Sending a referral over HTTP", asked.size, f"{world} {remark}", heads, sent)


if __name__ == "__main__":
    main()
