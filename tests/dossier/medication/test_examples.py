"""The overview on medicines of public example sets: MP9 (R4), BgZ (STU3) of two hospitals, and the European summary."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from dossier.medication import Block, Section, block_of, overview_of, read_block
from dossier.medication.periods import AMSTERDAM
from dossier.sources.stu3 import to_r4
from region.source_examples import lines
from tests.dossier.medication.making import only, words

MEDICINES = ("MedicationRequest", "MedicationDispense", "MedicationStatement", "MedicationAdministration")


def example(file: str) -> dict[str, Any]:
    return dict(lines("rivo-noord-stu3.jsonl"))[file]


def read(one: dict[str, Any], source: str, related: tuple[dict[str, Any], ...] = ()) -> Block:
    kept = block_of(to_r4(one), [to_r4(other) for other in related])
    return read_block(json.loads(json.dumps(kept)), ref=f"{source}/{one['id']}", source=source)


def treatment() -> list[Block]:
    files = ("MedicationRequest-MP9.json", "Toedieningsafspraak-MP9.json", "MedicationStatement-MP9.json")
    return [read(example(file), source) for file, source in zip(files, ("HIS", "AIS", "HIS"), strict=True)]


def test_the_mp9_example_is_one_treatment_of_which_the_pharmacy_doses_otherwise() -> None:
    line = only(*treatment(), now=datetime(2022, 11, 20, tzinfo=AMSTERDAM))
    assert (line.section, line.product) == (Section.CURRENT, "IBUPROFEN TABLET 600MG")
    assert line.leading.dosage == "Vanaf 11 nov 2022, gedurende 3 weken, 1 maal per dag 1 stuk, oraal"
    assert "pharmacy_differs" in words(line)
    assert line.prescriber.startswith("Peter van Pulver")
    assert line.supplier == "Apotheek de Gulle Gaper"
    assert not line.deviates


def test_its_pharmacy_ends_after_three_weeks_and_its_prescription_a_week_later() -> None:
    between = only(*treatment(), now=datetime(2022, 12, 5, tzinfo=AMSTERDAM))
    assert (between.section, between.leading.kind) == (Section.CURRENT, "ma")
    after = only(*treatment(), now=datetime(2022, 12, 11, 0, 1, tzinfo=AMSTERDAM))
    assert (after.section, after.until) == (Section.STOPPED, "2022-12-10")


def test_a_stopped_prescription_of_chipsoft_ended_in_its_period_and_not_when_it_was_registered() -> None:
    line = only(read(example("MedicationRequest-Chipsoft.json"), "EPD"), now=datetime(2026, 11, 22, tzinfo=AMSTERDAM))
    assert (line.section, line.until, line.leading.on) == (Section.EARLIER, "2016-09-14", "2022-09-30")


def test_epic_gives_codes_with_the_product_and_a_use_of_which_nobody_said_whether_it_is_taken() -> None:
    prescription = read(example("MedicationRequest-Epic.json"), "EPD", (example("Medication-Epic.json"),))
    assert "http://www.whocc.no/atc|C07AB02" in prescription.substances
    line = only(prescription, now=datetime(2026, 11, 22, tzinfo=AMSTERDAM))
    assert (line.section, line.leading.dosage) == (Section.CURRENT, "1x per dag 50 mg innemen.")
    used = only(read(example("MedicationStatement-Epic.json"), "EPD"), now=datetime(2026, 11, 22, tzinfo=AMSTERDAM))
    assert {"only_use", "use_unsaid", "assumed_start"} <= words(used)


def test_every_medicine_of_the_shipped_examples_stands_somewhere() -> None:
    found = []
    for file in ("rivo-noord-stu3.jsonl", "nictiz-nl-core-r4.jsonl"):
        for name, content in lines(file):
            resources = [entry.get("resource", {}) for entry in content.get("entry", [])] or [content]
            for one in resources:
                if one.get("resourceType") in MEDICINES:
                    found.append(read(one | {"id": f"{name}-{one.get('id')}"}, file))
    assert len(found) >= 6
    made = overview_of(found, datetime(2026, 11, 22, tzinfo=AMSTERDAM))
    assert sorted(block.ref for line in made.lines for block in line.blocks) == sorted(block.ref for block in found)
    assert all(line.product for line in made.lines)
