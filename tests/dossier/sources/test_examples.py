"""Every file of the public example sets goes through the whole adapter and stays recognisable."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import Any

import pytest

from dossier.sources.check import fault_of, tidy
from dossier.sources.owner import WITHOUT_SUBJECT
from dossier.sources.present import present
from dossier.sources.stu3 import to_r4
from region.source_examples import FOLDER, GIEZEN, HELLEMAN, VAN_PUTTEN, examples_for, lines

R4_FILES = lines("nictiz-nl-core-r4.jsonl")
STU3_FILES = lines("rivo-noord-stu3.jsonl")
STU3 = [
    pytest.param(resource, id=f"{file}-{index}")
    for file, content in STU3_FILES
    for index, resource in enumerate(
        [entry["resource"] for entry in content["entry"]] if "entry" in content else [content]
    )
]


def leaves(value: Any) -> Counter[str]:
    """The texts and numbers in a resource, however deep."""
    if isinstance(value, dict):
        return sum((leaves(item) for item in value.values()), Counter())
    if isinstance(value, list):
        return sum((leaves(item) for item in value), Counter())
    return Counter([str(value)])


def test_the_sets_are_complete() -> None:
    assert len(R4_FILES) == 183
    assert len(STU3_FILES) == 69
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 6_000_000


@pytest.mark.parametrize(("file", "resource"), R4_FILES, ids=[file for file, _ in R4_FILES])
def test_an_r4_example_is_valid_shown_and_unchanged(file: str, resource: dict[str, Any]) -> None:
    before = copy.deepcopy(resource)
    tidied = tidy(resource)
    assert fault_of(tidied) == ""
    assert present(tidied).title
    assert resource == before
    assert leaves(tidied).keys() ^ leaves(resource).keys() <= {f"{number}.0" for number in range(200)} | decimals(
        resource
    ) | decimals(tidied)
    assert tidy(tidied) == tidied


def decimals(resource: dict[str, Any]) -> set[str]:
    """Numbers may be written otherwise after tidying ("1.00" is 1.0), nothing else may."""
    return {leaf for leaf in leaves(resource) if leaf.replace(".", "", 1).lstrip("-").isdigit()}


@pytest.mark.parametrize("resource", STU3)
def test_an_stu3_example_becomes_valid_r4_and_loses_nothing(resource: dict[str, Any]) -> None:
    before = copy.deepcopy(resource)
    translated = to_r4(resource)
    assert resource == before
    assert fault_of(translated) == ""
    assert present(translated).title
    assert json.loads(json.dumps(translated)) == translated
    kept = json.dumps(translated, ensure_ascii=False)
    for text in leaves(without_renamed(resource)):
        assert json.dumps(text, ensure_ascii=False)[1:-1] in kept, text


def without_renamed(value: Any) -> Any:
    """Names of code systems and extensions are translated on purpose, and so are statuses that R4 calls otherwise and
    booleans that R4 says with a status; the rest must be found again to the letter."""
    if isinstance(value, dict):
        dropped = {"system", "url", "notGiven", "notDone", "taken", "type" if "udi" in value else ""}
        return {name: without_renamed(item) for name, item in value.items() if name not in dropped}
    if isinstance(value, list):
        return [without_renamed(item) for item in value]
    return value if isinstance(value, str) and value not in ("unknown", "suspended") else ""


def test_every_patient_bound_nictiz_example_is_served_and_fetched(sources: Any) -> None:
    result = sources.fetch("his", VAN_PUTTEN, "1934-04-28")
    assert result.outcome == "answered"
    assert result.complete
    assert result.set_aside == ()
    got = {(fact.kind, fact.source_id) for fact in result.facts}
    along = {(item["resourceType"], item["id"]) for fact in result.facts for item in fact.related}
    wanted = {
        (item["resourceType"], item["id"])
        for item in examples_for("his", VAN_PUTTEN, "nl-core-Patient-01")
        if item["resourceType"] not in WITHOUT_SUBJECT | {"Device", "Specimen", "Media"}
    }
    assert wanted - got - along == set()


@pytest.mark.parametrize(("source", "bsn", "born"), [("epd", HELLEMAN, "1964-07-25"), ("ecd", GIEZEN, "1959-02-12")])
def test_the_stu3_examples_are_served_and_fetched(sources: Any, source: str, bsn: str, born: str) -> None:
    result = sources.fetch(source, bsn, born)
    assert result.outcome == "answered"
    assert result.set_aside == ()
    got = {fact.source_id for fact in result.facts} | {item["id"] for fact in result.facts for item in fact.related}
    patient = next(fact.source_id for fact in result.facts if fact.kind == "Patient")
    wanted = {
        item["id"]
        for item in examples_for(source, bsn, patient)
        if item["resourceType"] not in WITHOUT_SUBJECT | {"Device", "Specimen"}
    }
    assert wanted - got == set()
    assert all(fact.original is not None for fact in result.facts)


@pytest.mark.parametrize("source", ["his", "epd", "ecd"])
def test_van_putten_is_known_in_all_three_sources(sources: Any, source: str) -> None:
    result = sources.fetch(source, VAN_PUTTEN, "1934-04-28")
    assert result.outcome == "answered"
    assert len(result.facts) > 10
