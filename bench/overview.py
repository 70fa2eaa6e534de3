"""Measures the overview of a patient as a professional gets it: through the whole WSGI stack, with the log and row-level security on.

Beside it the same rows are read by plain SQL as the owner of the tables, without any of it, in the same run: the ratio
is what pages, access and proof cost together, and moves less from machine to machine than milliseconds do.
"""

from __future__ import annotations

import argparse
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nis.settings")
os.environ.setdefault("NIS_ENV", "demonstration")
django.setup()

import psycopg  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.urls import reverse  # noqa: E402

from bench.measure import memory, percentile, report, session_of  # noqa: E402
from people.models import Organisation  # noqa: E402

READERS = (
    ("huisarts", "karim.haddou", "Huisartspraktijk De Linde"),
    ("wijkverpleegkundige", "fatima.bakker", "Wijkzorg Gooi"),
    ("specialist", "marieke.vos", "Ziekenhuis De Heide"),
)
# The rows that the page is made of, each table by the patient, as one would read them with nobody to ask for permission.
BARE = (
    "select * from people_patient where id = %s",
    "select * from people_patientidentity where patient_id = %s",
    "select id, category, line, title, detail, status, on_date, author, attention, fetched_at, organisation_id, source_id"
    " from dossier_fact where patient_id = %s",
    "select e.*, o.name from dossier_entry e join people_organisation o on o.id = e.organisation_id where patient_id = %s",
    "select * from dossier_relatedperson where patient_id = %s",
    "select p.*, o.name from dossier_participant p join people_organisation o on o.id = p.organisation_id"
    " where patient_id = %s",
    "select * from dossier_sourceanswer where patient_id = %s",
    "select r.*, s.name from referrals_referral r join square_healthcareservice s on s.id = r.service_id"
    " where patient_id = %s",
    "select * from referrals_step where patient_id = %s order by at desc limit 100",
    "select * from consultations_consultation where patient_id = %s",
    "select * from trust_carerelation where patient_id = %s",
)


@dataclass
class Measured:
    """What a series of requests took, in milliseconds; ``cpu`` of this process alone."""

    took: list[float]
    cpu: float
    queries: float
    size: float
    grown: float


def get(app: Any, path: str, session: str) -> int:
    """Ask one page as a browser would; returns the length of the answer, and stops at anything but a page."""
    said: list[str] = []

    def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
        said.append(status)
        return lambda data: None

    environ = RequestFactory(REMOTE_ADDR="127.0.0.1", HTTP_HOST="localhost:8000")._base_environ()
    environ |= {"PATH_INFO": path, "REQUEST_METHOD": "GET", "HTTP_COOKIE": f"sessionid={session}"}
    answer = app(environ, start)
    try:
        length = sum(map(len, answer))
    finally:
        answer.close()
    if said != ["200 OK"]:
        raise SystemExit(f"the page answered {said}")
    return length


def pages(app: Any, session: str, keys: list[str], requests: int) -> Measured:
    """Ask the overviews of these patients one after another, each in its turn."""
    paths = [reverse("workplace:patient", args=[key]) for key in keys]
    for path in paths[:30]:
        get(app, path, session)
    count = 0

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        return execute(sql, params, many, context)

    before, cpu, took, size = memory(), time.process_time(), [], 0
    with connection.execute_wrapper(counting):
        for number in range(requests):
            began = time.perf_counter()
            size += get(app, paths[number % len(paths)], session)
            took.append((time.perf_counter() - began) * 1000)
    cpu = (time.process_time() - cpu) / requests * 1000
    return Measured(took, cpu, count / requests, size / requests / 1000, memory() - before)


def bare(owner: psycopg.Connection[Any], numbers: list[int], requests: int) -> list[float]:
    """Read the same rows with nothing around them; milliseconds for each patient."""
    took = []
    for number in range(requests + 30):
        began = time.perf_counter()
        for query in BARE:
            owner.execute(query, [numbers[number % len(numbers)]]).fetchall()
        took.append((time.perf_counter() - began) * 1000)
    return took[30:]


def together(app: Any, session: str, keys: list[str], threads: int, seconds: float) -> float:
    """Pages per second with so many people asking at once, in one process."""
    paths = [reverse("workplace:patient", args=[key]) for key in keys]
    until, done = time.monotonic() + seconds, [0] * threads

    def ask(place: int) -> None:
        while time.monotonic() < until:
            get(app, paths[(done[place] * threads + place) % len(paths)], session)
            done[place] += 1
        connection.close()

    people = [threading.Thread(target=ask, args=(place,)) for place in range(threads)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return sum(done) / seconds


_PATIENTS = """
    select p.id, p.key::text from trust_grant g join people_patient p on p.id = g.patient_id
    where g.grantee = 'organisation:' || %s and g.period @> now() and g.basis = 'care_relation:source_system'
    order by md5(p.key::text) limit 200
"""
_REACH = "select count(*) from trust_grant where grantee = 'organisation:' || %s and period @> now()"
HEADS = [
    "reader", "within reach", "p50 ms", "p95 ms", "queries", "cpu ms", "page kB", "memory grown MB", "bare p50 ms", "bare p95 ms",
    "ratio", "pages/s, 2 at once",
]  # fmt: skip


def measured(app: Any, owner: psycopg.Connection[Any], reader: tuple[str, str, str], requests: int) -> list[Any]:
    """One line of the table: the pages of one reader, and bare reading of the same patients."""
    label, sub, place = reader
    session, number = session_of(sub, place), Organisation.objects.get(name=place).pk
    found = owner.execute(_PATIENTS, [number]).fetchall()
    random.Random(1).shuffle(found)
    keys = [key for _, key in found]
    page = pages(app, session, keys, requests)
    plain = bare(owner, [patient for patient, _ in found], requests)
    rate = together(app, session, keys, 2, 5.0)
    middle, least = percentile(page.took, 0.5), percentile(plain, 0.5)
    return [
        label, owner.execute(_REACH, [number]).fetchall()[0][0], middle, percentile(page.took, 0.95), page.queries, page.cpu,
        page.size, page.grown, least, percentile(plain, 0.95), middle / least, rate,
    ]  # fmt: skip


def main() -> None:
    """Measure for each reader and report."""
    parser = argparse.ArgumentParser(description="Measures the patient overview.")
    parser.add_argument("--size", default="small")
    parser.add_argument("--requests", type=int, default=400)
    asked = parser.parse_args()
    app = get_wsgi_application()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        tables = ("people_patient", "dossier_fact", "events_event")
        citizens, facts, lines = (owner.execute(f"select count(*) from {table}").fetchall()[0][0] for table in tables)
        rows = [measured(app, owner, reader, asked.requests) for reader in READERS]
    remarks = (
        f"{citizens:,} citizens, {facts:,} facts, {lines:,} lines in the log; {asked.requests} requests each over at most"
        " 200 patients in one process; the sources are not asked."
    )
    report("Patient overview", asked.size, remarks, HEADS, rows)


if __name__ == "__main__":
    main()
