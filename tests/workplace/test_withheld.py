"""What is withheld is said on the page, per source and per part, without saying what it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from people.models import Membership, Patient
from tests import factories
from trust.categories import Category, to_mask
from trust.models import Policy, PolicyLine

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def overview(client: Client, patient: Patient) -> str:
    return client.get(reverse("workplace:patient", args=[patient.key])).content.decode()


def offers(organisation: object, *categories: Category) -> None:
    """A participant that offers these categories and nothing else."""
    with factories.as_owner():
        Policy.objects.filter(organisation=organisation).delete()
        policy = Policy.objects.create(organisation=organisation, version=2, period=factories.since(1))
        PolicyLine.objects.create(policy=policy, categories=to_mask(categories), purposes=["TREAT", "COC", "ETREAT"])


def test_each_source_says_why_nothing_is_shown(client_of: Browser) -> None:
    gp = factories.member("gp")
    silent, closed = (
        factories.organisation("hospital", "Ziekenhuis Tergooi"),
        factories.organisation("pharmacy", "Apotheek De Brink"),
    )
    elsewhere = factories.organisation("home_care", "Thuiszorg Ver")
    patient = factories.patient(related_to=[gp.organisation, silent, closed])
    factories.fact(
        patient,
        factories.source(silent, kind="epd", categories=to_mask([Category.RESULTS])),
        Category.RESULTS,
        "kreatinine",
    )
    factories.fact(patient, factories.source(closed, kind="ais"), Category.MEDICATION, "metoprolol")
    factories.source(elsewhere, kind="ecd")
    factories.source(silent, kind="epd", name="Schuldhulp", categories=to_mask([Category.FINANCIAL]))
    factories.consent(patient, Category.MEDICATION)
    offers(closed)
    page = overview(client_of(gp), patient)
    assert "geen toestemming van de inwoner" in page
    assert "stelt dit niet beschikbaar" in page
    assert "Thuiszorg Ver" not in page, "who never had to do with the patient is not asked and not named"
    assert "voor uw rol niet nodig" in page
    assert "kreatinine" not in page
    assert "metoprolol" not in page


def test_each_part_names_who_keeps_what_back_and_why(client_of: Browser) -> None:
    gp = factories.member("gp")
    hospital, pharmacy = (
        factories.organisation("hospital", "Ziekenhuis Tergooi"),
        factories.organisation("pharmacy", "Apotheek De Brink"),
    )
    patient = factories.patient(related_to=[gp.organisation, hospital, pharmacy])
    factories.fact(patient, factories.source(hospital, kind="epd"), Category.MEDICATION, "metoprolol")
    factories.fact(patient, factories.source(pharmacy, kind="ais"), Category.MEDICATION, "acenocoumarol")
    factories.consent(patient, Category.MEDICATION)
    offers(pharmacy, Category.ALLERGIES)
    page = overview(client_of(gp), patient)
    assert "metoprolol" in page
    assert "acenocoumarol" not in page
    medication = page.split('id="part-medication"')[1].split("</section>")[0]
    assert "Niet beschikbaar gesteld door Apotheek De Brink." in medication
    closed = page.split('id="withheld"')[1].split("</section>")[0]
    assert "Niet getoond van Ziekenhuis Tergooi, de inwoner gaf hier geen toestemming voor: " in closed
    assert "medicatie" not in closed.replace("Niet beschikbaar gesteld door Apotheek De Brink", "")
    assert "een deel blijft dicht" in page


def test_who_may_not_see_the_network_learns_no_names_from_what_is_withheld(client_of: Browser) -> None:
    gp = factories.member("gp")
    clinic = factories.organisation("mental_health", "GGZ Centraal")
    patient = factories.patient(related_to=[gp.organisation, clinic])
    factories.source(clinic, kind="ecd", name="Dossier ggz")
    factories.source(factories.organisation("hospital"), kind="epd")
    factories.consent(patient, Category.NETWORK, permit=False, reader_organisation=gp.organisation)
    page = overview(client_of(gp), patient)
    assert "kent deze inwoner niet" not in page, "or the difference would tell where somebody is known"
    assert "GGZ Centraal, de inwoner" not in page
    assert "Niet getoond van andere zorgverleners" in page


def test_a_category_the_role_does_not_need_is_not_among_what_is_withheld(client_of: Browser) -> None:
    nurse = factories.member("district_nurse")
    clinic = factories.organisation("mental_health", "GGZ Centraal")
    patient = factories.patient(related_to=[nurse.organisation, clinic])
    factories.source(clinic, kind="ecd", categories=to_mask([Category.MENTAL_HEALTH, Category.MEDICATION]))
    page = overview(client_of(nurse), patient)
    closed = page.split('id="withheld"')[1].split("</section>")[0]
    assert "medicatie" in closed
    assert "geestelijke gezondheid" not in closed


@pytest.mark.parametrize("door", ["referrals:new", "consultations:new"])
def test_what_cannot_go_along_is_said_with_its_reason(client_of: Browser, door: str) -> None:
    gp = factories.member("gp")
    hospital, pharmacy = (
        factories.organisation("hospital", "Ziekenhuis Tergooi"),
        factories.organisation("pharmacy", "Apotheek De Brink"),
    )
    patient = factories.patient(related_to=[gp.organisation, hospital, pharmacy])
    factories.source(hospital, kind="epd", categories=to_mask([Category.RESULTS]))
    factories.source(pharmacy, kind="ais", categories=to_mask([Category.MEDICATION]))
    offers(pharmacy)
    service = factories.service(factories.organisation("social"))
    address = reverse(door, args=[patient.key])
    page = client_of(gp).get(address, {"service": service.pk} if door == "referrals:new" else {}).content.decode()
    assert "Geen toestemming van de inwoner: uitslagen en metingen." in page
    assert "Niet beschikbaar gesteld door Apotheek De Brink: medicatie." in page
