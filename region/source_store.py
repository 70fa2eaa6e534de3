"""What a simulated source knows: the example patients and the citizens of the region, each with a record."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from region.source_examples import BSN, WITHOUT_SUBJECT, Json, examples_for, known_people
from region.source_facts import facts_for
from region.source_profile import AMSTERDAM, profile_of

KEPT = 200


class Store:
    """Citizens are read from `<region_dir>/citizens.jsonl` by offset and their records made when asked for, always the
    same for the same BSN and day, so that a region of 400,000 needs no more than an index in memory."""

    def __init__(self, source: str, region_dir: Path) -> None:
        self.source = source
        self.path = region_dir / "citizens.jsonl"
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._offsets: dict[str, int] = {}
        self._records: OrderedDict[tuple[str, date], list[Json]] = OrderedDict()
        self._examples = {self._patient_id(bsn): person for bsn, person in known_people().items()}
        self._written: dict[tuple[str, str], Json] = {}

    def patient(self, bsn: str) -> Json | None:
        """The Patient resource of the person with this BSN, if this source knows them."""
        person = self._person(self._patient_id(bsn))
        return self._as_patient(person) if person and person["bsn"] == bsn else None

    def add(self, resource: Json) -> None:
        """Keep what was written to this source, in the place of a former version."""
        with self._lock:
            self._written[resource["resourceType"], resource["id"]] = resource

    def written(self, kind: str, number: str) -> Json | None:
        """What was written to this source, by type and number."""
        with self._lock:
            return self._written.get((kind, number))

    def find(self, kind: str, token: str) -> list[Json]:
        """What was written to this source under an identifier, ``system|value``."""
        system, _, value = token.rpartition("|")
        wanted = {"system": system, "value": value}
        with self._lock:
            return [one for (type_, _number), one in self._written.items() if type_ == kind and wanted in _listed(one)]

    def record(self, patient_id: str) -> list[Json]:
        """Everything this source holds on a patient, by the id it gave; what was written to it last."""
        about = {"reference": f"Patient/{patient_id}"}
        with self._lock:
            written = [one for one in self._written.values() if one.get("subject") == about]
        return self._own_record(patient_id) + written

    def _own_record(self, patient_id: str) -> list[Json]:
        key = (patient_id, datetime.now(AMSTERDAM).date())
        with self._lock:
            if key in self._records:
                self._records.move_to_end(key)
                return self._records[key]
        person = self._person(patient_id)
        if person is None:
            return []
        found = examples_for(self.source, person["bsn"], patient_id)
        if not found or self.source != person.get("home"):
            found = found + facts_for(self.source, profile_of(person), patient_id)
        with self._lock:
            self._records[key] = found
            while len(self._records) > KEPT:
                self._records.popitem(last=False)
        return found

    def companion(self, patient_id: str, reference: str) -> Json | None:
        """A resource of the record by its relative reference."""
        kind, _, wanted = reference.rpartition("/")
        return next(
            (item for item in self.record(patient_id) if item["resourceType"] == kind and item["id"] == wanted), None
        )

    def read(self, kind: str, wanted: str) -> Json | None:
        """A single resource by id: of who the id is of, of those in use and of the example patients."""
        if kind == "Patient":
            person = self._person(wanted)
            return self._as_patient(person) if person else None
        of_whom = f"{self.source}-{wanted[:20]}"
        for patient_id in [of_whom, *self._examples, *[key[0] for key in list(self._records)]]:
            if found := self.companion(patient_id, f"{kind}/{wanted}"):
                return found
        return None

    def kinds(self) -> list[str]:
        found = {item["resourceType"] for patient_id in self._examples for item in self.record(patient_id)}
        return sorted(
            found
            | {"Condition", "AllergyIntolerance", "MedicationRequest", "Observation"}
            | (WITHOUT_SUBJECT - {"Patient"})
        )

    def _patient_id(self, bsn: str) -> str:
        example = known_people().get(bsn)
        if example and example["home"] == self.source:
            return str(example["patient"]["id"])
        return f"{self.source}-{_mark(bsn)}"

    def _person(self, patient_id: str) -> Json | None:
        if patient_id in self._examples:
            return self._examples[patient_id]
        self._refresh()
        offset = self._offsets.get(patient_id.removeprefix(f"{self.source}-"))
        if offset is None or not patient_id.startswith(f"{self.source}-"):
            return None
        with self.path.open("rb") as handle:
            handle.seek(offset)
            person: Json = json.loads(handle.readline())
        return person if self.source in person.get("sources", ()) else None

    def _refresh(self) -> None:
        """Reads the index again when the file has changed."""
        try:
            state = self.path.stat()
        except OSError:
            return
        stamp = (state.st_mtime_ns, state.st_size)
        with self._lock:
            if stamp == self._stamp:
                return
            offsets: dict[str, int] = {}
            position = 0
            with self.path.open("rb") as handle:
                for line in handle:
                    if line.strip():
                        offsets[_mark(_bsn_in(line))] = position
                    position += len(line)
            self._offsets, self._stamp = offsets, stamp
            self._records.clear()

    def _as_patient(self, person: Json) -> Json:
        patient_id = self._patient_id(person["bsn"])
        if person.get("home") == self.source:
            return {**person["patient"], "id": patient_id}
        return {
            "resourceType": "Patient",
            "id": patient_id,
            "active": True,
            "identifier": [{"system": BSN, "value": person["bsn"]}],
            "name": human_name(person.get("name")),
            "gender": person.get("gender") or "unknown",
            "birthDate": person["birth_date"],
        }


def _listed(resource: Json) -> list[Json]:
    given = resource.get("identifier", [])
    return given if isinstance(given, list) else [given]


def _bsn_in(line: bytes) -> str:
    return str(json.loads(line)["bsn"])


def _mark(bsn: str) -> str:
    """An id that does not give the BSN away."""
    return hashlib.sha256(f"region:{bsn}".encode()).hexdigest()[:20]


def human_name(name: Any) -> list[Json]:
    """A HumanName out of what the citizens' file holds: FHIR already, or the parts of a Dutch name."""
    if isinstance(name, list):
        return name
    if not isinstance(name, dict):
        return [{"text": str(name or "Onbekend")}]
    if "family" in name and ("given" in name or "_family" in name):
        return [name]
    stem = "http://hl7.org/fhir/StructureDefinition/humanname-"
    own, prefix = (
        name.get("own_name") or name.get("last_name") or name.get("family") or "",
        name.get("own_prefix") or name.get("prefix") or "",
    )
    partner, partner_prefix = name.get("partner_name") or "", name.get("partner_prefix") or ""
    order = name.get("order") or ("NL4" if partner else "NL1")
    whole_own, whole_partner = f"{prefix} {own}".strip(), f"{partner_prefix} {partner}".strip()
    joined = {"NL2": [whole_partner], "NL3": [whole_partner, whole_own], "NL4": [whole_own, whole_partner]}.get(
        order, [whole_own]
    )
    family = "-".join(part for part in joined if part)
    parts = [("own-prefix", prefix), ("own-name", own), ("partner-prefix", partner_prefix), ("partner-name", partner)]
    qualifier = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier"
    given = [
        (name.get("first_names") or name.get("first_name") or name.get("given") or "", "BR"),
        (name.get("initials") or "", "IN"),
        (name.get("call_name") or "", "CL"),
    ]
    given = [(text if isinstance(text, str) else " ".join(text), code) for text, code in given if text]
    return [
        {
            "use": "official",
            "extension": [{"url": stem + "assembly-order", "valueCode": order}],
            "family": family,
            "_family": {"extension": [{"url": stem + key, "valueString": value} for key, value in parts if value]},
            "given": [text for text, _ in given],
            "_given": [{"extension": [{"url": qualifier, "valueCode": code}]} for _, code in given],
        }
    ]
