"""Finding help: everyday words with typing errors, place and distance, circumstances, and how old a statement is."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from region.generate.catalogue import CATALOGUE, CODES
from square.access import AgeGroup, Wanted, Way, find_place, services_for, waiting_times
from square.codes import is_code
from square.models import HealthcareService, WaitingTimeReport
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def names(wanted: Wanted) -> list[str]:
    return [service.name for service in services_for(wanted)]


def report(service: HealthcareService, days: int, ago: int) -> None:
    with factories.as_owner():
        WaitingTimeReport.objects.create(
            service=service, days=days, measured_on=timezone.localdate() - timedelta(days=ago)
        )


@pytest.fixture
def offer() -> list[HealthcareService]:
    social, ggz = factories.organisation("social"), factories.organisation("mental_health")
    return [
        factories.service(social, "Verkennend gesprek", needs="somber eenzaam rouw"),
        factories.service(
            social,
            "Rouwgroep Samen verder",
            summary="Met anderen praten na een verlies.",
            needs="partner overleden alleen",
            minimum_age=18,
        ),
        factories.service(
            ggz,
            "Basis-ggz voor ouderen",
            summary="Behandeling bij klachten.",
            needs="depressie angst",
            law="zvw",
            minimum_age=65,
            online=True,
            municipalities=[],
        ),
        factories.service(
            social,
            "Jongerenwerk",
            summary="Activiteiten.",
            needs="vrienden verveling",
            maximum_age=23,
            at_home=True,
            municipalities=["Hilversum"],
        ),
    ]


def test_words_find_services_that_know_one_of_them_and_the_best_comes_first(offer: list[HealthcareService]) -> None:
    assert names(Wanted(words="somber na overlijden partner")) == ["Rouwgroep Samen verder", "Verkennend gesprek"]
    assert names(Wanted(words="eenzaam")) == ["Verkennend gesprek"]


@pytest.mark.parametrize("typed", ["rouwgroup", "rouwgroepen", "rouwg", "ROUWGROEP", "rouw groep"])
def test_a_typing_error_or_half_a_word_still_finds(offer: list[HealthcareService], typed: str) -> None:
    assert "Rouwgroep Samen verder" in names(Wanted(words=typed))


@pytest.mark.parametrize("typed", ["'", "a & b | !", "<script>", ":*", "%", "  ?! "])
def test_signs_are_words_too_and_break_nothing(offer: list[HealthcareService], typed: str) -> None:
    assert names(Wanted(words=typed)) is not None


def test_filters_keep_what_fits(offer: list[HealthcareService]) -> None:
    assert names(Wanted(domain="mental_health")) == ["Basis-ggz voor ouderen"]
    assert names(Wanted(law="zvw")) == ["Basis-ggz voor ouderen"]
    assert names(Wanted(way=Way.AT_HOME)) == ["Jongerenwerk"]
    assert "Jongerenwerk" not in names(Wanted(age_group=AgeGroup.OLDER))
    assert names(Wanted(age=10)) == ["Jongerenwerk", "Verkennend gesprek"]
    assert names(Wanted(municipality="Hilversum")) == ["Basis-ggz voor ouderen", "Jongerenwerk"]


def test_a_language_and_the_code_of_a_problem_find_what_says_so(offer: list[HealthcareService]) -> None:
    factories.service(offer[0].organisation, "Voor suikerziekte", languages=["nl", "tr"], codes=["T90", "44054006"])
    assert names(Wanted(language="tr")) == ["Voor suikerziekte"]
    for code in ("T90", "T90.02", "44054006"):
        assert names(Wanted(code=code)) == ["Voor suikerziekte"], code
    assert names(Wanted(words="t90.02")) == ["Voor suikerziekte"], "a code may be typed where words are"
    assert names(Wanted(words="P70")) == []
    assert "taal" in Client().get("/square/", {"language": "tr"}).content.decode().lower()


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("P76", True), ("T90.02", True), ("35489007", True), ("44054006", True), ("35489008", False), ("p76", False), ("P7", False),
        ("P76.", False), ("76", False), ("", False), ("P٧٦", False), ("0" * 8, False),
    ],
)  # fmt: skip
def test_a_code_is_icpc_or_a_snomed_number_whose_check_digit_is_right(text: str, valid: bool) -> None:
    assert is_code(text) is valid


def test_every_code_of_the_made_up_region_is_one() -> None:
    assert all(is_code(code) for codes in CODES.values() for code in codes)
    assert set(CODES) <= {kind.kind for kinds in CATALOGUE.values() for kind in kinds}


def test_distance_is_measured_from_the_place_that_was_typed(offer: list[HealthcareService]) -> None:
    place = find_place("1271 ab")
    assert place is not None
    assert place.municipality == "Huizen"
    near = services_for(Wanted(near=place))
    assert all(0 <= service.metres < 5_000 for service in near)
    far = find_place("Utrecht")
    assert far is not None
    metres = services_for(Wanted(near=far, words="depressie"))[0].metres
    assert 20_000 < metres < 30_000, "Utrecht to Huizen is about 25 km"


def test_a_place_name_in_the_region_wins_from_its_namesake(offer: list[HealthcareService]) -> None:
    place = find_place("laren")
    assert place is not None
    assert place.municipality == "Laren"


@pytest.mark.parametrize("typed", ["0000", "0999 ZZ", "Nergenshuizen", "127", "12711"])
def test_an_unknown_place_is_said_at_the_field_and_the_results_stay(offer: list[HealthcareService], typed: str) -> None:
    page = Client().get("/square/", {"q": "somber", "where": typed})
    assert page.status_code == 200
    text = page.content.decode()
    assert "Typ de vier cijfers van een postcode" in text
    assert "Verkennend gesprek" in text


def test_the_public_page_shows_filters_with_counts(offer: list[HealthcareService]) -> None:
    page = Client().get("/square/")
    facets = {sift["label"]: sift["count"] for facet in page.context["facets"] for sift in facet["sifts"]}
    assert facets["sociaal domein"] == 3
    assert facets["aan huis"] == 1
    assert facets["ouderen"] == 3
    chosen = Client().get("/square/", {"domain": "social"})
    facets = {sift["label"]: sift for facet in chosen.context["facets"] for sift in facet["sifts"]}
    assert facets["geestelijke gezondheidszorg"]["count"] == 1, "a filter counts as if it were the only one of its kind"
    assert facets["sociaal domein"]["url"] == "/square/?", "pressing a chosen filter takes it away"


def test_a_part_is_given_to_htmx_and_a_page_to_everybody_else(offer: list[HealthcareService]) -> None:
    part = Client().get("/square/", {"q": "somber"}, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "Verkennend gesprek" in part.content.decode()


def test_a_statement_older_than_six_weeks_says_so(offer: list[HealthcareService]) -> None:
    report(offer[0], 7, ago=10)
    report(offer[0], 90, ago=60)
    report(offer[1], 21, ago=49)
    waiting = waiting_times(offer)
    assert (waiting[offer[0].pk].days, waiting[offer[0].pk].stale) == (7, False)
    assert waiting[offer[1].pk].stale
    text = Client().get("/square/").content.decode()
    assert "opgave van 7 weken oud" in text
    assert "7 dagen wachten" in text
    assert "wachttijd niet opgegeven" in text


def test_what_is_not_in_use_or_not_admitted_is_not_found(offer: list[HealthcareService]) -> None:
    suspended = factories.organisation("welfare", admission="suspended")
    hidden = factories.service(suspended, "Van een geschorste deelnemer")
    gone = factories.service(offer[0].organisation, "Bestaat niet meer", active=False)
    assert not {"Van een geschorste deelnemer", "Bestaat niet meer"} & set(names(Wanted()))
    assert Client().get(f"/square/{hidden.pk}/").status_code == 404
    assert Client().get(f"/square/{gone.pk}/").status_code == 404


def test_a_large_offer_is_searched_by_its_indexes() -> None:
    of = factories.organisation("social")
    with factories.as_owner(), connection.cursor() as cursor:
        HealthcareService.objects.bulk_create(
            (
                HealthcareService(
                    organisation=of,
                    name=f"Dienst {n}",
                    kind="x",
                    domain="social",
                    law="wmo",
                    summary=hashlib.sha256(bytes([n % 256, n // 256])).hexdigest(),
                )
                for n in range(3000)
            ),
            batch_size=1000,
        )
        cursor.execute("analyze square_healthcareservice")
        plan = services_for(Wanted(words="eenzaam verdriet")).explain()
    assert "square_service_search" in plan
    assert "square_service_trigram" in plan


def test_the_number_of_queries_does_not_grow_with_the_offer(offer: list[HealthcareService]) -> None:
    client = Client()
    client.get("/square/")
    with CaptureQueriesContext(connection) as few:
        client.get("/square/", {"q": "samen", "where": "1271"})
    for number in range(15):
        factories.service(offer[0].organisation, f"Dienst {number}", needs="samen")
    with CaptureQueriesContext(connection) as many:
        client.get("/square/", {"q": "samen", "where": "1271"})
    assert len(many) == len(few)
