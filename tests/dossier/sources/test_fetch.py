"""A source that behaves gives the record; one that does not gives a reason, in time, and never another person's data."""

from __future__ import annotations

import logging
import time
import tracemalloc
from datetime import date
from typing import Any

import pytest

from dossier.sources.fetch import fetch_record
from dossier.sources.present import present
from dossier.sources.results import Outcome, SourceConfig
from region.source_examples import HELLEMAN, VAN_PUTTEN
from trust.categories import Category

BORN = "1934-04-28"
CITIZEN = "999990019"


@pytest.mark.parametrize(
    ("name", "outcome", "reason"),
    [
        ("down", Outcome.NO_ANSWER, "connection-lost"),
        ("hang", Outcome.NO_ANSWER, {"deadline", "timeout"}),
        ("drip", Outcome.NO_ANSWER, {"deadline", "timeout"}),
        ("html", Outcome.FAULT, "not-json"),
        ("500", Outcome.FAULT, "status-500"),
        ("empty", Outcome.FAULT, "empty"),
        ("50mb", Outcome.FAULT, "too-big"),
        ("broken", Outcome.FAULT, "broken-json"),
        ("refused", Outcome.REFUSED, "status-403"),
        ("stranger", Outcome.FAULT, "other-person"),
    ],
)
def test_each_fault_has_its_own_outcome_within_the_deadline(
    sources: Any, fault: Any, name: str, outcome: Outcome, reason: Any
) -> None:
    fault("his", name)
    started = time.monotonic()
    result = sources.fetch("his", VAN_PUTTEN, BORN, seconds=1)
    assert time.monotonic() - started < 2
    assert result.outcome == outcome
    assert result.reason in ({reason} if isinstance(reason, str) else reason)
    assert result.facts == ()
    assert not result.complete
    assert {part.outcome for part in result.categories.values()} == {outcome}


def test_a_source_that_is_not_there_gives_no_answer() -> None:
    source = SourceConfig("http://127.0.0.1:9/fhir", "R4", "Niemand")
    result = fetch_record(source, VAN_PUTTEN, date(1934, 4, 28), {2}, 2, "r")
    assert (result.outcome, result.reason) == (Outcome.NO_ANSWER, "no-connection")


def test_an_unknown_person_is_nothing_and_not_a_failure(sources: Any) -> None:
    result = sources.fetch("his", "999993653", "1950-01-01")
    assert (result.outcome, result.reason) == (Outcome.NOTHING, "unknown-patient")
    assert result.complete
    assert {part.outcome for part in result.categories.values()} == {Outcome.NOTHING}


def test_a_source_does_not_know_the_citizens_of_another(sources: Any) -> None:
    assert sources.fetch("his", "999990020", "1990-01-02").outcome == Outcome.ANSWERED
    assert sources.fetch("epd", "999990020", "1990-01-02").outcome == Outcome.NOTHING


def test_another_date_of_birth_is_refused_and_said(sources: Any) -> None:
    result = sources.fetch("his", VAN_PUTTEN, "1935-04-28")
    assert (result.outcome, result.reason) == (Outcome.FAULT, "other-birth-date")
    assert result.facts == ()


@pytest.mark.parametrize("source", ["his", "epd", "ecd"])
def test_a_resource_of_somebody_else_is_refused_and_counted(sources: Any, fault: Any, source: str) -> None:
    before = sources.fetch(source, VAN_PUTTEN, BORN)
    fault(source, "foreign")
    result = sources.fetch(source, VAN_PUTTEN, BORN)
    assert result.outcome == Outcome.ANSWERED
    assert result.foreign > 0
    assert {fact.source_id for fact in result.facts} == {fact.source_id for fact in before.facts}
    assert {item.source_id for item in result.set_aside} == {""}
    assert {item.reason for item in result.set_aside} == {"other-patient"}
    assert "stranger" not in repr(result)
    assert "Iemand Anders" not in repr(result.facts)


@pytest.mark.parametrize("source", ["his", "epd"])
def test_a_broken_resource_is_set_aside_and_hides_no_neighbour(sources: Any, fault: Any, source: str) -> None:
    before = sources.fetch(source, VAN_PUTTEN, BORN)
    fault(source, "spoilt")
    result = sources.fetch(source, VAN_PUTTEN, BORN)
    assert {fact.source_id for fact in result.facts} == {fact.source_id for fact in before.facts}
    assert result.set_aside
    assert all(item.reason.startswith("invalid:") and item.source_id.startswith("spoilt-") for item in result.set_aside)
    problems = result.categories[Category.PROBLEMS]
    assert (problems.outcome, problems.reason, problems.complete) == (Outcome.ANSWERED, "set-aside", False)


def test_fifty_megabytes_stop_early_and_cost_no_memory(sources: Any, fault: Any) -> None:
    fault("his", "50mb")
    sources.fetch("his", VAN_PUTTEN, BORN)
    tracemalloc.start()
    started = time.monotonic()
    result = sources.fetch("his", VAN_PUTTEN, BORN)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.reason == "too-big"
    assert time.monotonic() - started < 3
    assert peak < 20_000_000


def test_only_what_was_asked_comes_back(sources: Any) -> None:
    result = sources.fetch("epd", HELLEMAN, "1964-07-25", {Category.PROBLEMS, Category.ALERTS})
    assert {fact.category for fact in result.facts} == {Category.PROBLEMS, Category.ALERTS}
    assert result.outside == 1
    assert set(result.categories) == {Category.PROBLEMS, Category.ALERTS}
    both = sources.fetch("epd", HELLEMAN, "1964-07-25", {Category.PROBLEMS, Category.MENTAL_HEALTH})
    assert any(
        "stressstoornis" in present(fact.resource).title
        for fact in both.facts
        if fact.category == Category.MENTAL_HEALTH
    )


def test_a_source_is_asked_only_for_what_it_serves(sources: Any) -> None:
    source = sources.config("his", categories=frozenset({Category.ALLERGIES}))
    result = fetch_record(source, VAN_PUTTEN, date(1934, 4, 28), {Category.PROBLEMS, Category.ALLERGIES}, 5, "r")
    assert set(result.categories) == {Category.ALLERGIES}
    assert {fact.kind for fact in result.facts} == {"AllergyIntolerance"}
    nothing = fetch_record(source, VAN_PUTTEN, date(1934, 4, 28), {Category.PROBLEMS}, 5, "r")
    assert (nothing.outcome, nothing.reason) == (Outcome.NOTHING, "not-served")


def test_the_bsn_stands_in_no_url_and_no_log(sources: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name, bsn, born in (("his", VAN_PUTTEN, BORN), ("his", CITIZEN, "1941-03-12"), ("epd", HELLEMAN, "1964-07-25")):
        result = sources.fetch(name, bsn, born)
        assert result.outcome == Outcome.ANSWERED
        assert not any(bsn in line for line in sources.lines)
        assert bsn not in caplog.text.replace("999911120)", "")
        assert bsn not in repr(result)


def test_pages_are_followed_to_the_end(sources: Any) -> None:
    sources.lines.clear()
    result = sources.fetch("his", VAN_PUTTEN, BORN, {Category.FUNCTIONING})
    assert any("_offset=" in line for line in sources.lines)
    assert len(result.facts) > 30
    assert result.complete
