"""The same thing twice and things that contradict each other are set beside each other, with who says what; nobody is judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossier.access import Comparison, compare
from dossier.access.comparison import Kind
from dossier.models import Entry, RelatedPerson
from dossier.sources import wording
from dossier.sources.present import columns_of, present
from people.models import Organisation
from tests.dossier.sources.lines import examples
from trust.categories import Category

SNOMED = "http://snomed.info/sct"
PINDA = "91935009"
_numbers = count(1)


@dataclass
class Named:
    name: str


@dataclass
class Said:
    """A fact as the lists read it: the columns, its source and its holder."""

    pk: int
    source_id: str
    source: Named
    organisation: Named
    resource_type: str
    category: int
    title: str
    detail: str
    status: str
    state: str
    on_date: str
    until: str
    code: str
    value: float | None
    unit: str
    interpretation: str
    author: str
    attention: list[str] = field(default_factory=list)


def said(resource: dict[str, Any], source: str = "Huisarts") -> Any:
    """What one source says, by the road every resource goes."""
    columns = columns_of(present(resource))
    return Said(
        pk=next(_numbers), source_id=source, source=Named(source), organisation=Named(f"Praktijk {source}"),
        resource_type=resource["resourceType"], **columns,
    )  # fmt: skip


def concept(code: str, display: str = "", system: str = SNOMED) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def allergy(
    code: str = PINDA, display: str = "Pinda-allergie", *, sure: str = "confirmed", status: str = "active", **more: Any
) -> dict[str, Any]:
    made = {
        "resourceType": "AllergyIntolerance",
        "code": concept(code, display),
        "verificationStatus": {"coding": [{"code": sure}]},
        "recordedDate": "2024-05-01",
        **more,
    }
    return made if sure == "entered-in-error" else {**made, "clinicalStatus": {"coding": [{"code": status}]}}


def problem(display: str, code: str = "1", system: str = SNOMED, **more: Any) -> dict[str, Any]:
    active = {"coding": [{"code": "active"}]}
    return {"resourceType": "Condition", "code": concept(code, display, system), "clinicalStatus": active, **more}


def limit(answer: str, treatment: str = "89666000", when: str = "2025-01-01", **more: Any) -> dict[str, Any]:
    provision = {"code": [concept(treatment)], **({"type": answer} if answer else {})}
    category = [concept("129125009")]
    return {
        "resourceType": "Consent", "status": "active", "category": category, "provision": provision, "dateTime": when, **more,
    }  # fmt: skip


def one(comparisons: list[Comparison]) -> Comparison:
    assert len(comparisons) == 1, comparisons
    return comparisons[0]


# Allergies


def test_the_same_allergy_in_two_places_is_a_double() -> None:
    found = one(compare([said(allergy()), said(allergy(), "Ziekenhuis")]))
    assert (found.kind, found.category, found.about) == (Kind.DOUBLE, Category.ALLERGIES, "Pinda-allergie")
    assert not found.contradicts
    assert found.words == "Pinda-allergie staat in Huisarts en Ziekenhuis"


def test_the_same_allergy_twice_in_one_place_is_a_double_too() -> None:
    found = one(compare([said(allergy()), said(allergy())]))
    assert found.words == "Pinda-allergie staat 2 keer in Huisarts"


def test_the_same_name_under_another_code_is_the_same() -> None:
    other = allergy("300911", "pinda-allergie (substance)")
    assert one(compare([said(allergy()), said(other, "Apotheek")])).kind is Kind.DOUBLE


def test_a_refuted_allergy_contradicts_one_that_is_confirmed() -> None:
    found = one(compare([said(allergy()), said(allergy(sure="refuted", recordedDate="2025-02-03"), "Ziekenhuis")]))
    assert found.kind is Kind.CONTRADICTION
    assert [side.source for side in found.sides] == ["Ziekenhuis", "Huisarts"], "the newest first"
    assert wording.REFUTED in found.sides[0].says
    assert "tegenstrijdig" in found.words
    assert found.sides[0].holder == "Praktijk Ziekenhuis"


def test_one_that_was_recorded_in_error_contradicts_one_that_stands() -> None:
    found = one(compare([said(allergy()), said(allergy(sure="entered-in-error"), "Ziekenhuis")]))
    assert found.kind is Kind.CONTRADICTION
    assert wording.IN_ERROR in {side.says for side in found.sides}


def test_other_weight_is_a_difference() -> None:
    found = one(compare([said(allergy(criticality="high")), said(allergy(criticality="low"), "Apotheek")]))
    assert found.kind is Kind.DIFFERENCE
    assert {"hoog risico", "laag risico"} <= {part for side in found.sides for part in side.says.split(", ")}


def test_not_sure_beside_sure_is_a_difference() -> None:
    assert one(compare([said(allergy()), said(allergy(sure="unconfirmed"), "Apotheek")])).kind is Kind.DIFFERENCE


def test_over_in_one_place_and_not_in_another_is_a_difference() -> None:
    found = one(compare([said(allergy()), said(allergy(status="resolved"), "Apotheek")]))
    assert found.kind is Kind.DIFFERENCE


def test_no_allergy_known_contradicts_an_allergy() -> None:
    none = said(allergy("716186003", "No known allergy (situation)"), "Ziekenhuis")
    found = one(compare([said(allergy()), none]))
    assert found.kind is Kind.CONTRADICTION
    assert {side.says for side in found.sides} == {"Pinda-allergie", "Geen allergie bekend"}
    assert compare([none, said(allergy("716186003"), "Huisarts")]) == []


def test_that_nothing_was_asked_contradicts_nothing() -> None:
    assert compare([said(allergy()), said(allergy("no-allergy-info"), "Ziekenhuis")]) == []


def test_a_whole_class_is_no_allergy_in_common() -> None:
    first = allergy("419199007", "Allergie voor latex")
    second = allergy("419199007", "Allergie voor kat")
    assert compare([said(first), said(second, "Ziekenhuis")]) == []


# Problems


def test_the_same_problem_in_two_places_is_a_double_and_within_one_place_it_may_come_back() -> None:
    assert one(compare([said(problem("Astma")), said(problem("Astma"), "Ziekenhuis")])).kind is Kind.DOUBLE
    assert compare([said(problem("Blaasontsteking")), said(problem("Blaasontsteking"))]) == []


def test_left_is_not_right() -> None:
    left = problem("fractuur van pols", bodySite=[{"text": "pols links"}])
    right = problem("fractuur van pols", bodySite=[{"text": "pols rechts"}])
    assert compare([said(left), said(right, "Ziekenhuis")]) == []


def test_the_rest_of_a_chapter_is_no_problem_in_common() -> None:
    icpc = "http://hl7.org/fhir/sid/icpc-1-nl"
    assert compare([said(problem("Moe", "A99", icpc)), said(problem("Bleek", "A99", icpc), "Post")]) == []


def test_a_problem_that_was_refuted_contradicts_one_that_is_not() -> None:
    refuted = problem("Longembolie", verificationStatus={"coding": [{"code": "refuted"}]})
    assert one(compare([said(problem("Longembolie")), said(refuted, "Ziekenhuis")])).kind is Kind.CONTRADICTION


# Limits and wishes


def test_one_says_resuscitate_and_another_does_not() -> None:
    found = one(compare([said(limit("permit")), said(limit("deny", when="2026-02-02"), "Ziekenhuis")]))
    assert (found.kind, found.about, found.category) == (Kind.CONTRADICTION, "Reanimeren", Category.WISHES)
    assert [side.says for side in found.sides] == ["niet uitvoeren", "wel uitvoeren"]
    assert "Ziekenhuis (2 feb 2026): niet uitvoeren" in found.words


def test_two_answers_within_one_source_contradict_each_other_too() -> None:
    assert one(compare([said(limit("permit")), said(limit("deny"))])).kind is Kind.CONTRADICTION


def test_the_same_answer_is_a_double_and_another_treatment_another_thing() -> None:
    assert one(compare([said(limit("deny")), said(limit("deny"), "Ziekenhuis")])).kind is Kind.DOUBLE
    assert compare([said(limit("deny")), said(limit("permit", "305351004"), "Ziekenhuis")]) == []


def test_limits_beside_a_plain_yes_are_a_difference() -> None:
    url = "http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.SpecificationOther"
    limited = limit("", modifierExtension=[{"url": url, "valueString": "eerst overleg met echtgenote"}])
    found = one(compare([said(limit("permit")), said(limited, "Ziekenhuis")]))
    assert found.kind is Kind.DIFFERENCE
    assert any("eerst overleg met echtgenote" in side.says for side in found.sides)


def test_an_ended_limit_says_nothing_any_more() -> None:
    assert compare([said(limit("permit")), said(limit("deny", status="inactive"), "Ziekenhuis")]) == []


def test_a_written_will_contradicts_a_yes() -> None:
    system = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.14.1"
    will = {
        "resourceType": "Consent", "status": "active", "category": [concept("acd")], "dateTime": "2020-01-01",
        "provision": {"code": [concept("NR", system=system)]},
    }  # fmt: skip
    found = one(compare([said(limit("permit")), said(will, "Ziekenhuis")]))
    assert found.kind is Kind.CONTRADICTION
    comment = {**will, "provision": {}, "note": [{"text": "Niet-reanimerenpenning"}]}
    comment["extension"] = [
        {"url": "http://nictiz.nl/fhir/StructureDefinition/ext-Comment", "valueString": "Niet-reanimerenpenning"}
    ]
    assert one(compare([said(limit("permit")), said(comment, "Ziekenhuis")])).kind is Kind.CONTRADICTION


def wish(text: str) -> Entry:
    return Entry(kind=Entry.Kind.WISH, text=text, on_date=date(2026, 3, 1))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Niet reanimeren.", Kind.CONTRADICTION),
        ("Geen reanimatie meer, wel naar het ziekenhuis", Kind.CONTRADICTION),
        ("Wel reanimeren", None),
        ("Over reanimeren is nog niets besproken", None),
        ("Wil graag thuis blijven", None),
    ],
)
def test_a_wish_of_the_own_record_is_set_beside_what_sources_say(text: str, kind: Kind | None) -> None:
    found = compare([said(limit("permit"))], [wish(text)])
    conflicts = [comparison.kind for comparison in found if comparison.contradicts]
    assert conflicts == ([kind] if kind else [])


def test_another_place_to_die_is_a_difference_and_the_last_word_of_a_source_counts() -> None:
    def place(where: str, when: str) -> dict[str, Any]:
        return {
            "resourceType": "Observation", "status": "final", "code": concept("395091006"), "valueCodeableConcept": {"text": where},
            "effectiveDateTime": when,
        }  # fmt: skip

    found = one(compare([said(place("thuis", "2026-01-01")), said(place("hospice", "2026-02-01"), "Ziekenhuis")]))
    assert (found.kind, found.about) == (Kind.DIFFERENCE, "Gewenste plaats van overlijden")
    changed = [said(place("thuis", "2025-01-01")), said(place("hospice", "2026-01-01"))]
    assert compare([*changed, said(place("hospice", "2026-02-01"), "Ziekenhuis")]) == []


# How people are reached


def contact(name: str, *ways: str, relation: str = "dochter") -> dict[str, Any]:
    return {
        "resourceType": "RelatedPerson",
        "name": [{"text": name}],
        "relationship": [{"text": relation}],
        "telecom": [{"value": way} for way in ways],
    }


def test_another_number_of_the_same_contact_is_a_difference() -> None:
    facts = [said(contact("Eva de Boer", "06 1234 5678")), said(contact("Eva de Boer", "06-87654321"), "Thuiszorg")]
    found = one(compare(facts))
    assert (found.kind, found.category, found.about) == (
        Kind.DIFFERENCE,
        Category.NETWORK,
        "Contactgegevens van Eva de Boer",
    )
    assert {side.says for side in found.sides} == {"06 1234 5678", "06-87654321"}


@pytest.mark.parametrize("way", ["0612345678", "+31 6 12345678", "0031612345678", "+31 (0)6 1234 5678"])
def test_one_number_written_otherwise_is_the_same(way: str) -> None:
    assert compare([said(contact("Eva de Boer", "06-12345678")), said(contact("Eva de Boer", way), "Thuiszorg")]) == []


def test_one_number_in_common_is_enough() -> None:
    both = contact("Eva de Boer", "06-12345678", "035-5312345")
    assert compare([said(both), said(contact("Eva de Boer", "0355312345"), "Thuiszorg")]) == []


def test_the_own_register_takes_part() -> None:
    own = RelatedPerson(name="Eva de Boer", phone="0600000000", at=datetime(2026, 3, 1, tzinfo=UTC))
    own.organisation = Organisation(name="Thuiszorg De Brink")
    found = one(compare([said(contact("Eva de Boer", "06-12345678"))], contacts=[own]))
    assert {side.source for side in found.sides} == {"Huisarts", "eigen register"}
    assert {side.holder for side in found.sides} == {"Praktijk Huisarts", "Thuiszorg De Brink"}


def test_another_first_contact_is_a_difference() -> None:
    first = said(contact("Eva de Boer", relation="eerste contactpersoon"))
    other = said(contact("Jan de Boer", relation="Eerste relatie/contactpersoon"), "Ziekenhuis")
    found = one(compare([first, other]))
    assert (found.about, {side.says for side in found.sides}) == (
        "Eerste contactpersoon",
        {"Eva de Boer", "Jan de Boer"},
    )


# What is left out, and what it does with all there is


def test_medication_is_compared_elsewhere() -> None:
    medicine = {
        "resourceType": "MedicationStatement",
        "status": "active",
        "medicationCodeableConcept": concept("1", "x"),
    }
    assert compare([said(medicine), said(medicine, "Apotheek")]) == []


def test_what_the_bgz_example_says_twice_is_pointed_out() -> None:
    facts = [said(example.resource, "Ziekenhuis") for example in examples() if example.name.startswith("bgz/")]
    found = {comparison.about for comparison in compare(facts) if comparison.kind is Kind.CONTRADICTION}
    assert found == {"Reanimeren", "Opname op de intensive care"}


def _all() -> Iterator[Any]:
    return (said(example.resource, name) for example in examples() for name in ("A", "B"))


def test_all_examples_in_two_sources_are_compared_without_an_accident() -> None:
    facts = list(_all())
    for comparison in compare(facts):
        assert comparison.words
        assert len(comparison.sides) > 1


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(examples()), st.sampled_from(["A", "B", "C"])), max_size=8), st.text(max_size=30)
)
def test_any_facts_are_compared_and_the_order_does_not_count(chosen: Any, text: str) -> None:
    facts = [said(example.resource, name) for example, name in chosen]
    forth = compare(facts, [wish(text)])
    back = compare(facts[::-1], [wish(text)])
    assert sorted((c.kind, c.about.lower(), len(c.sides)) for c in forth) == sorted(
        (c.kind, c.about.lower(), len(c.sides)) for c in back
    )
