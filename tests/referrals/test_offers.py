"""Choosing an offer: sifts with counts, conditions that are met or not, problems by code, and offers beside each other."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from events.models import Event
from people.models import Membership
from referrals import access
from referrals.models import Referral
from tests import factories
from tests.referrals.test_pages import form, new, opened
from tests.referrals.world import World
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
PART = {"HX-Request": "true"}


@pytest.fixture
def world() -> World:
    made = World()
    of = made.receiver.organisation
    factories.service(of, "Wijkverpleging", law="zvw", at_home=True, languages=["nl", "tr"], codes=["P76", "T90"])
    factories.service(of, "Jongerenwerk", maximum_age=23, phone="035-5550001")
    factories.service(of, "Wijkteam Hilversum", municipalities=["Hilversum"])
    factories.service(of, "Volle groep", open_for_new=False)
    return made


def names(offers: list[access.Offer]) -> list[str]:
    return sorted(offer.service.name for offer in offers)


def found(world: World, *sifts: tuple[str, str], **said: object) -> access.Found:
    return access.find_offers(world.patient, access.Search(sifts=sifts, **said))  # type: ignore[arg-type]


def test_what_does_not_fit_age_or_place_stands_apart_with_the_reason(world: World) -> None:
    all_ = found(world)
    assert names(all_.offers) == ["Verkennend gesprek", "Volle groep", "Wijkverpleging"]
    assert names(all_.unfit) == ["Jongerenwerk", "Wijkteam Hilversum"]
    reasons = {o.service.name: [c.text for c in o.conditions if c.met is False] for o in [*all_.offers, *all_.unfit]}
    assert reasons == {
        "Verkennend gesprek": [],
        "Wijkverpleging": [],
        "Volle groep": ["neemt nu niemand aan"],
        "Jongerenwerk": ["tot en met 23 jaar; de inwoner is 78 jaar"],
        "Wijkteam Hilversum": ["voor inwoners van Hilversum; de inwoner woont in Huizen"],
    }


def test_an_own_condition_is_for_a_person_to_find_out_and_holds_nobody_back(world: World) -> None:
    factories.service(world.receiver.organisation, "Rouwgroep", criteria=["Verlies korter dan een jaar geleden"])
    offer = next(o for o in found(world).offers if o.service.name == "Rouwgroep")
    assert [(c.text, c.met) for c in offer.conditions if c.name == "own"] == [
        ("Verlies korter dan een jaar geleden", None)
    ]
    assert offer.choosable


@pytest.mark.parametrize(("lowest", "highest", "fits"), [(78, 78, True), (79, None, False), (None, 77, False)])
def test_the_ends_of_an_age_count(world: World, lowest: int | None, highest: int | None, fits: bool) -> None:
    pk = factories.service(world.receiver.organisation, "Op leeftijd", minimum_age=lowest, maximum_age=highest).pk
    assert (access.get_offer(world.patient, pk) is not None) is fits
    assert ("Op leeftijd" in names(found(world).offers)) is fits


def test_where_somebody_lives_may_be_unknown_and_is_then_to_be_found_out(world: World) -> None:
    world.patient.municipality = ""
    offer = access.get_offer(world.patient, world.service.pk)
    assert offer is not None
    assert [c.met for c in offer.conditions if c.name == "place"] == [None]
    assert offer.choosable


@pytest.mark.parametrize(
    ("sift", "left"),
    [
        (("law", "zvw"), ["Wijkverpleging"]),
        (("way", "at_home"), ["Wijkverpleging"]),
        (("language", "tr"), ["Wijkverpleging"]),
        (("room", "yes"), ["Verkennend gesprek", "Wijkverpleging"]),
        (("domain", "social"), ["Verkennend gesprek", "Volle groep", "Wijkverpleging"]),
        (("domain", "hospital"), []),
    ],
)
def test_each_sift_counts_what_it_leaves(world: World, sift: tuple[str, str], left: list[str]) -> None:
    before = {(s.name, s.value): s.count for kind in found(world).sifts.values() for s in kind}
    after = found(world, sift)
    assert names(after.offers) == left
    assert (after.total, before.get(sift, 0)) == (len(left), len(left))


def test_what_is_full_stands_below_when_only_room_is_asked_for(world: World) -> None:
    assert "Volle groep" in names(found(world, ("room", "yes")).unfit)


def test_age_and_place_are_shown_as_facts_and_can_be_taken_away(world: World, client_of: ClientOf) -> None:
    client = client_of(world.sender)
    text = client.get(new(world)).content.decode()
    assert "past bij 78 jaar" in text
    assert 'value="beyond=place"' in text
    page = client.post(new(world), {"set": "beyond=age"}, headers=PART)
    assert "Jongerenwerk" in names(page.context["offers"])
    assert "weer alleen wat past bij 78 jaar" in page.content.decode()
    young = next(o.service.pk for o in page.context["offers"] if o.service.name == "Jongerenwerk")
    assert re.search(rf'value="{young}" disabled', page.content.decode()), "seen, but still not to be chosen"
    page = client.post(new(world), {"set": "beyond=age", "beyond": "age"}, headers=PART)
    assert "Jongerenwerk" not in names(page.context["offers"])


def test_what_does_not_fit_cannot_be_sent_to_and_says_whom_to_call(world: World, client_of: ClientOf) -> None:
    client = client_of(world.sender)
    page = client.get(new(world))
    young = next(o.service.pk for o in page.context["found"].unfit if o.service.name == "Jongerenwerk")
    assert 'href="tel:035-5550001"' in page.content.decode()
    page = client.post(new(world), form(world, service=str(young), shown=str(young)))
    assert "Kies in stap 1 een aanbod" in page.content.decode()
    with factories.as_owner():
        assert not Referral.objects.exists()


def test_a_sift_is_pressed_and_taken_away_without_a_script_and_what_was_typed_stays(
    world: World, client_of: ClientOf
) -> None:
    client = client_of(world.sender)
    page = client.post(new(world), form(world, set="law=zvw", question="Mijn vraag", service="", shown=""))
    text = page.content.decode()
    assert "<html" in text
    assert "Mijn vraag" in text
    assert "Nog niet klaar" not in text
    assert names(page.context["offers"]) == ["Wijkverpleging"]
    assert '<input type="hidden" name="law" value="zvw">' in text
    page = client.post(new(world), form(world, set="law=", law="zvw", service="", shown=""))
    assert len(page.context["offers"]) == 3


def test_only_sending_asks_the_browser_whether_everything_was_filled_in(world: World, client_of: ClientOf) -> None:
    page = client_of(world.sender).post(new(world), form(world, do="compare", compare=[world.service.pk] * 2))
    main = page.content.decode().partition('<form method="post" action="/referrals/new/')[2].partition("</form>")[0]
    asking = [button for button in re.findall(r"<button [^>]*>", main) if "formnovalidate" not in button]
    assert ['value="send"' in button for button in asking] == [True]


def test_the_keyboard_stays_where_it_was_after_a_sift(world: World, client_of: ClientOf) -> None:
    client = client_of(world.sender)
    text = client.post(new(world), {"set": "law=zvw"}, headers=PART).content.decode()
    assert text.count('id="sift-lawzvw"') == 1, "the button that was pressed is still there, to take it away"
    assert "autofocus" not in text
    text = client.post(new(world), {"set": "law=", "law": "zvw"}, headers=PART).content.decode()
    assert re.search(r"<legend[^>]* autofocus", text), "what was pressed is gone; the number of offers is read instead"


@pytest.mark.parametrize(
    "pressed", ["law=nonsense", "nonsense", "=", "service=1", "code=<b>", "beyond=everything", "q"]
)
def test_a_sift_that_does_not_exist_sifts_nothing(world: World, client_of: ClientOf, pressed: str) -> None:
    page = client_of(world.sender).post(new(world), {"set": pressed}, headers=PART)
    assert page.status_code == 200
    assert "Verkennend gesprek" in page.content.decode()
    assert "<b>" not in page.content.decode()


def test_the_problems_of_the_patient_find_offers_by_code(world: World, client_of: ClientOf) -> None:
    source = factories.source(world.sender.organisation)
    icpc = "http://hl7.org/fhir/sid/icpc-1-nl|"
    factories.fact(world.patient, source, Category.MENTAL_HEALTH, "Depressie", code=f"{icpc}P76", state="active")
    factories.fact(world.patient, source, title="Diabetes", code=f"{icpc}T90.02", state="active")
    snomed = "http://snomed.info/sct|44054006"
    factories.fact(world.patient, source, title="diabetes", code=snomed, state="active", on_date="2020")
    factories.service(world.receiver.organisation, "Diabetespoli", codes=["44054006"])
    factories.fact(world.patient, source, title="Voorbij", code=f"{icpc}P76", state="resolved")
    factories.fact(world.patient, source, title="Eczeem", code=f"{icpc}S87", state="active")
    client = client_of(world.sender)
    page = client.get(new(world))
    assert sorted(page.context["problems"]) == [
        ("P76 Depressie", "Depressie"),
        ("T90.02,44054006 Diabetes", "Diabetes"),
    ]
    for press, left in (
        ("code=P76 Depressie", ["Wijkverpleging"]),
        ("code=T90.02,44054006 Diabetes", ["Diabetespoli", "Wijkverpleging"]),
    ):
        page = client.post(new(world), {"set": press}, headers=PART)
        assert names(page.context["offers"]) == left, press
        assert f"voor: {press.split()[1]}" in page.content.decode()
    page = client.post(new(world), {"set": "code=", "code": "P76 Depressie"}, headers=PART)
    assert len(page.context["offers"]) == 4


def test_who_may_not_see_problems_is_offered_none(world: World, client_of: ClientOf) -> None:
    source = factories.source(world.sender.organisation)
    factories.fact(world.patient, source, title="Depressie", code="http://hl7.org/fhir/sid/icpc-1-nl|P76")
    desk = factories.member("welfare_worker", at=factories.organisation("welfare"))
    factories.relation(world.patient, desk.organisation)
    page = client_of(desk).get(new(world))
    assert page.status_code == 200
    assert page.context["problems"] == []
    assert "Depressie" not in page.content.decode()


def test_searching_sifting_and_comparing_open_nothing_and_the_page_opens_once(
    world: World, client_of: ClientOf
) -> None:
    client = client_of(world.sender)
    client.post(new(world), {"set": "code=P76 Depressie"}, headers=PART)
    client.post(new(world), {"do": "search", "q": "P76"}, headers=PART)
    client.post(new(world), {"do": "compare", "compare": [world.service.pk]}, headers=PART)
    assert opened() == 0
    client.get(new(world))
    assert opened() == 1
    with factories.as_owner():
        assert not Event.objects.filter(verb="access.denied").exists()


def test_two_to_four_stand_beside_each_other_and_one_is_picked(world: World, client_of: ClientOf) -> None:
    client = client_of(world.sender)
    every = [o.service.pk for o in found(world).offers]
    page = client.post(
        new(world), form(world, do="compare", compare=every, question="Mijn vraag", service="", shown="")
    )
    text = page.content.decode()
    assert len(page.context["columns"]) == 3
    assert "Mijn vraag" in text
    assert f'name="pick" value="{world.service.pk}"' in text
    full = next(o.service.pk for o in page.context["columns"] if not o.choosable)
    assert f'name="pick" value="{full}"' not in text
    page = client.post(new(world), form(world, do="send", pick=str(world.service.pk), service=str(every[0]), shown=""))
    assert f'name="shown" value="{world.service.pk}"' in page.content.decode()
    with factories.as_owner():
        assert not Referral.objects.exists(), "picking is not sending"
    page = client.post(new(world), {"do": "compare", "compare": [world.service.pk]}, headers=PART)
    assert "Vink in stap 1" in page.content.decode()


@pytest.mark.parametrize("typed", ["x", "9" * 30, "-1", "²", ""])
def test_what_is_no_number_of_a_service_is_not_compared(world: World, typed: str) -> None:
    assert access.compared(world.patient, [typed]) == []


def test_not_more_than_four_are_compared_and_each_once(world: World) -> None:
    more = [factories.service(world.receiver.organisation, f"Dienst {n}").pk for n in range(5)]
    assert len(access.compared(world.patient, [more[0], more[0], *more])) == 4


def test_the_number_of_queries_does_not_grow_with_the_offer(world: World, client_of: ClientOf) -> None:
    client = client_of(world.sender)
    client.post(new(world), {"do": "search"}, headers=PART)
    with CaptureQueriesContext(connection) as few:
        client.post(new(world), {"do": "search"}, headers=PART)
    for number in range(8):
        factories.service(world.receiver.organisation, f"Dienst {number}", maximum_age=number or None)
    with CaptureQueriesContext(connection) as many:
        client.post(new(world), {"do": "search"}, headers=PART)
    assert len(many) == len(few)
