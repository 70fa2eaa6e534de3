"""Asking sources from the overview: what is kept, what is said of a source that fails, and that nobody else is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from dossier.actions import ask_source
from dossier.models import Fact, Source, SourceAnswer
from events.actor import act
from people.models import Membership, Patient
from tests import factories
from tests.dossier.sources.conftest import Running
from trust.categories import Category, to_mask

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]
EVERYTHING = to_mask(Category)


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp")


@pytest.fixture
def putten(gp: Membership) -> Patient:
    return factories.patient(related_to=[gp.organisation], number="111222333", birth_date=date(1934, 4, 28))


@pytest.fixture
def his(sources: Running, gp: Membership) -> Source:
    return factories.source(gp.organisation, base_url=f"{sources.address}/his/fhir")


@pytest.fixture
def epd(sources: Running, putten: Patient) -> Source:
    hospital = factories.organisation("hospital")
    factories.relation(putten, hospital)
    return factories.source(hospital, base_url=f"{sources.address}/epd/fhir", kind="epd", version="STU3")


def kept() -> list[Fact]:
    with factories.as_owner():
        return list(Fact.objects.select_related("source"))


def answer(source: Source) -> SourceAnswer:
    with factories.as_owner():
        return SourceAnswer.objects.get(source=source)


def test_the_own_system_is_asked_without_consent_and_its_facts_are_kept_with_their_owner(
    gp: Membership, putten: Patient, his: Source
) -> None:
    assert ask_source(source=his, key=putten.key, by=factories.actor(gp))
    facts = kept()
    assert len(facts) > 20
    assert {fact.organisation_id for fact in facts} == {gp.organisation_id}
    assert all(fact.title and fact.resource["resourceType"] for fact in facts)
    assert answer(his).outcome == "answered"


def test_a_source_of_another_is_not_asked_without_consent(
    gp: Membership, putten: Patient, epd: Source, sources: Running
) -> None:
    assert not ask_source(source=epd, key=putten.key, by=factories.actor(gp))
    with factories.as_owner():
        assert not SourceAnswer.objects.exists()


def test_only_consented_categories_are_asked_and_kept(gp: Membership, putten: Patient, epd: Source) -> None:
    factories.consent(putten, Category.PROBLEMS)
    assert ask_source(source=epd, key=putten.key, by=factories.actor(gp))
    asked = {Category(fact.category) for fact in kept()}
    assert Category.PROBLEMS in asked
    assert not asked & {Category.MEDICATION, Category.ALLERGIES, Category.RESULTS}


def test_a_fresh_answer_is_not_asked_again_unless_wanted(gp: Membership, putten: Patient, his: Source) -> None:
    assert ask_source(source=his, key=putten.key, by=factories.actor(gp))
    before = {fact.pk for fact in kept()}
    assert not ask_source(source=his, key=putten.key, by=factories.actor(gp))
    assert ask_source(source=his, key=putten.key, by=factories.actor(gp), again=True)
    after = kept()
    assert len(after) == len(before), "the former answer is replaced, not added to"
    assert not before & {fact.pk for fact in after}


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        ("down", "no_answer"),
        ("hang", "no_answer"),
        ("500", "fault"),
        ("html", "fault"),
        ("empty", "fault"),
        ("50mb", "fault"),
        ("broken", "fault"),
    ],
)
def test_a_failing_source_is_said_and_keeps_what_was_known(
    gp: Membership,
    putten: Patient,
    his: Source,
    fault: Callable[[str, str], None],
    client_of: Browser,
    trouble: str,
    outcome: str,
) -> None:
    ask_source(source=his, key=putten.key, by=factories.actor(gp))
    before = len(kept())
    fault("his", trouble)
    url = reverse("workplace:source", args=[putten.key, his.pk])
    response = client_of(gp).post(url, {"told": ""}, headers={"HX-Request": "true"})
    page = response.content.decode()
    assert response.status_code == 200
    assert answer(his).outcome == outcome
    assert "geen antwoord" in page or "antwoord onbruikbaar" in page
    assert len(kept()) == before


def test_a_stranger_cannot_have_a_source_asked(putten: Patient, his: Source, client_of: Browser) -> None:
    stranger = factories.member("gp")
    client = client_of(stranger)
    assert client.post(reverse("workplace:source", args=[putten.key, his.pk])).status_code == 404
    assert client.get(reverse("workplace:sources", args=[putten.key])).status_code == 404
    assert kept() == []


def test_facts_of_another_patient_are_set_aside_and_never_kept(
    gp: Membership, putten: Patient, his: Source, fault: Callable[[str, str], None]
) -> None:
    fault("his", "foreign")
    ask_source(source=his, key=putten.key, by=factories.actor(gp))
    assert all("foreign" not in fact.resource.get("id", "") for fact in kept())
    assert answer(his).set_aside or answer(his).outcome == "fault"


def test_without_a_script_one_address_asks_them_all_and_shows_the_whole_page(
    gp: Membership, putten: Patient, his: Source, epd: Source, client_of: Browser
) -> None:
    factories.consent(putten)
    page = (
        client_of(gp).get(reverse("workplace:patient", args=[putten.key]) + "?sources=1", follow=True).content.decode()
    )
    assert {fact.source_id for fact in kept()} == {his.pk, epd.pk}
    with act(factories.actor(gp)):
        assert Fact.objects.count() == 0
    assert "HIS" in page
    assert "EPD" in page
