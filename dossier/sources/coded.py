"""What a fact says in codes, values and periods (FHIR R4), and nothing that its line does not show; for systems that can read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dossier.sources.reading import Json, dicts

_CONDITION = "clinicalStatus verificationStatus code recordedDate onsetDateTime onsetPeriod"
KEPT: dict[str, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "Condition": f"{_CONDITION} abatementDateTime category",
        "AllergyIntolerance": f"{_CONDITION} type category criticality",
        "Observation": "status category code effectiveDateTime effectivePeriod effectiveInstant issued valueQuantity "
        "valueCodeableConcept valueString valueBoolean valueInteger valueDateTime interpretation component",
        "MedicationStatement": "status medicationCodeableConcept effectiveDateTime effectivePeriod dateAsserted",
        "MedicationRequest": "status intent medicationCodeableConcept authoredOn",
        "MedicationDispense": "status medicationCodeableConcept whenHandedOver whenPrepared",
        "Immunization": "status vaccineCode occurrenceDateTime",
        "Procedure": "status code performedDateTime performedPeriod",
        "Encounter": "status class type period",
        "Flag": "status code period",
        "DeviceUseStatement": "status timingPeriod timingDateTime recordedOn",
        "DeviceRequest": "status intent codeCodeableConcept authoredOn",
        "ServiceRequest": "status intent code authoredOn",
        "Appointment": "status start end",
        "Consent": "status category dateTime provision",
    }.items()
}  # fmt: skip
"""The elements that go along, by type. What is of another type, or says something that changes its meaning, goes in words alone."""
_INSIDE = frozenset({"extension", "id", "actor"})
PERIOD = "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Period"
"""From when until when a medicine is to be used (mp-MedicationAgreement and its like)."""
_MEDICINES = frozenset({"MedicationStatement", "MedicationRequest", "MedicationDispense"})


def coded_of(resource: Json, *, title: str, code: str, attention: Iterable[str] = ()) -> Json | None:
    """The coded part of a fact; nothing where only its words are safe.

    ``title`` and ``code`` (``system|code``) are those of its line, for what another resource names: the medicine, the device.
    """
    kind = str(resource.get("resourceType"))
    if kind not in KEPT or any(attention) or _changed(resource) or _limited(resource.get("provision")):
        return None
    made = {name: _bare(value) for name, value in resource.items() if name in KEPT[kind]}
    if kind in _MEDICINES and "medicationCodeableConcept" not in made:
        made["medicationCodeableConcept"] = _concept(title, code)
    if periods := [one for one in dicts(resource.get("extension")) if one.get("url") == PERIOD and kind in _MEDICINES]:
        made["extension"] = periods
    if kind == "DeviceUseStatement":
        made["device"] = _concept(title, code)
    return {"resourceType": kind, **made}


def _concept(title: str, code: str) -> Json:
    system, _bar, value = code.rpartition("|")
    return {**({"coding": [{"system": system, "code": value}]} if system and value else {}), "text": title}


def _changed(value: Any) -> bool:
    """Whether something in it changes its meaning in a way that codes alone do not tell."""
    if isinstance(value, dict):
        return bool(value.get("modifierExtension")) or any(_changed(one) for one in value.values())
    return any(_changed(one) for one in value) if isinstance(value, list) else False


def _limited(provision: Any) -> bool:
    """Whether what a directive allows or forbids has limits or an end, which stand in its words."""
    if not isinstance(provision, dict):
        return False
    return bool(provision.keys() - {"type", "code", "actor", "period"}) or "end" in (provision.get("period") or {})


def _bare(value: Any) -> Any:
    """Without what stands behind it: extensions, and others that are named."""
    if isinstance(value, dict):
        return {name: _bare(one) for name, one in value.items() if name not in _INSIDE and not name.startswith("_")}
    return [_bare(one) for one in value] if isinstance(value, list) else value
