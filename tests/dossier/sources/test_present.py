"""A fact reads as one clear Dutch line, and whatever changes its meaning stands beside it."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.models.network_codes import Relationship
from dossier.sources import wording
from dossier.sources.classify import category_of
from dossier.sources.present import Line, present
from dossier.sources.stu3 import to_r4
from region.source_examples import lines
from trust.categories import Category

R4 = dict(lines("nictiz-nl-core-r4.jsonl"))
STU3 = dict(lines("rivo-noord-stu3.jsonl"))
NICTIZ = "http://nictiz.nl/fhir/StructureDefinition/"
MISSCHIEN = wording.MAY_CHANGE_MEANING_SO % {
    "what": "zib-TreatmentDirective-TreatmentPermitted: onbekende code MISSCHIEN (systeem niet vermeld)"
}


def r4(name: str) -> Line:
    return present(R4[f"nl-core-{name}.json"])


def stu3(name: str, index: int = 0) -> Line:
    content = STU3[f"{name}.json"]
    resources = [entry["resource"] for entry in content["entry"]] if "entry" in content else [content]
    return present(to_r4(resources[index]), [to_r4(item) for item in resources])


def test_blood_pressure_reads_as_one() -> None:
    line = r4("BloodPressure-01")
    assert (line.title, line.detail) == ("Bloeddruk", "125 / 75 mmHg, Rechter bovenarm")
    assert line.date == "2013-02-08T06:43:00+01:00"
    assert ("Bovendruk", "125 mmHg") in line.components


def test_a_result_has_value_unit_reference_and_interpretation() -> None:
    line = r4("LaboratoryTestResult-02")
    assert (line.title, line.detail, line.reference, line.interpretation) == (
        "Chloride",
        "109 mmol/l",
        "99 – 108 mmol/l",
        "verhoogd",
    )
    assert (line.value, line.unit) == (109.0, "mmol/l")
    assert "http://loinc.org|2069-3" in line.codes


def test_a_critical_value_asks_attention() -> None:
    line = stu3("LaboratoryTestResult2-Epic")
    assert (line.title, line.detail) == ("Kalium", "8 mmol/L")
    assert wording.CRITICAL_VALUE in line.attention


def test_limits_in_another_unit_are_not_compared() -> None:
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Kreatinine"},
        "valueQuantity": {"value": 1.1, "unit": "mg/dL"},
        "referenceRange": [{"low": {"value": 60, "unit": "umol/L"}, "high": {"value": 115, "unit": "umol/L"}}],
    }
    assert present(resource).interpretation == ""
    assert present(resource).detail == "1,1 mg/dL"


@pytest.mark.parametrize("written", ["2011", "2011-05", "2011-05-06"])
def test_partial_dates_stay_partial(written: str) -> None:
    assert present({"resourceType": "Condition", "code": {"text": "x"}, "onsetDateTime": written}).date == written


def test_an_unknown_code_is_shown() -> None:
    line = present(
        {"resourceType": "Condition", "code": {"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}}
    )
    assert line.title == "onbekende code 1 (SNOMED CT)"
    assert not line.known


def test_a_medicine_shows_the_dosage_as_rendered() -> None:
    line = stu3("MedicationRequest-MP9")
    assert line.title == "IBUPROFEN TABLET 600MG"
    assert line.detail.startswith("Vanaf 11 nov 2022, tot en met 10 dec 2022, 2 maal per dag 1 stuk, oraal")
    assert (line.date[:10], line.until[:10]) == ("2022-11-11", "2022-12-10")


def test_a_dosage_without_text_is_built_from_its_parts() -> None:
    assert stu3("MedicationRequest-Chipsoft").detail.startswith("1 maal per dag, 1 stuk, rectaal, zo nodig")


def test_a_stop_is_never_missed() -> None:
    assert stu3("MedicationRequest-Chipsoft").attention == ("stoppen: definitief",)


def test_what_the_patient_does_not_take_says_so() -> None:
    line = present(
        to_r4(
            {
                "resourceType": "MedicationStatement",
                "status": "active",
                "taken": "n",
                "medicationCodeableConcept": {"text": "x"},
                "subject": {},
            }
        )
    )
    assert (line.status, line.state, line.attention) == ("niet gebruikt", wording.NEGATED, (wording.NOT_TAKEN,))


def test_entered_in_error_is_marked_and_not_hidden() -> None:
    line = r4("AllergyIntolerance-01")
    assert line.title == "Bijengif"
    assert (line.state, line.attention) == (wording.ERROR, (wording.IN_ERROR,))


def test_refuted_is_said() -> None:
    code = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "refuted"}]}
    active = {"coding": [{"code": "active"}]}
    line = present(
        {
            "resourceType": "Condition",
            "clinicalStatus": active,
            "verificationStatus": code,
            "code": {"text": "Longembolie"},
        }
    )
    assert (line.state, line.attention) == (wording.NEGATED, (wording.REFUTED,))


@pytest.mark.parametrize(
    ("flag", "kind", "word"),
    [("notDone", "Procedure", wording.NOT_DONE), ("notGiven", "Immunization", wording.NOT_GIVEN)],
)
def test_stu3_negations_survive(flag: str, kind: str, word: str) -> None:
    resource = {
        "resourceType": kind,
        "status": "completed",
        flag: True,
        "code": {"text": "x"},
        "vaccineCode": {"text": "x"},
    }
    line = present(to_r4(resource))
    assert line.attention == (word,)
    assert line.state == wording.NEGATED


@pytest.mark.parametrize(
    ("answer", "limits", "kind", "attention"),
    [
        ("JA", "", "permit", ()),
        ("NEE", "", "deny", ()),
        ("JA_MAAR", "eerst bellen", None, ("alleen met beperkingen: eerst bellen",)),
        ("JA_MAAR", "", None, ("alleen met beperkingen: ja, maar met beperkingen",)),
        ("JA", "eerst bellen", None, ("anders of met een beperking: eerst bellen",)),
        ("NEE", "behalve bij verslikken", "deny", ("anders of met een beperking: behalve bij verslikken",)),
        ("MISSCHIEN", "", None, (MISSCHIEN, "anders of met een beperking: antwoord niet vermeld")),
    ],
)
def test_a_treatment_limit_is_never_guessed(
    answer: str, limits: str, kind: str | None, attention: tuple[str, ...]
) -> None:
    resource: dict[str, Any] = {
        "resourceType": "Consent",
        "id": "x",
        "status": "active",
        "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "11291000146105"}]}],
        "patient": {"reference": "Patient/1"},
        "extension": [
            {
                "url": NICTIZ + "zib-TreatmentDirective-Treatment",
                "valueCodeableConcept": {"coding": [{"code": "89666000"}]},
            }
        ],
        "modifierExtension": [
            {
                "url": NICTIZ + "zib-TreatmentDirective-TreatmentPermitted",
                "valueCodeableConcept": {"coding": [{"code": answer}]},
            }
        ],
    }
    if limits:
        resource["except"] = [
            {
                "type": "deny",
                "extension": [{"url": NICTIZ + "zib-TreatmentDirective-Restrictions", "valueString": limits}],
            }
        ]
    translated = to_r4(resource)
    assert translated["provision"].get("type") == kind
    assert any(item["url"].endswith("TreatmentPermitted") for item in translated["modifierExtension"])
    line = present(translated)
    assert line.title == "Reanimeren"
    assert set(line.attention) == set(attention)


def test_an_unknown_modifier_warns_wherever_it_stands() -> None:
    unknown = {"url": "http://example.org/unknown", "valueBoolean": True}
    top = {"resourceType": "Condition", "code": {"text": "x"}, "modifierExtension": [unknown]}
    deep = {
        "resourceType": "MedicationRequest",
        "medicationCodeableConcept": {"text": "x"},
        "dosageInstruction": [{"modifierExtension": [unknown]}],
    }
    said = (wording.MAY_CHANGE_MEANING_SO % {"what": "unknown: ja"},)
    assert present(top).attention == present(deep).attention == said


def test_an_advance_directive_has_its_dutch_name() -> None:
    assert r4("AdvanceDirective-01").title == "Niet-reanimerenverklaring"
    assert stu3("AdvanceDirective-Epic").title == "Niet-reanimerenverklaring"


def test_an_alert_without_a_code_says_what_it_is_about() -> None:
    assert stu3("Flag-Chipsoft-OTH").title == "BRMO: Bewezen dragerschap"
    assert r4("Alert-01").title == "Aandoening"


def test_a_device_without_a_name_shows_its_note() -> None:
    assert stu3("MedischHulpmiddel-Chipsoft").title.startswith("Knie Femur C")


def test_an_author_that_came_along_is_named() -> None:
    assert stu3("Flag-Chipsoft-OTH").author == "K. Waar"


@pytest.mark.parametrize(
    ("resource", "category"),
    [
        (to_r4(STU3["Condition-Epic-note.json"]), Category.MENTAL_HEALTH),
        (to_r4(STU3["Condition-Epic.json"]), Category.PROBLEMS),
        (R4["nl-core-Education-01.json"], Category.SOCIAL),
        (R4["nl-core-LivingSituation-01.json"], Category.FUNCTIONING),
        (R4["nl-core-FreedomRestrictingIntervention-01-Condition-01.json"], Category.SOCIAL),
        (R4["nl-core-Payer.PayerPerson-01.json"], Category.FINANCIAL),
        (R4["nl-core-TreatmentDirective2-01.json"], Category.WISHES),
        (R4["nl-core-LaboratoryTestResult-01.json"], Category.RESULTS),
        (
            {
                "resourceType": "Condition",
                "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icpc-1-nl", "code": "P76"}]},
            },
            Category.MENTAL_HEALTH,
        ),
        (
            {
                "resourceType": "Condition",
                "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icpc-1-nl", "code": "P70"}]},
            },
            Category.PROBLEMS,
        ),
        (
            {
                "resourceType": "Condition",
                "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icpc-1-nl", "code": "Z01"}]},
            },
            Category.SOCIAL,
        ),
        (
            {
                "resourceType": "Condition",
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "35489007"}]},
            },
            Category.MENTAL_HEALTH,
        ),
        (
            {
                "resourceType": "Observation",
                "code": {"text": "?"},
                "category": [{"coding": [{"code": "social-history"}]}],
            },
            Category.SOCIAL,
        ),
        (
            {"resourceType": "Observation", "code": {"text": "?"}, "category": [{"coding": [{"code": "384821006"}]}]},
            Category.MENTAL_HEALTH,
        ),
    ],
)
def test_sensitive_facts_are_told_apart(resource: dict[str, Any], category: Category) -> None:
    assert category_of(resource) == category


@pytest.mark.parametrize("kind", sorted(wording.KINDS))
def test_an_empty_resource_still_has_a_title(kind: str) -> None:
    assert present({"resourceType": kind}).title


def test_escaped_text_is_shown_once() -> None:
    assert present({"resourceType": "Condition", "code": {"text": "van &#039;t Hoff"}}).title == "van 't Hoff"


LEGAL = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.23.2"
ICD = "http://hl7.org/fhir/sid/icd-10-nl"
ICPC = "http://hl7.org/fhir/sid/icpc-1-nl"


@pytest.mark.parametrize(
    ("system", "code", "category"),
    [
        (LEGAL, "ZM", Category.MENTAL_HEALTH),
        (LEGAL, "IBS", Category.MENTAL_HEALTH),
        (LEGAL, "OTS", Category.SOCIAL),
        (ICD, "F32.1", Category.MENTAL_HEALTH),
        (ICD, "F03", Category.PROBLEMS),
        (ICD, "F17.2", Category.PROBLEMS),
        (ICD, "X84", Category.MENTAL_HEALTH),
        (ICD, "Z59.0", Category.SOCIAL),
        (ICD, "Z96.6", Category.PROBLEMS),
        (ICPC, "P17", Category.PROBLEMS),
        (ICPC, "P74", Category.MENTAL_HEALTH),
        ("http://snomed.info/sct", "32911000", Category.SOCIAL),
        ("http://snomed.info/sct", "33449004", Category.MENTAL_HEALTH),
        ("urn:oid:2.16.840.1.113883.3.3210.14.2.2.35", "x", Category.MENTAL_HEALTH),
    ],
)
def test_codes_of_the_zib_value_sets_decide_over_a_problem(system: str, code: str, category: Category) -> None:
    assert (
        category_of({"resourceType": "Condition", "code": {"coding": [{"system": system, "code": code}]}}) == category
    )


def test_what_is_about_the_mind_is_that_whatever_else_it_is_about() -> None:
    both = [{"system": ICD, "code": "Z59.0"}, {"system": ICD, "code": "F20.0"}]
    for codings in (both, both[::-1]):
        assert category_of({"resourceType": "Condition", "code": {"coding": codings}}) == Category.MENTAL_HEALTH


def test_a_warning_of_maltreatment_stays_a_warning_for_everybody() -> None:
    warned = {"coding": [{"system": "http://snomed.info/sct", "code": "397940009"}]}
    assert category_of({"resourceType": "Flag", "code": warned}) == Category.ALERTS
    assert category_of({"resourceType": "Condition", "code": warned}) == Category.SOCIAL


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("72166-2", Category.FUNCTIONING), ("74013-4", Category.FUNCTIONING), ("44261-6", Category.MENTAL_HEALTH),
        ("72106-8", Category.FUNCTIONING), ("82810-3", Category.RESULTS), ("9269-2", Category.RESULTS),
        ("71802-3", Category.SOCIAL),
    ],
)  # fmt: skip
def test_measurements_of_other_standards_have_their_category_too(code: str, category: Category) -> None:
    coded = {"coding": [{"system": "http://loinc.org", "code": code}]}
    survey = [{"coding": [{"code": "survey"}]}]
    assert category_of({"resourceType": "Observation", "code": coded, "category": survey}) == category


@pytest.mark.parametrize("relation", [one for one in Relationship if one != Relationship.OTH])
def test_every_relation_of_the_register_reads_in_dutch_whatever_the_source_calls_it(relation: Relationship) -> None:
    coding = {
        "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": relation.value, "display": "Foreign word",
    }  # fmt: skip
    line = present({"resourceType": "RelatedPerson", "name": [{"text": "Bas"}], "relationship": [{"coding": [coding]}]})
    assert line.detail == relation.label


def test_a_document_whose_name_begins_with_its_kind_does_not_say_it_twice() -> None:
    letter = {"resourceType": "DocumentReference", "status": "current", "type": {"text": "Brief"}}
    line = present({**letter, "description": "Brief cardiologie", "content": [{"attachment": {"title": "brief.pdf"}}]})
    assert (line.title, line.detail) == ("Brief cardiologie", "brief.pdf")
    line = present({**letter, "description": "Röntgenfoto van de longen", "content": [{"attachment": {}}]})
    assert (line.title, line.detail) == ("Brief", "Röntgenfoto van de longen")
