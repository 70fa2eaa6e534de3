"""All sources at once: within one deadline, only where something is likely to be found, and never without being told."""

from __future__ import annotations

import json
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dossier.access import (
    answered_sources,
    counts_until,
    is_fresh,
    left_alone,
    likely_sources,
    said_of,
    unconnected_for,
)
from dossier.actions import ask_in_turn, ask_source, ask_sources, drop_expired_facts
from dossier.models import Fact, Source, SourceAnswer, SourceHour
from dossier.sources import token
from events.actor import act, system
from events.models import Event
from people.models import Membership, Organisation, Patient
from region import services, tls
from region.source_doors import CertificateDoor, TokenDoor
from tests import factories
from tests.dossier.sources.conftest import Running
from tests.dossier.sources.fakes import Fake, condition, only_conditions
from trust.access import decide, open_record
from trust.categories import Category
from trust.models import CareRelation

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def patient_enough(settings: Any) -> None:
    """What is tested here is not how fast this machine is."""
    settings.SOURCE_DEADLINE = 10.0


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp")


@pytest.fixture
def putten(gp: Membership) -> Patient:
    made = factories.patient(related_to=[gp.organisation], number="111222333", birth_date=date(1934, 4, 28))
    factories.consent(made)
    return made


def holder(patient: Patient, name: str, domain: str = "hospital") -> Organisation:
    made = factories.organisation(domain, name=name)
    factories.relation(patient, made)
    return made


def answers() -> dict[str, SourceAnswer]:
    with factories.as_owner():
        return {answer.source.name: answer for answer in SourceAnswer.objects.select_related("source")}


def test_six_sources_of_which_one_hangs_answer_within_one_deadline_and_two_transactions(
    gp: Membership, putten: Patient, sources: Running, fault: Callable[[str, str], None], settings: Any
) -> None:
    settings.SOURCE_DEADLINE = 6.0
    for number in range(5):
        factories.source(
            holder(putten, f"Praktijk {number}", "gp"), base_url=f"{sources.address}/his/fhir", name=f"HIS {number}"
        )
    factories.source(holder(putten, "Ziekenhuis"), base_url=f"{sources.address}/epd/fhir", version="STU3", name="EPD")
    fault("epd", "hang")
    began: list[float] = []

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("select * from trust_open("):
            began.append(time.monotonic())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(counting):
        started = time.monotonic()
        assert ask_sources(key=putten.key, by=factories.actor(gp)) == 6
        took = time.monotonic() - started
    kept = answers()
    assert kept.pop("EPD").outcome == "no_answer"
    assert {answer.outcome for answer in kept.values()} == {"answered"}
    assert took < settings.SOURCE_DEADLINE + 4, "what is left is reading six answers on a shared machine"
    assert len(began) == 2, "asked and kept in one transaction each, however many sources there are"
    with factories.as_owner():
        assert SourceHour.objects.get(source__name="EPD").outcome == "no_answer"


def test_answers_are_kept_as_they_come_also_for_who_turns_away(
    gp: Membership, putten: Patient, sources: Running, other_source: Callable[..., str]
) -> None:
    let_go = threading.Event()

    def slow(path: str, query: Any) -> Any:
        let_go.wait(8)
        return only_conditions(condition())(path, query)

    late = Fake(slow, {"resourceType": "Patient", "id": "p1", "birthDate": "1934-04-28",
                       "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "111222333"}]})  # fmt: skip
    factories.source(holder(putten, "Praktijk", "gp"), base_url=f"{sources.address}/his/fhir", name="HIS")
    factories.source(holder(putten, "Ziekenhuis"), base_url=other_source(late), name="EPD")
    rounds = ask_in_turn(key=putten.key, by=factories.actor(gp))
    assert next(rounds) == 1
    assert answers().keys() == {"HIS"}, "what is there is kept while another is waited for"
    let_go.set()
    rounds.close()
    assert {name: answer.outcome for name, answer in answers().items()} == {"HIS": "answered", "EPD": "answered"}


def test_a_relation_that_ends_while_sources_are_asked_keeps_nothing_more_and_raises_for_nobody(
    gp: Membership, putten: Patient, sources: Running, other_source: Callable[..., str]
) -> None:
    let_go = threading.Event()

    def slow(path: str, query: Any) -> Any:
        let_go.wait(8)
        return only_conditions(condition())(path, query)

    late = Fake(slow, {"resourceType": "Patient", "id": "p1", "birthDate": "1934-04-28",
                       "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "111222333"}]})  # fmt: skip
    factories.source(holder(putten, "Praktijk", "gp"), base_url=f"{sources.address}/his/fhir", name="HIS")
    factories.source(holder(putten, "Ziekenhuis"), base_url=other_source(late), name="EPD")
    rounds = ask_in_turn(key=putten.key, by=factories.actor(gp))
    assert next(rounds) == 1
    with factories.as_owner():
        CareRelation.objects.filter(patient=putten, organisation=gp.organisation).delete()
    let_go.set()
    rounds.close()
    assert answers().keys() == {"HIS"}, "what comes for whom has no basis any more is not kept"


def test_while_sources_are_waited_for_no_transaction_is_open(
    gp: Membership, putten: Patient, other_source: Callable[..., str]
) -> None:
    idle: list[int] = []

    def answer(path: str, query: Any) -> Any:
        with factories.as_owner(), connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'"
            )
            idle.append(cursor.fetchone()[0])
        connection.close()
        return only_conditions(condition())(path, query)

    fake = Fake(answer, {"resourceType": "Patient", "id": "p1", "birthDate": "1934-04-28",
                         "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "111222333"}]})  # fmt: skip
    source = factories.source(gp.organisation, base_url=other_source(fake), categories=1 << Category.PROBLEMS)
    assert ask_source(source=source, key=putten.key, by=factories.actor(gp))
    assert idle
    assert set(idle) == {0}


def test_only_sources_of_who_has_to_do_with_the_patient_are_asked(
    gp: Membership, putten: Patient, sources: Running
) -> None:
    known = factories.source(holder(putten, "Ziekenhuis"), base_url=f"{sources.address}/epd/fhir", version="STU3")
    factories.source(factories.organisation("hospital"), base_url=f"{sources.address}/epd/fhir", version="STU3")
    own = factories.source(gp.organisation, base_url=f"{sources.address}/his/fhir")
    with act(factories.actor(gp)) as actor:
        decision = decide(actor, putten, Category)
        assert set(likely_sources(decision, gp.organisation_id)) == {known, own}
    assert ask_sources(key=putten.key, by=factories.actor(gp)) == 2


def test_a_source_that_knew_nothing_is_left_alone_until_somebody_asks_all_the_same(
    gp: Membership, sources: Running, client_of: Browser
) -> None:
    stranger = factories.patient(related_to=[gp.organisation], number="999993653")
    source = factories.source(gp.organisation, base_url=f"{sources.address}/his/fhir", nothing_hours=24)
    by = factories.actor(gp)
    assert ask_source(source=source, key=stranger.key, by=by)
    with factories.as_owner():
        SourceAnswer.objects.update(asked_at=timezone.now() - timedelta(hours=5))
    sources.lines.clear()
    assert ask_sources(key=stranger.key, by=by) == 0
    url = reverse("workplace:source", args=[stranger.key, source.pk])
    browser = client_of(gp)
    assert browser.get(url, {"again": "1"}, headers={"HX-Request": "true"}).status_code == 405
    browser.get(reverse("workplace:sources", args=[stranger.key])).getvalue()
    assert sources.lines == [], "to see a page asks nobody"
    page = browser.post(url, {"told": ""}, headers={"HX-Request": "true"}).content.decode()
    assert len(sources.lines) == 1
    assert "Vraag toch" in page
    assert "niets gevonden" in page
    with factories.as_owner():
        SourceAnswer.objects.update(asked_at=timezone.now() - timedelta(hours=25))
    assert ask_sources(key=stranger.key, by=by) == 1, "after the time that is set it is asked again"


def test_a_new_care_relation_makes_it_likely_again(gp: Membership, sources: Running) -> None:
    stranger = factories.patient(related_to=[gp.organisation], number="999993653")
    factories.consent(stranger)
    hospital = holder(stranger, "Ziekenhuis")
    factories.source(hospital, base_url=f"{sources.address}/epd/fhir", version="STU3")
    by = factories.actor(gp)
    assert ask_sources(key=stranger.key, by=by) == 1
    with factories.as_owner():
        SourceAnswer.objects.update(asked_at=timezone.now() - timedelta(hours=2))
    assert ask_sources(key=stranger.key, by=by) == 0
    factories.relation(stranger, hospital, period=factories.since(1 / 24))
    assert ask_sources(key=stranger.key, by=by) == 1


def test_how_long_an_answer_counts_is_the_sources_own(gp: Membership, putten: Patient, settings: Any) -> None:
    settings.SOURCE_FRESH_MINUTES = 10
    some = frozenset({Category.PROBLEMS})
    usual, short = factories.source(gp.organisation), factories.source(gp.organisation, name="kort", fresh_minutes=1)
    now = timezone.now()

    def answer(source: Source, outcome: str, minutes: float) -> SourceAnswer:
        return SourceAnswer(
            patient=putten,
            source=source,
            outcome=outcome,
            asked_categories=0b111,
            asked_at=now - timedelta(minutes=minutes),
        )

    with act(factories.actor(gp)):
        assert is_fresh(usual, answer(usual, "answered", 9), some)
        assert not is_fresh(usual, answer(usual, "answered", 11), some)
        assert not is_fresh(short, answer(short, "answered", 2), some)
        assert not is_fresh(usual, answer(usual, "answered", 1), frozenset({Category.MEDICATION})), (
            "not for more than was asked"
        )
        assert is_fresh(short, answer(short, "nothing", 60 * 23), some)
        assert left_alone(short, answer(short, "nothing", 60 * 23))
        assert not left_alone(short, answer(short, "nothing", 60 * 25))
        for failed in ("no_answer", "refused", "fault"):
            assert counts_until(usual, answer(usual, failed, 0)) is None
        assert counts_until(usual, None) is None


def test_who_has_no_system_connected_is_known_to_who_sees_the_network(gp: Membership, putten: Patient) -> None:
    connected, silent = holder(putten, "Wel aangesloten"), holder(putten, "Niet aangesloten", "home_care")
    factories.source(connected)
    factories.source(holder(putten, "Uitgezet"), active=False)
    with act(factories.actor(gp)) as actor:
        opening = open_record(actor, putten.key, Category)
        names = {one.name for one in unconnected_for(opening)}
        assert silent.name in names
        assert "Uitgezet" in names
        assert connected.name not in names
        told = answered_sources(opening, gp.organisation_id)
    assert [source.organisation_id for source, _ in told] == [connected.pk]


def test_each_reason_that_helps_the_reader_has_words() -> None:
    said = {
        detail: said_of(SourceAnswer(outcome="no_answer", detail=detail))
        for detail in ("breaker-open", "rate-limit", "busy", "deadline")
    }
    assert len(set(said.values())) == 4
    assert said["deadline"] == "geen antwoord"


def test_what_was_refused_while_a_source_answered_is_not_kept(
    gp: Membership, putten: Patient, other_source: Callable[..., str]
) -> None:
    hospital = holder(putten, "Ziekenhuis")
    let_go, asked = threading.Event(), threading.Event()

    def slow(path: str, query: Any) -> Any:
        asked.set()
        let_go.wait(5)
        return only_conditions(condition())(path, query)

    fake = Fake(slow, {"resourceType": "Patient", "id": "p1", "birthDate": "1934-04-28",
                       "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "111222333"}]})  # fmt: skip
    source = factories.source(hospital, base_url=other_source(fake), categories=1 | 1 << Category.PROBLEMS)
    done: list[bool] = []

    def ask() -> None:
        try:
            done.append(ask_source(source=source, key=putten.key, by=factories.actor(gp)))
        finally:
            connection.close()

    running = threading.Thread(target=ask)
    running.start()
    assert asked.wait(5)
    factories.consent(putten, Category.PROBLEMS, permit=False)
    let_go.set()
    running.join()
    assert done == [True]
    with factories.as_owner():
        assert not Fact.objects.filter(category=Category.PROBLEMS).exists()


def test_the_user_and_the_purpose_go_along(gp: Membership, putten: Patient, other_source: Callable[..., str]) -> None:
    fake = Fake(only_conditions(condition()))
    source = factories.source(gp.organisation, base_url=other_source(fake))
    with factories.as_owner():
        Membership.objects.filter(pk=gp.pk).update(uzi="000095254")
        Organisation.objects.filter(pk=gp.organisation_id).update(ura="00000659")
    ask_source(source=source, key=putten.key, by=factories.actor(gp))
    told = json.loads(urlsafe_b64decode(fake.headers[0]["HTTP_X_USER_CONTEXT"]))
    assert told == {
        "subject_id": "000095254",
        "subject_role": "gp",
        "subject_role_code": "01.015",
        "subject_organization": gp.organisation.name,
        "subject_organization_id": "00000659",
        "purpose_of_use": "TREAT",
    }


@pytest.fixture
def doors(tmp_path: Path, settings: Any) -> Iterator[tuple[str, str, TokenDoor]]:
    """The region with its doors: the hospital behind a token, home care behind a certificate, secrets where they belong."""
    token.forget_tokens()
    keys = tls.ensure(tmp_path)
    app = services.sources(tmp_path)
    assert app is not None
    plain, closed = services.serve(app, 0), services.serve(app, 0, tls.server_side(keys))
    address = f"http://127.0.0.1:{plain.server_port}"
    door = TokenDoor(f"{address}/epd/token", keys={tls.PRODUCT: tls.public_key(keys)})
    app.doors |= {"epd": door, "ecd": CertificateDoor()}  # type: ignore[attr-defined]
    settings.SECRETS = str(tmp_path / "secrets")
    yield address, f"https://localhost:{closed.server_port}", door
    for server in (plain, closed):
        server.shutdown()
        server.server_close()


def test_sources_behind_doors_are_asked_as_their_managers_connected_them(
    gp: Membership, putten: Patient, doors: tuple[str, str, TokenDoor], tmp_path: Path
) -> None:
    address, secure, door = doors
    hospital, care = holder(putten, "Ziekenhuis"), holder(putten, "Thuiszorg", "home_care")
    for place in (hospital, care):
        folder = tmp_path / "secrets" / f"organisation-{place.pk}"
        folder.mkdir(parents=True)
        for name in ("oauth.key", "client.pem", "client.key", "ca.pem"):
            (folder / name).write_bytes((tmp_path / "tls" / name).read_bytes())
    factories.source(
        hospital, base_url=f"{address}/epd/fhir", version="STU3", name="EPD", authorisation="oauth",
        token_url=f"{address}/epd/token", client_id=tls.PRODUCT, client_key="oauth.key", tell_user=True,
    )  # fmt: skip
    ecd = factories.source(
        care, base_url=f"{secure}/ecd/fhir", version="STU3", name="ECD", authorisation="mtls",
        certificate="client.pem", certificate_key="client.key", authority="ca.pem",
    )  # fmt: skip
    assert ask_sources(key=putten.key, by=factories.actor(gp)) == 2
    assert {name: answer.outcome for name, answer in answers().items()} == {"EPD": "answered", "ECD": "answered"}
    assert door.claims["extensions"]["ihe_iua"]["subject_organization"] == gp.organisation.name
    door.expire()
    assert ask_sources(key=putten.key, by=factories.actor(gp), again=True) == 2
    assert answers()["EPD"].outcome == "answered", "a token that was refused is renewed"
    assert door.issued == 2
    (tmp_path / "secrets" / f"organisation-{care.pk}" / "client.pem").unlink()
    ask_source(source=ecd, key=putten.key, by=factories.actor(gp), again=True)
    assert (answers()["ECD"].outcome, answers()["ECD"].detail) == ("fault", "secret-missing")
    with factories.as_owner():
        lines = str(list(Event.objects.values_list("data", flat=True)))
    assert "PRIVATE" not in lines
    assert "Bearer" not in lines


def test_what_a_source_had_is_forgotten_after_a_month(gp: Membership, putten: Patient) -> None:
    for days in (1, 30, 32):
        source = factories.source(gp.organisation, name=f"bron {days}")
        with factories.as_owner():
            SourceAnswer.objects.create(
                patient=putten, organisation=gp.organisation, source=source, outcome="nothing",
                asked_at=timezone.now() - timedelta(days=days),
            )  # fmt: skip
    with act(system("keeping", purpose="HOPERAT")) as worker:
        drop_expired_facts(by=worker)
    assert set(answers()) == {"bron 1", "bron 30"}
