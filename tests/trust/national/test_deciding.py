"""Every decision of the national consent service honoured, from the page to the source and back, over real sockets."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dossier.actions import ask_source
from dossier.models import Fact, Source, SourceAnswer
from events.actor import act
from events.models import Event
from people.models import Membership, Patient
from tests import factories
from tests.trust.national.conftest import Region
from trust import actions
from trust.access import decide, open_record
from trust.categories import Category
from trust.models import NationalAnswer

pytestmark = pytest.mark.django_db(transaction=True)
Chosen = Callable[..., list[int]]
Browser = Callable[[Membership], Client]
NO_ANSWER = "de landelijke toestemmingsvoorziening gaf geen antwoord"


def taking_part(role: str, domain: str, ura: str) -> Membership:
    member = factories.member(role)
    with factories.as_owner():
        organisation = member.organisation
        organisation.domain, organisation.ura, organisation.may_process_bsn = domain, ura, True
        organisation.save()
    return member


@dataclass
class Stage:
    """A hospital with a source, and a pharmacist who reads; both care for the same person."""

    pharmacist: Membership
    specialist: Membership
    patient: Patient
    source: Source

    def ask(self, **more: Any) -> bool:
        return ask_source(source=self.source, key=self.patient.key, by=factories.actor(self.pharmacist), **more)

    def answer(self) -> SourceAnswer | None:
        with factories.as_owner():
            return SourceAnswer.objects.filter(source=self.source).first()

    def sees(self, by: Membership | None = None) -> set[Category]:
        with act(factories.actor(by or self.pharmacist)) as actor:
            return set(decide(actor, self.patient, Category).facts_of(self.source.organisation_id))

    def facts(self) -> int:
        with act(factories.actor(self.pharmacist)) as actor:
            open_record(actor, self.patient.key, Category)
            return Fact.objects.count()

    def page(self, client: Client) -> str:
        return client.get(reverse("workplace:sources", args=[self.patient.key])).getvalue().decode()


@pytest.fixture
def stage(region: Region) -> Stage:
    pharmacist = taking_part("pharmacist", "pharmacy", "00000005")
    specialist = taking_part("specialist", "hospital", "00000004")
    patient = factories.patient(
        related_to=[pharmacist.organisation, specialist.organisation],
        number="999990019",
        birth_date=date(1948, 3, 12),
        own_prefix="de",
        own_name="Vries",
    )
    source = factories.source(
        specialist.organisation, base_url=f"{region.sources_url}/epd/fhir", kind="epd", version="STU3"
    )
    return Stage(pharmacist, specialist, patient, source)


def asked(region: Region) -> int:
    return region.national.asked


def test_permission_without_any_own_choice_opens_the_source(stage: Stage, region: Region, chosen: Chosen) -> None:
    assert stage.sees() == set(), "no choice is no"
    chosen("V6", True, "RPZAC005")
    assert stage.ask()
    assert Category.MEDICATION in stage.sees()
    assert Category.SOCIAL not in stage.sees()
    assert stage.facts() > 0
    assert asked(region) == 3, "once per code"


def test_a_refusal_leaves_the_source_unasked_whatever_was_chosen_here(stage: Stage, chosen: Chosen) -> None:
    factories.consent(stage.patient)
    factories.consent(stage.patient, reader_organisation=stage.pharmacist.organisation)
    assert Category.MEDICATION in stage.sees()
    chosen("V6", False, "RPZAC005")
    stage.ask()
    assert not stage.sees() & {Category.MEDICATION, Category.RESULTS, Category.PROBLEMS, Category.ALLERGIES}
    answer = stage.answer()
    assert answer is None or not answer.asked_categories >> Category.MEDICATION & 1, "the source was not asked for it"


def test_an_own_objection_narrows_a_national_permission(stage: Stage, chosen: Chosen) -> None:
    chosen("V6", True, "RPZAC005")
    factories.consent(stage.patient, Category.RESULTS, permit=False, reader_domain="pharmacy")
    assert stage.ask()
    assert Category.MEDICATION in stage.sees()
    assert Category.RESULTS not in stage.sees()
    with factories.as_owner():
        assert not Fact.objects.filter(category=Category.RESULTS).exists(), "nor was it fetched"


def test_where_the_service_says_nothing_the_own_register_decides(stage: Stage, region: Region) -> None:
    stage.ask()
    assert stage.sees() == set()
    factories.consent(stage.patient, Category.MEDICATION)
    stage.ask()
    assert stage.sees() == {Category.MEDICATION}
    assert asked(region) == 3, "that it says nothing is an answer too, and kept"


def test_the_answer_about_one_holder_and_reader_is_of_no_use_to_another(stage: Stage, chosen: Chosen) -> None:
    chosen("V6", True, "RPZAC005")
    stage.ask()
    other = taking_part("pharmacist", "pharmacy", "00000006")
    factories.relation(stage.patient, other.organisation)
    assert stage.sees(other) == set()


@pytest.mark.parametrize("fault", ["down", "500", "indeterminate", "other", "attack", "hang"])
def test_no_answer_asks_nothing_keeps_nothing_and_is_said(
    stage: Stage, region: Region, client_of: Browser, settings: object, fault: str
) -> None:
    settings.NATIONAL_CONSENT_DEADLINE = 0.4  # type: ignore[attr-defined]
    factories.consent(stage.patient)
    region.national.set_fault(fault)
    before = time.monotonic()
    page = stage.page(client_of(stage.pharmacist))
    assert time.monotonic() - before < 3
    assert NO_ANSWER in page
    answer = stage.answer()
    assert answer is not None
    assert (answer.outcome, answer.facts) == ("no_answer", 0)
    assert answer.detail.startswith("national-")
    with factories.as_owner():
        assert not NationalAnswer.objects.exists()
        assert not Fact.objects.exists()
    region.national.set_fault("none")
    assert NO_ANSWER not in stage.page(client_of(stage.pharmacist))
    assert stage.facts() > 0, "asked again the next time"


def test_what_a_reader_was_not_told_is_not_said_to_the_holder(stage: Stage, region: Region, client_of: Browser) -> None:
    region.national.set_fault("down")
    factories.consent(stage.patient)
    stage.ask()
    with act(factories.actor(stage.specialist)) as actor:
        open_record(actor, stage.patient.key, Category)
    page = client_of(stage.specialist).get(reverse("workplace:patient", args=[stage.patient.key])).content.decode()
    assert NO_ANSWER not in page


def test_in_an_emergency_a_silent_service_keeps_nobody_waiting_and_a_refusal_holds(
    stage: Stage, region: Region, chosen: Chosen
) -> None:
    with act(factories.actor(stage.pharmacist)) as actor:
        actions.start_emergency(
            reason="unconscious", explanation="ingestort aan de balie", key=stage.patient.key, by=actor
        )
    region.national.set_fault("down")
    assert stage.ask()
    assert stage.facts() > 0
    region.national.set_fault("none")
    chosen("V6", False, "RPZAC005")
    stage.ask(again=True)
    assert Category.MEDICATION not in stage.sees()


def test_a_permission_ends_and_is_asked_again_and_a_refusal_stays(stage: Stage, region: Region, chosen: Chosen) -> None:
    chosen("V6", True, "RPZAC005")
    stage.ask()
    with factories.as_owner():
        kept = NationalAnswer.objects.get()
        assert abs(kept.period.upper - kept.period.lower - timedelta(minutes=60)) < timedelta(seconds=5)
        kept.period = type(kept.period)(kept.period.lower - timedelta(hours=2), timezone.now())
        kept.save()
    assert stage.sees() == set(), "over"
    chosen("V6", False, "RPZAC005")
    stage.ask()
    assert asked(region) == 6
    with factories.as_owner():
        NationalAnswer.objects.filter(period__upper_inf=False).delete()
    factories.consent(stage.patient, Category.MEDICATION)
    assert stage.sees() == set(), "a refusal stays until another answer comes"


@pytest.mark.parametrize("domain", ["social", "municipality", "welfare"])
def test_what_is_no_care_under_the_wkkgz_is_never_asked_about(stage: Stage, region: Region, domain: str) -> None:
    worker = taking_part("welfare_worker" if domain == "welfare" else "social_worker", domain, "00000010")
    factories.relation(stage.patient, worker.organisation)
    factories.consent(stage.patient)
    ask_source(source=stage.source, key=stage.patient.key, by=factories.actor(worker))
    assert asked(region) == 0
    own = factories.source(worker.organisation, base_url=f"{region.sources_url}/ecd/fhir", kind="ecd", version="STU3")
    ask_source(source=own, key=stage.patient.key, by=factories.actor(stage.pharmacist))
    assert asked(region) == 0


def test_the_own_system_and_an_unconnected_service_ask_nothing(stage: Stage, region: Region, settings: object) -> None:
    ask_source(source=stage.source, key=stage.patient.key, by=factories.actor(stage.specialist))
    assert asked(region) == 0
    settings.NATIONAL_CONSENT_URL = ""  # type: ignore[attr-defined]
    factories.consent(stage.patient, Category.MEDICATION)
    stage.ask()
    assert asked(region) == 0
    assert stage.facts() > 0


def test_a_holder_whose_policy_offers_nothing_costs_no_question(stage: Stage, region: Region) -> None:
    with factories.as_owner():
        stage.specialist.organisation.policies.all().delete()
    stage.ask()
    assert asked(region) == 0


def test_a_stranger_has_nothing_asked(stage: Stage, region: Region, client_of: Browser) -> None:
    stranger = taking_part("pharmacist", "pharmacy", "00000007")
    assert client_of(stranger).get(reverse("workplace:sources", args=[stage.patient.key])).status_code == 404
    assert asked(region) == 0


def test_no_number_of_a_person_is_logged(
    stage: Stage, region: Region, chosen: Chosen, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        chosen("V6", True, "RPZAC005")
        stage.ask()
        region.national.set_fault("500")
        stage.ask(again=True)
    assert "999990019" not in caplog.text
    with factories.as_owner():
        assert not [e for e in Event.objects.all() if "999990019" in str(e.data)]


def letter_of(stage: Stage, reader: Membership, client_of: Browser) -> Callable[[], tuple[int, str]]:
    """Opens the content of a letter that the hospital told of, without a line about it in its own system."""
    fact = factories.fact(
        stage.patient, stage.source, Category.DOCUMENTS, "Brief", resource_type="DocumentReference", source_key="d1",
        resource={"resourceType": "DocumentReference", "id": "d1", "content": [{"attachment": {"url": "Binary/d1"}}]},
    )  # fmt: skip
    url = reverse("dossier:source_shown", args=[stage.patient.key, 10, stage.source.pk, fact.mark])

    def open_it() -> tuple[int, str]:
        response = client_of(reader).get(url)
        return response.status_code, response.content.decode()

    return open_it


def test_the_content_of_a_document_is_not_fetched_before_the_service_was_heard(
    stage: Stage, region: Region, chosen: Chosen, client_of: Browser
) -> None:
    gp = taking_part("gp", "gp", "00000006")
    factories.relation(stage.patient, gp.organisation)
    factories.consent(stage.patient)
    open_it = letter_of(stage, gp, client_of)
    region.national.set_fault("down")
    status, page = open_it()
    assert status == 409
    assert NO_ANSWER in page
    region.national.set_fault("none")
    chosen("V6", False, "RPZAC001")
    status, page = open_it()
    assert status == 403
    assert "geen toestemming" in page
    assert asked(region) > 0


def test_the_content_of_a_document_is_fetched_where_the_service_permits(
    stage: Stage, region: Region, chosen: Chosen, client_of: Browser
) -> None:
    gp = taking_part("gp", "gp", "00000006")
    factories.relation(stage.patient, gp.organisation)
    chosen("V6", True, "RPZAC001")
    status, page = letter_of(stage, gp, client_of)()
    assert status == 409
    assert "heeft de inhoud van dit document niet meer" in page, "asked, and it has no such letter"
