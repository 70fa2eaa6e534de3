"""STU3 becomes R4 element by element; what has no place stays as an extension."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.sources.check import fault_of
from dossier.sources.stu3 import to_r4

ME = {"reference": "Patient/1"}


def code_of(concept: Any) -> str:
    return str(concept["coding"][0]["code"])


def test_condition_statuses_become_concepts_with_the_sources_own_code() -> None:
    own = {
        "extension": [
            {
                "url": "http://nictiz.nl/fhir/StructureDefinition/code-specification",
                "valueCodeableConcept": {
                    "coding": [{"system": "http://snomed.info/sct", "code": "55561003"}],
                    "text": "Actueel",
                },
            }
        ]
    }
    made = to_r4(
        {
            "resourceType": "Condition",
            "subject": ME,
            "clinicalStatus": "active",
            "_clinicalStatus": own,
            "verificationStatus": "unknown",
            "assertedDate": "2001",
        }
    )
    assert [coding["code"] for coding in made["clinicalStatus"]["coding"]] == ["active", "55561003"]
    assert made["clinicalStatus"]["text"] == "Actueel"
    assert code_of(made["verificationStatus"]) == "UNK"
    assert made["recordedDate"] == "2001"
    assert fault_of(made) == ""


def test_a_procedure_request_becomes_a_service_request() -> None:
    made = to_r4(
        {
            "resourceType": "ProcedureRequest",
            "status": "suspended",
            "intent": "order",
            "code": {"text": "Röntgen"},
            "subject": ME,
            "requester": {"agent": {"display": "Arts"}, "onBehalfOf": {"display": "Ziekenhuis"}},
            "performer": {"display": "Radiologie"},
            "context": {"reference": "Encounter/1"},
        }
    )
    assert (made["resourceType"], made["status"]) == ("ServiceRequest", "on-hold")
    assert made["requester"]["display"] == "Arts"
    assert made["requester"]["extension"][0]["valueReference"] == {"display": "Ziekenhuis"}
    assert made["encounter"] == {"reference": "Encounter/1"}
    assert fault_of(made) == ""


def test_an_episode_as_context_becomes_an_extension() -> None:
    made = to_r4(
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "x"},
            "context": {"reference": "EpisodeOfCare/1"},
        }
    )
    assert made["extension"][0]["valueReference"] == {"reference": "EpisodeOfCare/1"}
    assert "encounter" not in made


@pytest.mark.parametrize(
    ("status", "life", "achieved"),
    [
        ("in-progress", "active", "in-progress"),
        ("behind-target", "active", "worsening"),
        ("achieved", "completed", "achieved"),
        ("on-hold", "on-hold", None),
        ("entered-in-error", "entered-in-error", None),
    ],
)
def test_goal_statuses(status: str, life: str, achieved: str | None) -> None:
    made = to_r4(
        {
            "resourceType": "Goal",
            "status": status,
            "description": {"text": "lopen"},
            "subject": ME,
            "target": {"dueDate": "2026-12-01"},
        }
    )
    assert made["lifecycleStatus"] == life
    assert (code_of(made["achievementStatus"]) if achieved else made.get("achievementStatus")) == achieved
    assert made["target"] == [{"dueDate": "2026-12-01"}]
    assert fault_of(made) == ""


def test_observation_comment_related_and_interpretation() -> None:
    made = to_r4(
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "x"},
            "comment": "let op",
            "interpretation": {"coding": [{"system": "http://hl7.org/fhir/v2/0078", "code": "H"}]},
            "related": [
                {"type": "has-member", "target": {"reference": "Observation/2"}},
                {"type": "qualified-by", "target": {"reference": "Observation/3"}},
            ],
        }
    )
    assert made["note"] == [{"text": "let op"}]
    assert made["hasMember"] == [{"reference": "Observation/2"}]
    assert (
        made["interpretation"][0]["coding"][0]["system"]
        == "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    )
    assert made["extension"][0]["url"] == "http://hl7.org/fhir/3.0/StructureDefinition/extension-Observation.related"
    assert "Observation/3" in str(made["extension"][0])
    assert fault_of(made) == ""


def test_immunization_moves() -> None:
    made = to_r4(
        {
            "resourceType": "Immunization",
            "status": "completed",
            "notGiven": False,
            "vaccineCode": {"text": "griep"},
            "patient": ME,
            "date": "2021-10",
            "primarySource": True,
            "practitioner": [{"role": {"text": "arts"}, "actor": {"display": "A"}}],
            "explanation": {"reason": [{"text": "leeftijd"}]},
            "vaccinationProtocol": [
                {"doseSequence": 2, "targetDisease": [{"text": "griep"}], "doseStatus": {"text": "telt"}}
            ],
        }
    )
    assert made["occurrenceDateTime"] == "2021-10"
    assert made["performer"] == [{"function": {"text": "arts"}, "actor": {"display": "A"}}]
    assert made["reasonCode"] == [{"text": "leeftijd"}]
    assert made["protocolApplied"][0]["doseNumberPositiveInt"] == 2
    assert "telt" in str(made["protocolApplied"][0]["extension"])
    assert fault_of(made) == ""


def test_r4_forms_pass_through_unchanged() -> None:
    resource = {
        "resourceType": "MedicationRequest",
        "status": "unknown",
        "intent": "order",
        "category": [{"text": "x"}],
        "medicationCodeableConcept": {"text": "y"},
        "subject": ME,
        "requester": {"display": "arts"},
        "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 1}}]}],
        "modifierExtension": [{"url": "http://example.org/x", "valueBoolean": True}],
    }
    assert to_r4(resource) == resource


def test_modifiers_are_always_kept() -> None:
    modifier = {"url": "http://example.org/anything", "valueString": "x"}
    for kind in (
        "Flag",
        "Consent",
        "Procedure",
        "MedicationStatement",
        "ProcedureRequest",
        "DeviceUseStatement",
        "Onbekend",
    ):
        assert modifier in to_r4({"resourceType": kind, "modifierExtension": [modifier]})["modifierExtension"]


KINDS = [
    "Condition", "AllergyIntolerance", "Observation", "DiagnosticReport", "MedicationRequest", "MedicationDispense",
    "MedicationStatement", "MedicationAdministration", "Medication", "Immunization", "ImmunizationRecommendation",
    "DeviceUseStatement", "Device", "NutritionOrder", "Procedure", "Encounter", "ProcedureRequest", "ReferralRequest",
    "DeviceRequest", "Goal", "CareTeam", "CarePlan", "Appointment", "DocumentReference", "Composition",
    "QuestionnaireResponse", "Coverage", "RelatedPerson", "AuditEvent", "Task", "Flag", "Location", "Consent",
    "EpisodeOfCare", "Patient",
]  # fmt: skip
ODD: list[Any] = [
    None,
    7,
    "tekst",
    True,
    [],
    [None],
    ["x"],
    {},
    {"x": 1},
    [{"coding": "x"}],
    {"coding": [None], "reference": 3},
]
FIELDS = [
    "status", "clinicalStatus", "_clinicalStatus", "verificationStatus", "category", "code", "context", "requester",
    "performer", "related", "component", "except", "period", "policyRule", "dosageInstruction", "dosage",
    "practitioner", "explanation", "vaccinationProtocol", "udi", "indication", "extension", "modifierExtension",
    "contained", "taken", "notDone", "activity", "target", "participant", "substitution", "package", "ingredient",
    "recommendation", "agent", "entity", "source", "interpretation", "class", "reason", "serviceRequested",
    "attester", "diagnosis", "stage", "intent", "sequence", "meta",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_odd_content_never_raises(kind: str) -> None:
    for field in FIELDS:
        for odd in ODD:
            made = to_r4({"resourceType": kind, "id": "x", "subject": ME, "patient": ME, field: odd})
            assert isinstance(fault_of(made), str)
