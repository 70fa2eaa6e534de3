"""Choices and mandates that a professional records in the presence of the citizen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.models import Event
from people.models import Membership, Patient
from portal import words
from tests import factories
from trust.access import digest_of
from trust.categories import CHOSEN_TOGETHER, EVERYTHING, Category, from_mask
from trust.models import Consent, Mandate

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]
CHOICE = {"reader": "own", "groups": ["medication"], "permit": "permit", "how": "room"}
MANDATE = {
    "kind": "curator", "name": "Mr. J. Smit", "document": "Rechtbank 4 mei 2026, C/16/1234", "groups": ["all"], "acts": "on",
}  # fmt: skip


def consent_page(patient: Patient) -> str:
    return reverse("workplace:consent", args=[patient.key])


def mandate_page(patient: Patient) -> str:
    return reverse("workplace:mandates", args=[patient.key])


def test_the_kinds_of_data_are_those_of_the_citizens_own_page() -> None:
    assert {group.key: group.categories for group in words.groups()} == CHOSEN_TOGETHER


def test_a_permission_in_presence_opens_what_others_hold_at_once(client_of: Browser) -> None:
    gp, pharmacy = factories.member("gp"), factories.organisation("pharmacy", "Apotheek De Brink")
    patient = factories.patient(related_to=[gp.organisation, pharmacy])
    factories.fact(patient, factories.source(pharmacy, kind="ais"), Category.MEDICATION, "metoprolol")
    client = client_of(gp)
    overview = reverse("workplace:patient", args=[patient.key])
    before = client.get(overview).content.decode()
    assert "metoprolol" not in before
    assert consent_page(patient) in before
    response = client.post(consent_page(patient), {**CHOICE, "note": "met dochter erbij"}, follow=True)
    page = response.content.decode()
    assert "De keuze is vastgelegd" in page
    assert gp.user.name in page
    assert "gesprek in de spreekkamer: met dochter erbij" in page
    assert "metoprolol" in client.get(overview).content.decode()
    with factories.as_owner():
        made = Consent.objects.get()
        assert (made.permit, made.reader_organisation_id, made.origin) == (True, gp.organisation_id, "presence")
        assert from_mask(made.categories) == CHOSEN_TOGETHER["medication"]
        assert (made.set_by_id, made.set_at_id) == (gp.user_id, gp.organisation_id)
        assert Event.objects.get(verb="consent.chosen").patient_id == patient.pk


def test_what_was_chosen_at_once_is_one_row(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    with factories.as_owner(), transaction.atomic():
        period = factories.since()
        for domain in ("", "gp", "hospital"):
            factories.consent(patient, *EVERYTHING, permit=False, reader_domain=domain, period=period)
        factories.consent(patient, Category.MEDICATION, permit=True, reader_domain="pharmacy", period=period)
    page = client_of(gp).get(consent_page(patient)).content.decode()
    chosen = page.partition('id="chosen"')[2]
    assert chosen.count("<li>") == 2
    assert chosen.count("mag niet") == 1
    (row,) = [row for row in chosen.split("<li>") if "mag niet" in row]
    assert "edereen die de inwoner helpt" in row
    assert "huisarts" in row
    assert "ziekenhuis" in row


def test_a_kind_one_organisation_and_an_end(client_of: Browser) -> None:
    gp, other = factories.member("gp"), factories.organisation("hospital", "Ziekenhuis Tergooi")
    patient = factories.patient(related_to=[gp.organisation])
    client = client_of(gp)
    day = timezone.localdate() + timedelta(days=90)
    client.post(consent_page(patient), {**CHOICE, "reader": "hospital", "permit": "refuse", "how": "form"})
    client.post(consent_page(patient), {**CHOICE, "reader": "one", "organisation": other.pk, "ends": day.isoformat()})
    with factories.as_owner():
        kind, one = Consent.objects.order_by("pk")
    assert (kind.reader_domain, kind.permit, kind.established) == ("hospital", False, "formulier met handtekening")
    assert one.reader_organisation_id == other.pk
    assert timezone.localdate(one.period.upper - timedelta(minutes=1)) == day


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reader": ""}, "Kies over wie de keuze gaat."),
        ({"reader": "one"}, "Kies welke organisatie."),
        ({"reader": "one", "organisation": "999999"}, "keuze"),
        ({"groups": []}, "Vink minstens één soort gegevens aan."),
        ({"permit": ""}, "Kies of het mag of niet."),
        ({"how": ""}, "Kies hoe de keuze is vastgesteld."),
        ({"ends": "2020-01-01"}, "Kies een dag na vandaag"),
    ],
)
def test_nothing_is_kept_without_who_what_and_how(client_of: Browser, changed: dict[str, object], said: str) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    client = client_of(gp)
    assert " checked" not in client.get(consent_page(patient)).content.decode().split("<main")[1]
    page = client.post(consent_page(patient), {**CHOICE, **changed}).content.decode()
    assert said in page
    with factories.as_owner():
        assert not Consent.objects.exists()


def test_a_childs_permission_waits_for_a_guardian(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation], birth_date=date(timezone.localdate().year - 13, 1, 1))
    page = client_of(gp).post(consent_page(patient), CHOICE, follow=True).content.decode()
    assert "zodra een ouder of voogd haar bevestigt" in page
    assert "wacht op ouder of voogd" in page


@pytest.mark.parametrize("door", [consent_page, mandate_page])
def test_only_who_cares_records_choices(client_of: Browser, door: Callable[[Patient], str]) -> None:
    asked, stranger = factories.member("gp"), factories.member("gp")
    patient = factories.patient(related_to=[factories.organisation()], number="999990019")
    factories.relation(patient, asked.organisation, source="consultation", reference="consultation:1")
    assert client_of(stranger).get(door(patient)).status_code == 404
    assert client_of(asked).get(door(patient)).status_code == 403
    client = client_of(stranger)
    client.post(
        reverse("workplace:emergency"),
        {
            "bsn": "999990019",
            "birth_date": "12-03-1948",
            "reason": "acute",
            "explanation": "Op de huisartsenpost, koorts.",
        },
    )
    assert client.get(door(patient)).status_code == 403
    assert client.post(door(patient), {**CHOICE, **MANDATE}).status_code == 403
    with factories.as_owner():
        assert not Consent.objects.exists()
        assert not Mandate.objects.exists()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_curator_is_registered_and_gets_a_letter(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation], own_name="Vries")
    client = client_of(gp)
    response = client.post(mandate_page(patient), MANDATE)
    with factories.as_owner():
        made = Mandate.objects.get()
    assert from_mask(made.categories) == EVERYTHING
    assert (made.kind, made.acts, made.given_at_id) == ("curator", True, gp.organisation_id)
    page = response.content.decode()
    code = page.split('name="code" value="')[1].split('"')[0]
    assert digest_of(code) == made.code_digest
    assert code not in client.get(mandate_page(patient)).content.decode()
    letter = client.post(reverse("workplace:mandate_letter", args=[patient.key, made.pk]), {"code": code})
    assert letter["Content-Type"] == "application/pdf"
    assert letter.content.startswith(b"%PDF-")
    assert (
        client.post(
            reverse("workplace:mandate_letter", args=[patient.key, made.pk]), {"code": "AAAA-BBBB-CCCC"}
        ).status_code
        == 409
    )
    network = client.get(reverse("workplace:patient", args=[patient.key])).content.decode()
    assert "Mr. J. Smit" in network
    assert "treedt op namens de inwoner" in network


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": ""}, "Kies in welke hoedanigheid"),
        ({"name": ""}, "Vul de naam in."),
        ({"document": ""}, "zonder bewijs"),
        ({"groups": []}, "Vink minstens één soort gegevens aan."),
        ({"kind": "parent"}, "Vanaf zestien jaar"),
    ],
)
def test_a_mandate_asks_for_its_ground(client_of: Browser, changed: dict[str, object], said: str) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    assert said in client_of(gp).post(mandate_page(patient), {**MANDATE, **changed}).content.decode()
    with factories.as_owner():
        assert not Mandate.objects.exists()


def test_some_data_only_still_names_the_person(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    client_of(gp).post(
        mandate_page(patient), {**MANDATE, "kind": "carer", "groups": ["medication", "process"], "acts": ""}
    )
    with factories.as_owner():
        made = Mandate.objects.get()
    assert from_mask(made.categories) == CHOSEN_TOGETHER["medication"] | {
        Category.IDENTITY,
        Category.REFERRAL,
        Category.CONSULTATION,
    }
    assert made.acts is False


def test_only_who_registered_it_ends_it_here(client_of: Browser) -> None:
    gp, nurse = factories.member("gp"), factories.member("district_nurse")
    patient, second = (factories.patient(related_to=[gp.organisation, nurse.organisation]) for _n in range(2))
    client_of(gp).post(mandate_page(patient), MANDATE)
    with factories.as_owner():
        made = Mandate.objects.get()
    end = reverse("workplace:mandate_end", args=[patient.key, made.pk])
    assert "Mr. J. Smit" in client_of(nurse).get(mandate_page(patient)).content.decode()
    assert end not in client_of(nurse).get(mandate_page(patient)).content.decode()
    assert client_of(nurse).post(end).status_code == 403
    assert client_of(gp).post(reverse("workplace:mandate_end", args=[second.key, made.pk])).status_code == 404
    assert "is beëindigd" in client_of(gp).post(end, follow=True).content.decode()
    assert (
        "Mr. J. Smit"
        not in client_of(gp).get(mandate_page(patient)).content.decode().split("</aside>")[0].split("<aside>")[1]
    )
