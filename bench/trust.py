"""Measures what row-level security, deciding and the log add to the queries of the lists and of the overview.

Each page is asked once through the whole stack, and what it asks the database is written down. Those very queries are
then put again by turns: by the owner of the tables, for whom every policy is true and who states no actor; and by the
application's own role. What judging, opening and the line in the log take stands in a column of its own, and beside it the
page itself: how much of the time until the answer all of it is.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nis.settings")
os.environ.setdefault("NIS_ENV", "demonstration")
django.setup()

import psycopg  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.urls import reverse  # noqa: E402

from bench.measure import percentile, report, session_of  # noqa: E402
from bench.overview import get  # noqa: E402
from bench.scene import READERS  # noqa: E402
from people.models import Organisation  # noqa: E402

Connection = psycopg.Connection[Any]
Asked = list[tuple[str, Any]]
"""What one page asked the database: statements with their values."""
PATIENTS = """
    select p.id, p.key from trust_grant g join people_patient p on p.id = g.patient_id
    where g.grantee = 'organisation:' || %s and g.period @> now() and g.basis = 'care_relation:source_system' and p.deceased_on is null
    order by md5(p.key::text) limit 100
"""
FACTS = """
    insert into dossier_fact (patient_id, organisation_id, source_id, category, resource_type, source_key, resource, line, title, detail,
                              status, state, on_date, until, author, code, unit, interpretation, attention, fetched_at, expires_at)
    select k.patient_id, s.organisation_id, s.id, (n * 7) %% 20, 'Observation', format('bench-%%s-%%s', k.patient_id, n),
           jsonb_build_object('resourceType', 'Observation', 'note', repeat(md5(n::text), 30)), '{}',
           format('Gegeven %%s', n), repeat('x', 60), 'final', 'active', '2026-05-01', '', 'A. Arts', format('bench|%%s', n), '', '',
           '[]', now(), now() + interval '1 year'
    from (select distinct patient_id, organisation_id from trust_carerelation where patient_id = any(%s) and period @> now()) k
    join dossier_source s on s.organisation_id = k.organisation_id cross join generate_series(1, 25) n
"""
STATED = "set_config('nis."
"""Stating who acts, which the policies need: it counts with them."""
JUDGED = ("trust_open(", "trust_decide(", "trust_log_search(", "SAVEPOINT", "trust_holds")
"""Judging, opening and the line in the log, which is what an access costs whatever guards the rows."""
NOT_COMPARED = "trust_unseen("
"""A function that works for the actor alone, so that the owner gets nothing from it."""


@contextmanager
def written_down(asked: Asked) -> Iterator[None]:
    """Write down every statement of the product meanwhile."""

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield


@dataclass
class Page:
    """One page: what it asked the database, and how long it took in all."""

    asked: Asked
    took: float


def visit(app: Any, session: str, path: str, times: int = 5) -> Page:
    """Ask a page until it is warm; what it asks, and its median."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        get(app, path, session)
        took.append((time.perf_counter() - began) * 1000)
    asked: Asked = []
    with written_down(asked):
        get(app, path, session)
    kept = [(sql, params) for sql, params in asked if not sql.startswith("UPDATE") and NOT_COMPARED not in sql]
    return Page(kept, percentile(took, 0.5))


def put(database: Connection, asked: Asked, *, guarded: bool) -> tuple[float, float]:
    """Put all the queries of one page again in one transaction; milliseconds of the queries, and of judging and the log."""
    took = {True: 0.0, False: 0.0}
    with database.transaction(), psycopg.ClientCursor(database) as cursor:
        for sql, params in asked:
            judged = any(word in sql for word in JUDGED)
            if guarded or not (judged or STATED in sql):
                began = time.perf_counter()
                cursor.execute(sql, params)
                if cursor.description:
                    cursor.fetchall()
                took[judged] += (time.perf_counter() - began) * 1000
    return took[False], took[True]


def measured(owner: Connection, app: Connection, name: str, label: str, pages: list[Page], rounds: int) -> list[Any]:
    """One line of the table, the two by turns so that both meet the same noise."""
    bare: list[float] = []
    guarded: list[float] = []
    judging: list[float] = []
    for number in range(rounds + 1):
        for page in pages:
            (one, _), (other, judged) = put(owner, page.asked, guarded=False), put(app, page.asked, guarded=True)
            if number:
                bare.append(one)
                guarded.append(other)
                judging.append(judged)
    first, second, judged = percentile(bare, 0.5), percentile(guarded, 0.5), percentile(judging, 0.5)
    whole = percentile([page.took for page in pages], 0.5)
    added = second - first + judged
    return [
        label, name, len(pages[0].asked), first, second, second - first, f"{100 * (second / first - 1):+.0f}%",
        judged, whole, f"{100 * added / (whole - added):+.0f}%",
    ]  # fmt: skip


HEADS = [
    "reader", "what", "queries", "bare p50 ms", "under policies p50 ms", "added ms", "added to the queries",
    "judging and log p50 ms", "page p50 ms", "all added to the page",
]  # fmt: skip


def lines_of(
    owner: Connection, app: Connection, wsgi: Callable[..., Any], reader: tuple[str, str, str], rounds: int
) -> Iterator[list[Any]]:
    """The lists and the overview of one reader."""
    label, sub, place = reader
    session, number = session_of(sub, place), Organisation.objects.get(name=place).pk
    found = owner.execute(PATIENTS, [number]).fetchall()
    numbers = [patient for patient, _ in found]
    if not owner.execute("select 1 from dossier_fact where patient_id = any(%s) limit 1", [numbers]).fetchall():
        owner.execute(FACTS, [numbers])
        owner.execute("analyze dossier_fact")
    lists = {
        "work list": "workplace:today", "referrals": "referrals:list", "consultations": "consultations:list",
        "relations": "workplace:relations",
    }  # fmt: skip
    for name, url in lists.items():
        yield measured(owner, app, name, label, [visit(wsgi, session, reverse(url))], rounds)
    pages = [visit(wsgi, session, reverse("workplace:patient", args=[key]), times=2) for _, key in found]
    yield measured(owner, app, "overview of a patient", label, pages, max(1, rounds // 20))


def main() -> None:
    """Measure for each reader and report."""
    parser = argparse.ArgumentParser(description="Measures what row-level security and the log add.")
    parser.add_argument("--size", default="small")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--derive", action="store_true", help="derive all grants anew as well; takes minutes")
    asked = parser.parse_args()
    wsgi, derived = get_wsgi_application(), ""
    with (
        psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True, prepare_threshold=None) as owner,
        psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=None) as app,
    ):
        counts = [
            owner.execute(f"select count(*) from {table}").fetchall()[0][0]
            for table in ("people_patient", "trust_carerelation", "trust_consent", "trust_grant", "dossier_fact")
        ]
        rows = [line for reader in READERS for line in lines_of(owner, app, wsgi, reader, asked.rounds)]
        if asked.derive:
            began = time.monotonic()
            owner.execute("select trust_derive(null)")
            derived = f" Deriving all grants anew took {time.monotonic() - began:.0f} s."
    remarks = (
        "{:,} citizens, {:,} relations, {:,} choices, {:,} grants, {:,} facts".format(*counts)
        + f"; the queries of each page, {asked.rounds} times by turns, over 100 patients, not prepared, as the product asks them.{derived}"
    )
    report("Row-level security and the log", asked.size, remarks, HEADS, rows)


if __name__ == "__main__":
    main()
