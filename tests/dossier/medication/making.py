"""Made-up building blocks in the shape of the Nictiz examples of MP9 3.0 (R4) and of the BgZ (STU3)."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from dossier.medication import Block, Line, MedicationOverview, block_of, overview_of, read_block
from dossier.medication.periods import AMSTERDAM
from dossier.sources.stu3 import to_r4

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=AMSTERDAM)
NICTIZ = "http://nictiz.nl/fhir/StructureDefinition/"
SNOMED = "http://snomed.info/sct"
PRK = "urn:oid:2.16.840.1.113883.2.4.4.10"
ATC = "http://www.whocc.no/atc"
MBH, OWN = "urn:oid:2.16.840.1.113883.2.4.3.11.999.77.1.1", "urn:oid:2.16.840.1.113883.2.4.3.11.999.77.2"
METOPROLOL = ("METOPROLOL TABLET MGA 50MG", "3158", "C07AB02")
METOPROLOL_100 = ("METOPROLOL TABLET MGA 100MG", "3166", "C07AB02")
LISINOPRIL = ("LISINOPRIL TABLET 10MG", "25909", "C09AA03")
_types = {
    "ma": "MedicationRequest",
    "wds": "MedicationRequest",
    "vv": "MedicationRequest",
    "ta": "MedicationDispense",
    "mve": "MedicationDispense",
    "mgb": "MedicationStatement",
    "mtd": "MedicationAdministration",
}
_codes = {
    "ma": "33633005",
    "wds": "395067002",
    "vv": "52711000146108",
    "ta": "422037009",
    "mve": "373784005",
    "mgb": "422979000",
    "mtd": "18629005",
}
_counter = itertools.count(1)


def extension(name: str, **value: Any) -> dict[str, Any]:
    return {"url": NICTIZ + name, **value}


def resource(kind: str, medicine: tuple[str, str, str] = METOPROLOL, /, **more: Any) -> dict[str, Any]:
    """A resource of this kind: `mbh`, `own`, `start`, `end`, `duration` (value, unit), `agreed`, `stop` (code), `prior`,
    `based_on` (numbers), `per_day`, `dose`, `text` (rendered), `status`, `as_agreed`, `reason`, and anything of FHIR by `fhir`."""
    name, prk, atc = medicine
    one: dict[str, Any] = {
        "resourceType": _types[kind],
        "id": f"r{next(_counter)}",
        "status": more.get("status", "unknown"),
    }
    coded = {"coding": [{"system": SNOMED, "code": _codes[kind]}]}
    one["category"] = [coded] if one["resourceType"] == "MedicationRequest" else coded
    if one["resourceType"] == "MedicationRequest":
        one["intent"] = "order"
    codes = [{"system": PRK, "code": prk}] if prk else []
    codes += [{"system": ATC, "code": atc}] if atc else []
    if name:
        one["medicationCodeableConcept"] = {"text": name, **({"coding": codes} if codes else {})}
    one["subject"] = {"reference": "Patient/1"}
    marks = []
    if more.get("mbh"):
        marks.append(
            extension(
                "ext-PharmaceuticalTreatment.Identifier",
                valueIdentifier={"system": more.get("root", MBH), "value": more["mbh"]},
            )
        )
    if more.get("own"):
        one["identifier"] = [{"system": OWN, "value": more["own"]}]
    span = {name: more[name] for name in ("start", "end") if more.get(name)}
    if more.get("duration"):
        value, unit = more["duration"]
        span["extension"] = [extension("ext-TimeInterval.Duration", valueDuration={"value": value, "code": unit})]
    if span and kind == "mgb":
        one["effectivePeriod"] = span
    elif span:
        marks.append(extension("ext-TimeInterval.Period", valuePeriod=span))
    agreed = more.get("agreed", more.get("start"))
    if agreed:
        one[
            {
                "ma": "authoredOn",
                "wds": "authoredOn",
                "vv": "authoredOn",
                "mve": "whenHandedOver",
                "mgb": "dateAsserted",
                "mtd": "effectiveDateTime",
            }.get(kind, "x")
        ] = agreed
        marks.append(extension("ext-RegistrationDateTime", valueDateTime=agreed))
    one.pop("x", None)
    if more.get("text"):
        marks.append(extension("ext-RenderedDosageInstruction", valueString=more["text"]))
    if more.get("as_agreed") is not None:
        marks.append(extension("ext-AsAgreedIndicator", valueBoolean=more["as_agreed"]))
    if more.get("condition"):
        marks.append(extension("ext-PeriodOfUse.Condition", valueString=more["condition"]))
    if more.get("stop"):
        stopped = {"coding": [{"system": SNOMED, "code": more["stop"]}]}
        one["modifierExtension"] = [extension("ext-StopType", valueCodeableConcept=stopped)]
    if marks:
        one["extension"] = marks
    if more.get("prior"):
        one["priorPrescription"] = {"identifier": {"system": OWN, "value": more["prior"]}}
    if more.get("based_on"):
        field = {"ta": "authorizingPrescription", "mgb": "derivedFrom"}.get(kind, "basedOn")
        one[field] = [{"identifier": {"system": OWN, "value": more["based_on"]}}]
    if more.get("per_day"):
        one["dosage" if kind == "mgb" else "dosageInstruction"] = [
            {
                "timing": {"repeat": {"frequency": more["per_day"], "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": more.get("dose", 1), "unit": more.get("unit", "stuk")}}],
            }
        ]
    return one | more.get("fhir", {})


def block(kind: str, medicine: tuple[str, str, str] = METOPROLOL, /, source: str = "HIS", **more: Any) -> Block:
    """The block of such a resource, as it comes back from what was kept."""
    one = resource(kind, medicine, **more)
    kept = block_of(one)
    assert kept is not None
    return read_block(
        kept, ref=f"{source}/{one['id']}", source=source, holder=source, warnings=tuple(more.get("warnings", ()))
    )


def stu3(kind: str, medicine: tuple[str, str, str] = METOPROLOL, /, source: str = "EPD", **fhir: Any) -> Block:
    """The block of an STU3 resource (BgZ), read through the translation to R4."""
    one = {"resourceType": kind, "id": f"s{next(_counter)}", "subject": {"reference": "Patient/1"}, **fhir}
    one.setdefault("medicationCodeableConcept", {"text": medicine[0], "coding": [{"system": ATC, "code": medicine[2]}]})
    kept = block_of(to_r4(one))
    assert kept is not None
    return read_block(kept, ref=f"{source}/{one['id']}", source=source)


def overview(*blocks: Block, now: datetime = NOW) -> MedicationOverview:
    return overview_of(blocks, now)


def only(*blocks: Block, now: datetime = NOW) -> Line:
    """The single line that these blocks make."""
    (line,) = overview_of(blocks, now).lines
    return line


def words(line: Line) -> set[str]:
    return {note.word for note in line.notes}
