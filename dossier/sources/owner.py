"""Whose is this? Finds the one patient that was asked for and refuses every resource that is about somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from dossier.sources.codes import BSN_SYSTEMS
from dossier.sources.reading import Json, dicts, first

SUBJECT_FIELD = {
    "AllergyIntolerance": "patient",
    "Immunization": "patient",
    "ImmunizationRecommendation": "patient",
    "Consent": "patient",
    "NutritionOrder": "patient",
    "EpisodeOfCare": "patient",
    "RelatedPerson": "patient",
    "FamilyMemberHistory": "patient",
    "Device": "patient",
    "Coverage": "beneficiary",
    "Task": "for",
    "Account": "subject",
}
WITHOUT_SUBJECT = frozenset(
    {
        "Medication",
        "Practitioner",
        "PractitionerRole",
        "Organization",
        "Location",
        "HealthcareService",
        "Endpoint",
        "Substance",
        "Questionnaire",
        "Schedule",
        "Slot",
        "Provenance",
    }
)
MAY_LACK_SUBJECT = frozenset({"Device"})
_OTHER_SUBJECTS = ("patient", "beneficiary", "for", "individual")
"""Where types that are not listed above name the person, when they have no subject (FHIR R4: compartment of Patient)."""


@dataclass(frozen=True)
class Owner:
    """The patient found at a source: the logical id there, the addresses under which the source knows it, the BSN."""

    patient_id: str
    bases: tuple[str, ...]
    bsn: str
    full_url: str = ""

    def owns(self, resource: Json) -> str:
        """Empty when the resource is about this patient (or about nobody, for types that have no subject), else
        "other-patient" or "no-subject"."""
        kind = str(resource.get("resourceType"))
        if kind in WITHOUT_SUBJECT:
            return ""
        if kind == "Patient":
            return (
                "" if resource.get("id") == self.patient_id and bsn_of(resource) in ("", self.bsn) else "other-patient"
            )
        if kind == "Appointment":
            return self._among(resource)
        subjects = dicts(resource.get(SUBJECT_FIELD.get(kind, "subject")))
        if not subjects and kind not in SUBJECT_FIELD:
            subjects = [one for name in _OTHER_SUBJECTS for one in dicts(resource.get(name))]
        if not subjects:
            return "" if kind in MAY_LACK_SUBJECT else "no-subject"
        return "" if all(self.is_meant(subject, resource) for subject in subjects) else "other-patient"

    def is_named(self, patient: Json, url: str) -> bool:
        """Whether a Patient in a document is this person: by the BSN, or without one by the address at which the source keeps it."""
        given = bsn_of(patient)
        addresses = {self.full_url, *(f"{base}/Patient/{self.patient_id}" for base in self.bases)} - {""}
        return given == self.bsn if given else url in addresses

    def _among(self, resource: Json) -> str:
        """An appointment has participants: this patient must be one, and no other patient may be."""
        actors = [first(item.get("actor")) for item in dicts(resource.get("participant"))]
        patients = [actor for actor in actors if _points_to_patient(actor)]
        if not patients:
            return "no-subject"
        return "" if all(self.is_meant(actor, resource) for actor in patients) else "other-patient"

    def is_meant(self, reference: Json, resource: Json) -> bool:
        """Whether a reference means this patient. A BSN that is given must agree; a reference that is given must
        resolve to the patient at this source, relative or absolute; one of the two must be there."""
        given = identifier_bsn(reference.get("identifier"))
        if given and given != self.bsn:
            return False
        target = reference.get("reference")
        if not isinstance(target, str) or not target:
            return bool(given)
        if target.startswith("#"):
            inside = [item for item in dicts(resource.get("contained")) if f"#{item.get('id')}" == target]
            return len(inside) == 1 and inside[0].get("resourceType") == "Patient" and bsn_of(inside[0]) == self.bsn
        target = target.split("/_history/")[0]
        if self.full_url and target == self.full_url:
            return True
        return target == f"Patient/{self.patient_id}" or target in {
            f"{base}/Patient/{self.patient_id}" for base in self.bases
        }


def _points_to_patient(actor: Json) -> bool:
    path = urlsplit(str(actor.get("reference") or "")).path
    return actor.get("type") == "Patient" or "Patient/" in path or bool(identifier_bsn(actor.get("identifier")))


def normal_bsn(value: Any) -> str:
    """Nine digits, or empty when it cannot be a BSN."""
    text = str(value or "").strip()
    return text.zfill(9) if text.isascii() and text.isdigit() and 8 <= len(text) <= 9 else ""


def identifier_bsn(identifiers: Any) -> str:
    """The BSN among one or more identifiers."""
    for item in dicts(identifiers):
        if item.get("system") in BSN_SYSTEMS and (found := normal_bsn(item.get("value"))):
            return found
    return ""


def bsn_of(patient: Json) -> str:
    return identifier_bsn(patient.get("identifier"))


def pick_patient(entries: list[tuple[str, Json]], bsn: str, born: date) -> tuple[Json | None, str, str]:
    """Of the Patient resources a search gave (with their fullUrl), the one with this BSN and this date of birth.

    Returns (patient, fullUrl, reason). No patient and no reason: the source does not know this person. A partial date
    of birth must agree as far as it goes; a source that gives none is trusted on the BSN alone."""
    same = [(url, patient) for url, patient in entries if bsn_of(patient) == bsn]
    if not same:
        return None, "", "other-person" if entries else ""
    current = [pair for pair in same if pair[1].get("active") is not False and not _replaced(pair[1])] or same
    if len({str(patient.get("id")) for _, patient in current}) > 1:
        return None, "", "several-patients"
    url, patient = current[0]
    given = str(patient.get("birthDate") or "")
    if given and not born.isoformat().startswith(given):
        return None, "", "other-birth-date"
    return patient, url, ""


def _replaced(patient: Json) -> bool:
    return any(link.get("type") in ("replaced-by", "replace") for link in dicts(patient.get("link")))
