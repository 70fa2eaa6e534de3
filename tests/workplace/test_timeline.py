"""The time line: all domains in one order, sifted by domain, kind and period, a page at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dossier.models import Document, Fact, Source
from events.actor import act
from people.models import Domain, Membership, Patient
from tests import factories
from tests.exchange import stage
from trust.access import open_record
from trust.categories import Category
from workplace.access import DOMAINS, KINDS, OWN, Sift, timeline
from workplace.access.timeline import PAGE, Moment

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def read(by: Membership, at: Patient, before: str = "", **sift: str) -> tuple[list[Moment], str]:
    with act(factories.actor(by)) as actor:
        return timeline(open_record(actor, at.key, Category), actor.organisation_id, Sift.read(sift), before)


def titles(by: Membership, at: Patient, **sift: str) -> list[str]:
    return [moment.title for moment in read(by, at, **sift)[0]]


@pytest.fixture
def scene() -> tuple[Membership, Membership, Patient]:
    gp, social = factories.member("gp"), factories.member("social_worker")
    patient = factories.patient(related_to=[gp.organisation, social.organisation])
    factories.consent(patient)
    his = factories.source(gp.organisation)
    ecd = factories.source(social.organisation, kind="ecd")
    factories.fact(patient, his, Category.PROBLEMS, "Hypertensie", on_date="2019-05")
    factories.fact(patient, his, Category.MEDICATION, "Metoprolol", on_date="2026-10-02T09:00:00+02:00")
    factories.fact(patient, his, Category.MEDICATION, "Zonder datum", on_date="")
    factories.fact(patient, ecd, Category.SOCIAL, "Huisbezoek", on_date="2026-10-03")
    factories.entry(patient, gp, "Bewegen", "goal", on_date=date(2026, 10, 4))
    return gp, social, patient


def test_all_domains_stand_in_one_order_and_what_has_no_date_has_no_place(scene: tuple) -> None:  # type: ignore[type-arg]
    gp, social, patient = scene
    referral = stage.referral(gp, social, patient, status="accepted")
    stage.happens("referral.accept", referral, social)
    with factories.as_owner():
        referral.steps.create(
            patient=patient, verb="accept", status="accepted", organisation=social.organisation, user=social.user
        )
        referral.steps.create(
            patient=patient, verb="supplement", status="accepted", organisation=gp.organisation, user=gp.user
        )
    stage.consultation(gp, social, patient=patient)
    moments, following = read(gp, patient)
    assert [moment.title for moment in moments] == [
        "Verwijzing: geaccepteerd", "Consult gevraagd: wacht op antwoord", "Doel", "Huisbezoek", "Metoprolol", "Hypertensie",
    ]  # fmt: skip
    assert following == ""
    assert [bool(moment.url) for moment in moments[:3]] == [True, True, False]


def test_what_happened_on_one_day_keeps_its_order_and_its_page_when_sources_are_asked_anew(scene: tuple) -> None:  # type: ignore[type-arg]
    gp, _social, patient = scene
    sources = list(Source.objects.order_by("pk"))

    def asked_anew(sources: list[Source]) -> None:
        with factories.as_owner():
            Fact.objects.all().delete()
        for source in sources:
            for number in range(PAGE):
                factories.fact(
                    patient, source, Category.PROBLEMS, f"{source.kind} {number}", on_date="2026-11-20", source_key=f"p{number}"
                )  # fmt: skip

    asked_anew(sources)
    first, place = read(gp, patient)
    second, _end = read(gp, patient, place)
    asked_anew(sources[::-1])
    assert [moment.title for moment in read(gp, patient)[0]] == [moment.title for moment in first]
    assert [moment.title for moment in read(gp, patient, place)[0]] == [moment.title for moment in second]
    assert len({moment.title for moment in first + second}) == 2 * PAGE


def test_each_sift_leaves_what_was_asked_for(scene: tuple) -> None:  # type: ignore[type-arg]
    gp, _social, patient = scene
    assert titles(gp, patient, domain="all_medical") == ["Doel", "Metoprolol", "Hypertensie"]
    assert titles(gp, patient, domain="all_social") == ["Huisbezoek"]
    assert titles(gp, patient, domain="welfare") == []
    assert "Huisbezoek" in titles(gp, patient, domain="social")
    assert titles(gp, patient, domain="own") == ["Doel", "Metoprolol", "Hypertensie"]
    assert titles(gp, patient, kind="medication") == ["Metoprolol"]
    assert titles(gp, patient, kind="social") == ["Huisbezoek"]
    assert titles(gp, patient, period="365") == ["Doel", "Huisbezoek", "Metoprolol"]
    assert titles(gp, patient, domain="unknown", kind="?", period="-1") == titles(gp, patient)


def test_every_kind_of_data_stands_under_one_kind() -> None:
    listed = [category for _words, categories in KINDS.values() for category in categories]
    assert sorted(listed) == sorted(Category)
    assert not set(DOMAINS) & {*Domain.values, OWN}


def test_it_says_what_changes_the_meaning_of_a_fact_and_nothing_twice_and_no_day_of_birth(
    scene: tuple[Membership, Membership, Patient], client_of: Browser
) -> None:
    gp, _social, patient = scene
    his = Source.objects.get(kind="his")
    factories.fact(
        patient, his, Category.MEDICATION, "Nitrofurantoïne", detail="2 maal per dag", on_date="2026-11-04",
        attention=["stoppen: geannuleerd"],
    )  # fmt: skip
    factories.fact(patient, his, Category.PROBLEMS, "Astma", detail="Astma", on_date="2026-11-05")
    factories.fact(patient, his, Category.IDENTITY, "A. de Vries", resource_type="Patient", on_date="1948-03-12")
    [asthma, cancelled] = read(gp, patient)[0][:2]
    assert (asthma.title, asthma.text) == ("Astma", "")
    assert cancelled.heed == ("stoppen: geannuleerd",)
    assert "A. de Vries" not in titles(gp, patient)
    page = client_of(gp).get(reverse("workplace:part", args=[patient.key, "timeline"])).content.decode()
    assert "⚠ stoppen: geannuleerd" in page


def test_pages_follow_each_other_without_a_gap_or_a_double_also_within_one_day() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    for number in range(40):
        factories.fact(
            patient, his, Category.PROCEDURES, f"Contact {number}", on_date="2026-02-0" + str(number % 3 + 1)
        )
    for number in range(20):
        factories.entry(patient, gp, f"Notitie {number}", "note", on_date=date(2026, 2, number % 3 + 1))
    seen: list[str] = []
    before = ""
    while True:
        moments, before = read(gp, patient, before)
        assert len(moments) <= PAGE
        seen += [moment.place for moment in moments]
        if not before:
            break
    assert len(seen) == len(set(seen)) == 60
    assert [place[:10] for place in seen] == sorted((place[:10] for place in seen), reverse=True)


def test_a_place_that_is_none_begins_at_the_top(scene: tuple) -> None:  # type: ignore[type-arg]
    gp, _social, patient = scene
    for before in ("nonsense", "2026-01-01~x1", "2026-01-01~f1'; drop table", "9999~f99999999999999999999"):
        assert read(gp, patient, before)[0] == read(gp, patient)[0]


def test_nothing_that_is_withheld_stands_on_it(scene: tuple) -> None:  # type: ignore[type-arg]
    gp, _social, patient = scene
    factories.consent(patient, Category.SOCIAL, permit=False, reader_organisation=gp.organisation)
    assert "Huisbezoek" not in titles(gp, patient)


def test_it_works_as_a_plain_form_and_within_the_overview(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    factories.fact(patient, his, Category.APPOINTMENTS, "Controle", on_date=tomorrow)
    for number in range(30):
        factories.fact(
            patient, his, Category.PROCEDURES, f"Contact {number:02}", on_date=f"2026-01-{number % 28 + 1:02}"
        )
    client = client_of(gp)
    address = reverse("workplace:part", args=[patient.key, "timeline"])
    page = client.get(address, {"kind": "contacts"}).content.decode()
    assert "Komt nog" in page
    assert '<option value="contacts" selected>' in page
    further = re.search(r'href="([^"]*before=[^"]*)"', page)
    assert further
    rest = client.get(further[1].replace("&amp;", "&")).content.decode()
    shown = [set(re.findall(r"Contact \d\d", one)) for one in (page, rest)]
    assert (len(shown[0]), len(shown[1]), len(shown[0] | shown[1])) == (23, 7, 30)
    within = client.get(further[1].replace("&amp;", "&"), headers={"HX-Request": "true"}).content.decode()
    assert within.strip().startswith("<li")


def test_documents_of_the_record_stand_on_it_each_in_its_newest_version() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    common = {
        "patient": patient, "organisation": gp.organisation, "category": Category.DOCUMENTS, "kind": Document.Kind.values[0],
        "file_name": "a.pdf", "format": "pdf", "size": 3, "key_id": "k", "wrapped_key": b"w",
        "author": gp.user, "author_name": gp.user.name, "author_role": "huisarts",
    }  # fmt: skip
    with factories.as_owner():
        first = Document.objects.create(title="Brief", on_date=date(2026, 1, 2), **common)
        Document.objects.create(title="Brief, verbeterd", on_date=date(2026, 1, 3), replaces=first, **common)
    moments, _following = read(gp, patient, kind="documents")
    assert [moment.title for moment in moments] == ["Document: Brief, verbeterd"]
    assert moments[0].url.startswith(f"/patients/{patient.key}/documents/") or str(patient.key) in moments[0].url
