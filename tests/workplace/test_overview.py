"""The overview, the search and today's list, as a professional meets them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from events.models import Event
from people.models import Membership, Patient
from tests import factories
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def test_search_that_finds_one_by_name_and_birth_date_goes_straight_to_the_overview(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(
        related_to=[gp.organisation], own_prefix="de", own_name="Vries", partner_name="Jansen", name_use="NL4"
    )
    browser = client_of(gp)
    response = browser.post(reverse("workplace:patients"), {"q": "vries 12-03-1948"})
    assert response.status_code == 302
    assert response["Location"] == reverse("workplace:patient", args=[patient.key])
    response = browser.post(reverse("workplace:patients"), {"q": "12-03-1948"})
    assert response.status_code == 200, "a birth date alone opens nobody's record unasked"
    assert "de Vries-Jansen" in response.content.decode()


@pytest.mark.parametrize("typed", ["Vreis", "de vries", "jansen", "Vriès", "a. de vries-jansen"])
def test_search_forgives_typing_prefixes_and_accents(client_of: Browser, typed: str) -> None:
    gp = factories.member("gp")
    factories.patient(
        related_to=[gp.organisation], own_prefix="de", own_name="Vries", partner_name="Jansen", name_use="NL4"
    )
    factories.patient(related_to=[gp.organisation], own_name="Bakker")
    page = client_of(gp).post(reverse("workplace:patients"), {"q": typed}).content.decode()
    assert "de Vries-Jansen" in page
    assert "Bakker" not in page


def test_nobody_outside_reach_is_found(client_of: Browser) -> None:
    gp = factories.member("gp")
    stranger = factories.patient(number="999990019", own_name="Onbekend")
    for typed in ["onbekend", "999990019", "12-03-1948"]:
        page = client_of(gp).post(reverse("workplace:patients"), {"q": typed}).content.decode()
        assert "Niemand gevonden" in page
        assert str(stranger.key) not in page


def test_a_wrong_bsn_is_said_and_nothing_is_lost(client_of: Browser) -> None:
    gp = factories.member("gp")
    page = client_of(gp).post(reverse("workplace:patients"), {"bsn": "123456789", "name": "Vries"}).content.decode()
    assert "Dit BSN klopt niet" in page
    assert "Vries" in page


def test_the_overview_shows_owner_source_and_date_and_what_is_withheld(client_of: Browser) -> None:
    nurse = factories.member("district_nurse")
    gp = factories.organisation("gp", "Huisartspraktijk De Linde")
    patient = factories.patient(related_to=[nurse.organisation, gp])
    source = factories.source(gp)
    factories.fact(patient, source, title="Hypertensie")
    factories.entry(patient, nurse, "Wil zelf naar de markt blijven lopen.")
    factories.consent(patient, Category.PROBLEMS)
    page = client_of(nurse).get(reverse("workplace:patient", args=[patient.key])).content.decode()
    assert "Hypertensie" in page
    assert "HIS Huisartspraktijk De Linde" in page
    assert "1 mei 2024" in page
    assert "Wil zelf naar de markt blijven lopen." in page
    assert "Voor uw rol niet nodig" in page
    assert "geen toestemming" in page


def test_the_bsn_is_never_shown_whole(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation], number="999990019")
    page = client_of(gp).get(reverse("workplace:patient", args=[patient.key])).content.decode()
    assert "999990019" not in page
    assert "0019" in page


def test_a_stranger_gets_not_found_and_the_denial_is_logged(client_of: Browser) -> None:
    patient = factories.patient(related_to=[factories.organisation()], own_name="Geheim")
    stranger = factories.member("gp")
    for name in ["workplace:patient", "workplace:sources"]:
        response = client_of(stranger).get(reverse(name, args=[patient.key]))
        assert response.status_code == 404
        assert "Geheim" not in response.content.decode()
    with factories.as_owner():
        assert Event.objects.filter(verb="record.denied", patient_id=patient.pk, user_id=stranger.user_id).count() == 2


def test_registering_states_a_relation_and_opens_the_way(client_of: Browser) -> None:
    gp = factories.member("gp")
    typed = {
        "bsn": "999990019",
        "birth_date": "12-03-1948",
        "initials": "A.",
        "own_name": "Vries",
        "own_prefix": "de",
        "gender": "female",
        "postcode": "1273 AB",
        "house_number": "3",
        "checked": "on",
        "reason": "nieuwe patiënt",
    }
    response = client_of(gp).post(reverse("workplace:register"), typed)
    assert response.status_code == 302
    with factories.as_owner():
        patient = Patient.objects.get()
        assert (patient.place, patient.municipality) == ("Huizen", "Huizen")
    assert client_of(gp).get(response["Location"]).status_code == 200


def test_registering_says_of_each_field_what_to_fill_in(client_of: Browser) -> None:
    page = client_of(factories.member("gp")).post(reverse("workplace:register"), {}).content.decode()
    assert "Dit veld is vereist" not in page
    for words in ["Vul het BSN in.", "Vul de geboortedatum in.", "Vul de postcode in.", "Kies het geslacht."]:
        assert words in page


def test_registering_a_known_bsn_under_another_name_changes_nothing(client_of: Browser) -> None:
    known = factories.patient(number="999990019", own_name="Vries")
    gp = factories.member("gp")
    typed = {
        "bsn": "999990019",
        "birth_date": "12-03-1948",
        "initials": "B.",
        "own_name": "Anders",
        "gender": "female",
        "postcode": "1273AB",
        "house_number": "3",
        "checked": "on",
        "reason": "x",
    }
    page = client_of(gp).post(reverse("workplace:register"), typed).content.decode()
    assert "hoort niet bij deze naam" in page
    with factories.as_owner():
        assert known.care_relations.count() == 0
        assert Event.objects.filter(verb="record.denied", reason="identity_differs").count() == 1


def test_an_unknown_postcode_is_said_at_the_field(client_of: Browser) -> None:
    gp = factories.member("gp")
    typed = {
        "bsn": "999990019",
        "birth_date": "12-03-1948",
        "initials": "A.",
        "own_name": "Vries",
        "gender": "female",
        "postcode": "1279XX",
        "house_number": "3",
        "checked": "on",
        "reason": "x",
    }
    page = client_of(gp).post(reverse("workplace:register"), typed).content.decode()
    assert "Deze postcode bestaat niet" in page


def test_the_number_of_queries_does_not_grow_with_the_record(
    client_of: Browser, django_assert_max_num_queries: Callable
) -> None:  # type: ignore[type-arg]
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    source = factories.source(gp.organisation)
    client = client_of(gp)
    url = reverse("workplace:patient", args=[patient.key])
    client.get(url)
    for number in range(40):
        factories.fact(patient, source, title=f"Probleem {number}")
        factories.entry(patient, gp, f"Notitie {number}", kind="note")
    with django_assert_max_num_queries(30):
        client.get(url)


@pytest.mark.parametrize("name", ["dossier:contacts", "dossier:documents", "workplace:medication", "workplace:print"])
def test_from_every_page_of_a_person_one_goes_back_to_the_overview(client_of: Browser, name: str) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    page = client_of(gp).get(reverse(name, args=[patient.key])).content.decode()
    back = reverse("workplace:patient", args=[patient.key])
    assert re.search(rf'<a [^>]*href="{back}"[^>]*>Naar het overzicht</a>', page)
