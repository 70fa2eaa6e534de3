"""From the coded part of a fact (FHIR R4) to STU3 (zib 2017), for systems that read the BgZ: only what has one meaning in both."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from dossier.sources import codes
from dossier.sources.reading import Json, code_set, codings, dicts
from dossier.sources.stu3_directives import TREATMENT_2017, WILL_2017

NICTIZ = "http://nictiz.nl/fhir/StructureDefinition/"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_V3 = "http://hl7.org/fhir/v3/"
_SAME = "http://hl7.org/fhir/"
_ANSWERS = {
    "permit": ("JA", "Behandeling is toegestaan en/of wenselijk."),
    "deny": ("NEE", "Behandeling is ongewenst."),
}
_PERSON = {"AllergyIntolerance": "patient", "Immunization": "patient", "Consent": "patient"}


def to_stu3(coded: Json, *, person: str, title: str, detail: str) -> Json | None:
    """The STU3 form of a coded fact about ``person`` (a reference); nothing where it has none that means the same."""
    resource: Json = _systems(copy.deepcopy(coded))
    writer = _WRITERS.get(str(resource["resourceType"]))
    if writer is None:
        return None
    made = writer(resource, title, detail)
    if made is None:
        return None
    if made["resourceType"] == "Appointment":
        made["participant"] = [{"actor": {"reference": person}, "status": "accepted"}]
    else:
        made[_PERSON.get(made["resourceType"], "subject")] = {"reference": person}
    return made


def _systems(value: Any) -> Any:
    if isinstance(value, list):
        return [_systems(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: _systems(one) for name, one in value.items()}
    if isinstance(system := made.get("system"), str) and system.startswith(TERMINOLOGY):
        name = system.removeprefix(TERMINOLOGY)
        made["system"] = f"{_V3}{name[3:]}" if name.startswith("v3-") else f"{_SAME}{name}"
    return made


def _code(resource: Json, name: str, known: set[str], usual: str = "") -> None:
    """A concept becomes its code of the list that is required here, or else the usual one."""
    if name in resource:
        found = sorted(code_set(resource.pop(name)) & known)
        if found or usual:
            resource[name] = found[0] if found else usual


def _first(resource: Json, name: str) -> None:
    """Of a list the one member; without one, or with several, nothing."""
    if name in resource:
        found = dicts(resource.pop(name))
        if len(found) == 1:
            resource[name] = found[0]


def _renamed(resource: Json, old: str, new: str) -> None:
    if old in resource:
        resource[new] = resource.pop(old)


def _condition(resource: Json, title: str, detail: str) -> Json:
    _code(resource, "clinicalStatus", {"active", "recurrence", "inactive", "remission", "resolved"})
    _code(
        resource, "verificationStatus", {"provisional", "differential", "confirmed", "refuted", "entered-in-error"}, "unknown"
    )  # fmt: skip
    resource.setdefault("verificationStatus", "unknown")
    _renamed(resource, "recordedDate", "assertedDate")
    return resource


def _allergy(resource: Json, title: str, detail: str) -> Json:
    _code(resource, "clinicalStatus", {"active", "inactive", "resolved"})
    _code(resource, "verificationStatus", {"unconfirmed", "confirmed", "refuted", "entered-in-error"}, "unconfirmed")
    resource.setdefault("verificationStatus", "unconfirmed")
    _renamed(resource, "recordedDate", "assertedDate")
    return resource


def _observation(resource: Json, title: str, detail: str) -> Json:
    _first(resource, "interpretation")
    for component in dicts(resource.get("component")):
        _first(component, "interpretation")
    return resource


def _dosed(name: str) -> Callable[[Json, str, str], Json]:
    def write(resource: Json, title: str, detail: str) -> Json:
        for period in dicts(resource.get("extension")):
            period["url"] = f"{NICTIZ}zib-Medication-PeriodOfUse"
        if detail:
            resource[name] = [{"text": detail}]
        if resource["resourceType"] == "MedicationStatement":
            resource["taken"] = "unk"
        return resource

    return write


def _immunization(resource: Json, title: str, detail: str) -> Json:
    _renamed(resource, "occurrenceDateTime", "date")
    return {**resource, "notGiven": False, "primarySource": False}


def _device_use(resource: Json, title: str, detail: str) -> Json:
    _renamed(resource, "timingPeriod", "whenUsed")
    device = {"resourceType": "Device", "id": "device", "type": resource.pop("device")}
    return {**resource, "contained": [device], "device": {"reference": "#device"}}


def _request(resource: Json, title: str, detail: str) -> Json:
    named = {"on-hold": "suspended", "revoked": "cancelled"}
    resource["status"] = named.get(str(resource.get("status")), resource.get("status", "unknown"))
    if resource["resourceType"] == "DeviceRequest":
        resource["intent"] = {"coding": [{"system": f"{_SAME}request-intent", "code": resource.get("intent", "order")}]}
        return resource
    return {**resource, "resourceType": "ProcedureRequest"}


def _appointment(resource: Json, title: str, detail: str) -> Json:
    return {**resource, "description": title}


def _same(resource: Json, title: str, detail: str) -> Json:
    return resource


def _consent(resource: Json, title: str, detail: str) -> Json | None:
    """A treatment directive that says yes or no, without more, and an advance directive by its kind; all else in words alone."""
    groups, provision = code_set(resource.get("category")), resource.pop("provision", {})
    kinds = dicts(provision.get("code"))
    made: Json = {name: value for name, value in resource.items() if name in {"resourceType", "status", "dateTime"}}
    made["policy"] = [{"uri": "http://wetten.overheid.nl/"}]
    if "acd" in groups and len(kinds) == 1:
        return {**made, "category": [_snomed(WILL_2017), kinds[0]]}
    answer = _ANSWERS.get(str(provision.get("type")))
    if "129125009" not in groups or answer is None or len(kinds) != 1:
        return None
    said = {"system": "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4", "code": answer[0], "display": answer[1]}
    return {
        **made,
        "category": [_snomed(TREATMENT_2017)],
        "extension": [{"url": f"{NICTIZ}zib-TreatmentDirective-Treatment", "valueCodeableConcept": kinds[0]}],
        "modifierExtension": [
            {
                "url": f"{NICTIZ}zib-TreatmentDirective-TreatmentPermitted",
                "valueCodeableConcept": {"coding": [said]},
            }
        ],
    }


def _snomed(code: str) -> Json:
    return {"coding": [{"system": codes.SNOMED, "code": code}]}


_WRITERS: dict[str, Callable[[Json, str, str], Json | None]] = {
    "Condition": _condition,
    "AllergyIntolerance": _allergy,
    "Observation": _observation,
    "MedicationStatement": _dosed("dosage"),
    "MedicationRequest": _dosed("dosageInstruction"),
    "MedicationDispense": _dosed("dosageInstruction"),
    "Immunization": _immunization,
    "Procedure": _same,
    "Encounter": _same,
    "Flag": _same,
    "DeviceUseStatement": _device_use,
    "DeviceRequest": _request,
    "ServiceRequest": _request,
    "Appointment": _appointment,
    "Consent": _consent,
}


def has_code(concept: Any, system: str, code: str) -> bool:
    """Whether a concept holds this code of this system."""
    return any(one.get("system") == system and one.get("code") == code for one in codings(concept))
