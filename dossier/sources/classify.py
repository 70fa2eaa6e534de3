"""To which category of data a fact belongs; mental-health, social and financial facts are told apart where coded."""

from __future__ import annotations

from collections.abc import Iterator

from dossier.sources import codes, sensitive
from dossier.sources.reading import Json, code_set, codings, dicts, first
from trust.categories import Category

BY_TYPE = {
    "Patient": Category.IDENTITY,
    "RelatedPerson": Category.NETWORK,
    "CareTeam": Category.NETWORK,
    "Practitioner": Category.NETWORK,
    "PractitionerRole": Category.NETWORK,
    "Organization": Category.NETWORK,
    "Location": Category.NETWORK,
    "Condition": Category.PROBLEMS,
    "EpisodeOfCare": Category.PROBLEMS,
    "MedicationRequest": Category.MEDICATION,
    "MedicationDispense": Category.MEDICATION,
    "MedicationStatement": Category.MEDICATION,
    "MedicationAdministration": Category.MEDICATION,
    "Medication": Category.MEDICATION,
    "AllergyIntolerance": Category.ALLERGIES,
    "Observation": Category.RESULTS,
    "DiagnosticReport": Category.RESULTS,
    "Specimen": Category.RESULTS,
    "Media": Category.RESULTS,
    "Procedure": Category.PROCEDURES,
    "Encounter": Category.PROCEDURES,
    "Consent": Category.WISHES,
    "Flag": Category.ALERTS,
    "DocumentReference": Category.DOCUMENTS,
    "Composition": Category.DOCUMENTS,
    "QuestionnaireResponse": Category.DOCUMENTS,
    "CarePlan": Category.PLAN,
    "Goal": Category.PLAN,
    "NutritionOrder": Category.PLAN,
    "ServiceRequest": Category.PLAN,
    "DeviceRequest": Category.PLAN,
    "Task": Category.PLAN,
    "Immunization": Category.VACCINATIONS,
    "ImmunizationRecommendation": Category.VACCINATIONS,
    "Appointment": Category.APPOINTMENTS,
    "Device": Category.DEVICES,
    "DeviceUseStatement": Category.DEVICES,
    "Coverage": Category.FINANCIAL,
    "Account": Category.FINANCIAL,
    "Claim": Category.FINANCIAL,
    "ClaimResponse": Category.FINANCIAL,
    "ChargeItem": Category.FINANCIAL,
    "CoverageEligibilityRequest": Category.FINANCIAL,
    "CoverageEligibilityResponse": Category.FINANCIAL,
    "EnrollmentRequest": Category.FINANCIAL,
    "ExplanationOfBenefit": Category.FINANCIAL,
    "Invoice": Category.FINANCIAL,
    "Person": Category.IDENTITY,
    "ClinicalImpression": Category.PROBLEMS,
    "FamilyMemberHistory": Category.PROBLEMS,
    "RiskAssessment": Category.PROBLEMS,
    "AdverseEvent": Category.ALERTS,
    "DetectedIssue": Category.ALERTS,
    "BodyStructure": Category.RESULTS,
    "ImagingStudy": Category.RESULTS,
    "MolecularSequence": Category.RESULTS,
    "AppointmentResponse": Category.APPOINTMENTS,
    "RequestGroup": Category.PLAN,
    "ImmunizationEvaluation": Category.VACCINATIONS,
    "SupplyDelivery": Category.DEVICES,
    "SupplyRequest": Category.DEVICES,
    "VisionPrescription": Category.DEVICES,
}
_OBSERVATIONS = (
    (codes.WISHES, Category.WISHES),
    (codes.MENTAL_OBSERVATIONS, Category.MENTAL_HEALTH),
    (codes.SOCIAL, Category.SOCIAL),
    (codes.FUNCTIONING, Category.FUNCTIONING),
    (codes.RESULTS, Category.RESULTS),
    (codes.LABORATORY, Category.RESULTS),
    (codes.REPORT_LINES, Category.DOCUMENTS),
)


def category_of(resource: Json) -> Category:
    """The category of one R4 resource. A code decides over the type; when nothing is coded the type decides."""
    kind = str(resource.get("resourceType"))
    if kind == "Observation":
        return _of_observation(resource)
    usual = BY_TYPE.get(kind, Category.DOCUMENTS)
    if kind in (
        "Condition",
        "Flag",
        "Procedure",
        "EpisodeOfCare",
        "DiagnosticReport",
        "ClinicalImpression",
        "AdverseEvent",
    ):
        about = (resource.get("code"), resource.get("category"), resource.get("type"), resource.get("event"))
        special = _special(*about)
        # A warning that somebody was maltreated is one for everybody (zib AlertNaamCodelijst); one about the mind is not.
        return usual if special is None or (kind == "Flag" and special is Category.SOCIAL) else special
    if kind == "Encounter":
        return _special(resource.get("type"), resource.get("serviceType")) or usual
    if kind == "Appointment":
        return _special(resource.get("specialty"), resource.get("serviceType"), resource.get("reasonCode")) or usual
    if kind == "DocumentReference":
        context = resource.get("context")
        return _special(resource.get("type"), *(item.get("practiceSetting") for item in dicts(context))) or usual
    if kind == "QuestionnaireResponse":
        return _of_questionnaire(resource) or usual
    if kind == "Composition":
        return _special(resource.get("type"), resource.get("category")) or usual
    if kind == "ServiceRequest":
        return _special(resource.get("code"), resource.get("performerType"), resource.get("reasonCode")) or usual
    return usual


def _of_questionnaire(resource: Json) -> Category | None:
    """By the name of the questionnaire: proactive care planning (PZP) is about wishes, some are about the mind."""
    asked = resource.get("questionnaire")
    name = str(asked if isinstance(asked, str) else first(asked).get("reference") or "").rsplit("/", 1)[-1].lower()
    if name.startswith(("acp-", "pzp")):
        return Category.WISHES
    return Category.MENTAL_HEALTH if any(word in name for word in sensitive.MENTAL_QUESTIONNAIRES) else None


def _of_observation(resource: Json) -> Category:
    found = code_set(resource.get("code"))
    for table, category in _OBSERVATIONS:
        if found & table.keys():
            return category
    if special := _special(resource.get("code")):
        return special
    groups = code_set(resource.get("category"))
    if groups & {"laboratory", "vital-signs", "imaging", "exam", "procedure", "49581000146104", "275711006"}:
        return Category.RESULTS
    if "384821006" in groups:
        return Category.MENTAL_HEALTH
    if groups & {"118228005", "survey", "activity"}:
        return Category.FUNCTIONING
    return Category.SOCIAL if "social-history" in groups else Category.RESULTS


def _special(*concepts: object) -> Category | None:
    """Mental health or social when a code says so: ICPC chapters P and Z, ICD-10 chapter F with self-harm and Z55 to Z65, DSM, the
    Dutch mental health list, compulsory care, some SNOMED CT problems and the psychiatric specialties."""
    found: set[Category] = set()
    for coding in codings(*concepts):
        found.update(_of_coding(str(coding.get("system", "")), str(coding.get("code", ""))))
    # What is about the mind is that, whatever else it is about.
    return Category.MENTAL_HEALTH if Category.MENTAL_HEALTH in found else next(iter(found), None)


def _of_coding(system: str, code: str) -> Iterator[Category]:
    if system in sensitive.MENTAL_SYSTEMS or code in sensitive.MENTAL_PROBLEMS or code in sensitive.MENTAL_SPECIALTIES:
        yield Category.MENTAL_HEALTH
    if system == sensitive.LEGAL_STATUS_SYSTEM and code not in sensitive.NO_MENTAL_HEALTH_STATUS:
        yield Category.MENTAL_HEALTH
    if system == sensitive.LEGAL_STATUS_SYSTEM or code in sensitive.SOCIAL_PROBLEMS:
        yield Category.SOCIAL
    if code.startswith(sensitive.SOMATIC_EXCEPTIONS):
        return
    if "icpc" in system.lower():
        if code.startswith(("P", "Z")):
            yield Category.MENTAL_HEALTH if code.startswith("P") else Category.SOCIAL
    elif "/icd-10" in system or "icd10" in system.lower() or system == _ICD10_OID:
        if code.startswith(sensitive.MENTAL_ICD):
            yield Category.MENTAL_HEALTH
        elif code.startswith(sensitive.SOCIAL_ICD):
            yield Category.SOCIAL


_ICD10_OID = "urn:oid:2.16.840.1.113883.6.90"
