"""From FHIR STU3 (zib 2017, BgZ) to R4 (nl-core 2020): one resource at a time, losing nothing.

What R4 has another place for is moved there; what it has no place for stays as an extension with HL7's form for
elements of other versions. Sources mix versions (MP9 and European summaries in R4 form come through STU3 servers), so
every step looks at the shape it finds and leaves R4 forms as they are.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from dossier.sources import codes
from dossier.sources.check import settle
from dossier.sources.reading import Json, dicts
from dossier.sources.stu3_care import CARE
from dossier.sources.stu3_directives import consent
from dossier.sources.stu3_facts import FACTS
from dossier.sources.stu3_shape import move

OTHER_VERSION = "http://hl7.org/fhir/3.0/StructureDefinition/extension-"
NICTIZ = "http://nictiz.nl/fhir/StructureDefinition/"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"

_SYSTEMS = {
    "urn:oid:2.16.840.1.113883.6.96": codes.SNOMED,
    "urn:oid:2.16.840.1.113883.6.1": codes.LOINC,
    "urn:oid:2.16.840.1.113883.5.1008": codes.NULL_FLAVOR,
    "urn:oid:2.16.840.1.113883.2.4.6.3": codes.BSN,
    "http://hl7.org/fhir/v2/0078": TERMINOLOGY + "v3-ObservationInterpretation",
}
_STEMS = {
    "http://hl7.org/fhir/v3/": TERMINOLOGY + "v3-",
    "http://hl7.org/fhir/v2/": TERMINOLOGY + "v2-",
}
_SAME_NAME = frozenset(
    {
        "observation-category",
        "condition-category",
        "condition-clinical",
        "allergy-clinical-status",
        "medication-statement-category",
        "goal-category",
        "consentcategorycodes",
        "diagnosis-role",
        "encounter-admit-source",
        "audit-entity-type",
    }
)
_RENAMED = {
    "code-specification": "ext-CodeSpecification",
    "Comment": "ext-Comment",
    "BodySite-Qualifier": "ext-AnatomicalLocation.Laterality",
    "zib-Medication-StopType": "ext-StopType",
    "zib-MedicationUse-StopType": "ext-StopType",
    "zib-Medication-PeriodOfUse": "ext-TimeInterval.Period",
    "zib-Medication-RepeatPeriodCyclicalSchedule": "ext-InstructionsForUse.RepeatPeriodCyclicalSchedule",
    "zib-Medication-CopyIndicator": "ext-CopyIndicator",
    "zib-AddressInformation-AddressType": "ext-AddressInformation.AddressType",
    "zib-MedicalDevice-Organization": "ext-MedicalDevice.HealthCareProvider",
    "zib-MedicalDevice-Practitioner": "ext-MedicalDevice.HealthProfessional",
}
_TYPES = {"ProcedureRequest": "ServiceRequest", "ReferralRequest": "ServiceRequest"}


def to_r4(resource: Json) -> Json:
    """The R4 form of one STU3 resource; the given resource stays untouched. Never raises on odd input: what makes
    no sense is left in place, where the schema check finds it."""
    result = _common(copy.deepcopy(resource))
    return _one(result)


def has_strange(resource: Json) -> bool:
    """Whether a translated resource keeps elements for which R4 has no place: then it may be of no version that is known here."""
    return f"{OTHER_VERSION}{resource.get('resourceType')}." in json.dumps(resource)


def _one(resource: Json) -> Json:
    kind = str(resource.get("resourceType"))
    for contained in dicts(resource.get("contained")):
        contained.update(_one(dict(contained)))
    if kind in _TYPES:
        resource["resourceType"] = _TYPES[kind]
    mapper = FACTS.get(kind) or CARE.get(kind) or (consent if kind == "Consent" else None)
    if mapper is not None:
        mapper(resource)
    _context(resource)
    return settle(resource, OTHER_VERSION)


def _context(resource: Json) -> None:
    """STU3 `context` is an Encounter or an EpisodeOfCare; R4 splits them (apart from the medication acts)."""
    if resource.get("resourceType") in (
        "MedicationDispense",
        "MedicationStatement",
        "MedicationAdministration",
        "DocumentReference",
    ):
        return
    context = resource.get("context")
    if not isinstance(context, dict):
        return
    if "EpisodeOfCare/" in str(context.get("reference", "")):
        episode = {
            "url": "http://hl7.org/fhir/StructureDefinition/workflow-episodeOfCare",
            "valueReference": resource.pop("context"),
        }
        resource["extension"] = [*dicts(resource.get("extension")), episode]
    elif "encounter" not in resource:
        move(resource, "context", "encounter")


def _common(value: Any) -> Any:
    """Systems and extension URLs that only changed their name."""
    if isinstance(value, list):
        return [_common(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {name: _common(item) for name, item in value.items()}
    if isinstance(result.get("system"), str):
        result["system"] = _system(result["system"])
    url = result.get("url")
    if isinstance(url, str) and url.startswith(NICTIZ) and url.removeprefix(NICTIZ) in _RENAMED:
        result["url"] = NICTIZ + _RENAMED[url.removeprefix(NICTIZ)]
    return result


def _system(system: str) -> str:
    if system in _SYSTEMS:
        return _SYSTEMS[system]
    for stem, replacement in _STEMS.items():
        if system.startswith(stem):
            return replacement + system.removeprefix(stem)
    name = system.removeprefix("http://hl7.org/fhir/")
    return TERMINOLOGY + name if name in _SAME_NAME else system
