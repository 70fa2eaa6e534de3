"""What all processes keep to together, over real sockets and with real processes: rate, pause, breaker, deadline, threads."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import count
from typing import Any

import pytest
from django.conf import settings

from dossier.sources import pools, shared
from dossier.sources.fetch import fetch_record
from dossier.sources.probe import probe
from dossier.sources.results import FetchResult, Outcome, SourceConfig
from region.source_examples import VAN_PUTTEN
from tests.dossier.sources.conftest import Running
from tests.dossier.sources.fakes import Fake, bundle, condition, only_conditions
from trust.categories import Category

BORN = date(1934, 4, 28)
_numbers = count(900_000 + os.getpid() % 1000 * 1000)
PROBLEMS = {int(Category.PROBLEMS)}


@pytest.fixture
def number() -> Iterator[int]:
    """A source that no other test and no other run knows."""
    made = next(_numbers)
    shared.forget(made)
    yield made
    shared.forget(made)


def config(address: str, number: int = 0, **more: Any) -> SourceConfig:
    return SourceConfig(address, "R4", "Bron", number=number, **more)


def ask(source: SourceConfig, seconds: float = 3, categories: set[int] = PROBLEMS) -> FetchResult:
    return fetch_record(source, VAN_PUTTEN, BORN, categories, seconds, "r")


OTHER = """
import json, sys, time
import django
django.setup()
from datetime import date
from dossier.sources.fetch import fetch_record
from dossier.sources.results import SourceConfig
address, bsn, more, times = json.loads(sys.argv[1])
source = SourceConfig(address, "R4", "Bron", **more)
told = []
for _ in range(times):
    result = fetch_record(source, bsn, date(1934, 4, 28), {2}, 3, "r")
    told.append([result.outcome, result.reason, time.time()])
print(json.dumps(told))
"""


def other_process(source: SourceConfig, times: int = 1) -> subprocess.Popen[str]:
    """The same question in a process of its own, with nothing in common but Redis."""
    more = {name: getattr(source, name) for name in ("number", "rate_limit", "breaker_failures", "breaker_seconds")}
    told = json.dumps([source.base_url, VAN_PUTTEN, more, times])
    where = {"REDIS_URL": settings.CACHES["default"]["LOCATION"], "DJANGO_SETTINGS_MODULE": "nis.settings"}
    return subprocess.Popen(
        [sys.executable, "-c", OTHER, told],
        env={**os.environ, **where},
        stdout=subprocess.PIPE,
        text=True,
        cwd=settings.BASE_DIR,
    )


def told_by(process: subprocess.Popen[str]) -> list[Any]:
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    made: list[Any] = json.loads(said)
    return made


# the rate


def test_two_processes_together_keep_to_the_rate_of_a_source(other_source: Callable[..., str], number: int) -> None:
    moments: list[float] = []

    def answer(path: str, query: Any) -> dict[str, Any]:
        moments.append(time.monotonic())
        return bundle(condition())

    fake = Fake(answer)
    source = config(other_source(fake), number, rate_limit=10)
    process = other_process(source, times=8)
    while not fake.seen:  # the other process has begun
        time.sleep(0.01)
    for _ in range(8):
        assert ask(source).outcome == Outcome.ANSWERED
    assert [outcome for outcome, _, _ in told_by(process)] == ["answered"] * 8
    calls = len(fake.seen)
    assert calls >= 32
    elapsed = max(moments) - min(moments)
    assert calls / elapsed < 16, "ten a second, and ten that may come at once"


def test_a_question_whose_turn_comes_too_late_is_not_sent(other_source: Callable[..., str], number: int) -> None:
    fake = Fake(only_conditions(condition()))
    source = config(other_source(fake), number, rate_limit=1, breaker_failures=1)
    started = time.monotonic()
    results = [ask(source, seconds=0.4) for _ in range(3)]
    assert time.monotonic() - started < 2
    assert {(r.outcome, r.reason) for r in results[1:]} == {(Outcome.NO_ANSWER, "rate-limit")}
    assert len(fake.seen) == 1
    assert shared.breaker_of(number).state == "closed", "the own limit is no fault of the source"


def test_a_source_that_asks_to_wait_is_left_alone_so_long(other_source: Callable[..., str], number: int) -> None:
    asked: list[str] = []

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        start("429 Too Many Requests", [("Retry-After", "1"), ("Content-Type", "application/json")])
        return [b"{}"]

    source = config(other_source(app), number)
    assert (ask(source).outcome, ask(source, 0.3).reason) == (Outcome.NO_ANSWER, "rate-limit")
    assert len(asked) == 1
    time.sleep(1.1)
    assert ask(source, 0.3).reason == "status-429"


# the breaker


def test_a_breaker_opens_tries_and_closes_for_every_process(
    sources: Running, fault: Callable[[str, str], None], number: int
) -> None:
    source = config(f"{sources.address}/his/fhir", number, breaker_failures=3, breaker_seconds=5)
    assert ask(source).outcome == Outcome.ANSWERED
    fault("his", "500")
    here = [ask(source).reason for _ in range(2)]
    there = told_by(other_process(source, times=2))
    assert here == ["status-500"] * 2
    assert [reason for _, reason, _ in there] == ["status-500", "breaker-open"], "three in a row, whoever saw them"
    sources.lines.clear()
    assert (ask(source).outcome, ask(source).reason) == (Outcome.NO_ANSWER, "breaker-open")
    assert sources.lines == []
    stands = shared.breaker_of(number)
    assert (stands.state, stands.failures) == ("open", 3)
    assert stands.until is not None
    time.sleep(max(0.0, stands.until.timestamp() - time.time()) + 0.05)
    assert shared.breaker_of(number).state == "half_open"
    assert ask(source).reason == "status-500", "one that tries"
    assert shared.breaker_of(number).state == "open", "a failed trial opens it anew"
    fault("his", "none")
    until = shared.breaker_of(number).until
    assert until is not None
    time.sleep(max(0.0, until.timestamp() - time.time()) + 0.05)
    assert [outcome for outcome, _, _ in told_by(other_process(source, times=2))] == ["answered", "answered"]
    assert shared.breaker_of(number) == shared.Breaker("closed", 0)


def test_of_many_that_come_at_once_one_tries_and_the_others_go_on_without(
    sources: Running, fault: Callable[[str, str], None], number: int
) -> None:
    source = config(f"{sources.address}/his/fhir", number, breaker_failures=1, breaker_seconds=5)
    shared.leave(source, "closed", FetchResult(source, Outcome.NO_ANSWER, "deadline"))
    shared._do(lambda client: client.hset(shared._key(number, "breaker"), "until", time.time() * 1000 - 1))
    fault("his", "hang")
    started = time.monotonic()
    with ThreadPoolExecutor(8) as many:
        reasons = sorted(result.reason for result in many.map(lambda _: ask(source, 1), range(8)))
    assert reasons.count("breaker-open") == 7
    assert time.monotonic() - started < 2


def test_who_tried_and_never_came_back_keeps_nobody_out(number: int, other_source: Callable[..., str]) -> None:
    source = config(other_source(Fake(only_conditions())), number, breaker_failures=1, breaker_seconds=5)
    key = shared._key(number, "breaker")
    past = time.time() * 1000 - 1
    shared._do(lambda client: client.hset(key, mapping={"failures": 1, "until": past, "trial": past}))
    assert ask(source).outcome == Outcome.NOTHING
    assert shared.breaker_of(number).state == "closed"


def test_a_refusal_or_an_unknown_person_is_a_good_answer(
    sources: Running, fault: Callable[[str, str], None], number: int
) -> None:
    source = config(f"{sources.address}/his/fhir", number, breaker_failures=1, breaker_seconds=5)
    for trouble, reason in (("refused", "status-403"), ("stranger", "other-person")):
        fault("his", trouble)
        assert ask(source).reason == reason
        assert shared.breaker_of(number).state == "closed"


def test_the_try_of_a_manager_closes_a_breaker(sources: Running, number: int) -> None:
    source = config(f"{sources.address}/his/fhir", number, breaker_failures=1, breaker_seconds=60)
    shared.leave(source, "closed", FetchResult(source, Outcome.NO_ANSWER, "deadline"))
    assert ask(source).reason == "breaker-open"
    assert probe(source, 3, "r").outcome == Outcome.ANSWERED
    assert ask(source).outcome == Outcome.ANSWERED


def test_without_redis_care_goes_on(
    sources: Running, number: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHES = {"default": {"BACKEND": "x", "LOCATION": "redis://127.0.0.1:9/0"}}
    monkeypatch.setitem(shared._silence, "until", 0.0)
    source = config(f"{sources.address}/his/fhir", number, rate_limit=1, breaker_failures=1)
    started = time.monotonic()
    assert ask(source).outcome == Outcome.ANSWERED
    assert ask(source).outcome == Outcome.ANSWERED
    assert time.monotonic() - started < 3
    assert shared.breaker_of(number) == shared.Breaker()
    assert shared.last_answers(number) == []
    monkeypatch.setitem(shared._silence, "until", 0.0)


# the deadline


class Dripping:
    """A source that sends its head byte by byte and never comes to an end."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listening.getsockname()[1]}/fhir"
        self.open = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                made, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.drip, args=(made,), daemon=True).start()

    def drip(self, made: socket.socket) -> None:
        self.open += 1
        try:
            made.sendall(b"HTTP/1.1 200 OK\r\n")
            for number in range(100_000):
                made.sendall(b"X-%d: y\r\n" % number if number % 2 else b"X")
                time.sleep(0.02)
        except OSError:
            pass
        finally:
            self.open -= 1
            made.close()


@pytest.fixture
def dripping() -> Iterator[Dripping]:
    made = Dripping()
    yield made
    made.listening.close()


def busy_callers() -> int:
    return (
        sum(thread.name.startswith("source-caller") for thread in threading.enumerate())
        - pools.callers()._idle_semaphore._value
    )


def test_a_source_that_drips_its_head_is_cut_off_and_its_thread_is_free(dripping: Dripping) -> None:
    started = time.monotonic()
    result = ask(config(dripping.address), 1)
    assert time.monotonic() - started < 1.4
    assert result.outcome == Outcome.NO_ANSWER
    for _ in range(50):
        if not dripping.open:
            break
        time.sleep(0.02)
    assert dripping.open == 0, "the connection was cut at the deadline"
    assert busy_callers() <= 0


def test_many_hanging_questions_hold_few_threads_and_leave_room_for_a_source_that_answers(
    sources: Running, fault: Callable[[str, str], None]
) -> None:
    fault("epd", "hang")
    hanging = config(f"{sources.address}/epd/fhir")
    well = config(f"{sources.address}/his/fhir")
    with ThreadPoolExecutor(20) as many:
        waiting = [many.submit(ask, hanging, 1.5) for _ in range(16)]
        time.sleep(0.1)
        began = time.monotonic()
        assert ask(well, 1.5).outcome == Outcome.ANSWERED
        assert time.monotonic() - began < 1.4
        results = [future.result() for future in waiting]
    assert {result.outcome for result in results} == {Outcome.NO_ANSWER}
    callers = [thread for thread in threading.enumerate() if thread.name.startswith("source-caller")]
    assert len(callers) <= settings.SOURCE_THREADS


def test_where_every_thread_is_taken_it_is_said_and_not_laid_at_the_source(
    sources: Running, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = ThreadPoolExecutor(1)
    let_go = threading.Event()
    small.submit(let_go.wait, 10)
    monkeypatch.setattr("dossier.sources.fetch.callers", lambda: small)
    source = config(f"{sources.address}/his/fhir", number, breaker_failures=1)
    result = ask(source, 0.3)
    let_go.set()
    assert (result.outcome, result.reason) == (Outcome.NO_ANSWER, "busy")
    assert shared.breaker_of(number).state == "closed"
    small.shutdown()


# pages and servers of another kind


def test_pages_are_as_large_and_as_many_as_the_source_is_set_to(sources: Running) -> None:
    sources.lines.clear()
    small = config(f"{sources.address}/his/fhir", page_size=3, page_limit=2)
    result = ask(small, categories={int(Category.FUNCTIONING)})
    part = result.categories[Category.FUNCTIONING]
    assert (part.outcome, part.reason, part.complete) == (Outcome.ANSWERED, "too-many-pages", False)
    assert any("_count=3" in line for line in sources.lines)
    assert not any("_offset=6" in line for line in sources.lines)
    whole = ask(config(f"{sources.address}/his/fhir", page_size=7), categories={int(Category.FUNCTIONING)})
    assert whole.complete
    assert len(whole.facts) > len(result.facts)


@pytest.mark.parametrize("status", ["404 Not Found", "501 Not Implemented", "400 Bad Request"])
def test_a_server_without_lastn_is_asked_for_all_the_newest_first(
    other_source: Callable[..., str], status: str
) -> None:
    def answer(path: str, query: dict[str, list[str]]) -> Any:
        if path.endswith("$lastn"):
            return status, {"resourceType": "OperationOutcome", "issue": []}
        if path != "Observation":
            return bundle()
        assert query["_sort"] == ["-date"]
        assert "max" not in query
        code = {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}
        return bundle({"resourceType": "Observation", "id": "o1", "status": "final", "code": code, "subject": {"reference": "Patient/p1"},
                       "effectiveDateTime": "2026-01-01", "valueQuantity": {"value": 70, "unit": "/min"}})  # fmt: skip

    fake = Fake(answer)
    result = ask(config(other_source(fake)), categories={int(Category.RESULTS)})
    assert result.outcome == Outcome.ANSWERED
    assert [fact.source_id for fact in result.facts] == ["o1"]


def test_the_last_answers_are_kept_without_whom_they_were_about(sources: Running, number: int) -> None:
    source = config(f"{sources.address}/his/fhir", number)
    for _ in range(shared.LAST + 3):
        shared.remember(number, FetchResult(source, Outcome.NO_ANSWER, "deadline", seconds=1.5))
    shared.remember(number, ask(source))
    kept = shared.last_answers(number)
    assert len(kept) == shared.LAST
    assert (kept[0].outcome, kept[1].outcome) == ("answered", "no_answer")
    raw = shared._do(lambda client: client.lrange(shared._key(number, "last"), 0, -1))
    assert VAN_PUTTEN not in str(raw)


# many searches in one question


def test_a_batch_brings_the_same_record_in_fewer_calls(sources: Running) -> None:
    alone = config(f"{sources.address}/his/fhir")
    sources.lines.clear()
    one_by_one = ask(alone, 8, set(range(20)))
    calls = len(sources.lines)
    sources.lines.clear()
    together = ask(config(f"{sources.address}/his/fhir", batch=True), 8, set(range(20)))
    assert together.outcome == Outcome.ANSWERED
    assert {(f.kind, f.source_id) for f in together.facts} == {(f.kind, f.source_id) for f in one_by_one.facts}
    assert together.categories == one_by_one.categories
    assert sum("POST /his/fhir HTTP" in line for line in sources.lines) == 4
    assert len(sources.lines) < calls / 2
    assert any("_offset=" in line for line in sources.lines), "further pages are followed as ever"


def test_a_source_that_takes_no_batch_is_asked_one_by_one(sources: Running) -> None:
    config_ = SourceConfig(f"{sources.address}/epd/fhir", "STU3", "Bron", batch=True)
    result = ask(config_, 8, set(range(20)))
    plain = ask(SourceConfig(f"{sources.address}/epd/fhir", "STU3", "Bron"), 8, set(range(20)))
    assert result.outcome == Outcome.ANSWERED
    assert len(result.facts) == len(plain.facts)


class Batching(Fake):
    """A source that answers a batch as a test says."""

    def __init__(self, told: Any) -> None:
        super().__init__(only_conditions(condition()))
        self.told = told

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] in ("", "/"):
            asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))["entry"]
            start("200 OK", [("Content-Type", "application/fhir+json")])
            return [json.dumps(self.told(asked)).encode()]
        return super().__call__(environ, start)


def responses(status: str, resource: Any) -> Callable[[list[Any]], Any]:
    return lambda asked: {
        "resourceType": "Bundle",
        "type": "batch-response",
        "entry": [{"response": {"status": status}, "resource": resource} for _ in asked],
    }


@pytest.mark.parametrize(
    ("told", "outcome", "reason"),
    [
        (responses("200 OK", bundle(condition())), Outcome.ANSWERED, ""),
        (responses("403", {"resourceType": "OperationOutcome"}), Outcome.REFUSED, "status-403"),
        (responses("503 x", {}), Outcome.NO_ANSWER, "status-503"),
        (responses("500", {}), Outcome.FAULT, "status-500"),
        (responses("soon", {}), Outcome.FAULT, "broken-bundle"),
        (responses("200", {"resourceType": "Patient"}), Outcome.FAULT, "not-a-bundle"),
        (lambda asked: responses("200", bundle())(asked[1:]), Outcome.ANSWERED, ""),
        (lambda asked: {"resourceType": "OperationOutcome", "issue": []}, Outcome.ANSWERED, ""),
        (lambda asked: bundle(condition()), Outcome.ANSWERED, ""),
    ],
)  # fmt: skip
def test_each_search_of_a_batch_goes_by_its_own_status_and_an_odd_batch_is_no_batch(
    other_source: Callable[..., str], told: Any, outcome: Outcome, reason: str
) -> None:
    source = config(other_source(Batching(told)), batch=True)
    result = ask(
        source, 5, {int(Category.PROBLEMS), int(Category.ALLERGIES), int(Category.MEDICATION), int(Category.PLAN)}
    )
    part = result.categories[Category.PROBLEMS]
    assert (part.outcome, part.reason) == (outcome, reason)


def test_a_source_says_whether_it_takes_batches(sources: Running) -> None:
    assert probe(config(f"{sources.address}/his/fhir"), 3, "r").abilities == {"batch"}
    epd = SourceConfig(f"{sources.address}/epd/fhir", "STU3", "Bron")
    assert probe(epd, 3, "r").abilities == frozenset()
