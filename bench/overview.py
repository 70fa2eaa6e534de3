"""Measures the overview of a patient as a professional gets it, with the log and row-level security on.

Four questions: how long one page takes beside the bare SQL that reads the same rows; how long it takes with sixteen people at
once; how long until the parts of all sources but the hanging one stand; and whether memory grows. The patients have 2,000 kept
facts each and six source systems, of which one hangs. What is made for it is taken away at the end.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nis.settings")
os.environ.setdefault("NIS_ENV", "demonstration")
django.setup()

import psycopg  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.urls import reverse  # noqa: E402

from bench.measure import memory, percentile, report  # noqa: E402
from bench.scene import FACTS, PATIENTS, READERS, Connection, Scene, columns, scene_of  # noqa: E402
from bench.source_stub import DELAYS  # noqa: E402
from bench.visitors import arriving, at_once, stub, tell, web  # noqa: E402
from nis.wsgi import application as app  # noqa: E402

PEOPLE = 16
# The rows that the page is made of, each table by the patient, as one would read them with nobody to ask for permission.
BARE = (
    "select * from people_patient where id = %(id)s",
    "select * from people_patientidentity where patient_id = %(id)s",
    "select f.*, s.name, o.name from (select {columns}, organisation_id, source_id, row_number() over"
    " (partition by category order by on_date desc, title, id) as place, count(*) over (partition by category) as n"
    " from dossier_fact where patient_id = %(id)s and expires_at > now()) f"
    " join dossier_source s on s.id = f.source_id join people_organisation o on o.id = f.organisation_id"
    " where f.place <= 8 or f.category = 3"
    " or (f.category in (2, 4, 8, 9, 18) and not f.state = any(array['ended', 'error']))",
    "select code, array_agg(on_date || ':' || value order by on_date desc) from dossier_fact where patient_id = %(id)s and category = 5"
    " and code <> '' group by code order by max(on_date) desc limit 12",
    "select e.*, o.name from dossier_entry e join people_organisation o on o.id = e.organisation_id where patient_id = %(id)s",
    "select * from dossier_relatedperson where patient_id = %(id)s",
    "select p.*, o.name from dossier_participant p join people_organisation o on o.id = p.organisation_id where patient_id = %(id)s",
    "select s.*, a.* from dossier_source s left join dossier_sourceanswer a on a.source_id = s.id and a.patient_id = %(id)s"
    " where s.organisation_id = %(organisation)s",
    "select on_date, title, detail from dossier_fact where patient_id = %(id)s order by on_date desc limit 24",
    "select r.*, s.name from referrals_referral r join square_healthcareservice s on s.id = r.service_id where patient_id = %(id)s",
    "select * from referrals_step where patient_id = %(id)s order by at desc limit 24",
    "select * from consultations_consultation where patient_id = %(id)s",
    "select * from trust_carerelation where patient_id = %(id)s",
    "select * from trust_mandate where patient_id = %(id)s",
    "select * from events_workitem where patient_id = %(id)s and done_at is null",
)  # fmt: skip


def get(app: Any, path: str, session: str) -> int:
    """Ask one page as a browser would; returns the length of the answer, and stops at anything but a page."""
    said: list[str] = []

    def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
        said.append(status)
        return lambda data: None

    environ = RequestFactory(REMOTE_ADDR="127.0.0.1", HTTP_HOST="localhost:8000")._base_environ()
    path, _, query = path.partition("?")
    environ |= {
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": "GET",
        "HTTP_COOKIE": f"sessionid={session}",
    }
    answer = app(environ, start)
    try:
        length = sum(map(len, answer))
    finally:
        answer.close()
    if said != ["200 OK"]:
        raise SystemExit(f"the page answered {said}")
    return length


def alone(app: Any, owner: Connection, label: str, scene: Scene, requests: int) -> list[Any]:
    """One person after another in this process, by turns with the bare SQL."""
    paths = [reverse("workplace:patient", args=[key]) for _, key in scene.patients]
    for path in paths:
        get(app, path, scene.session)
    count = 0

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        return execute(sql, params, many, context)

    queries = [query.replace("{columns}", columns()) for query in BARE]
    took: list[float] = []
    plain: list[float] = []
    busy, size = 0.0, 0
    for number in range(requests):
        patient = {"id": scene.patients[number % len(paths)][0], "organisation": scene.organisation}
        cpu, began = time.process_time(), time.perf_counter()
        with connection.execute_wrapper(counting):
            size += get(app, paths[number % len(paths)], scene.session)
        took.append((time.perf_counter() - began) * 1000)
        busy += time.process_time() - cpu
        began = time.perf_counter()
        for query in queries:
            owner.execute(query, patient).fetchall()
        plain.append((time.perf_counter() - began) * 1000)
    middle, least = percentile(took, 0.5), percentile(plain, 0.5)
    return [
        label,
        middle,
        percentile(took, 0.95),
        count / requests,
        busy / requests * 1000,
        size / requests / 1000,
        least,
        middle / least,
    ]


def grown(app: Any, scene: Scene, pages: int) -> list[Any]:
    """Megabytes of memory after the first tenth of so many pages, and after all of them."""
    paths = [reverse("workplace:patient", args=[key]) for _, key in scene.patients]
    first = 0.0
    for number in range(pages):
        get(app, paths[number % len(paths)], scene.session)
        if number == pages // 10:
            first = memory()
    return [f"{pages:,} overviews in one process", first, memory(), memory() - first]


def main() -> None:
    """Measure what was asked and report."""
    parser = argparse.ArgumentParser(description="Measures the patient overview.")
    parser.add_argument("--size", default="small")
    parser.add_argument("--requests", type=int, default=160)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument(
        "--pages", type=int, default=0, help="how many overviews to see memory over; 10000 takes minutes"
    )
    asked = parser.parse_args()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        tables = ("people_patient", "dossier_fact", "events_event")
        citizens, facts, lines = (owner.execute(f"select count(*) from {table}").fetchall()[0][0] for table in tables)
        world = f"{citizens:,} citizens, {facts:,} facts, {lines:,} lines in the log; {PATIENTS} patients with {FACTS:,} facts."
        rows = []
        for reader in READERS:
            with scene_of(owner, reader) as scene:
                rows.append(alone(app, owner, reader[0], scene, asked.requests))
        heads = ["reader", "p50 ms", "p95 ms", "queries", "cpu ms", "page kB", "bare p50 ms", "ratio"]
        report("Patient overview, one at a time", asked.size, f"{world} The sources are not asked.", heads, rows)
        with stub() as address, scene_of(owner, READERS[0], address) as scene, web() as port:
            tell(address, scene)
            at_once(port, scene, 4, 3, 0.0)
            arriving(port, owner, scene, 4, 1.0, 2)
            rows = []
            for people, pause in ((1, 0.0), (PEOPLE, 5.0), (PEOPLE, 2.0), (PEOPLE, 0.0)):
                took, rate = at_once(port, scene, people, asked.seconds, pause)
                who = f"{people} at once, {pause:.0f} s between pages"
                rows.append([who, percentile(took, 0.5), percentile(took, 0.95), max(took), rate])
            heads = ["who", "p50 ms", "p95 ms", "max ms", "pages/s"]
            report("Patient overview, own part over HTTP", asked.size, world, heads, rows)
            rows = []
            slowest = sorted(DELAYS)[-2] * 1000
            for people, pause, rounds in ((1, 0.0, 6), (PEOPLE, 30.0, 3), (PEOPLE, 10.0, 4), (PEOPLE, 0.0, 1)):
                took = arriving(port, owner, scene, people, pause, rounds)
                last = percentile(took, 0.95)
                who = f"{people} at once, {pause:.0f} s from page to page"
                rows.append([who, percentile(took, 0.5), last, slowest, last - slowest])
            delays = ", ".join(str(delay) for delay in DELAYS[:-1])
            remark = f"{world} Of six sources not asked before five answer after {delays} s, one hangs."
            report("Patient overview until all answering sources stand", asked.size, remark,
                   ["who", "p50 ms", "p95 ms", "slowest source ms", "beyond it, p95 ms"], rows)  # fmt: skip
        if asked.pages:
            with scene_of(owner, READERS[0]) as scene:
                rows = [grown(app, scene, asked.pages)]
            report(
                "Patient overview, memory",
                asked.size,
                world,
                ["what", "MB after a tenth", "MB after all", "grown MB"],
                rows,
            )


if __name__ == "__main__":
    main()
