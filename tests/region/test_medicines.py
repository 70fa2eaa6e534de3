"""The medicines of the region: what each simulated system gives of the citizen of the story, read as any source is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from dossier.access.medication import medication_of, medicines_for
from dossier.actions import ask_source
from dossier.medication import Block, Difference, MedicationOverview, Section, Stop, block_of, overview_of, read_block
from dossier.medication.periods import AMSTERDAM
from dossier.sources.check import fault_of, tidy
from dossier.sources.stu3 import to_r4
from events.actor import act
from region.source_facts import facts_for
from region.source_profile import profile_of
from region.source_story import ANNA
from tests import factories
from tests.dossier.sources.conftest import Running
from trust.access import open_record
from trust.categories import Category

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=AMSTERDAM)
PERSON = {"bsn": ANNA, "birth_date": "1948-03-12", "gender": "female", "sources": ["his", "ecd", "epd", "ais"]}
MEDICINES = ("MedicationRequest", "MedicationDispense", "MedicationStatement")


def told(source: str, person: dict[str, object] = PERSON) -> list[Block]:
    """What a system gives, translated and checked as when it is fetched."""
    stu3 = source in ("epd", "ecd")
    given = facts_for(source, profile_of(person, TODAY), f"{source}-0123456789abcdef0123")
    translated = [to_r4(one) if stu3 else tidy(one) for one in given]
    products = [one for one in translated if one["resourceType"] == "Medication"]
    found = []
    for one in translated:
        if one["resourceType"] in MEDICINES:
            assert not fault_of(one), one["id"]
            kept = json.loads(json.dumps(block_of(one, products)))
            found.append(read_block(kept, ref=f"{source}/{one['id']}", source=source.upper()))
    return found


@pytest.fixture(scope="module")
def made() -> MedicationOverview:
    return overview_of([block for source in ("his", "epd", "ecd", "ais") for block in told(source)], NOW)


def products(made: MedicationOverview, section: Section) -> set[str]:
    return {line.product.split()[0] for line in made.of(section)}


def test_the_story_has_a_medicine_in_every_section_of_now(made: MedicationOverview) -> None:
    assert {"ACENOCOUMAROL", "METOPROLOL", "FUROSEMIDE", "TEMAZEPAM", "PARACETAMOL"} == products(made, Section.CURRENT)
    assert products(made, Section.FUTURE) == {"COLECALCIFEROL"}
    assert products(made, Section.SUSPENDED) == {"LISINOPRIL"}
    assert products(made, Section.STOPPED) >= {"AMOXICILLINE", "PREDNISOLON", "NITROFURANTOINE"}
    assert products(made, Section.UNCLEAR) == {"IBUPROFEN"}


def test_the_schedule_of_the_thrombosis_service_leads(made: MedicationOverview) -> None:
    line = next(one for one in made.of(Section.CURRENT) if one.product.startswith("ACENO"))
    assert (line.leading.kind, line.leading.prescriber, line.leading.copy) == ("wds", "Trombosedienst Gooi", True)


def test_a_change_is_announced_and_a_cancelled_course_was_never_used(made: MedicationOverview) -> None:
    furosemide = next(one for one in made.of(Section.CURRENT) if one.product.startswith("FURO"))
    assert "2 maal per dag" in furosemide.upcoming[0][1].dosage
    course = next(one for one in made.of(Section.STOPPED) if one.product.startswith("NITRO"))
    assert course.stop == Stop.CANCELLED


def test_her_own_way_with_a_sleeping_pill_and_the_halved_dose_of_the_hospital_are_brought_forward(
    made: MedicationOverview,
) -> None:
    assert [line.product.split()[0] for line in made.deviations] == ["TEMAZEPAM"]
    assert Difference.DOSE in {one.difference for one in made.conflicts if one.lines[0].product.startswith("METO")}


@pytest.mark.parametrize("bsn", ["999990019", "999990020", "999996782", "111222333"])
def test_every_medicine_of_any_citizen_is_valid_and_stands_somewhere(bsn: str) -> None:
    person = {**PERSON, "bsn": bsn, "birth_date": "1939-05-02"}
    blocks = [block for source in ("his", "epd", "ecd", "ais") for block in told(source, person)]
    shown = overview_of(blocks, NOW)
    assert sorted(b.ref for line in shown.lines for b in line.blocks) == sorted(b.ref for b in blocks)
    assert not shown.of(Section.UNCLEAR) or bsn == ANNA


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "citizens.jsonl").write_text(
        json.dumps({**PERSON, "name": {"own_name": "Vries"}}) + "\n", encoding="utf-8"
    )
    started = Running(tmp_path)
    yield started
    started.server.shutdown()
    started.server.server_close()


@pytest.mark.django_db(transaction=True)
def test_asked_over_the_wire_practice_and_pharmacy_meet_in_one_treatment(running: Running) -> None:
    pharmacist = factories.member("pharmacist")
    practice = factories.organisation("gp")
    patient = factories.patient(
        related_to=[pharmacist.organisation, practice], number=ANNA, birth_date=date(1948, 3, 12)
    )
    factories.consent(patient)
    his = factories.source(practice, base_url=f"{running.address}/his/fhir")
    ais = factories.source(pharmacist.organisation, base_url=f"{running.address}/ais/fhir", kind="ais")
    for source in (his, ais):
        assert ask_source(source=source, key=patient.key, by=factories.actor(pharmacist))
    with act(factories.actor(pharmacist)) as actor:
        medicines, _beside = medicines_for(open_record(actor, patient.key, [Category.MEDICATION]))
        assert all(fact.medication for fact in medicines)
        made = medication_of(medicines)
    furosemide = next(line for line in made.of(Section.CURRENT) if line.product.startswith("FURO"))
    assert furosemide.sources == sorted([his.name, ais.name])
    assert (furosemide.leading.kind, furosemide.leading.source) == ("ta", ais.name)
