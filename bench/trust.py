"""Measures what row-level security, deciding and the log add to the queries of the lists and the overview.

The same rows are asked twice in one run: by the owner of the tables, for whom every policy is true and who opens
nothing, with the condition written into the query as one would without row-level security; and by the application's own
role, that states its actor, opens the record (which judges and writes the line) and asks without any condition.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nis.settings")
os.environ.setdefault("NIS_ENV", "demonstration")
django.setup()

import psycopg  # noqa: E402

from bench.measure import percentile, report  # noqa: E402
from bench.overview import BARE, READERS  # noqa: E402
from events.actor import _SET  # noqa: E402
from trust.categories import EVERYTHING, to_mask  # noqa: E402

Connection = psycopg.Connection[Any]
ALL = to_mask(EVERYTHING)
REACH = "(select patient_id from trust_grant where grantee = 'organisation:' || %(place)s and period @> now())"
PATIENTS = f"""
    select id, key from people_patient where id in {REACH} and deceased_on is null order by md5(key::text) limit 200
"""
FACTS = """
    insert into dossier_fact (patient_id, organisation_id, source_id, category, resource_type, source_key, resource, line, title, detail,
                              status, on_date, author, attention, fetched_at, expires_at)
    select k.patient_id, s.organisation_id, s.id, (n * 7) %% 20, 'Observation', format('bench-%%s-%%s', k.patient_id, n),
           jsonb_build_object('resourceType', 'Observation', 'note', repeat(md5(n::text), 30)), '{"state": "active"}',
           format('Gegeven %%s', n), repeat('x', 60), 'final', '2026-05-01', 'A. Arts', '[]', now(), now() + interval '1 year'
    from (select distinct patient_id, organisation_id from trust_carerelation where patient_id = any(%s) and period @> now()) k
    join dossier_source s on s.organisation_id = k.organisation_id cross join generate_series(1, 25) n
"""
# Of each list: its name, what the application asks, and what one would ask with nothing under it.
LISTS = (
    (
        "referrals received, open",
        "select r.id, r.number, r.due, s.name, p.own_name from referrals_referral r join square_healthcareservice s on s.id = r.service_id"
        " left join people_patient p on p.id = r.patient_id"
        " where r.receiving_organisation_id = %(place)s and r.status in ('requested', 'asked_back', 'accepted', 'in_progress')"
        " order by r.due nulls last, r.sent_at limit 50",
        "",
    ),
    (
        "work of the team",
        "select w.id, w.title, w.due, p.own_name from events_workitem w left join people_patient p on p.id = w.patient_id"
        " where w.organisation_id = %(place)s and w.done_at is null order by w.due, w.since, w.id limit 200",
        "",
    ),
    (
        "patients by name, first 25",
        "select p.id, p.own_name, p.birth_date from people_patient p where {reach} p.own_name >= 'J'"
        " order by p.own_name, p.initials limit 25",
        f"p.id in {REACH} and",
    ),
    ("patients in care, counted", "select count(*) from people_patient p where {reach} true", f"p.id in {REACH} and"),
)


@dataclass
class Reader:
    """Somebody who reads, as the database is told of it."""

    label: str
    user: int
    place: int
    role: str

    def stated(self) -> list[str]:
        """The values that say who acts."""
        return ["professional", str(self.user), str(self.place), self.role, "TREAT", "", "bench", "127.0.0.1"]


def timed(ask: Callable[[int], object], requests: int) -> list[float]:
    """Milliseconds of each of these, after a twentieth to warm up."""
    took = []
    for number in range(requests + requests // 20 + 5):
        began = time.perf_counter()
        ask(number)
        took.append((time.perf_counter() - began) * 1000)
    return took[requests // 20 + 5 :]


def as_owner(owner: Connection, queries: list[tuple[str, dict[str, Any]]]) -> None:
    """Ask these in one transaction without any protection."""
    with owner.transaction():
        for query, values in queries:
            owner.execute(query, values).fetchall()


def as_application(
    app: Connection, reader: Reader, queries: list[tuple[str, dict[str, Any]]], key: object = None
) -> None:
    """Ask these in one transaction as the product does: state the actor, open the record when there is one, and ask."""
    with app.transaction():
        app.execute(_SET, reader.stated())
        if key is not None:
            app.execute("select * from trust_open(%s, %s)", [key, ALL]).fetchall()
        for query, values in queries:
            app.execute(query, values).fetchall()


def measured(owner: Connection, app: Connection, reader: Reader, requests: int) -> list[list[Any]]:
    """The lines of one reader: each list, and the overview; owner and application by turns, so that both meet the same noise."""
    found = owner.execute(PATIENTS, {"place": reader.place}).fetchall()
    numbers = [number for number, _ in found]
    if not owner.execute("select 1 from dossier_fact where patient_id = any(%s) limit 1", [numbers]).fetchall():
        owner.execute(FACTS, [numbers])
        owner.execute("analyze dossier_fact")
    rows = []
    for name, query, condition in LISTS:
        plain = [(query.format(reach=condition), {"place": reader.place})]
        guarded = [(query.format(reach=""), {"place": reader.place})]
        rows.append(
            _line(reader, name, *by_turns(
                lambda n, plain=plain: as_owner(owner, plain), lambda n, guarded=guarded: as_application(app, reader, guarded), requests
            ))
        )  # fmt: skip

    def of(number: int) -> list[tuple[str, dict[str, Any]]]:
        patient = found[number % len(found)][0]
        return [(query.replace("%s", "%(patient)s"), {"patient": patient}) for query in BARE]

    rows.append(
        _line(reader, "overview of a patient", *by_turns(
            lambda n: as_owner(owner, of(n)), lambda n: as_application(app, reader, of(n), found[n % len(found)][1]), requests
        ))
    )  # fmt: skip
    return rows


def by_turns(
    plain: Callable[[int], object], guarded: Callable[[int], object], requests: int
) -> tuple[list[float], list[float]]:
    """Both, in eight turns each."""
    first: list[float] = []
    second: list[float] = []
    for _ in range(8):
        first += timed(plain, requests // 8)
        second += timed(guarded, requests // 8)
    return first, second


def _line(reader: Reader, name: str, plain: list[float], guarded: list[float]) -> list[Any]:
    one, other = percentile(plain, 0.5), percentile(guarded, 0.5)
    return [
        reader.label, name, one, other, percentile(guarded, 0.95), other - one, f"{100 * (other / one - 1):+.0f}%",
    ]  # fmt: skip


HEADS = ["reader", "what", "bare p50 ms", "guarded p50 ms", "guarded p95 ms", "added ms", "added"]


def main() -> None:
    """Measure for each reader and report."""
    parser = argparse.ArgumentParser(description="Measures what row-level security and the log add.")
    parser.add_argument("--size", default="small")
    parser.add_argument("--requests", type=int, default=240)
    parser.add_argument("--derive", action="store_true", help="derive all grants anew as well; takes minutes")
    asked = parser.parse_args()
    remarks = ""
    with (
        psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner,
        psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as app,
    ):
        counts = [
            owner.execute(f"select count(*) from {table}").fetchall()[0][0]
            for table in ("people_patient", "trust_carerelation", "trust_consent", "trust_grant", "dossier_fact")
        ]
        rows = []
        for label, sub, place in READERS:
            user, organisation, role = owner.execute(
                "select m.user_id, m.organisation_id, m.role from people_membership m join people_user u on u.id = m.user_id"
                " join people_organisation o on o.id = m.organisation_id where u.username = %s and o.name = %s",
                [f"zorg:{sub}", place],
            ).fetchall()[0]
            rows += measured(owner, app, Reader(label, user, organisation, role), asked.requests)
        if asked.derive:
            began = time.monotonic()
            owner.execute("select trust_derive(null)")
            remarks = f" Deriving all grants anew took {time.monotonic() - began:.0f} s."
    text = (
        "{:,} citizens, {:,} relations, {:,} choices, {:,} grants, {:,} facts; ".format(*counts)
        + f"{asked.requests} times each, by turns, prepared by the driver.{remarks}"
    )
    report("Row-level security and the log", asked.size, text, HEADS, rows)


if __name__ == "__main__":
    main()
