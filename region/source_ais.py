"""The record of a pharmacy (FHIR R4, MP9 3.0): administration agreements, supplies, allergies and what it measured."""

from __future__ import annotations

from region.source_build import SNOMED, Builder, concept
from region.source_medicines import agreement, amount_of, supply
from region.source_profile import ALLERGIES
from region.source_story import ANNA
from region.source_story import pharmacy as story

TERMS = "http://terminology.hl7.org/CodeSystem/"


def pharmacy(b: Builder) -> None:
    """What the pharmacy of a citizen knows: an agreement and a supply for each medicine that the practice prescribes."""
    _allergies(b)
    if b.profile.bsn == ANNA:
        story(b)
        return
    dice = b.profile.dice("pharmacy")
    for problem, since in b.profile.problems:
        for index, medicine in enumerate(problem.medicines):
            key, name = medicine.atc.lower(), (medicine.name, medicine.atc)
            start = max(since, b.ago(365 * 6 - index * 200))
            agreement(b, key, name, amount_of(medicine), start, "TA")
            pieces = 90 * medicine.per_day if not medicine.as_needed else 30
            supply(b, key, name, b.ago(dice.randint(3, 80)), pieces, 90)


def _allergies(b: Builder) -> None:
    for name, code, category, reaction, risk in b.profile.allergies:
        if category != "medication":
            continue
        b.add(
            "AllergyIntolerance",
            f"allergy-{ALLERGIES.index((name, code, category, reaction, risk))}",
            "patient",
            clinicalStatus={"coding": [{"system": TERMS + "allergyintolerance-clinical", "code": "active"}]},
            verificationStatus={"coding": [{"system": TERMS + "allergyintolerance-verification", "code": "confirmed"}]},
            category=[category],
            criticality=risk,
            code=concept(SNOMED, code, name),
            recordedDate=b.ago(900).isoformat(),
            reaction=[{"manifestation": [{"text": reaction}]}],
        )
