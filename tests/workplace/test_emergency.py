"""Emergency access as a professional meets it: asking for it, the banner, what it shows and what not, and its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.models import Event
from people.models import Membership, Patient
from tests import factories
from tests.exchange import stage
from trust.categories import Category
from trust.models import Emergency

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]
ASK = {"reason": "unconscious", "explanation": "Gevonden op straat, reageert niet."}
BY_NUMBER = {"bsn": "999990019", "birth_date": "12-03-1948", **ASK}


@pytest.fixture
def stranger() -> Patient:
    """A patient of another practice."""
    return factories.patient(
        number="999990019", own_name="Onbekend", related_to=[factories.organisation("gp", "Praktijk Elders")]
    )


def overview(patient: Patient) -> str:
    return reverse("workplace:patient", args=[patient.key])


def over(emergency: Emergency, minutes: int = 5) -> None:
    """Let the hour be over since some minutes."""
    until = timezone.now() - timedelta(minutes=minutes)
    with factories.as_owner():
        Emergency.objects.filter(pk=emergency.pk).update(period=DateTimeTZRange(until - timedelta(hours=1), until))


def the_one() -> Emergency:
    with factories.as_owner():
        return Emergency.objects.get()


def test_number_birth_date_reason_and_words_open_the_record_at_once(client_of: Browser, stranger: Patient) -> None:
    gp = factories.member("gp")
    client = client_of(gp)
    assert client.get(overview(stranger)).status_code == 404
    response = client.post(reverse("workplace:emergency"), BY_NUMBER)
    assert response.status_code == 302
    assert response["Location"] == overview(stranger)
    page = client.get(overview(stranger)).content.decode()
    assert "Onbekend" in page
    assert "Noodtoegang tot" in page
    with factories.as_owner():
        line = Event.objects.filter(verb="record.opened", patient_id=stranger.pk, user_id=gp.user_id).latest("at")
        assert line.purpose == "ETREAT"
        assert "emergency" in line.basis
        assert Event.objects.filter(verb="emergency.started", patient_id=stranger.pk).count() == 1


@pytest.mark.parametrize(
    ("without", "words"),
    [
        ("bsn", "Vul het BSN in."),
        ("birth_date", "Vul de geboortedatum in."),
        ("reason", "Kies een reden."),
        ("explanation", "Schrijf in één zin wat er aan de hand is."),
    ],
)
def test_nothing_is_filled_in_beforehand_and_each_gap_is_named(
    client_of: Browser, stranger: Patient, without: str, words: str
) -> None:
    client = client_of(factories.member("gp"))
    assert " checked" not in client.get(reverse("workplace:emergency")).content.decode()
    typed = {name: value for name, value in BY_NUMBER.items() if name != without}
    response = client.post(reverse("workplace:emergency"), typed)
    assert response.status_code == 200
    assert words in response.content.decode()


def test_nine_signs_are_too_few(client_of: Browser, stranger: Patient) -> None:
    client = client_of(factories.member("gp"))
    page = client.post(reverse("workplace:emergency"), {**BY_NUMBER, "explanation": "te weinig"}).content.decode()
    assert "minstens 10 tekens" in page


def test_a_wrong_number_says_nothing_and_is_counted(client_of: Browser, stranger: Patient) -> None:
    client = client_of(factories.member("gp"))
    wrong = {**BY_NUMBER, "birth_date": "13-03-1948"}
    for _try in range(10):
        page = client.post(reverse("workplace:emergency"), wrong).content.decode()
        assert "horen niet bij elkaar" in page
        assert "Onbekend" not in page
    assert "te vaak" in client.post(reverse("workplace:emergency"), BY_NUMBER).content.decode()
    with factories.as_owner():
        assert not Emergency.objects.exists()
        tried = Event.objects.filter(verb="record.denied", reason="identity_differs")
        assert set(tried.values_list("patient_id", "purpose")) == {(stranger.pk, "ETREAT")}, (
            "told to whose number it was"
        )
        assert tried.count() == 10


def test_what_was_searched_for_comes_along(client_of: Browser, stranger: Patient) -> None:
    client = client_of(factories.member("gp"))
    page = client.post(reverse("workplace:patients"), {"bsn": "999990019", "birth_date": "12-03-1948"})
    assert "Noodtoegang vragen" in page.content.decode()
    carried = {"do": "carry", "bsn": "999990019", "birth_date": "12-03-1948"}
    page = client.post(reverse("workplace:emergency"), carried)
    assert 'value="999990019"' in page.content.decode()
    assert "form-errors" not in page.content.decode()


def test_the_banner_is_on_every_page_for_each_patient(client_of: Browser, stranger: Patient) -> None:
    gp = factories.member("gp")
    other = factories.patient(own_name="Tweede")
    client = client_of(gp)
    client.post(reverse("workplace:emergency"), BY_NUMBER)
    with factories.as_owner():
        number = other.identity.bsn
    client.post(reverse("workplace:emergency"), {**BY_NUMBER, "bsn": number})
    for name in ["workplace:today", "workplace:patients", "referrals:list", "square:search", "workplace:relations"]:
        page = client.get(reverse(name)).content.decode()
        assert "Onbekend" in page, name
        assert "Tweede" in page, name
        assert "Reden en einde" in page, name
    missing = client.get("/patients/00000000-0000-4000-8000-000000000000/")
    assert missing.status_code == 404
    assert "Reden en einde" in missing.content.decode()


def test_nothing_leads_to_what_refuses_in_an_emergency(client_of: Browser) -> None:
    gp, elsewhere = factories.member("gp"), factories.member("gp")
    patient = factories.patient(number="999990019", related_to=[elsewhere.organisation])
    asked = factories.member("gp")
    referral = stage.referral(elsewhere, asked, patient)
    consultation = stage.consultation(elsewhere, asked, patient=patient)
    threads = [reverse("referrals:thread", args=[referral.pk]), reverse("consultations:thread", args=[consultation.pk])]
    menu = [reverse(f"workplace:{name}", args=[patient.key]) for name in ("consent", "mandates")]
    cared_for = client_of(elsewhere).get(overview(patient)).content.decode()
    assert all(address in cared_for for address in [*threads, *menu])
    client = client_of(gp)
    client.post(reverse("workplace:emergency"), BY_NUMBER)
    page = client.get(overview(patient)).content.decode()
    assert referral.service.name in page
    assert not [address for address in [*threads, *menu] if address in page]
    refused = client.get(menu[0])
    assert refused.status_code == 403
    assert "Terug naar het dossier" in refused.content.decode()
    assert f'href="{overview(patient)}"' in refused.content.decode()


def test_nobody_else_shares_it(client_of: Browser, stranger: Patient) -> None:
    gp = factories.member("gp")
    colleague = factories.member("gp", at=gp.organisation)
    client_of(gp).post(reverse("workplace:emergency"), BY_NUMBER)
    client = client_of(colleague)
    assert client.get(overview(stranger)).status_code == 404
    assert "Reden en einde" not in client.get(reverse("workplace:today")).content.decode()
    assert client.post(reverse("workplace:emergency_end", args=[the_one().pk])).status_code == 404


def test_ending_it_early_closes_the_record_the_same_second(client_of: Browser, stranger: Patient) -> None:
    client = client_of(factories.member("gp"))
    client.post(reverse("workplace:emergency"), BY_NUMBER)
    assert client.get(overview(stranger)).status_code == 200
    response = client.post(reverse("workplace:emergency_end", args=[the_one().pk]), follow=True)
    assert response.redirect_chain == [(reverse("workplace:today"), 302)]
    assert "beëindigd" in response.content.decode()
    assert client.get(overview(stranger)).status_code == 404
    with factories.as_owner():
        assert Event.objects.filter(verb="emergency.ended").count() == 1


def test_after_the_hour_every_page_says_that_it_has_ended(client_of: Browser, stranger: Patient) -> None:
    client = client_of(factories.member("gp"))
    client.post(reverse("workplace:emergency"), BY_NUMBER)
    over(the_one())
    gone = client.get(overview(stranger))
    assert gone.status_code == 404
    for page in [gone, client.get(reverse("workplace:today")), client.get(reverse("workplace:emergency_banner"))]:
        words = page.content.decode()
        assert "geëindigd" in words
        assert "Onbekend" not in words
    kept = client.get(reverse("workplace:emergency")).content.decode()
    assert "wordt beoordeeld" in kept
    over(the_one(), minutes=20)
    assert "geëindigd" not in client.get(reverse("workplace:patients")).content.decode()


def test_the_outcome_of_the_review_comes_back_to_who_asked(client_of: Browser, stranger: Patient) -> None:
    client = client_of(factories.member("gp"))
    client.post(reverse("workplace:emergency"), BY_NUMBER)
    over(the_one(), minutes=600)
    with factories.as_owner():
        Emergency.objects.update(
            review="avoidable", review_note="De huisarts was bereikbaar.", reviewed_at=timezone.now()
        )
    page = client.get(reverse("workplace:emergency")).content.decode()
    assert "begrijpelijk, kon anders" in page
    assert "De huisarts was bereikbaar." in page


def test_it_lifts_a_missing_choice_and_not_an_objection(client_of: Browser) -> None:
    gp, hospital = factories.member("gp"), factories.organisation("hospital", "Ziekenhuis Tergooi")
    patient = factories.patient(related_to=[gp.organisation, hospital])
    source = factories.source(hospital, kind="epd")
    factories.fact(patient, source, Category.MEDICATION, "metoprolol")
    factories.fact(patient, source, Category.RESULTS, "kreatinine")
    factories.consent(patient, Category.RESULTS, permit=False)
    client = client_of(gp)
    before = client.get(overview(patient)).content.decode()
    assert "metoprolol" not in before
    assert "Noodtoegang" in before
    response = client.post(reverse("workplace:emergency_patient", args=[patient.key]), ASK)
    assert response["Location"] == overview(patient)
    page = client.get(overview(patient)).content.decode()
    assert "metoprolol" in page
    assert "kreatinine" not in page
    assert "dicht door bezwaar of beperking: uitslagen en metingen" in page


def test_who_may_not_use_the_number_asks_from_the_record_alone(client_of: Browser, stranger: Patient) -> None:
    welfare = factories.member("welfare_worker", at=factories.organisation("welfare", may_process_bsn=False))
    client = client_of(welfare)
    assert "mag het BSN niet gebruiken" in client.get(reverse("workplace:emergency")).content.decode()
    assert "mag het BSN niet gebruiken" in client.post(reverse("workplace:emergency"), BY_NUMBER).content.decode()
    with factories.as_owner():
        assert not Emergency.objects.exists()


@pytest.mark.parametrize("role", ["manager", "privacy_officer", "coordinator"])
def test_a_role_that_meets_no_patients_has_no_emergencies(client_of: Browser, stranger: Patient, role: str) -> None:
    client = client_of(factories.member(role, at=factories.organisation("gp")))
    assert client.get(reverse("workplace:emergency")).status_code == 403
    assert client.post(reverse("workplace:emergency"), BY_NUMBER).status_code == 403
