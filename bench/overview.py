"""Measures the overview of a patient as a professional gets it, with the log and row-level security on.

Four questions: how long one page takes beside the bare SQL that reads the same rows; how long it takes with sixteen people at
once; how long until the parts of all sources but the hanging one stand; and whether memory grows. The patients have 2,000 kept
facts each and six source systems, of which one hangs. What is made for it is taken away at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
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
from bench.source_stub import DELAYS  # noqa: E402
from dossier.models import Fact  # noqa: E402
from people.models import Organisation  # noqa: E402

Connection = psycopg.Connection[Any]
READERS = (
    ("huisarts", "karim.haddou", "Huisartspraktijk De Linde"),
    ("wijkverpleegkundige", "fatima.bakker", "Wijkzorg Gooi"),
    ("specialist", "marieke.vos", "Ziekenhuis De Heide"),
)
FACTS = 2000
PEOPLE = 16
PATIENTS = 16
_PATIENTS = """
    select p.id, p.key::text, i.bsn, p.birth_date::text
    from trust_grant g join people_patient p on p.id = g.patient_id join people_patientidentity i on i.patient_id = p.id
    where g.grantee = 'organisation:' || %s and g.period @> now() and g.basis = 'care_relation:source_system' and p.deceased_on is null
    order by md5(p.key::text) limit %s
"""
_OTHERS = """
    insert into dossier_fact ({columns}, patient_id, organisation_id, source_id, source_key)
    select {columns}, %(patient)s, %(organisation)s, %(source)s, 'bench-' || id from dossier_fact
    where not starts_with(source_key, 'bench-') order by id offset %(begin)s limit %(count)s
"""
# The rows that the page is made of, each table by the patient, as one would read them with nobody to ask for permission.
BARE = (
    "select * from people_patient where id = %(id)s",
    "select * from people_patientidentity where patient_id = %(id)s",
    "select f.*, s.name, o.name from (select {columns}, organisation_id, source_id, row_number() over"
    " (partition by category order by on_date desc, title, id) as place, count(*) over (partition by category) as n"
    " from dossier_fact where patient_id = %(id)s and expires_at > now()) f"
    " join dossier_source s on s.id = f.source_id join people_organisation o on o.id = f.organisation_id"
    " where f.place <= case when category in (2, 3, 4, 8, 9, 18) then 200 else 8 end",
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


@dataclass
class Scene:
    """Who looks at whom: a session, and the patients with their record filled."""

    session: str
    organisation: int
    patients: list[tuple[int, str]]
    born: dict[str, str]
    sources: list[int] = field(default_factory=list)


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


def columns() -> str:
    """The columns of a fact that are copied as they are."""
    own = {"id", "patient", "organisation", "source", "source_key"}
    return ", ".join(f.column for f in Fact._meta.concrete_fields if f.name not in own)


@contextmanager
def scene_of(owner: Connection, reader: tuple[str, str, str], address: str = "") -> Iterator[Scene]:
    """Fill the records of the patients of one reader up to 2,000 facts, and give the organisation six sources at this address."""
    _label, sub, place = reader
    number = Organisation.objects.get(name=place).pk
    found = owner.execute(_PATIENTS, [number, PATIENTS]).fetchall()
    scene = Scene(
        session_of(sub, place),
        number,
        [(patient, key) for patient, key, *_ in found],
        {bsn: born for *_, bsn, born in found},
    )
    held = owner.execute(
        "select id from dossier_source order by organisation_id <> %s, id limit 1", [number]
    ).fetchall()
    for place_, (patient, _key) in enumerate(scene.patients):
        owner.execute(
            _OTHERS.format(columns=columns()),
            {"patient": patient, "organisation": number, "source": held[0][0], "begin": place_ * 3001, "count": FACTS},
        )
    owner.execute("vacuum analyze dossier_fact")
    if address:
        for place_ in range(len(DELAYS)):
            made = owner.execute(
                "insert into dossier_source (organisation_id, name, kind, base_url, fhir_version, categories, active, batch)"
                " values (%s, %s, 'his', %s, 'R4', 1048575, true, true) returning id",
                [number, f"Meting {place_ + 1}", f"{address}/{place_}"],
            ).fetchall()
            scene.sources.append(made[0][0])
        owner.execute(
            "update dossier_source set active = false where organisation_id = %s and not id = any(%s)",
            [number, scene.sources],
        )
    try:
        yield scene
    finally:
        owner.execute(
            "delete from dossier_fact where starts_with(source_key, 'bench-') or source_id = any(%s)", [scene.sources]
        )
        owner.execute("delete from dossier_sourceanswer where source_id = any(%s)", [scene.sources])
        owner.execute("delete from dossier_sourcehour where source_id = any(%s)", [scene.sources])
        owner.execute("delete from dossier_source where id = any(%s)", [scene.sources])
        owner.execute("update dossier_source set active = true where organisation_id = %s", [number])


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


@contextmanager
def stub() -> Iterator[str]:
    """The sources to measure with, in a process of their own; gives their address."""
    with subprocess.Popen([sys.executable, "-m", "bench.source_stub"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def tell(address: str, scene: Scene) -> None:
    """Tell the sources the birth dates, which they give and the product compares."""
    line = HTTPConnection(address.removeprefix("http://"), timeout=5)
    line.request("PUT", "/", json.dumps(scene.born))
    line.getresponse().read()


@contextmanager
def web() -> Iterator[int]:
    """The web server as it runs, two processes on a free port."""
    port = 18000 + os.getpid() % 2000
    words = [
        sys.executable,
        "-m",
        "gunicorn",
        "nis.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-class",
        "gthread",
        "--workers",
        "2",
    ]
    words += ["--threads", str(THREADS), "--no-control-socket", "--timeout", "120", "--log-level", "error"]
    with subprocess.Popen(words, env=os.environ) as server:
        try:
            for _ in range(200):
                try:
                    ask(HTTPConnection("127.0.0.1", port, timeout=5), "/health/", "")
                    break
                except OSError:
                    time.sleep(0.1)
            yield port
        finally:
            server.terminate()


THREADS = 16
"""Threads in each of the two processes of the web server."""


def ask(line: HTTPConnection, path: str, session: str, *, part: bool = False) -> str:
    """Ask one address over a line that stays open."""
    headers = {"Cookie": f"sessionid={session}", "Host": "localhost:8000"} | ({"HX-Request": "true"} if part else {})
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    body = answer.read().decode()
    if answer.status not in {200, 204, 286}:
        raise SystemExit(f"{path} answered {answer.status}")
    return body


def at_once(port: int, scene: Scene, people: int, seconds: float, pause: float) -> tuple[list[float], float]:
    """Own part of the page, so many people at once, each with a pause after a page; milliseconds, and pages per second."""
    took: list[list[float]] = [[] for _ in range(people)]
    until = time.monotonic() + seconds

    def person(place: int) -> None:
        time.sleep(pause * place / people)
        number = place
        while time.monotonic() < until:
            path = reverse("workplace:patient", args=[scene.patients[number % len(scene.patients)][1]])
            began = time.perf_counter()
            ask(HTTPConnection("127.0.0.1", port, timeout=60), path, scene.session)
            took[place].append((time.perf_counter() - began) * 1000)
            number += 1
            time.sleep(pause)

    crowd = [threading.Thread(target=person, args=(place,)) for place in range(people)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    found = [value for of_one in took for value in of_one]
    return found, len(found) / seconds


_LOADS = re.compile(r'hx-get="([^"]+)"[^>]*hx-trigger="load')
_BOARD = re.compile(r'hx-get="([^"]+)"[^>]*hx-trigger="facts-changed')


def whole(port: int, scene: Scene, key: str) -> float:
    """Milliseconds from asking the page until the parts of every source but the hanging one have been swapped in."""
    began = time.perf_counter()
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    page = ask(line, reverse("workplace:patient", args=[key]), scene.session)
    hanging = f"/{scene.sources[-1]}/"
    paths = [path for path in _LOADS.findall(page) if hanging not in path]
    slow = [path for path in _LOADS.findall(page) if hanging in path]

    def fetch(path: str) -> None:
        ask(HTTPConnection("127.0.0.1", port, timeout=60), path, scene.session, part=True)

    waiting = [threading.Thread(target=fetch, args=(path,)) for path in slow]
    answering = [threading.Thread(target=fetch, args=(path,)) for path in paths]
    for one in [*waiting, *answering]:
        one.start()
    for one in answering:
        one.join()
    time.sleep(0.15)  # the page waits that long for more before it asks the board
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    ask(line, _BOARD.findall(page)[0], scene.session, part=True)
    took = (time.perf_counter() - began) * 1000
    for one in waiting:
        one.join()
    return took


def arriving(port: int, owner: Connection, scene: Scene, people: int) -> list[float]:
    """So many people open a page at once of whom no source was asked before."""
    owner.execute("delete from dossier_sourceanswer where source_id = any(%s)", [scene.sources])
    took: list[float] = []
    crowd = [
        threading.Thread(target=lambda key=key: took.append(whole(port, scene, key)))
        for _, key in scene.patients[:people]
    ]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    return took


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
    app = get_wsgi_application()
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
            rows = []
            for people, pause in ((1, 0.0), (PEOPLE, 2.0), (PEOPLE, 1.0), (PEOPLE, 0.0)):
                took, rate = at_once(port, scene, people, asked.seconds, pause)
                who = f"{people} at once, {pause:.0f} s between pages"
                rows.append([who, percentile(took, 0.5), percentile(took, 0.95), max(took), rate])
            heads = ["who", "p50 ms", "p95 ms", "max ms", "pages/s"]
            report("Patient overview, own part over HTTP", asked.size, world, heads, rows)
            rows = []
            slowest = sorted(DELAYS)[-2] * 1000
            for people in (1, 4, PEOPLE):
                took = [value for _ in range(3) for value in arriving(port, owner, scene, people)]
                rows.append(
                    [
                        f"{people} at once",
                        percentile(took, 0.5),
                        percentile(took, 0.95),
                        slowest,
                        percentile(took, 0.95) - slowest,
                    ]
                )
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
