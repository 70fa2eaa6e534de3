"""Measures searching the log as a privacy officer does, over 30 million lines, with row-level security on; and checking its seals.

Beside each search the same rows are asked by plain SQL as the owner of the tables, in one statement over all months.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nis.settings")
os.environ.setdefault("NIS_ENV", "demonstration")
django.setup()

import psycopg  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.log_fill import fill, seal_all  # noqa: E402
from bench.measure import percentile, report  # noqa: E402
from events.access import Search  # noqa: E402
from events.actor import Actor, act  # noqa: E402
from oversight.access.log import lines_for  # noqa: E402

_HOW_MANY = """
    select coalesce(sum(c.reltuples), 0)::bigint from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'events_event'::regclass
"""
_OFFICER = """
    with made as (
      insert into people_user (password, username, name, email, is_active, language, theme, density)
      values ('', 'bench:officer' || %(place)s, 'Meter', '', true, 'nl', '', 'roomy')
      on conflict (username) do update set name = excluded.name returning id
    ), member as (
      insert into people_membership (user_id, organisation_id, role, period, uzi, agb)
      select id, %(place)s, 'privacy_officer', tstzrange(now() - interval '1 day', null), '', '' from made
      on conflict do nothing
    ) select id from made
"""
COLUMNS = {"user_id": "user_id", "patient_id": "patient_id", "organisation_id": "organisation_id", "purpose": "purpose",
           "outcome": "outcome", "verb": "verb"}  # fmt: skip
Kind = tuple[str, Callable[[random.Random], Search]]


def officer(owner: psycopg.Connection[Any], place: int) -> Actor:
    """A privacy officer of one organisation."""
    number = owner.execute(_OFFICER, {"place": place}).fetchall()[0][0]
    return Actor("professional", number, place, "privacy_officer", "TREAT", "", "bench", "127.0.0.1")


def kinds(place: int) -> list[Kind]:
    """Searches that are asked, and some that find nothing; persons and citizens differ each time."""
    day = timezone.localdate()

    def anybody(chance: random.Random) -> int:
        return 1000 + int(400 * chance.random())

    return [
        ("newest", lambda _c: Search()),
        ("person", lambda c: Search(user_id=anybody(c))),
        ("person and denied", lambda c: Search(user_id=anybody(c), outcome="denied")),
        ("citizen", lambda c: Search(patient_id=int(400_000 * c.random() ** 2) + 1)),
        ("citizen with most lines", lambda _c: Search(patient_id=1)),
        ("citizen and purpose", lambda c: Search(patient_id=int(400_000 * c.random() ** 2) + 1, purpose="COC")),
        (
            "one week",
            lambda c: Search(since=(d := day - timedelta(days=c.randrange(30, 900))), until=d + timedelta(days=6)),
        ),
        ("purpose COC", lambda _c: Search(purpose="COC")),
        ("emergencies", lambda _c: Search(emergency=True)),
        ("denied", lambda _c: Search(outcome="denied")),
        ("common event", lambda _c: Search(verb="record.searched")),
        ("rare event", lambda _c: Search(verb="policy.stated")),
        ("organisation", lambda _c: Search(organisation_id=place)),
        ("organisation and rare event", lambda _c: Search(organisation_id=place, verb="policy.stated")),
        ("organisation and emergencies", lambda _c: Search(organisation_id=place, emergency=True)),
        ("denied and COC", lambda _c: Search(outcome="denied", purpose="COC")),
        ("emergencies in a rare event", lambda _c: Search(emergency=True, verb="policy.stated")),
        ("never: search by a citizen", lambda _c: Search(verb="record.searched", purpose="PATRQT")),
        ("never: denied worker", lambda _c: Search(outcome="denied", purpose="HOPERAT")),
    ]


def bare(owner: psycopg.Connection[Any], search: Search, place: int | None) -> float:
    """Milliseconds of the same question without anybody asking who asks."""
    where, values = ["true"], list[Any]()
    for name, column in COLUMNS.items():
        value = place if name == "organisation_id" and place else getattr(search, name)
        if value not in (None, ""):
            where.append(f"{column} = %s")
            values.append(value)
    if search.emergency:
        where.append("purpose = 'ETREAT'")
    for edge, sign in ((search.start, ">="), (search.end, "<")):
        if edge:
            where.append(f"at {sign} %s")
            values.append(edge)
    began = time.perf_counter()
    owner.execute(
        f"select * from events_event where {' and '.join(where)} order by at desc, id desc limit 51", values
    ).fetchall()
    return (time.perf_counter() - began) * 1000


def measured(owner: psycopg.Connection[Any], who: Actor, kind: Kind, requests: int, place: int | None) -> list[Any]:
    """One line of the table: how long this officer waits for this search."""
    label, make = kind
    chance, took, plain, found, steps = random.Random(label), list[float](), list[float](), 0, 0
    for _number in range(requests):
        search = make(chance)
        with act(who):
            began = time.perf_counter()
            answer = lines_for(who, search)
            took.append((time.perf_counter() - began) * 1000)
        found += len(answer.lines)
        steps += answer.reached is not None
    for _number in range(max(3, requests // 4)):
        plain.append(bare(owner, make(chance), place))
    middle, least = percentile(took, 0.5), percentile(plain, 0.5)
    return [
        label,
        middle,
        percentile(took, 0.95),
        max(took),
        round(found / requests),
        f"{steps}/{requests}",
        least,
        middle / least,
    ]


HEADS = ["search", "p50 ms", "p95 ms", "max ms", "lines shown", "stopped half-way", "bare p50 ms", "ratio"]


def main() -> None:
    """Fill once, measure for an ordinary and a regional officer, check the seals, and report."""
    parser = argparse.ArgumentParser(description="Measures searching the log.")
    parser.add_argument("--size", default="log")
    parser.add_argument("--lines", type=int, default=30_000_000)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--seals", action="store_true", help="check the seals too; takes many minutes")
    asked = parser.parse_args()
    if asked.size != "log":
        raise SystemExit("it fills a log of 17 GB in a region of its own: bin/bench log --size log")
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        if owner.execute(_HOW_MANY).fetchall()[0][0] < asked.lines * 0.9:
            fill(owner, asked.lines)
        lines = owner.execute(_HOW_MANY).fetchall()[0][0]
        place = owner.execute("select min(id) from people_organisation").fetchall()[0][0]
        region = owner.execute("select id from people_organisation where domain = 'region'").fetchall()[0][0]
        words = f"{lines:,} lines in {37} months; {asked.requests} searches each, persons and citizens by chance."
        for title, who, own in (
            ("Search of the log, own organisation (a sixth of all lines)", officer(owner, place), place),
            ("Search of the log, whole region", officer(owner, region), None),
        ):
            few = [kind for kind in kinds(place) if own is None or not kind[0].startswith("organisation")]
            rows = [measured(owner, who, kind, asked.requests, own) for kind in few]
            report(title, asked.size, words, HEADS, rows)
        if asked.seals:
            _check_seals(owner, asked.size)


def _check_seals(owner: psycopg.Connection[Any], size: str) -> None:
    began = time.monotonic()
    seals, lines = seal_all(owner)
    sealed = time.monotonic() - began
    rows: list[list[Any]] = [["sealing at once, a seal for each minute", seals, lines, sealed, lines / sealed]]
    for label, since in (("checking since a week ago", timezone.localdate() - timedelta(days=7)),
                         ("checking since a month ago", timezone.localdate() - timedelta(days=30)),
                         ("checking all", None)):  # fmt: skip
        began, out = time.monotonic(), StringIO()
        call_command("verify_log", since=since, stdout=out)
        took = time.monotonic() - began
        words = out.getvalue().split()
        rows.append([label, int(words[3]), int(words[0]), took, int(words[0]) / took])
    report(
        "Seals of the log", size, "A seal for each minute with lines.", ["what", "seals", "lines", "s", "lines/s"], rows
    )


if __name__ == "__main__":
    main()
