"""Building blocks of the medication process (Nictiz MP9 3.0, FHIR R4) as practices, pharmacies and hospitals make them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from region.source_build import ATC, SNOMED, Builder, concept, extension, moment, quantity
from region.source_examples import Json
from region.source_profile import Medicine

PRK = "urn:oid:2.16.840.1.113883.2.4.4.10"
ROOT = "urn:oid:2.16.840.1.113883.2.4.3.11.999.77"
MBH = f"{ROOT}.1.1"
OWN = {
    "MA": f"{ROOT}.16076005.1",
    "TA": f"{ROOT}.422037009.1",
    "WDS": f"{ROOT}.632.1",
    "MGB": f"{ROOT}.6.1",
    "MVE": f"{ROOT}.373784005.1",
}
MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
STOPS = {"onderbroken": "385655000", "stopgezet": "410546004", "geannuleerd": "89925002"}


def said(day: date) -> str:
    """A day as dosage texts write it."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def treatment(b: Builder, key: str) -> str:
    """The number of a treatment: the same in every system that knows the person."""
    return f"MBH-{b.patient_id[-12:]}-{key}"


def number(b: Builder, kind: str, key: str) -> Json:
    """The business identifier of one block."""
    return {"system": OWN[kind], "value": f"{treatment(b, key)}-{kind}"}


@dataclass(frozen=True)
class Amount:
    """A dosage: so many times a day so much, with the route; ``text`` instead of it where it cannot be counted."""

    per_day: int = 1
    amount: float = 1
    unit: str = "tablet"
    route: str = "oraal"
    as_needed: bool = False
    text: str = ""

    @property
    def words(self) -> str:
        much = f"{self.amount:g}".replace(".", ",")
        often = self.text or f"{self.per_day} maal per dag {much} {self.unit}, {self.route}"
        return f"zo nodig {often}" if self.as_needed else often

    @property
    def structured(self) -> Json:
        if self.text:
            return {"additionalInstruction": [{"text": self.text}], "route": {"text": self.route}}
        return {
            "asNeededBoolean": self.as_needed,
            "timing": {"repeat": {"frequency": self.per_day, "period": 1, "periodUnit": "d"}},
            "route": {"text": self.route},
            "doseAndRate": [{"doseQuantity": {"value": self.amount, "unit": self.unit}}],
        }


def amount_of(medicine: Medicine) -> Amount:
    """The usual dosage of a medicine."""
    return Amount(medicine.per_day, 1, medicine.unit, medicine.route, medicine.as_needed)


def agreement(
    b: Builder, key: str, name: tuple[str, str], amount: Amount, start: date, /, kind: str = "MA", **more: Any
) -> Json:
    """A medication agreement, an administration agreement or a variable dosing regimen, from a day on.

    ``more``: ``mark`` tells several of one treatment apart; ``end``, ``stop``, ``replaces`` (marks), ``reason``, ``changed``,
    ``who``, ``agreed``, ``note``, ``copy``, ``based_on`` (kind and key).
    """
    mark, end, agreed = more.get("mark", ""), more.get("end"), more.get("agreed", start)
    until = f" tot en met {said(end)}," if end and not more.get("stop") else ""
    line = b.add(_TYPES[kind], f"{kind.lower()}-{key}{mark}", status="unknown")
    line |= {
        "extension": [
            extension(
                "ext-PharmaceuticalTreatment.Identifier", valueIdentifier={"system": MBH, "value": treatment(b, key)}
            ),
            extension("ext-RegistrationDateTime", valueDateTime=moment(agreed, 10, 5)),
            extension("ext-RenderedDosageInstruction", valueString=f"Vanaf {said(start)},{until} {amount.words}"),
            extension(
                "ext-TimeInterval.Period",
                valuePeriod={"start": moment(start, 0), **({"end": moment(end, 23, 59)} if end else {})},
            ),
        ],
        "identifier": [number(b, kind, f"{key}{mark}")],
        "medicationReference": {"reference": f"Medication/{product(b, *name)['id']}", "display": name[0]},
        "dosageInstruction": [amount.structured],
    }
    coded = concept(SNOMED, *_CATEGORIES[kind])
    if kind == "TA":
        line["category"] = coded
        line["extension"].append(
            extension("ext-AdministrationAgreement.AdministrationAgreementDateTime", valueDateTime=moment(agreed, 14))
        )
        line["performer"] = [{"actor": {"display": more.get("who", "Apotheek De Brink")}}]
        line["authorizingPrescription"] = [{"identifier": number(b, "MA", more.get("ma", key))}]
    else:
        line |= {
            "intent": "order",
            "category": [coded],
            "authoredOn": moment(agreed),
            "requester": _who(b, more.get("who")),
        }
    if kind == "WDS":
        line["basedOn"] = [{"type": "MedicationRequest", "identifier": number(b, "MA", key)}]
    if more.get("stop"):
        stopped = concept(SNOMED, STOPS[more["stop"]], more["stop"])
        line["modifierExtension"] = [extension("ext-StopType", valueCodeableConcept=stopped)]
    if more.get("replaces") is not None and kind == "MA":
        line["priorPrescription"] = {"identifier": number(b, "MA", f"{key}{more['replaces']}")}
    if more.get("reason"):
        line["reasonReference"] = [{"display": more["reason"]}]
    if more.get("changed"):
        line["reasonCode"] = [{"text": more["changed"]}]
    if more.get("note"):
        line["note"] = [{"text": more["note"]}]
    if more.get("copy"):
        line["extension"].append(extension("ext-CopyIndicator", valueBoolean=True))
    return line


_TYPES = {"MA": "MedicationRequest", "WDS": "MedicationRequest", "TA": "MedicationDispense"}
_CATEGORIES = {
    "MA": ("33633005", "voorschrijven van geneesmiddel"),
    "WDS": ("395067002", "optimaliseren van dosering van medicatie"),
    "TA": ("422037009", "toedieningsafspraak"),
    "MVE": ("373784005", "verstrekken van geneesmiddel"),
    "MGB": ("422979000", "bevinding betreffende gedrag met betrekking tot medicatieregime"),
}


def use(b: Builder, key: str, name: tuple[str, str], amount: Amount, start: date, /, **more: Any) -> Json:
    """What is known of the use: ``status`` active, on-hold or stopped, ``as_agreed``, ``said`` the day, ``why``."""
    line = b.add("MedicationStatement", f"mgb-{key}", status=more.get("status", "active"))
    marks = [extension("ext-RenderedDosageInstruction", valueString=amount.words)]
    if more.get("as_agreed") is not None:
        marks.append(extension("ext-AsAgreedIndicator", valueBoolean=more["as_agreed"]))
    if more.get("treated", True):
        number_ = {"system": MBH, "value": treatment(b, key)}
        marks.append(extension("ext-PharmaceuticalTreatment.Identifier", valueIdentifier=number_))
    return line | _put(
        line,
        extension=marks,
        identifier=[number(b, "MGB", key)],
        category=concept(SNOMED, *_CATEGORIES["MGB"]),
        medicationReference={"reference": f"Medication/{product(b, *name)['id']}", "display": name[0]},
        effectivePeriod={"start": moment(start, 0)},
        dateAsserted=moment(more.get("said", start), 11),
        informationSource=b.me,
        statusReason=[{"text": more["why"]}] if more.get("why") else None,
        dosage=[amount.structured],
    )


def supply(
    b: Builder, key: str, name: tuple[str, str], day: date, pieces: int, days: int, *, treated: bool = True
) -> Json:
    """What was handed over: how many pieces, for how many days."""
    line = b.add("MedicationDispense", f"mve-{key}", status="completed")
    number_ = {"system": MBH, "value": treatment(b, key)}
    return line | _put(
        line,
        extension=[extension("ext-PharmaceuticalTreatment.Identifier", valueIdentifier=number_)] if treated else None,
        identifier=[number(b, "MVE", key)],
        category=concept(SNOMED, *_CATEGORIES["MVE"]),
        medicationReference={"reference": f"Medication/{product(b, *name)['id']}", "display": name[0]},
        performer=[{"actor": {"display": "Apotheek De Brink"}}],
        quantity={"value": pieces, "unit": "stuk"},
        daysSupply=quantity(days, "dag", "d"),
        whenHandedOver=moment(day, 16, 20),
    )


def _put(line: Json, **content: Any) -> Json:
    line |= {name: value for name, value in content.items() if value is not None}
    return line


def product(b: Builder, name: str, atc: str) -> Json:
    """The medicine itself, once in a record."""
    mark = f"product-{atc.lower()}-{sum(map(ord, name)) % 997}"
    known = next((one for one in b.made if one["id"] == f"{b.patient_id[-20:]}-{mark}"), None)
    return known or b.add("Medication", mark, "", code=concept(ATC, atc, name))


def _who(b: Builder, name: str | None) -> Json:
    return {"display": name} if name else b.who("gp")
