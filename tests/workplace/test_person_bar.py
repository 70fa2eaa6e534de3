"""The bar over every page of one person, and the whole number that shows only when asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from dossier.access import person_of
from dossier.sources import wording
from events.actor import act
from events.models import Event
from people.models import Membership, Patient
from tests import factories
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]
BSN = "999990019"


def overview(patient: Patient) -> str:
    return reverse("workplace:patient", args=[patient.key])


def bsn_page(patient: Patient) -> str:
    return reverse("workplace:bsn", args=[patient.key])


@pytest.mark.parametrize(
    ("use", "name"),
    [
        ("NL1", "A.M. de Vries"),
        ("NL2", "A.M. van der Berg"),
        ("NL3", "A.M. van der Berg-de Vries"),
        ("NL4", "A.M. de Vries-van der Berg"),
    ],
)
def test_the_name_stands_in_the_order_that_the_person_uses(client_of: Browser, use: str, name: str) -> None:
    gp = factories.member("gp")
    patient = factories.patient(
        related_to=[gp.organisation], initials="A.M.", first_names="Anna Maria", call_name="Anneke", own_prefix="de",
        own_name="Vries", partner_prefix="van der", partner_name="Berg", name_use=use, birth_date=date(1948, 3, 12),
    )  # fmt: skip
    page = client_of(gp).get(overview(patient)).content.decode()
    bar = page.split('class="person"')[1].split("</section>")[0]
    assert f"{name}</h1>" in bar
    assert "(Anneke)" in bar
    assert "12-03-1948" in bar
    for part in ("Voornamen", "Anna Maria", "Geslachtsnaam partner", "van der Berg", "Dorpsstraat 1, 1271 AA Huizen"):
        assert part in bar


def test_who_died_shows_so_with_the_age_then(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(
        related_to=[gp.organisation], birth_date=date(1948, 3, 12), deceased_on=date(2025, 1, 2)
    )
    page = client_of(gp).get(overview(patient)).content.decode()
    assert "76 jaar geworden" in page
    assert "Overleden 2 jan 2025" in page


def test_a_limit_of_an_entry_and_of_a_source_is_one_flag_in_english_too() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    factories.entry(patient, gp, "Niet reanimeren.", kind="wish", category=Category.WISHES)
    factories.fact(
        patient, factories.source(gp.organisation), Category.WISHES, "Reanimeren", detail="niet uitvoeren",
        code="http://snomed.info/sct|89666000", resource_type="Consent", status="actief", state="active",
    )  # fmt: skip
    with act(factories.actor(gp)) as actor, override("en"):
        person = person_of(open_record(actor, patient.key, Category), actor)
    assert [flag.label for flag in person["all_flags"]] == ["Do not resuscitate"]


def test_limits_and_alerts_stand_in_the_bar_once(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    source = factories.source(gp.organisation)
    factories.entry(patient, gp, "Niet reanimeren.", kind="wish", category=Category.WISHES)
    factories.entry(patient, gp, "Wil graag thuis blijven.", kind="wish", category=Category.WISHES)
    consent = {"resource_type": "Consent", "status": "actief", "state": "active"}
    snomed = "http://snomed.info/sct|"
    factories.fact(
        patient, source, Category.WISHES, "Reanimeren", detail="niet uitvoeren", code=f"{snomed}89666000", **consent
    )
    factories.fact(
        patient, source, Category.WISHES, "Beademen", detail="wel uitvoeren", code=f"{snomed}40617009", **consent
    )
    factories.fact(
        patient, source, Category.WISHES, "Antibiotica", detail="niet uitvoeren", code=f"{snomed}281789004", **consent
    )
    factories.fact(patient, source, Category.ALERTS, "Drager MRSA", state="active", resource_type="Flag")
    factories.fact(patient, source, Category.ALERTS, "Vroeger agressief", state="ended", resource_type="Flag")
    with act(factories.actor(gp)) as actor:
        person = person_of(open_record(actor, patient.key, Category), actor)
    assert [(flag.label, flag.status) for flag in person["all_flags"]] == [
        ("Niet reanimeren", "alert"),
        ("Geen antibiotica", "alert"),
        ("Drager MRSA", "gap"),
    ]


@pytest.mark.parametrize(
    "page",
    [
        "workplace:patient", "workplace:medication", "workplace:print", "workplace:consent", "workplace:bsn", "dossier:contacts",
        "dossier:documents", "dossier:document_new", "dossier:entry_new", "referrals:new", "consultations:new",
    ],
)  # fmt: skip
def test_the_bar_is_the_same_on_every_page_of_a_person(client_of: Browser, page: str) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    factories.entry(patient, gp, "Niet reanimeren.", kind="wish", category=Category.WISHES)
    source = factories.source(gp.organisation)
    factories.fact(patient, source, Category.ALERTS, "Drager MRSA", state="active", resource_type="Flag")
    shown = client_of(gp).get(reverse(page, args=[patient.key])).content.decode()
    bar = shown.split('class="person"')[1].split("</section>")[0]
    assert "Niet reanimeren" in bar
    assert "Drager MRSA" in bar


def test_sources_that_disagree_on_a_limit_are_said_to(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    for detail in ("niet uitvoeren", "wel uitvoeren, partner"):
        factories.fact(
            patient, factories.source(gp.organisation, name=detail[:3]), Category.WISHES, "Reanimeren", detail=detail,
            code="http://snomed.info/sct|89666000", resource_type="Consent", state="active",
        )  # fmt: skip
    assert "Niet reanimeren? Bronnen verschillen" in client_of(gp).get(overview(patient)).content.decode()


def flags_of(patient: Patient, gp: Membership) -> list[str]:
    with act(factories.actor(gp)) as actor:
        return [flag.label for flag in person_of(open_record(actor, patient.key, Category), actor)["all_flags"]]


def test_a_written_will_not_to_be_resuscitated_is_a_flag_and_a_later_yes_beside_it_too() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    source, consent = factories.source(gp.organisation), {"resource_type": "Consent", "state": "active"}
    factories.fact(patient, source, Category.WISHES, "Niet-reanimerenverklaring", on_date="2019-01-01", **consent)
    assert flags_of(patient, gp) == ["Niet reanimeren"]
    factories.fact(
        patient, source, Category.WISHES, "Reanimeren", detail="wel uitvoeren", code="http://snomed.info/sct|89666000",
        on_date="2024-01-01", **consent,
    )  # fmt: skip
    assert flags_of(patient, gp) == ["Niet reanimeren? Bronnen verschillen"]


@pytest.mark.parametrize(
    ("entry", "flags"),
    [
        ("Wel naar het ziekenhuis, ook voor een operatie.", ["Opname in het ziekenhuis: bronnen verschillen"]),
        ("Mevrouw wil niet meer gereanimeerd worden.",
         ["Mevrouw wil niet meer gereanimeerd worden", "Opname in het ziekenhuis: met beperking"]),
        ("Geen bezoek na acht uur.", ["Opname in het ziekenhuis: met beperking", "Geen bezoek na acht uur"]),
    ],
)  # fmt: skip
def test_an_own_entry_counts_beside_what_a_source_limits(entry: str, flags: list[str]) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    factories.fact(
        patient, factories.source(gp.organisation), Category.WISHES, "Opname in het ziekenhuis",
        code="http://snomed.info/sct|32485007", resource_type="Consent", state="active",
        attention=[wording.WITH_LIMITS % {"text": "alleen bij een botbreuk"}],
    )  # fmt: skip
    factories.entry(patient, gp, entry, kind="wish", category=Category.WISHES)
    assert flags_of(patient, gp) == flags


def test_the_whole_number_is_in_no_page_until_asked(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation], number=BSN)
    client = client_of(gp)
    for page in (overview(patient), bsn_page(patient), reverse("workplace:consent", args=[patient.key])):
        text = client.get(page).content.decode()
        assert BSN not in text
        assert "•••••0019" in text
    with factories.as_owner():
        assert not Event.objects.filter(verb="bsn.shown").exists()


def test_showing_the_number_is_logged_and_over_on_the_next_page(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation], number=BSN)
    client = client_of(gp)
    part = client.post(bsn_page(patient), headers={"HX-Request": "true"}).content.decode()
    assert BSN in part
    assert "<html" not in part
    whole = client.post(bsn_page(patient))
    assert BSN in whole.content.decode()
    assert "no-store" in whole["Cache-Control"]
    assert BSN not in client.get(overview(patient)).content.decode()
    with factories.as_owner():
        lines = Event.objects.filter(verb="bsn.shown")
        assert [line.patient_id for line in lines] == [patient.pk, patient.pk]
        assert all(BSN not in str(line.data) for line in lines)


def test_who_may_not_process_the_number_sees_none_of_it(client_of: Browser) -> None:
    welfare = factories.organisation("welfare", may_process_bsn=False)
    worker = factories.member("welfare_worker", at=welfare)
    patient = factories.patient(related_to=[welfare], number=BSN)
    client = client_of(worker)
    assert "BSN" not in client.get(overview(patient)).content.decode().split('class="person"')[1].split("</section>")[0]
    assert client.get(bsn_page(patient)).status_code == 403
    assert client.post(bsn_page(patient)).status_code == 403
    with factories.as_owner():
        assert not Event.objects.filter(verb="bsn.shown").exists()


def test_a_stranger_gets_nothing(client_of: Browser) -> None:
    stranger, patient = factories.member("gp"), factories.patient(number=BSN)
    assert client_of(stranger).post(bsn_page(patient)).status_code == 404
