"""The public example sets as records of the simulated sources: who they are about, relinked to one person per set."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

BSN = "http://fhir.nl/fhir/NamingSystem/bsn"
FOLDER = Path(__file__).parent / "examples"
VAN_PUTTEN, HELLEMAN, GIEZEN = "111222333", "999911120", "999995364"
SUBJECT = {
    "AllergyIntolerance": "patient",
    "Immunization": "patient",
    "ImmunizationRecommendation": "patient",
    "Consent": "patient",
    "NutritionOrder": "patient",
    "EpisodeOfCare": "patient",
    "RelatedPerson": "patient",
    "Device": "patient",
    "Coverage": "beneficiary",
}
WITHOUT_SUBJECT = frozenset({"Medication", "Practitioner", "PractitionerRole", "Organization", "Location", "Patient"})
_NOT_SERVED = ("Bundle-EPS", "AuditEvent-", "Patient-")
_NICTIZ_STU3 = ("LivingSituation-Nictiz", "Mobiliteit-Nictiz", "NutritionAdvice-Nictiz")


@cache
def lines(name: str) -> tuple[tuple[str, Json], ...]:
    """(file name, content) of one example set, as published."""
    with (FOLDER / name).open(encoding="utf-8") as handle:
        return tuple((line["file"], line["resource"]) for line in map(json.loads, handle))


def _resources(content: Json) -> list[Json]:
    if content["resourceType"] != "Bundle":
        return [content]
    return [entry["resource"] for entry in content.get("entry", [])]


def _place(file: str) -> tuple[str, str] | None:
    """In which source and under whose name an STU3 example is served."""
    if file.startswith(_NOT_SERVED):
        return None
    if file.startswith(_NICTIZ_STU3):
        return "ecd", VAN_PUTTEN
    if "MP9" in file or "Nictiz" in file:
        return "epd", VAN_PUTTEN
    return ("ecd", GIEZEN) if "Nedap" in file else ("epd", HELLEMAN)


@cache
def known_people() -> dict[str, Json]:
    """The example patients: BSN to {birth_date, gender, name (a FHIR HumanName list), sources, patients per source}."""
    r4 = dict(lines("nictiz-nl-core-r4.jsonl"))
    stu3 = dict(lines("rivo-noord-stu3.jsonl"))
    return {
        VAN_PUTTEN: _person(VAN_PUTTEN, r4["nl-core-Patient-01.json"], "his"),
        HELLEMAN: _person(HELLEMAN, stu3["Patient-Epic.json"], "epd"),
        GIEZEN: _person(GIEZEN, stu3["Patient-Nedap.json"], "ecd"),
    }


def _person(bsn: str, patient: Json, home: str) -> Json:
    return {
        "bsn": bsn,
        "birth_date": patient["birthDate"],
        "gender": patient["gender"],
        "name": patient["name"],
        "sources": ["his", "ecd", "epd"],
        "home": home,
        "patient": patient,
    }


def examples_for(source: str, bsn: str, patient_id: str) -> list[Json]:
    """The example resources this source holds on this person, all about `patient_id`."""
    found: list[Json] = []
    if source == "his" and bsn == VAN_PUTTEN:
        for _, content in lines("nictiz-nl-core-r4.jsonl"):
            found += [item for item in _resources(content) if item["resourceType"] != "Patient"]
    for file, content in lines("rivo-noord-stu3.jsonl"):
        if _place(file) == (source, bsn):
            found += [
                item for item in _resources(content) if item["resourceType"] not in ("Patient", "OperationOutcome")
            ]
    unique = {(item["resourceType"], item["id"]): item for item in found}
    return [_relink(copy.deepcopy(item), patient_id) for item in unique.values()]


def _relink(resource: Json, patient_id: str) -> Json:
    resource = _local(resource, patient_id)
    kind = resource["resourceType"]
    field = SUBJECT.get(kind, "subject")
    if kind == "Appointment" or kind in WITHOUT_SUBJECT or field in resource:
        return resource
    resource[field] = {"reference": f"Patient/{patient_id}"}
    return resource


def _local(value: Any, patient_id: str) -> Any:
    """References to any patient become this one, absolute addresses become relative."""
    if isinstance(value, list):
        return [_local(item, patient_id) for item in value]
    if not isinstance(value, dict):
        return value
    result = {name: _local(item, patient_id) for name, item in value.items()}
    reference = result.get("reference")
    if isinstance(reference, str) and not reference.startswith(("#", "urn:")):
        tail = "/".join(reference.split("/")[-2:])
        result["reference"] = f"Patient/{patient_id}" if tail.startswith("Patient/") else tail
        if tail.startswith("Patient/"):
            result.pop("display", None)
    return result
