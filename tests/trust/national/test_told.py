"""Being told of a choice: who may tell, that access changes the same second, and that order and repetition do no harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from dossier.actions import ask_source, sources
from dossier.models import Fact, Source
from dossier.sources.fetch import fetch_record
from dossier.sources.results import FetchResult
from events.actions import deliver_one
from events.actor import act
from events.models import Delivery, Event
from people.models import Membership, Patient
from region.national import notification
from tests import factories
from tests.trust.national.conftest import SECRET, Region
from tests.trust.national.test_deciding import taking_part
from tests.trust.national.test_notification import JSON, XML, bundle, consent
from trust import actions
from trust.access import decide
from trust.categories import Category
from trust.models import NationalAnswer
from trust.national import client

pytestmark = pytest.mark.django_db(transaction=True)
Chosen = Callable[..., list[int]]
BSN = "999990019"


@dataclass
class Stage:
    """A practice with a source, and a pharmacist who reads; both care for the same person."""

    gp: Membership
    pharmacist: Membership
    patient: Patient
    source: Source

    def sees(self) -> set[Category]:
        with act(factories.actor(self.pharmacist)) as actor:
            return set(decide(actor, self.patient, Category).facts_of(self.gp.organisation_id))


@pytest.fixture
def stage(region: Region) -> Stage:
    gp, pharmacist = taking_part("gp", "gp", "00000659"), taking_part("pharmacist", "pharmacy", "00000005")
    patient = factories.patient(
        related_to=[gp.organisation, pharmacist.organisation], number=BSN, birth_date=date(1948, 3, 12)
    )
    source = factories.source(gp.organisation, base_url=f"{region.sources_url}/his/fhir")
    return Stage(gp, pharmacist, patient, source)


def tell(body: bytes, kind: str = XML, secret: str = SECRET, **more: Any) -> int:
    headers = {"Authorization": f"Bearer {secret}", **more}
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("exchange:consent_notifications"), body, content_type=kind, headers=headers)
    if response.status_code not in {404, 405}:
        assert b"OperationOutcome" in response.content
    assert BSN.encode() not in response.content
    return response.status_code


def choice(permit: bool, at: datetime | None = None, category: str = "GGC002") -> bytes:
    moment = (at or datetime.now(UTC)).isoformat()
    told = {"bsn": BSN, "readers": ["RPZAC005"], "category": category, "permit": permit, "at": moment}
    return notification(told, "00000659", "Z3")


def test_registering_asks_to_be_told_and_a_choice_then_counts_the_same_second(
    region: Region, settings: object, live_server: LiveServer
) -> None:
    settings.ADDRESS = live_server.url  # type: ignore[attr-defined]
    gp, pharmacist = taking_part("gp", "gp", "00000659"), taking_part("pharmacist", "pharmacy", "00000005")
    registration = actions.Registration(
        BSN, date(1948, 3, 12), "A.", "de", "Vries", "female", "", "1", "1273AB", "Huizen", "Huizen", "nieuw"
    )
    with act(factories.actor(gp)) as actor:
        actions.register_patient(registration=registration, by=actor)
    while deliver_one():
        pass
    (subscription,) = region.national.subscriptions
    assert (subscription["patientid"], subscription["providerid"], subscription["providertype"]) == (
        BSN,
        "00000659",
        "Z3",
    )
    with factories.as_owner():
        patient = Patient.objects.get()
    factories.relation(patient, pharmacist.organisation)
    stage = Stage(gp, pharmacist, patient, factories.source(gp.organisation))

    assert region.national.choose(BSN, "Z3", "GGC002", ["RPZAC005"], True) == [200]
    assert Category.MEDICATION in stage.sees()
    assert region.national.choose(BSN, "00000659", "GGC002", ["RPZAC005"], False) == [200]
    assert stage.sees() == set()
    factories.consent(patient)
    assert Category.MEDICATION not in stage.sees(), "what was chosen here does not undo it"
    with factories.as_owner():
        assert Event.objects.filter(verb="consent.notified", patient_id=patient.pk).count() == 2


def test_a_service_that_takes_no_subscription_is_asked_again_later(region: Region, settings: object) -> None:
    gp = taking_part("gp", "gp", "00000659")
    settings.NATIONAL_CONSENT_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    registration = actions.Registration(
        BSN, date(1948, 3, 12), "A.", "de", "Vries", "female", "", "1", "1273AB", "Huizen", "Huizen", "nieuw"
    )
    with act(factories.actor(gp)) as actor:
        actions.register_patient(registration=registration, by=actor)
    while deliver_one():
        pass
    with factories.as_owner():
        waiting = Delivery.objects.get(listener="exchange.tasks.subscribe")
    assert waiting.status == Delivery.WAITING
    assert BSN not in waiting.last_error


def test_a_permission_opens_and_a_refusal_closes_without_a_question(stage: Stage, region: Region) -> None:
    assert tell(choice(True)) == 200
    assert Category.RESULTS in stage.sees()
    assert tell(choice(False)) == 200
    assert stage.sees() == set()
    assert region.national.asked == 0


def answered(stage: Stage, at: datetime, permitted: list[Category], refused: list[Category]) -> None:
    with act(factories.actor(stage.pharmacist)) as actor:
        actions.keep_national_answer(
            patient=stage.patient, holder=stage.gp.organisation, reader=stage.pharmacist.organisation,
            permitted=permitted, refused=refused, asked_at=at, until=at + timedelta(hours=1), by=actor,
        )  # fmt: skip


def test_a_notification_ends_an_answer_that_was_kept(stage: Stage) -> None:
    answered(stage, datetime.now(UTC), [Category.MEDICATION], [Category.RESULTS])
    assert stage.sees() == {Category.MEDICATION}
    assert tell(choice(False)) == 200
    assert stage.sees() == set()


def test_what_is_told_of_one_sort_of_data_leaves_what_was_asked_of_the_rest(stage: Stage) -> None:
    factories.consent(stage.patient)
    answered(stage, datetime.now(UTC), [Category.PROBLEMS], [Category.RESULTS, Category.MEDICATION])
    assert tell(choice(True, category="GGC013")) == 200
    assert {Category.PROBLEMS, Category.MEDICATION} <= stage.sees()
    assert Category.RESULTS not in stage.sees(), "refused before, and nothing told about it"


def test_what_was_told_late_does_not_undo_what_was_asked_since(stage: Stage) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    answered(stage, datetime.now(UTC), [], [Category.MEDICATION])
    assert tell(choice(True, yesterday, category="GGC013")) == 200
    assert stage.sees() == set()


def test_a_refusal_that_is_told_while_the_service_answers_counts_over_the_answer(
    stage: Stage, chosen: Chosen, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen("Z3", True, "RPZAC005")

    def ask(**asked: Any) -> client.Answer:
        said = real(**asked)
        assert Category.MEDICATION in said.permitted
        assert tell(choice(False)) == 200
        return said

    real = client.ask
    monkeypatch.setattr(client, "ask", ask)
    ask_source(source=stage.source, key=stage.patient.key, by=factories.actor(stage.pharmacist))
    assert stage.sees() == set()


def test_an_answer_that_comes_late_does_not_replace_a_later_one(stage: Stage) -> None:
    now = datetime.now(UTC)
    answered(stage, now, [], [Category.MEDICATION])
    answered(stage, now - timedelta(seconds=5), [Category.MEDICATION], [])
    assert stage.sees() == set()


def test_a_refusal_that_comes_while_the_source_answers_keeps_nothing_of_it(
    stage: Stage, chosen: Chosen, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen("Z3", True, "RPZAC005")

    def fetch(*asked: Any) -> FetchResult:
        result = fetch_record(*asked)
        assert result.facts
        assert tell(choice(False)) == 200
        return result

    monkeypatch.setattr(sources, "fetch_record", fetch)
    assert ask_source(source=stage.source, key=stage.patient.key, by=factories.actor(stage.pharmacist))
    assert stage.sees() == set()
    with factories.as_owner():
        assert not Fact.objects.exists()


def test_telling_twice_changes_nothing(stage: Stage) -> None:
    body = choice(False)
    assert [tell(body), tell(body), tell(body)] == [200, 200, 200]
    with factories.as_owner():
        assert NationalAnswer.objects.count() == 1
        assert Event.objects.filter(verb="consent.notified").count() == 1


def test_an_older_choice_never_replaces_a_newer(stage: Stage) -> None:
    now = datetime.now(UTC)
    assert tell(choice(False, now - timedelta(minutes=1))) == 200
    assert tell(choice(True, now - timedelta(days=1))) == 200
    assert stage.sees() == set()
    assert tell(choice(True, now)) == 200
    assert Category.MEDICATION in stage.sees()
    assert tell(choice(False, now - timedelta(minutes=1))) == 200
    assert Category.MEDICATION in stage.sees()


def test_of_two_choices_at_one_moment_the_refusal_counts_whichever_comes_first(stage: Stage) -> None:
    moment = datetime.now(UTC) - timedelta(minutes=1)
    for order in ((True, False), (False, True)):
        for permit in order:
            tell(choice(permit, moment))
        assert stage.sees() == set()
        moment += timedelta(seconds=1)


def test_a_clock_that_runs_ahead_does_not_silence_what_comes_after(stage: Stage) -> None:
    assert tell(choice(True, datetime.now(UTC) + timedelta(hours=2))) == 200
    assert Category.MEDICATION in stage.sees()
    assert tell(choice(False, datetime.now(UTC))) == 200
    assert stage.sees() == set()


def test_a_permission_for_one_sort_of_data_leaves_the_rest_refused(stage: Stage) -> None:
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    assert tell(choice(False, earlier)) == 200
    assert tell(choice(True, category="GGC013")) == 200
    assert stage.sees() == {Category.MEDICATION}


def test_somebody_whom_the_network_does_not_know_makes_no_difference_to_the_answer(stage: Stage) -> None:
    assert tell(bundle(consent()), JSON) == 200
    assert tell(bundle(consent(), bsn=BSN, ura="99999999"), JSON) == 200
    with factories.as_owner():
        assert not NationalAnswer.objects.exists()


def test_a_notification_of_which_a_part_is_not_understood_is_refused_whole(stage: Stage) -> None:
    assert tell(bundle(consent(), consent(status="draft"), bsn=BSN, ura="00000659"), JSON) == 422
    with factories.as_owner():
        assert not NationalAnswer.objects.exists()


@pytest.mark.parametrize("secret", ["", "x" * len(SECRET), SECRET[:-1], SECRET + "x", "é" * 40])
def test_a_wrong_secret_tells_nothing(stage: Stage, secret: str) -> None:
    assert tell(choice(True), secret=secret.encode().decode("latin-1")) == 401
    assert stage.sees() == set()


def test_without_a_secret_in_the_settings_the_address_does_not_exist(stage: Stage, settings: object) -> None:
    settings.NATIONAL_CONSENT_NOTIFY_SECRET = ""  # type: ignore[attr-defined]
    assert tell(choice(True), secret="") == 404
    assert tell(choice(True)) == 404


def test_what_is_no_notification_is_refused_with_a_reason(stage: Stage) -> None:
    assert tell(b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/'>" + choice(True)) == 422
    assert tell(choice(True), kind="text/xml") == 415
    assert tell(b" " * 300_000) == 413
    assert tell(b" ") == 422
    assert tell(b"") == 411, "a length must be said"
    assert Client().get(reverse("exchange:consent_notifications")).status_code == 405
    assert stage.sees() == set()


def test_a_session_is_no_secret(stage: Stage, client_of: Callable[[Membership], Client]) -> None:
    client = client_of(stage.gp)
    response = client.post(reverse("exchange:consent_notifications"), choice(True), content_type=XML)
    assert response.status_code == 401
