"""Every public example that belongs in a record loads, reads as one true line, is kept and comes back as it was."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from dossier.actions.keeping import fact_of
from dossier.models import Fact
from dossier.sources import wording
from dossier.sources.check import fault_of
from dossier.sources.present import present
from dossier.sources.results import Fact as Given
from events.actor import act
from tests import factories
from tests.dossier.sources.lines import GOLDEN, SETS, Example, examples, files
from tests.dossier.sources.test_examples import leaves, without_renamed
from trust.access import open_record
from trust.categories import Category

ALL = examples()
DATE = re.compile(r"^$|^\d{4}(-\d{2}(-\d{2}(T.+)?)?)?$")


def test_the_sets_hold_what_was_published() -> None:
    count = Counter(example.name.split("/")[0] for example in ALL)
    assert count == {"nictiz": 183, "rivo": 163, "ips": 78, "bgz": 99, "tasks": 2}
    assert sum(path.stat().st_size for path in GOLDEN.parent.iterdir()) < 400_000


def test_every_kind_of_resource_and_every_vendor_is_among_them() -> None:
    kinds = {example.original["resourceType"] for example in ALL}
    assert len(kinds) == 38
    vendors = " ".join(example.name for example in ALL)
    assert all(
        vendor in vendors for vendor in ("Epic", "Chipsoft", "Nedap", "WZA", "Topicus", "Nictiz", "MP9", "EPS", "bzg")
    )


@pytest.mark.parametrize("example", ALL, ids=[example.name for example in ALL])
def test_an_example_is_valid_r4_with_one_line(example: Example) -> None:
    assert fault_of(example.resource) == ""
    line = example.line
    assert line.title
    assert "%(" not in line.title + line.detail + "".join(line.attention)
    assert DATE.match(line.date), line.date
    assert line.category in Category.values
    if example.resource.get("modifierExtension"):
        assert line.attention or "TreatmentPermitted" in json.dumps(example.resource["modifierExtension"])
    if example.resource.get("status") == "entered-in-error":
        assert wording.IN_ERROR in line.attention


@pytest.mark.parametrize("example", ALL, ids=[example.name for example in ALL])
def test_nothing_of_an_example_is_lost_in_its_r4_form(example: Example) -> None:
    kept = json.dumps(example.resource, ensure_ascii=False)
    references = {leaf for leaf in leaves(example.original) if leaf.startswith(("urn:uuid:", "http"))}
    for text in leaves(without_renamed(example.original)):
        if text in references or re.fullmatch(r"-?\d+\.\d+", text):
            continue  # resolved within the document, and a number that was written as text
        assert json.dumps(text, ensure_ascii=False)[1:-1] in kept, text


def test_every_line_is_as_it_was_read_over() -> None:
    assert [example.written for example in ALL] == GOLDEN.read_text(encoding="utf-8").splitlines()


@pytest.mark.django_db(transaction=True)
def test_all_of_them_are_kept_and_given_back_as_the_source_gave_them() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    source = factories.source(gp.organisation)
    with act(factories.actor(gp)) as actor:
        opening = open_record(actor, patient.key, Category)
        made = []
        for number, example in enumerate(ALL):
            own = example.original if example.version == "STU3" or example.original != example.resource else None
            beside = example.beside[:3]
            given = Given("", str(number), 0, present(example.resource, beside), example.resource, own, beside)
            made.append(fact_of(source, opening, given))
    with factories.as_owner():
        Fact.objects.bulk_create(made)
        kept = {int(fact.source_key): fact for fact in Fact.objects.filter(source=source)}
    assert len(kept) == len(ALL)
    for number, example in enumerate(ALL):
        fact = kept[number]
        assert (fact.original or fact.resource) == example.original
        assert fact.resource == example.resource
        assert fact.title
        assert fact.category == example.line.category


def test_the_files_are_the_resources_that_are_shown() -> None:
    """No file and no entry is passed over."""
    wanted = 0
    for name in SETS:
        for _file, content in files(name):
            wanted += len(content["entry"]) if content["resourceType"] == "Bundle" else 1
    assert wanted == len(ALL)


def test_an_answer_of_zib_2017_in_r4_form_is_read() -> None:
    """R4 resources with the extensions of 2017 occur (BgZ in R4 form): the answer must not be lost for it."""
    said: Counter[tuple[str, str]] = Counter()
    for example in ALL:
        if example.name.startswith("bgz/") and example.resource["resourceType"] == "Consent":
            said[example.line.title, example.line.detail.split(",")[0]] += 1
    assert said["Reanimeren", "niet uitvoeren"] == said["Reanimeren", "wel uitvoeren"] == 1
    assert said["Opname op de intensive care", "niet uitvoeren"] == 1


def test_what_stands_only_in_a_comment_is_seen() -> None:
    found: dict[str, Any] = {example.name: example.line for example in ALL}
    assert "Niet-reanimerenpenning" in found["rivo/AdvanceDirective-Chipsoft"].detail
    assert found["ips/Observation-pathology-suppressed-data"].title == "door de bron afgeschermd"
    assert found["ips/AllergyIntolerance-eumfh-39-07-1"].state == wording.NEGATED
