"""Small builders for the made-up records: codes, references, dates and trends."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from region.source_examples import Json
from region.source_profile import AMSTERDAM, Profile

SNOMED, LOINC, ATC = "http://snomed.info/sct", "http://loinc.org", "http://www.whocc.no/atc"
ICPC = "http://hl7.org/fhir/sid/icpc-1-nl"
UCUM = "http://unitsofmeasure.org"
NICTIZ = "http://nictiz.nl/fhir/StructureDefinition/"
DOCTORS = ("M. Smit", "J. van den Berg", "A. Kaya", "P. de Graaf", "S. Ramdin", "L. Hoekstra", "E. van Dijk")
LABS: dict[str, tuple[tuple[str, str, str, str, float, float, float | None, float | None], ...]] = {
    # code, name, unit, ucum, usual value, spread, low and high limit
    "kidney": (
        ("14682-9", "Kreatinine", "µmol/L", "umol/L", 92, 22, 60, 115),
        ("62238-1", "eGFR (CKD-EPI)", "ml/min/1,73 m²", "mL/min/{1.73_m2}", 66, 16, 60, None),
    ),
    "hba1c": (("59261-8", "HbA1c", "mmol/mol", "mmol/mol", 55, 9, None, 53),),
    "potassium": (("2823-3", "Kalium", "mmol/L", "mmol/L", 4.4, 0.4, 3.5, 5.0),),
}


def concept(system: str, code: str, display: str, *more: tuple[str, str, str]) -> Json:
    """A CodeableConcept with its Dutch text; without a code only the text."""
    codings = [(system, code, display), *more]
    coded = [{"system": one, "code": two, "display": three} for one, two, three in codings if two]
    return {**({"coding": coded} if coded else {}), "text": display}


def quantity(value: float, unit: str, code: str) -> Json:
    return {"value": value, "unit": unit, "system": UCUM, "code": code}


def moment(day: date, hour: int = 10, minute: int = 0) -> str:
    """A FHIR dateTime in Dutch time."""
    return datetime.combine(day, time(hour, minute), AMSTERDAM).isoformat()


def extension(name: str, **value: Any) -> Json:
    return {"url": name if name.startswith("http") else NICTIZ + name, **value}


class Builder:
    """Makes resources about one patient with ids that stay the same from day to day."""

    def __init__(self, profile: Profile, patient_id: str) -> None:
        self.profile = profile
        self.patient_id = patient_id
        self.made: list[Json] = []

    @property
    def me(self) -> Json:
        return {"reference": f"Patient/{self.patient_id}"}

    def add(self, kind: str, mark: str, subject: str = "subject", /, **content: Any) -> Json:
        resource: Json = {"resourceType": kind, "id": f"{self.patient_id[-20:]}-{mark}"}
        resource |= {key.rstrip("_"): value for key, value in content.items() if value is not None}
        if subject:
            resource[subject] = self.me
        self.made.append(resource)
        return resource

    def who(self, purpose: str) -> Json:
        return {"display": self.profile.dice(purpose).choice(DOCTORS)}

    def ago(self, days: float) -> date:
        return self.profile.today - timedelta(days=int(days))

    def laboratory(
        self, categories: list[Json], step: int, count: int, shift: float = 0.0, interpretation: bool = False
    ) -> None:
        """A trend per test: each a little off from the one before, drifting where the illness does."""
        for lab in self.profile.labs:
            for code, name, unit, ucum, usual, spread, low, high in LABS[lab]:
                dice = self.profile.dice(f"lab:{code}:{count}")
                value = self.profile.dice(f"lab:{code}").gauss(usual, spread * 0.7)
                drift = dice.uniform(-0.04, 0.06) * (-1 if code == "62238-1" else 1)
                for index in range(count):
                    shown = round(
                        max(value * (1 + drift * (count - index) / count) + dice.gauss(0, spread * 0.12), usual * 0.2),
                        1 if usual < 20 else 0,
                    )
                    limits = {
                        **({"low": quantity(low, unit, ucum)} if low else {}),
                        **({"high": quantity(high, unit, ucum)} if high else {}),
                    }
                    flag = "H" if high and shown > high else "L" if low and shown < low else ""
                    found = {
                        "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
                        "code": flag,
                    }
                    self.add(
                        "Observation",
                        f"lab-{code}-{index}",
                        status="final",
                        category=categories,
                        code=concept(LOINC, code, name),
                        effectiveDateTime=moment(self.ago(20 + shift + step * index + dice.randint(0, 20)), 8, 15),
                        valueQuantity=quantity(shown, unit, ucum),
                        referenceRange=[limits],
                        interpretation=[{"coding": [found]}] if flag and interpretation else None,
                    )

    def blood_pressure(self, category: str, count: int, step: int, **extra: Any) -> None:
        dice = self.profile.dice(f"pressure:{count}")
        usual = 128 + (14 if any(problem.icpc == "K86" for problem, _ in self.profile.problems) else 0)
        for index in range(count):
            high, low = round(dice.gauss(usual, 9)), round(dice.gauss(usual * 0.57, 6))
            component = [
                {"code": concept(LOINC, code, name), "valueQuantity": quantity(value, "mmHg", "mm[Hg]")}
                for code, name, value in (
                    ("8480-6", "Systolische bloeddruk", high),
                    ("8462-4", "Diastolische bloeddruk", low),
                )
            ]
            self.add(
                "Observation",
                f"pressure-{index}",
                status="final",
                category=[{"coding": [{"system": category, "code": "vital-signs"}]}],
                code=concept(LOINC, "85354-9", "Bloeddruk"),
                effectiveDateTime=moment(self.ago(15 + step * index + dice.randint(0, 25)), 9, 40),
                component=component,
                **extra,
            )

    def weight(self, category: str, count: int, step: int) -> None:
        base = self.profile.dice("weight")
        value = base.gauss(76, 11)
        loss = (base.uniform(0, 0.9) if self.profile.frailty > 0.55 else base.uniform(-0.3, 0.3)) * step / 30
        dice = self.profile.dice(f"weight:{step}")
        for index in range(count):
            self.add(
                "Observation",
                f"weight-{index}",
                status="final",
                category=[{"coding": [{"system": category, "code": "vital-signs"}]}],
                code=concept(LOINC, "29463-7", "Lichaamsgewicht"),
                effectiveDateTime=moment(self.ago(12 + step * index), 9, 30),
                valueQuantity=quantity(round(value + loss * index + dice.gauss(0, 0.4), 1), "kg", "kg"),
            )
