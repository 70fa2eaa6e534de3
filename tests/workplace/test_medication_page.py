"""The page of medicines as a professional meets it: what is used, what is wanting, and what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dossier.medication import block_of
from dossier.models import Fact, Source, SourceAnswer
from events.models import Event
from people.models import Membership, Organisation, Patient
from tests import factories
from tests.dossier.medication.making import LISINOPRIL, METOPROLOL, resource
from trust.categories import Category, to_mask

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def ago(days: int) -> str:
    return (timezone.localdate() - timedelta(days=days)).isoformat()


def medicine(
    of: Patient, from_: Source, kind: str = "ma", about: tuple[str, str, str] = METOPROLOL, **more: Any
) -> Fact:
    one = resource(kind, about, **more)
    return factories.fact(
        of,
        from_,
        Category.MEDICATION,
        about[0],
        resource_type=one["resourceType"],
        resource=one,
        medication=block_of(one),
        on_date=ago(3),
    )


def measured(of: Patient, from_: Source, code: str, value: float, unit: str, days: int, **more: Any) -> Fact:
    detail = f"{value:g} {unit}".replace(".", ",")
    return factories.fact(
        of,
        from_,
        Category.RESULTS,
        code,
        code=f"http://loinc.org|{code}",
        value=value,
        unit=unit,
        detail=detail,
        on_date=ago(days),
        **more,
    )


@pytest.fixture
def pharmacist() -> Membership:
    return factories.member("pharmacist")


@pytest.fixture
def practice() -> Organisation:
    return factories.organisation("gp", "Huisartspraktijk De Linde")


@pytest.fixture
def patient(pharmacist: Membership, practice: Organisation) -> Patient:
    made = factories.patient(related_to=[pharmacist.organisation, practice])
    factories.consent(made)
    return made


@pytest.fixture
def his(practice: Organisation) -> Source:
    return factories.source(practice)


@pytest.fixture
def ais(pharmacist: Membership) -> Source:
    return factories.source(pharmacist.organisation, kind="ais")


@pytest.fixture
def look(client_of: Browser, pharmacist: Membership, patient: Patient) -> Callable[[], str]:
    """The page as the pharmacist sees it."""

    def looked() -> str:
        return client_of(pharmacist).get(reverse("workplace:medication", args=[patient.key])).content.decode()

    return looked


def answered(of: Patient, source: Source, outcome: str = "answered", failed: int = 0) -> None:
    with factories.as_owner():
        SourceAnswer.objects.create(
            patient=of,
            organisation=source.organisation,
            source=source,
            outcome=outcome,
            answered_at=timezone.now() if outcome == "answered" else None,
            asked_categories=to_mask(Category),
            failed_categories=failed,
        )


def test_a_line_tells_dosage_period_prescriber_reason_source_and_date(
    look: Callable[[], str], patient: Patient, his: Source
) -> None:
    medicine(
        patient, his, mbh="1", start="2026-01-05", text="Vanaf 5 jan 2026, 1 maal per dag 1 tablet",
        fhir={"requester": {"display": "M. Smit"}, "reasonCode": [{"text": "Hartfalen"}]},
    )  # fmt: skip
    shown = look()
    for words in (
        METOPROLOL[0],
        "Vanaf 5 jan 2026, 1 maal per dag 1 tablet",
        "M. Smit",
        "Hartfalen",
        "HIS Huisartspraktijk De Linde",
        "5 jan 2026",
    ):
        assert words in shown
    assert "Interacties, contra-indicaties en doseringen zijn hier niet beoordeeld" in shown


def test_sections_stand_in_their_order_and_what_ended_long_ago_is_folded(
    look: Callable[[], str], patient: Patient, his: Source
) -> None:
    for number, (start, end) in enumerate([(10, None), (-5, None), (100, 5), (900, 800)]):
        medicine(patient, his, "ma", (f"MIDDEL {number}", "", ""), start=ago(start), end=ago(end) if end else None)
    medicine(patient, his, "mve", ("MIDDEL 9", "", ""), agreed=ago(3))
    shown = look()
    places = [shown.index(f'id="title-{name}"') for name in ("current", "future", "stopped", "unclear", "earlier")]
    assert places == sorted(places)
    assert all(f"MIDDEL {number}" in shown for number in (0, 1, 2, 3, 9))
    assert shown.index("<details", places[-2]) < places[-1]


def test_two_doses_of_two_sources_and_deviating_use_stand_at_the_top(
    look: Callable[[], str], patient: Patient, his: Source, ais: Source
) -> None:
    medicine(patient, his, mbh="1", start=ago(90), per_day=1)
    medicine(patient, ais, "ta", start=ago(90), per_day=2)
    medicine(patient, his, "ma", LISINOPRIL, mbh="2", start=ago(90), per_day=1)
    medicine(
        patient,
        his,
        "mgb",
        LISINOPRIL,
        mbh="2",
        start=ago(9),
        status="active",
        as_agreed=False,
        text="om de dag een halve",
    )
    shown = look()
    heed = shown[shown.index("heed-title") : shown.index('id="title-current"')]
    assert "Dosering verschilt" in heed
    assert "gebruikt anders dan afgesproken" in heed
    assert "om de dag een halve" in heed


def test_the_numbers_beside_the_headings_are_those_of_the_lines_below_them(
    look: Callable[[], str], client_of: Browser, pharmacist: Membership, patient: Patient, his: Source, ais: Source
) -> None:
    medicine(patient, his, mbh="1", start=ago(90), per_day=1)
    medicine(patient, ais, "ta", start=ago(90), per_day=2)
    medicine(patient, his, "ma", LISINOPRIL, mbh="2", start=ago(90), per_day=1)
    shown = look()
    heading = shown[shown.index('id="title-current"') :][:200]
    assert '<span class="src">3</span>' in heading
    page = client_of(pharmacist).get(reverse("workplace:patient", args=[patient.key])).content.decode()
    assert "Medicatieoverzicht met alle 3 regels" in page
    assert "huidige medicatie 3" in page


def test_what_cannot_be_told_is_shown_with_why(look: Callable[[], str], patient: Patient, his: Source) -> None:
    medicine(patient, his, start=ago(9), end=ago(3), stop="99999")
    medicine(patient, his, "ma", LISINOPRIL, start=ago(3), fhir={"intent": "proposal"})
    shown = look()
    assert "Niet te duiden" in shown
    assert "Het stoptype is een onbekende code." in shown
    assert "Een voorstel of concept, nog geen afspraak." in shown


def test_a_medicine_kept_without_its_block_is_never_lost(
    look: Callable[[], str], patient: Patient, his: Source
) -> None:
    factories.fact(
        patient,
        his,
        Category.MEDICATION,
        "MIDDEL ZONDER BOUWSTEEN",
        detail="1 per dag",
        resource_type="MedicationRequest",
    )
    shown = look()
    assert "MIDDEL ZONDER BOUWSTEEN" in shown
    assert "Niet te duiden" in shown


def test_laboratory_values_stand_beside_with_date_unit_and_course(
    look: Callable[[], str], patient: Patient, his: Source
) -> None:
    medicine(patient, his, start=ago(9))
    measured(patient, his, "62238-1", 61, "ml/min/1,73 m²", 200)
    measured(patient, his, "62238-1", 44, "ml/min/1,73 m²", 10)
    measured(patient, his, "2823-3", 4.6, "mmol/L", 500, interpretation="verhoogd")
    measured(patient, his, "4548-4", 55, "mmol/mol", 10)
    answered(patient, his)
    shown = look()
    labs = shown[shown.index("labs-title") : shown.index("allergies-title")]
    for words in (
        "44 ml/min/1,73 m²",
        "daalt",
        "afwijkend",
        "2 metingen: 61, 44",
        "4,6 mmol/L",
        "verhoogd",
        "ouder dan een jaar",
    ):
        assert words in labs
    assert "mmol/mol" not in labs
    assert "Geen uitslag bekend van: Natrium." in " ".join(labs.split())


def test_an_allergy_that_one_source_refutes_and_another_keeps_stands_beside_itself_and_only_there(
    look: Callable[[], str], patient: Patient, his: Source, ais: Source
) -> None:
    of = {"category": Category.ALLERGIES, "title": "Penicilline", "resource_type": "AllergyIntolerance"}
    refuted = "weerlegd: is niet aan de orde"
    factories.fact(patient, his, **of, detail="Huiduitslag", status="actief", state="active", on_date="2009-12-01")
    factories.fact(patient, ais, **of, status=refuted, state="negated", attention=[refuted], on_date="2026-04-26")
    shown = look()
    allergies = " ".join(re.sub(r"<[^>]+>", " ", shown[shown.index("allergies-title") :]).split())
    assert "Penicilline tegenstrijdig" in allergies
    assert allergies.count("Huiduitslag") == 1
    assert allergies.count(refuted) == 1


def test_what_a_source_did_not_answer_or_may_not_show_is_stated(
    look: Callable[[], str], patient: Patient, his: Source, ais: Source
) -> None:
    hospital = factories.organisation("hospital", "Ziekenhuis De Heide")
    factories.relation(patient, hospital)
    factories.consent(patient, Category.MEDICATION, permit=False, holder_organisation=hospital)
    factories.source(hospital, kind="epd")
    answered(patient, his, "no_answer")
    answered(patient, ais)
    stated = look()
    assert stated.index("Dit overzicht is niet volledig.") < stated.index("labs-title")
    assert "Wat daar is gestopt, gewijzigd of begonnen, kan hier ontbreken." in stated
    stated = stated[stated.index("made-title") :]
    assert "HIS Huisartspraktijk De Linde" in stated
    assert "geen antwoord" in stated
    assert "Hier kan iets ontbreken." in stated
    assert reverse("workplace:source", args=[patient.key, his.pk]) in stated
    assert "de inwoner gaf hier geen toestemming voor" in stated
    assert "Alle aangesloten bronnen" not in stated


def test_no_medicine_from_who_answered_is_no_proof_that_none_is_used(
    look: Callable[[], str], patient: Patient, ais: Source, his: Source
) -> None:
    answered(patient, ais)
    answered(patient, his)
    shown = look()
    assert "Dat betekent niet dat de inwoner niets gebruikt." in shown
    assert "volledig geantwoord" in shown


def test_a_role_that_needs_no_medicines_sees_none_and_hears_why(
    client_of: Browser, patient: Patient, his: Source
) -> None:
    worker = factories.member("social_worker")
    factories.relation(patient, worker.organisation)
    medicine(patient, his, start=ago(9))
    shown = client_of(worker).get(reverse("workplace:medication", args=[patient.key])).content.decode()
    assert METOPROLOL[0] not in shown
    assert "Voor uw rol niet nodig en daarom niet getoond" in shown


def test_without_consent_nothing_of_another_holder_shows(
    client_of: Browser, pharmacist: Membership, practice: Organisation
) -> None:
    closed = factories.patient(related_to=[pharmacist.organisation, practice], number="999990019")
    medicine(closed, factories.source(practice), start=ago(9))
    shown = client_of(pharmacist).get(reverse("workplace:medication", args=[closed.key])).content.decode()
    assert METOPROLOL[0] not in shown
    assert "geen toestemming" in shown


def test_a_stranger_gets_not_found_and_a_reader_is_logged(
    client_of: Browser, pharmacist: Membership, patient: Patient, his: Source
) -> None:
    medicine(patient, his, start=ago(9))
    address = reverse("workplace:medication", args=[patient.key])
    assert client_of(factories.member("gp")).get(address).status_code == 404
    assert client_of(pharmacist).get(address).status_code == 200
    with factories.as_owner():
        opened = Event.objects.filter(verb="record.opened", patient_id=patient.pk, user_id=pharmacist.user_id)
        assert opened.count() == 1


def test_the_number_of_queries_does_not_grow_with_the_record(
    client_of: Browser, pharmacist: Membership, patient: Patient, his: Source
) -> None:
    client, address = client_of(pharmacist), reverse("workplace:medication", args=[patient.key])

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    medicine(patient, his, start=ago(9))
    asked()
    few = asked()
    for number in range(30):
        medicine(patient, his, "ma", (f"MIDDEL {number}", "", ""), mbh=str(number), start=ago(9))
        measured(patient, his, "2823-3", 4 + number / 10, "mmol/L", number)
    assert asked() == few
    assert few <= 25


def test_the_overview_shows_medicines_by_line_with_what_may_not_be_missed_first(
    client_of: Browser, pharmacist: Membership, patient: Patient, his: Source, ais: Source
) -> None:
    medicine(patient, his, "ma", ("AAA", "", ""), start=ago(9))
    medicine(patient, his, mbh="1", start=ago(90), per_day=1)
    medicine(patient, ais, "ta", start=ago(90), per_day=2)
    shown = client_of(pharmacist).get(reverse("workplace:patient", args=[patient.key])).content.decode()
    part = shown[shown.index('id="part-medication"') :]
    part = part[: part.index("</section>")]
    assert part.index(METOPROLOL[0]) < part.index("AAA")
    assert "Dosering verschilt" in part
    assert reverse("workplace:medication", args=[patient.key]) in part


def test_asked_for_anew_it_comes_as_one_piece_and_asks_no_second_time(
    client_of: Browser, pharmacist: Membership, patient: Patient, his: Source
) -> None:
    address = reverse("workplace:medication", args=[patient.key])
    whole = client_of(pharmacist).get(address).content.decode()
    assert f'hx-get="{address}?sources=1"' in whole
    piece = client_of(pharmacist).get(f"{address}?sources=1", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in piece
    assert "?sources=1" not in piece.replace(f'href="{address}?sources=1"', "")
    plain = client_of(pharmacist).get(f"{address}?sources=1")
    assert (plain.status_code, plain["Location"]) == (302, address)
