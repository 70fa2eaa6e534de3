"""Each part of the overview says from whom, of when and fetched when, and tells apart the ways in which it can be empty."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dossier.models import Source, SourceAnswer
from events.actor import act
from events.models import WorkItem
from people.models import Membership, Organisation, Patient
from tests import factories
from tests.exchange import stage
from trust.access import open_record
from trust.categories import Category, to_mask
from workplace.access import BY_KEY, PARTS
from workplace.access.lists import part_page
from workplace.access.parts import FIRST

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]
MOST = 25
"""Questions to the database for the whole page, whatever the size of the record."""


def overview(client: Client, patient: Patient) -> str:
    return client.get(reverse("workplace:patient", args=[patient.key])).content.decode()


def card(page: str, key: str) -> str:
    """What one part shows, without the tags around it; nothing where it has no card."""
    found = re.search(rf'<section[^>]*id="part-{key}"(?P<hidden>[^>]*)>(?P<body>.*?)</section>', page, re.DOTALL)
    assert found, f"{key} has no place"
    return "" if "hidden" in found["hidden"].split() else " ".join(re.sub(r"<[^>]+>", " ", found["body"]).split())


def answered(patient: Patient, source: Source, outcome: str = "answered", **values: Any) -> SourceAnswer:
    """How a source answered just now, about all it serves."""
    now = timezone.now()
    values = {
        "asked_at": now,
        "answered_at": now if outcome in {"answered", "nothing"} else None,
        "asked_categories": source.categories,
        **values,
    }
    with factories.as_owner():
        return SourceAnswer.objects.create(
            patient=patient, organisation=source.organisation, source=source, outcome=outcome, **values
        )


def test_every_kind_of_data_and_of_entry_stands_in_a_part() -> None:
    from dossier.models import Entry

    placed = frozenset[Category]().union(*(part.categories for part in PARTS))
    assert set(Category) - placed == {Category.IDENTITY}
    assert sorted(kind for part in PARTS for kind in part.kinds) == sorted(Entry.Kind.values)
    for role, keys in FIRST.items():
        assert set(keys) <= BY_KEY.keys(), role
        assert len(set(keys)) == len(keys), role


def test_no_answer_refused_unreadable_withheld_unconnected_and_nothing_are_said_apart(client_of: Browser) -> None:
    gp = factories.member("gp", factories.organisation("gp", "Praktijk Zonder"))
    makers = {
        name: factories.organisation(domain, name)
        for domain, name in (
            ("hospital", "Ziekenhuis Zwijgt"), ("hospital", "Kliniek Weigert"), ("pharmacy", "Apotheek Krom"),
            ("hospital", "Kliniek Dicht"), ("pharmacy", "Apotheek Los"), ("home_care", "Zorg Leeg"),
        )
    }  # fmt: skip
    patient = factories.patient(related_to=[gp.organisation, *makers.values()])
    allergies = to_mask([Category.ALLERGIES, Category.PROBLEMS])
    for name, outcome in (
        ("Ziekenhuis Zwijgt", "no_answer"), ("Kliniek Weigert", "refused"), ("Apotheek Krom", "fault"), ("Zorg Leeg", "nothing"),
    ):  # fmt: skip
        answered(patient, factories.source(makers[name], kind="epd", categories=allergies), outcome)
    factories.source(makers["Kliniek Dicht"], kind="epd", categories=allergies)
    for name, holder in makers.items():
        permit = name != "Kliniek Dicht"
        factories.consent(patient, Category.ALLERGIES, permit=permit, holder_organisation=holder)
    page = overview(client_of(gp), patient)
    said = card(page, "allergies")
    assert "EPD Ziekenhuis Zwijgt : geen antwoord (gevraagd vandaag" in said
    assert "nog nooit een antwoord" in said
    assert "EPD Kliniek Weigert : weigert de vraag (gevraagd" in said
    assert "EPD Apotheek Krom : onbruikbaar antwoord (gevraagd" in said
    assert "Niet getoond van Kliniek Dicht, de inwoner gaf hier geen toestemming voor." in said
    assert "Niet aangesloten, en kent deze inwoner wel: uw eigen organisatie." in said
    assert "Kennen deze inwoner en zijn niet aangesloten: Apotheek Los, uw eigen organisatie." in page
    assert "Niets gevonden bij EPD Zorg Leeg." in said
    assert said.count("Hier kan iets ontbreken.") == 3


def test_who_keeps_nothing_that_the_role_needs_is_not_named_as_missing(client_of: Browser) -> None:
    pharmacist, gp = factories.member("pharmacist"), factories.member("gp")
    makers = [
        factories.organisation(domain, name)
        for domain, name in (
            ("mental_health", "Mentaal Thuis"), ("social", "Wijkteam Oost"), ("hospital", "Kliniek West"),
        )
    ]  # fmt: skip
    patient = factories.patient(related_to=[pharmacist.organisation, gp.organisation, *makers])
    page = overview(client_of(pharmacist), patient)
    assert "Kliniek West" in page
    assert "Mentaal Thuis" not in page
    assert "Wijkteam Oost" not in page
    page = overview(client_of(gp), patient)
    assert "Mentaal Thuis" in page
    assert "Wijkteam Oost" in page


def test_what_was_fetched_before_a_failure_stays_with_its_hour_and_the_failure_beside_it(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    long_ago = timezone.now() - timedelta(hours=20)
    factories.fact(patient, his, Category.ALLERGIES, "Penicilline", fetched_at=long_ago)
    answered(patient, his, "no_answer", answered_at=long_ago)
    said = card(overview(client_of(gp), patient), "allergies")
    assert "Penicilline" in said
    assert "geen antwoord" in said
    assert "laatste antwoord" in said
    assert re.search(r"Van HIS [^,]+, opgehaald (gisteren|vandaag) \d\d:\d\d", said)


def test_a_source_that_kept_one_kind_back_is_incomplete_there_and_nowhere_else(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    answered(patient, his, failed_categories=to_mask([Category.MEDICATION]))
    page = overview(client_of(gp), patient)
    assert "geen volledig antwoord" in card(page, "medication")
    assert "Niets gevonden bij HIS" in card(page, "problems")


def test_a_result_in_many_words_may_fill_several_lines_and_a_number_with_its_unit_stays_whole(
    client_of: Browser,
) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    ecd = factories.source(gp.organisation)
    words = (
        "ademhalingsritme: normaal ademhalingspatroon · diepte van ademhaling: oppervlakkig · Ademfrequentie: 40 /min"
    )
    rest = {"resource_type": "Observation", "category": Category.RESULTS, "status": "definitief"}
    factories.fact(patient, ecd, title="Ademhaling", detail=words, code="http://loinc.org|9279-1", **rest)
    factories.fact(
        patient,
        ecd,
        title="Kalium",
        detail="4,6 mmol/L",
        code="http://loinc.org|2823-3",
        value=4.6,
        unit="mmol/L",
        **rest,
    )
    page = overview(client_of(gp), patient)
    assert f"<strong>{words}</strong>" in page
    assert '<strong class="num">4,6 mmol/L</strong>' in page


def test_before_sources_answer_a_part_says_so_and_never_that_there_is_nothing(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    page = overview(client_of(gp), patient)
    assert f"nog geen antwoord gehad van {his}" in card(page, "medication")
    assert "Niets gevonden" not in page


def test_a_part_that_is_not_first_for_the_role_has_no_card_while_nothing_is_in_it(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    answered(patient, factories.source(gp.organisation))
    page = overview(client_of(gp), patient)
    assert card(page, "vaccinations") == ""
    assert card(page, "allergies")
    assert re.search(r"Niets gevonden bij de bronnen die antwoordden: [^.]*vaccinaties", page)


def test_results_show_value_course_former_value_and_source(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    for month, value in ((5, 38.0), (8, 44.0), (11, 51.5)):
        factories.fact(
            patient, his, Category.RESULTS, "HbA1c", detail=f"{value} mmol/mol", code="http://loinc.org|59261-8", value=value,
            unit="mmol/mol", on_date=f"2026-{month:02}-03",
        )  # fmt: skip
    client = client_of(gp)
    page = overview(client, patient)
    said = card(page, "results")
    assert "51.5 mmol/mol" in said
    assert "44 (3 aug 2026)" in said
    assert 'aria-label="stijgt: 38 op 3 mei 2026, nu 51,5, 3 metingen"' in page
    assert "style=" not in page.split('id="part-results"')[1].split("</section>")[0]
    own = client.get(reverse("workplace:part", args=[patient.key, "results"]), {"test": "http://loinc.org|59261-8"})
    assert own.content.decode().count("HbA1c") >= 4
    assert "<svg" in own.content.decode()


def test_a_blood_pressure_has_its_upper_value_drawn_and_both_said(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    for month, high, low in ((5, 138, 84), (8, 155, 82)):
        factories.fact(
            patient, his, Category.RESULTS, "Bloeddruk", detail=f"{high} / {low} mmHg", code="http://loinc.org|85354-9",
            value=high, unit="mmHg", on_date=f"2026-{month:02}-03",
        )  # fmt: skip
    page = overview(client_of(gp), patient)
    assert "138 / 84 mmHg (3 mei 2026)" in card(page, "results")
    assert 'aria-label="bovendruk stijgt: 138 op 3 mei 2026, nu 155, 2 metingen"' in page


def test_what_was_out_of_the_ordinary_long_ago_does_not_stand_above_what_is_now(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    today = timezone.localdate()
    for title, days, judged in (("Oud", 1800, "kritiek hoog"), ("Nieuw", 3, ""), ("Laatst", 40, "te hoog")):
        factories.fact(
            patient, his, Category.RESULTS, title, detail="5", value=5, code=f"c|{title}", interpretation=judged,
            on_date=(today - timedelta(days=days)).isoformat(),
        )  # fmt: skip
    said = card(overview(client_of(gp), patient), "results")
    assert said.index("Laatst") < said.index("Nieuw") < said.index("Oud")


def test_the_newest_own_measurement_stands_above_older_results(client_of: Browser) -> None:
    gp = factories.member("gp")
    client = client_of(gp)
    for day, first in ((date(2026, 11, 21), "Thuis gemeten"), (date(2026, 9, 1), "145 / 82")):
        patient = factories.patient(related_to=[gp.organisation])
        his = factories.source(gp.organisation)
        factories.fact(patient, his, Category.RESULTS, "Bloeddruk", detail="145 / 82 mmHg", on_date="2026-10-27")
        factories.entry(patient, gp, "Thuis gemeten", kind="measurement", category=Category.RESULTS, on_date=day)
        said = card(overview(client, patient), "results")
        assert min(("Thuis gemeten", "145 / 82"), key=said.index) == first


def test_a_source_whose_facts_stand_further_on_is_not_said_to_have_nothing(client_of: Browser) -> None:
    gp, hospital = factories.member("gp"), factories.member("specialist")
    patient = factories.patient(related_to=[gp.organisation, hospital.organisation])
    factories.consent(patient, *Category)
    his, ehr = factories.source(gp.organisation, name="HIS"), factories.source(hospital.organisation, name="EPD")
    now = timezone.now()
    for source in (his, ehr):
        with factories.as_owner():
            SourceAnswer.objects.create(
                source=source, organisation=source.organisation, patient=patient, outcome="answered", facts=9,
                asked_at=now, answered_at=now,
                asked_categories=to_mask(Category),
            )  # fmt: skip
    for number in range(9):
        factories.fact(patient, his, Category.PROCEDURES, f"Contact {number}", on_date="2026-01-01")
    for number in range(60):
        factories.fact(patient, ehr, Category.PROCEDURES, f"Opname {number}", on_date="2019-01-01")
    client = client_of(gp)
    assert "niets van" not in card(overview(client, patient), "procedures")
    page = client.get(reverse("workplace:part", args=[patient.key, "procedures"]), {"page": 2}).content.decode()
    assert "niets van" not in page


def test_the_course_of_a_result_has_the_values_of_one_unit_however_it_is_written(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    systolic = "http://loinc.org|8480-6"
    for month, (value, unit) in enumerate([(130.0, "mmHg"), (140.0, "mm[Hg]"), (18.7, "kPa"), (150.0, "mm Hg")], 1):
        factories.fact(
            patient,
            his,
            Category.RESULTS,
            "Systolisch",
            code=systolic,
            value=value,
            unit=unit,
            on_date=f"2026-0{month}-01",
        )
    with act(factories.actor(gp)) as actor:
        opening = open_record(actor, patient.key, Category)
        page = part_page(opening, actor, BY_KEY["results"], "1", systolic)
    assert [fact.value for fact in page.course] == [130.0, 140.0, 150.0]


def test_the_whole_list_stands_on_the_own_page_of_a_part_a_page_at_a_time(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    for number in range(55):
        factories.fact(
            patient, his, Category.PROCEDURES, f"Contact {number:02}", on_date=f"2024-01-{number % 28 + 1:02}"
        )
    client = client_of(gp)
    assert "Alle 55 tonen" in card(overview(client, patient), "procedures")
    address = reverse("workplace:part", args=[patient.key, "procedures"])
    pages = [client.get(address, {"page": number}).content.decode() for number in (1, 2)]
    found = [set(re.findall(r"Contact \d\d", page)) for page in pages]
    assert (len(found[0]), len(found[1]), len(found[0] | found[1])) == (50, 5, 55)
    within = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in within
    assert 'name="part-procedures" value="keep"' in within


def test_what_is_pointed_out_is_not_said_again_as_a_state(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    refuted = "weerlegd: is niet aan de orde"
    factories.fact(
        patient, factories.source(gp.organisation), Category.ALLERGIES, "Penicilline", status=refuted, state="negated",
        attention=[refuted], resource_type="AllergyIntolerance",
    )  # fmt: skip
    assert card(overview(client_of(gp), patient), "allergies").count(refuted) == 1


def test_a_long_note_does_not_fill_the_page_and_a_limit_is_never_cut(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    note, limit = "Lang verhaal. " * 60, "Niet reanimeren. " + "Zo besproken. " * 40
    factories.entry(patient, gp, f"{note}Einde van het verhaal.", kind="note")
    factories.entry(patient, gp, f"{limit}Behalve thuis.", kind="wish", category=Category.WISHES)
    client = client_of(gp)
    page = overview(client, patient)
    assert "Einde van het verhaal." not in card(page, "plan")
    assert "Hele tekst lezen" in card(page, "plan")
    assert "Behalve thuis." in card(page, "wishes")
    whole = client.get(reverse("workplace:part", args=[patient.key, "plan"])).content.decode()
    assert "Einde van het verhaal." in whole


def test_work_of_the_own_team_stands_with_what_it_is_about(client_of: Browser) -> None:
    gp, social = factories.member("gp"), factories.member("social_worker")
    patient = factories.patient(related_to=[gp.organisation])
    referral = stage.referral(gp, social, patient, status="asked_back")
    stage.consultation(gp, social, patient=patient)
    for organisation, title in ((gp.organisation, "Vraag beantwoorden"), (social.organisation, "Werk van een ander")):
        with factories.as_owner():
            WorkItem.objects.create(
                kind="referral", subject_type="referral", subject_id=referral.pk, patient_id=patient.pk,
                organisation_id=organisation.pk, title=title, due=timezone.now() + timedelta(days=1),
            )  # fmt: skip
    said = card(overview(client_of(gp), patient), "running")
    assert "Rouwgroep Samen verder Vraag beantwoorden" in said
    assert "wacht op uw team" in said
    assert "Consult C-26-" in said
    assert "Werk van een ander" not in said


def test_appointments_that_come_stand_before_those_that_were(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    today = timezone.localdate()
    for days, title in ((-20, "Geweest"), (30, "Later"), (3, "Eerst")):
        factories.fact(
            patient, his, Category.APPOINTMENTS, title, on_date=f"{today + timedelta(days=days)}T10:00:00+01:00"
        )
    said = card(overview(client_of(gp), patient), "running")
    assert said.index("Eerst") < said.index("Later") < said.index("Geweest")


def record_of(gp: Membership, sources: int, each: int) -> Patient:
    """A patient with so many sources, each with so many facts of every category, and as many entries and statements beside."""
    others = [factories.organisation("hospital", f"Ziekenhuis {number}") for number in range(sources - 1)]
    patient = factories.patient(related_to=[gp.organisation, *others])
    factories.consent(patient)
    for holder in (gp.organisation, *others):
        source = factories.source(holder, kind="his" if holder == gp.organisation else "epd")
        answered(patient, source)
        for category in Category:
            for number in range(each):
                factories.fact(
                    patient, source, category, f"{category.name} {number}", code=f"c|{number}", value=float(number),
                    on_date=f"2025-{number % 12 + 1:02}-01",
                )  # fmt: skip
    for number in range(each):
        for kind in ("matters", "goal", "note", "wish", "social", "measurement"):
            factories.entry(patient, gp, f"{kind} {number}", kind)
    return patient


@pytest.mark.parametrize(("sources", "each", "national"), [(1, 1, ""), (4, 24, ""), (4, 24, "https://service.example")])
def test_the_page_asks_no_more_of_the_database_for_a_big_record(
    client_of: Browser, settings: Any, sources: int, each: int, national: str
) -> None:
    settings.NATIONAL_CONSENT_URL = national
    gp = factories.member("gp")
    with factories.as_owner():
        Organisation.objects.filter(pk=gp.organisation_id).update(ura="90000001")
    patient = record_of(gp, sources, each)
    factories.entry(patient, gp, "een afspraak", "agreement")
    client = client_of(gp)
    overview(client, patient)
    with CaptureQueriesContext(connection) as asked:
        page = overview(client, patient)
    questions = [query["sql"] for query in asked if query["sql"] not in {"BEGIN", "COMMIT"}]
    assert "PROBLEMS" in page
    assert any("trust_nationalanswer" in question for question in questions) == bool(national)
    assert len(questions) <= MOST, "\n".join(question[:110] for question in questions)


def test_only_the_pieces_that_changed_are_sent_again(client_of: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    answered(patient, his)
    factories.fact(patient, his, Category.ALLERGIES, "Penicilline", source_key="one")
    client = client_of(gp)
    marks = dict(re.findall(r'class="mark" name="([\w-]+)"\s+value="(\w+)"', overview(client, patient)))
    assert {"part-allergies", "part-medication", "told", "asked", "rest"} <= marks.keys()

    def nothing() -> None:
        """A source that answers what it answered before."""

    def sent(*rounds: Callable[[], object]) -> list[tuple[str, str]]:
        def turns(**_asked: Any) -> Generator[int, None, None]:
            for happen in rounds:
                happen()
                yield 1

        monkeypatch.setattr("workplace.views.record.ask_in_turn", turns)
        answer = client.get(reverse("workplace:sources", args=[patient.key]), marks)
        assert answer["Content-Type"] == "text/event-stream"
        return events_of(b"".join(answer.streaming_content).decode())

    assert sent(nothing) == [("end", "")]
    (name, changed), last = sent(
        lambda: factories.fact(patient, his, Category.ALLERGIES, "Jodium", source_key="two"), nothing
    )
    assert (name, last) == ("pieces", ("end", ""))
    assert set(re.findall(r'id="part-(\w+)"', changed)) == {"allergies", "timeline"}
    assert changed.count('hx-swap-oob="true"') == 2
    (_name, changed), _last = sent(
        lambda: factories.fact(patient, his, Category.ALERTS, "Drager MRSA", state="active", resource_type="Flag")
    )
    assert 'id="bar"' in changed, "what must be known at a glance comes along"


def events_of(text: str) -> list[tuple[str, str]]:
    """The server-sent events in a stream: name and data."""
    found = [re.findall(r"^(event|data): (.*)$", block, re.MULTILINE) for block in text.strip().split("\n\n")]
    return [
        (
            next(value for field, value in event if field == "event"),
            "\n".join(value for field, value in event if field == "data"),
        )
        for event in found
    ]


def test_a_part_that_does_not_exist_is_not_found_and_one_the_role_does_not_need_says_so(client_of: Browser) -> None:
    nurse = factories.member("district_nurse")
    patient = factories.patient(related_to=[nurse.organisation])
    factories.fact(patient, factories.source(nurse.organisation), Category.FINANCIAL, "Schuld bij de bank")
    client = client_of(nurse)
    assert client.get(reverse("workplace:part", args=[patient.key, "nothing"])).status_code == 404
    page = client.get(reverse("workplace:part", args=[patient.key, "financial"])).content.decode()
    assert "Voor uw rol niet nodig" in page
    assert "Schuld" not in page


def test_the_same_thing_in_two_sources_is_one_line_and_what_differs_stands_beside_each_other(
    client_of: Browser,
) -> None:
    gp = factories.member("gp")
    hospital = factories.organisation("hospital", "Ziekenhuis De Heide")
    patient = factories.patient(related_to=[gp.organisation, hospital])
    factories.consent(patient)
    his, epd = factories.source(gp.organisation), factories.source(hospital, kind="epd")
    same = {"code": "icpc|K86", "state": "active", "status": "actief"}
    factories.fact(patient, his, Category.PROBLEMS, "Hypertensie", on_date="2020-01-01", **same)
    factories.fact(patient, epd, Category.PROBLEMS, "Hypertensie", on_date="2024-02-02", **same)
    for source, state, status in ((his, "active", "actief"), (epd, "ended", "voorbij")):
        factories.fact(
            patient, source, Category.ALLERGIES, "Penicilline", code="snomed|764146007", state=state, status=status,
            resource_type="AllergyIntolerance", on_date="2021-03-03",
        )  # fmt: skip
    page = overview(client_of(gp), patient)
    problems, allergies = card(page, "problems"), card(page, "allergies")
    assert problems.count("Hypertensie") == 1
    assert f"ook in {his} (1 jan 2020)" in problems
    assert allergies.count("Penicilline") == 1, "what differs is said once, with both sides"
    assert f"actief {his}" in allergies
    assert f"voorbij {epd}" in allergies
    assert "Penicilline verschilt" in allergies


def test_a_problem_and_its_episode_are_one_line_and_one_that_came_back_is_not(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    active = {"state": "active", "status": "actief"}
    factories.fact(patient, his, Category.PROBLEMS, "Hartfalen", code="icpc|K77", on_date="2023-04", **active)
    factories.fact(
        patient, his, Category.PROBLEMS, "Hartfalen", resource_type="EpisodeOfCare", on_date="2023-04-22", **active
    )
    for year in (2019, 2024):
        factories.fact(patient, his, Category.PROBLEMS, "Blaasontsteking", on_date=f"{year}-05-01", **active)
    said = card(overview(client_of(gp), patient), "problems")
    assert said.count("Hartfalen") == 1
    assert said.count("Blaasontsteking") == 2


def test_what_sources_tell_of_referrals_and_questions_elsewhere_stands_with_what_goes_on(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    factories.fact(
        patient, factories.source(gp.organisation), Category.REFERRAL, "Oogarts", resource_type="ServiceRequest"
    )
    said = card(overview(client_of(gp), patient), "running")
    assert "Volgens bronnen Oogarts" in said


def test_wishes_and_limits_are_never_cut_off_for_the_bar(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    factories.entry(patient, gp, "Niet reanimeren", "wish", Category.WISHES, on_date="2020-01-01")
    for number in range(15):
        factories.entry(patient, gp, f"Wil thuis blijven {number}", "wish", Category.WISHES)
    page = overview(client_of(gp), patient)
    assert "Niet reanimeren" in page.split('id="part-')[0]
    assert "Alle 16 tonen" in card(page, "wishes")
