"""Whole documents, resources without id, and kinds nobody here knows: shown and kept, and never another person's."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.sources import wording
from dossier.sources.bundles import named, parts_of
from dossier.sources.codes import BSN
from dossier.sources.present import present
from dossier.sources.stu3 import to_r4
from region.source_examples import VAN_PUTTEN
from tests.dossier.sources.fakes import Fake, bundle, condition, only_conditions
from tests.dossier.sources.lines import files
from trust.categories import Category

EVERYTHING = {int(category) for category in Category}
IPS = {file: content for file, content in files("ips") if content["resourceType"] == "Bundle"}


def summary(bsn: str = VAN_PUTTEN) -> dict[str, Any]:
    """A whole published IPS document, about the person with this BSN."""
    document: dict[str, Any] = {**IPS["Bundle-IPS-examples-Bundle-01.json"]}
    entries = []
    for entry in document["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Patient":
            resource = {**resource, "identifier": [{"system": BSN, "value": bsn}]}
        entries.append({**entry, "resource": resource})
    return {**document, "entry": entries}


@pytest.fixture
def document_source(other_source: Any) -> Any:
    def ask(*resources: dict[str, Any], categories: set[int] | None = None) -> Any:
        fake = Fake(lambda path, query: bundle(*resources) if path == "DocumentReference" else bundle())
        return fake.ask(other_source(fake), categories or EVERYTHING)

    return ask


def test_a_document_gives_its_parts_as_facts_and_the_whole_as_it_was(document_source: Any) -> None:
    document = summary()
    result = document_source(document)
    assert result.set_aside == ()
    assert result.foreign == 0
    kinds = [fact.kind for fact in result.facts]
    assert kinds.count("AllergyIntolerance") == kinds.count("Condition") == kinds.count("MedicationStatement") == 2
    assert kinds.count("Observation") == 7
    assert kinds.count("Patient") == 1, "the person as the source knows them, and not once more from the document"
    whole = next(fact for fact in result.facts if fact.kind == "Composition")
    assert whole.original == document
    assert "Malignant tumor of breast" in present(whole.resource, whole.related).detail
    medicines = [fact for fact in result.facts if fact.kind == "MedicationStatement"]
    assert {present(fact.resource, fact.related).title for fact in medicines} == {
        "Product containing anastrozole (medicinal product)",
        "Black Cohosh Extract herbal supplement",
    }
    originals = [entry["resource"] for entry in document["entry"]]
    assert all(fact.original in originals for fact in [*medicines, *(f for f in result.facts if f.kind == "Condition")])


def test_a_document_about_somebody_else_is_refused(document_source: Any) -> None:
    result = document_source(summary("999911120"))
    assert [fact.kind for fact in result.facts] == ["Patient"]
    assert result.foreign > 10
    assert {item.reason for item in result.set_aside} == {"other-patient"}
    assert all(item.source_id == "" for item in result.set_aside)


def test_a_document_that_does_not_say_whom_it_is_about_is_refused(document_source: Any) -> None:
    document = summary()
    for entry in document["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"].pop("identifier")
    assert [fact.kind for fact in document_source(document).facts] == ["Patient"]


def test_parts_of_a_stricter_category_are_left_out_when_it_was_not_asked_for(document_source: Any) -> None:
    document = summary()
    depressed = condition("d1", "urn:uuid:7685713c-e29e-4a75-8a90-45be7ba3be94")
    depressed["subject"] = {
        "reference": next(e["fullUrl"] for e in document["entry"] if e["resource"]["resourceType"] == "Patient")
    }
    depressed["code"] = {"coding": [{"system": "http://snomed.info/sct", "code": "35489007", "display": "depressie"}]}
    document["entry"].append({"fullUrl": "urn:uuid:0d0d", "resource": depressed})
    wanted = EVERYTHING - {int(Category.MENTAL_HEALTH)}
    result = document_source(document, categories=wanted)
    assert "d1" not in {fact.source_id for fact in result.facts}
    assert "d1" in {fact.source_id for fact in document_source(document).facts}


@pytest.mark.parametrize("file", sorted(IPS))
def test_every_reference_within_a_published_document_is_found(file: str) -> None:
    parts = parts_of(IPS[file])
    names = {f"{resource['resourceType']}/{resource['id']}" for resource, _original in parts}
    composition = parts[0][0]
    entries = [item["reference"] for section in composition["section"] for item in section.get("entry", [])]
    assert entries
    assert set(entries) <= names


def test_resources_without_id_are_two_and_not_one(other_source: Any) -> None:
    first, second = condition(), condition(code={"text": "Astma"})
    del first["id"], second["id"]
    fake = Fake(only_conditions(first, second, first))
    result = fake.ask(other_source(fake))
    assert sorted(fact.resource["code"]["text"] for fact in result.facts) == ["Astma", "Jicht"]
    assert all(fact.original in (first, second) for fact in result.facts)
    assert named(first) == named({**first})


def test_a_kind_that_nobody_here_knows_is_shown_and_says_so(other_source: Any) -> None:
    unheard = {
        "resourceType": "Klacht",
        "id": "k1",
        "patient": {"reference": "Patient/p1"},
        "code": {"text": "Jeuk"},
        "date": "2026-03-01",
    }
    fake = Fake(only_conditions(condition(), unheard))
    result = fake.ask(other_source(fake), {Category.PROBLEMS, Category.DOCUMENTS})
    fact = next(fact for fact in result.facts if fact.kind == "Klacht")
    line = present(fact.resource, fact.related)
    assert (line.title, line.date, line.attention) == ("Jeuk", "2026-03-01", (wording.UNKNOWN_KIND,))
    assert fact.resource == unheard
    assert fact.category == Category.DOCUMENTS


def test_a_kind_that_nobody_here_knows_of_another_person_is_refused(other_source: Any) -> None:
    unheard = {"resourceType": "Klacht", "id": "k1", "patient": {"reference": "Patient/p2"}}
    nameless = {"resourceType": "Klacht", "id": "k2"}
    fake = Fake(only_conditions(condition(), unheard, nameless))
    result = fake.ask(other_source(fake), {Category.PROBLEMS, Category.DOCUMENTS})
    assert [fact.kind for fact in result.facts] == ["Condition"]
    assert {item.reason for item in result.set_aside} == {"other-patient", "no-subject"}


def test_an_unknown_modifier_says_what_it_says() -> None:
    inner = {"url": "reason", "valueString": "uitsluitend bij opname"}
    extension = {"url": "http://example.org/fhir/ext-Special", "extension": [inner]}
    line = present({"resourceType": "Condition", "code": {"text": "x"}, "modifierExtension": [extension]})
    assert line.attention == (wording.MAY_CHANGE_MEANING_SO % {"what": "Special: reason: uitsluitend bij opname"},)


def test_illness_in_the_family_is_never_read_as_the_persons_own() -> None:
    resource = {
        "resourceType": "FamilyMemberHistory",
        "status": "completed",
        "patient": {"reference": "Patient/p1"},
        "relationship": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "FTH"}]},
        "condition": [{"code": {"text": "Diabetes type 2"}, "onsetAge": {"value": 51, "unit": "jaar"}}],
    }
    assert present(resource).title == "Bij vader: Diabetes type 2, 51 jaar"


def test_a_permission_is_no_treatment() -> None:
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"coding": [{"code": "INFA", "display": "information access"}]}],
        "provision": {"type": "permit"},
    }
    assert present(consent).detail == "toestemming gegeven"


def test_a_treatment_without_an_answer_says_that_it_has_none() -> None:
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "129125009"}]}],
        "provision": {"code": [{"coding": [{"system": "http://snomed.info/sct", "code": "89666000"}]}]},
    }
    line = present(consent)
    assert (line.title, line.detail) == ("Reanimeren", wording.NO_ANSWER_GIVEN)


def test_a_problem_that_abated_is_over_without_a_status() -> None:
    line = present({"resourceType": "Condition", "code": {"text": "Griep"}, "abatementDateTime": "2022-04-27"})
    assert (line.state, line.until) == (wording.ENDED, "2022-04-27")


@pytest.mark.parametrize(
    ("status", "quantity", "value"),
    [
        ("final", {"value": 5, "unit": "mmol/L"}, 5.0),
        ("final", {"value": 5, "unit": "mmol/L", "comparator": "<"}, None),
        ("entered-in-error", {"value": 5, "unit": "mmol/L"}, None),
    ],
)
def test_only_a_measured_value_stands_in_a_line_of_values(status: str, quantity: dict[str, Any], value: Any) -> None:
    line = present({"resourceType": "Observation", "status": status, "code": {"text": "x"}, "valueQuantity": quantity})
    assert line.value == value
    assert line.unit == "mmol/l"


def test_resources_of_stu3_under_the_name_of_r4_are_read(other_source: Any) -> None:
    """Seen in summaries made from MedMij answers: the document is R4, the resources in it are those of zib 2017."""
    old = condition(clinicalStatus="active", verificationStatus="confirmed", assertedDate="2021-01-02")
    fake = Fake(only_conditions(old))
    result = fake.ask(other_source(fake))
    assert result.set_aside == ()
    fact = result.facts[0]
    assert fact.original == old
    assert (present(fact.resource).status, fact.resource["recordedDate"]) == ("actief", "2021-01-02")


def test_a_document_that_refers_by_the_address_of_its_maker_is_about_the_same_person(document_source: Any) -> None:
    document = summary()
    person = next(e["resource"]["id"] for e in document["entry"] if e["resource"]["resourceType"] == "Patient")
    problem = condition("z9", f"http://fhircore:4080/Patient/{person}")
    document["entry"].append({"fullUrl": "urn:uuid:z9", "resource": problem})
    assert "z9" in {fact.source_id for fact in document_source(document).facts}
    problem["subject"] = {"reference": "http://fhircore:4080/Patient/other"}
    assert "z9" not in {fact.source_id for fact in document_source(document).facts}


@pytest.mark.parametrize(
    ("category", "code", "answer"),
    [
        ({"coding": [{"code": "dnr"}]}, "304253006", "niet uitvoeren"),
        ({"coding": [{"code": "acd"}]}, "304253006", "niet uitvoeren"),
        ({"coding": [{"code": "acd"}]}, "304252001", "wel uitvoeren"),
        ({"coding": [{"code": "dnr"}]}, "", "niet uitvoeren"),
    ],
)
def test_a_decision_in_one_code_is_said_plainly(category: dict[str, Any], code: str, answer: str) -> None:
    coded = {"code": [{"coding": [{"system": "http://snomed.info/sct", "code": code}]}]} if code else {}
    line = present({"resourceType": "Consent", "status": "active", "category": [category], "provision": coded})
    assert (line.title, line.detail, line.codes) == ("Reanimeren", answer, ("http://snomed.info/sct|89666000",))


def test_why_something_was_not_done_is_said() -> None:
    refused = {
        "resourceType": "Immunization",
        "status": "not-done",
        "vaccineCode": {"text": "Griepvaccin"},
        "statusReason": {"text": "geweigerd"},
    }
    assert present(refused).detail == "reden: geweigerd"
    assert present(refused).attention == (wording.NOT_GIVEN,)


def test_an_empty_section_says_that_it_is_empty_and_why() -> None:
    document = {
        "resourceType": "Composition",
        "title": "Samenvatting",
        "section": [
            {
                "title": "Allergies",
                "text": {"div": "<div><p>No known <b>allergies</b></p></div>"},
                "emptyReason": {"text": "x"},
            },
            {"title": "Medications", "emptyReason": {"coding": [{"code": "notasked", "display": "Not Asked"}]}},
        ],
    }
    assert present(document).detail == "Allergies: No known allergies · Medications: niets vermeld, Not Asked"


def stu3(**resource: Any) -> Any:
    return present(to_r4({"id": "x", "subject": {"reference": "Patient/p1"}, **resource}))


def test_what_was_not_told_is_never_told() -> None:
    """STU3 Communication.notDone: completed, and yet not done (PZP in STU3)."""
    reason = {"coding": [{"system": "http://snomed.info/sct", "code": "713603004", "display": "Advance care planning"}]}
    line = stu3(resourceType="Communication", status="completed", notDone=True, sent="2020-10-01", reasonCode=[reason])
    assert (line.title, line.date) == ("Gesprek over proactieve zorgplanning", "2020-10-01")
    assert (line.state, line.attention) == (wording.NEGATED, (wording.NOT_DONE,))


def test_a_directive_that_lost_its_treatment_says_what_it_still_says() -> None:
    """Seen in PZP made from R4: the category of R4, the limits, and no treatment."""
    url = "http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.SpecificationOther"
    line = stu3(
        resourceType="Consent", status="active", dateTime="2020-10-01",
        category=[{"coding": [{"system": "http://snomed.info/sct", "code": "129125009"}]}],
        modifierExtension=[{"url": url, "valueString": "Niet besproken"}],
    )  # fmt: skip
    assert (line.title, line.detail) == ("Behandelgrens", "")
    assert line.attention == ("anders of met een beperking: Niet besproken",)
    will = stu3(resourceType="Consent", status="active", category=[{"coding": [{"code": "acd"}]}])
    assert (will.title, will.detail) == ("Wilsverklaring", "")


def test_an_answer_without_a_name_has_one_here() -> None:
    def answered(system: str, code: str) -> str:
        value = {"coding": [{"system": system, "code": code}]}
        asked = {"coding": [{"system": "http://snomed.info/sct", "code": "340171000146104"}]}
        line = stu3(resourceType="Observation", status="final", code=asked, valueCodeableConcept=value)
        assert (line.title, line.category) == ("Standpunt over euthanasie", Category.WISHES)
        return str(line.detail)

    assert answered("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "UNK") == "onbekend"
    assert answered("http://snomed.info/sct", "340201000146103") == "wil geen euthanasie"
    assert answered("http://snomed.info/sct", "12345") == "onbekende code 12345 (SNOMED CT)"


def test_a_questionnaire_shows_the_answers_within_its_groups() -> None:
    limits = {"linkId": "122", "text": "Beperkingen", "answer": [{"valueString": "niet thuis"}]}
    asked = {
        "linkId": "587",
        "text": "Toegestaan",
        "answer": [{"valueCoding": {"code": "JA_MAAR", "display": "Ja, maar"}, "item": [limits]}],
    }
    line = stu3(
        resourceType="QuestionnaireResponse", status="completed", authored="2022-11-08",
        questionnaire="https://fhir.iknl.nl/fhir/Questionnaire/ACP-zib2017|1", item=[{"linkId": "83", "text": "4", "item": [asked]}],
    )  # fmt: skip
    assert (line.title, line.detail) == ("ACP-zib2017", "Toegestaan: Ja, maar · Beperkingen: niet thuis")
    assert line.category == Category.WISHES


def test_food_that_must_not_be_given_is_said() -> None:
    line = stu3(
        resourceType="NutritionOrder", status="active", dateTime="2024-01-01", patient={"reference": "Patient/p1"},
        oralDiet={"type": [{"text": "Energieverrijkt"}]}, excludeFoodModifier=[{"text": "noten"}],
    )  # fmt: skip
    assert (line.title, line.detail) == ("Energieverrijkt", "geen noten")
