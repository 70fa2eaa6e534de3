"""Copy-back over real sockets: taken, refused, away and back, an answer that was lost, newer versions, mergers, removal."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from dossier import actions
from dossier.access import states_for
from dossier.models import Copy, CopyKind, CopyText, Entry, Fact, Source, SourceCopying
from dossier.sources import shared
from events.actions import deliver_one
from events.actor import Actor, act
from events.models import Delivery, Event, WorkItem
from people.models import Membership, Patient
from tests import factories
from tests.dossier.sources.conftest import Running
from tests.dossier.sources.fakes import BORN
from tests.rights import stage
from trust.access import Opening, open_record
from trust.categories import EVERYTHING, Category
from trust.models import Restriction

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "111222333"
Fault = Callable[[str, str], None]


@contextmanager
def opened(who: Membership, of: Patient) -> Iterator[tuple[Opening, Actor]]:
    with act(factories.actor(who)) as by:
        yield open_record(by, of.key, EVERYTHING), by


def write(who: Membership, of: Patient, text: str = "Bloeddruk goed.\nLoopt weer.", kind: str = "note") -> Entry:
    with opened(who, of) as (opening, by):
        return actions.add_entry(opening=opening, kind=kind, text=text, by=by)


def deliver(most: int = 20) -> int:
    """Bring everything that is due, as a worker does."""
    done = 0
    while done < most and deliver_one():
        done += 1
    return done


def again() -> int:
    """Bring everything that waits, as if the pause were over."""
    with factories.as_owner():
        Delivery.objects.filter(status="waiting").update(due_at=timezone.now() - timedelta(seconds=1))
    return deliver()


def copies() -> list[Copy]:
    with factories.as_owner():
        return list(Copy.objects.order_by("pk"))


def work() -> list[WorkItem]:
    with factories.as_owner():
        return list(WorkItem.objects.open().filter(kind="copy"))


def takes(source: Source, *, written: list[str] | None = None, by_hand: list[str] | None = None) -> SourceCopying:
    with factories.as_owner():
        kinds = list(CopyKind.values) if written is None else written
        return SourceCopying.objects.create(source=source, written=kinds, by_hand=by_hand or [])


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp", name="Karim Haddou", uzi="900012345")


@pytest.fixture
def patient(gp: Membership) -> Patient:
    return factories.patient(related_to=[gp.organisation], number=NUMBER, birth_date=date.fromisoformat(BORN))


@pytest.fixture
def his(sources: Running, gp: Membership) -> Source:
    made = factories.source(gp.organisation, base_url=f"{sources.address}/his/fhir", name="Het HIS")
    takes(made)
    return made


def stood(sources: Running, name: str, kind: str = "DocumentReference") -> list[dict[str, Any]]:
    """What a simulated system has of this type that was written to it."""
    store = sources.app.stores[name]
    return [one for (type_, _number), one in store._written.items() if type_ == kind]


@pytest.fixture(autouse=True)
def empty_systems(sources: Running) -> None:
    for store in sources.app.stores.values():
        store._written.clear()


def test_a_note_goes_to_the_own_system_with_who_wrote_it_and_shows_there(
    gp: Membership, patient: Patient, his: Source, sources: Running
) -> None:
    entry = write(gp, patient)
    (waiting,) = copies()
    assert waiting.status == "waiting"
    deliver()
    (copy,) = copies()
    (there,) = stood(sources, "his")
    assert (copy.status, copy.source_type, copy.source_key) == ("arrived", "DocumentReference", there["id"])
    assert copy.source_version == 'W/"1"'
    assert b64decode(there["content"][0]["attachment"]["data"]).decode() == entry.text
    assert there["author"][0]["display"] == f"Karim Haddou, huisarts, {gp.organisation.name}"
    assert there["author"][0]["identifier"]["value"] == "900012345"
    assert there["identifier"] == [{"system": "urn:ietf:rfc:3986", "value": copy.key.urn}]
    with factories.as_owner():
        assert not CopyText.objects.exists(), "the words are kept no longer than needed"
        assert Event.objects.filter(verb="copy.arrived", patient_id=patient.pk).count() == 1
    with opened(gp, patient) as (_opening, _by):
        assert states_for([entry])[entry.pk].status == "arrived"
    assert actions.ask_source(source=his, key=patient.key, by=factories.actor(gp))
    with opened(gp, patient):
        assert Fact.objects.filter(source_key=there["id"], source=his).exists()


@pytest.mark.parametrize(("kind", "type_"), [("measurement", "Observation"), ("wish", "DocumentReference")])
def test_each_kind_goes_as_the_type_that_the_system_takes(
    gp: Membership, patient: Patient, his: Source, sources: Running, kind: str, type_: str
) -> None:
    write(gp, patient, "130/80", kind=kind)
    deliver()
    (there,) = stood(sources, "his", type_)
    assert copies()[0].source_type == type_
    assert type_ != "Observation" or there["valueString"] == "130/80"


def test_a_system_in_stu3_gets_stu3(sources: Running) -> None:
    nurse = factories.member("district_nurse", name="Tom Visser")
    patient = factories.patient(related_to=[nurse.organisation], number=NUMBER, birth_date=date.fromisoformat(BORN))
    ecd = factories.source(
        nurse.organisation, base_url=f"{sources.address}/ecd/fhir", kind="ecd", version="STU3", name="Het ECD"
    )
    takes(ecd)
    write(nurse, patient, "130/80", kind="measurement")
    deliver()
    (there,) = stood(sources, "ecd")
    assert there["indexed"]
    assert "date" not in there
    assert copies()[0].status == "arrived"


def test_what_a_system_refuses_is_handed_to_the_team_at_once(
    gp: Membership, patient: Patient, sources: Running
) -> None:
    epd = factories.source(gp.organisation, base_url=f"{sources.address}/epd/fhir", kind="epd", version="STU3")
    takes(epd)
    write(gp, patient)
    deliver()
    (copy,) = copies()
    assert (copy.status, copy.reason, copy.attempts) == ("failed", "status-422", 1)
    (item,) = work()
    assert (item.organisation_id, item.patient_id, item.subject_id) == (gp.organisation_id, None, epd.pk)
    assert not deliver()
    with opened(gp, patient):
        assert CopyText.objects.get(copy=copy).text == "Bloeddruk goed.\nLoopt weer."
    with opened(gp, patient) as (_opening, by):
        actions.mark_copied(copy=copy, by=by)
    (copy,) = copies()
    assert (copy.status, copy.handled_name) == ("copied", "Karim Haddou")
    assert copy.settled_at
    assert not work()
    with opened(gp, patient) as (_opening, by):
        actions.unmark_copied(copy=copy, by=by)
    assert copies()[0].status == "listed"
    assert work()


def test_a_system_that_is_away_gets_it_when_it_is_back(
    gp: Membership, patient: Patient, his: Source, sources: Running, fault: Fault
) -> None:
    fault("his", "down")
    write(gp, patient, "Eerst.")
    write(gp, patient, "Daarna.")
    deliver()
    assert {copy.status for copy in copies()} == {"waiting"}
    assert not work()
    fault("his", "none")
    shared.forget(his.pk)
    again()
    assert {copy.status for copy in copies()} == {"arrived"}
    told = [b64decode(one["content"][0]["attachment"]["data"]).decode() for one in stood(sources, "his")]
    assert told == ["Eerst.", "Daarna."], "in the order in which they were written"


def test_a_system_that_hangs_is_waited_for_no_longer_than_the_deadline(
    gp: Membership, patient: Patient, his: Source, fault: Fault, settings: Any
) -> None:
    settings.COPY_DEADLINE = 1.0
    fault("his", "hang")
    write(gp, patient)
    began = time.monotonic()
    deliver()
    assert time.monotonic() - began < 4
    (copy,) = copies()
    assert (copy.status, copy.uncertain) == ("waiting", False), "nothing was sent yet"


def test_two_workers_at_once_write_once(gp: Membership, patient: Patient, his: Source, sources: Running) -> None:
    write(gp, patient, "Eerst.")
    write(gp, patient, "Daarna.")

    def work() -> None:
        deliver()
        connection.close()

    hands = [threading.Thread(target=work) for _ in range(2)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    again()
    assert {copy.status for copy in copies()} == {"arrived"}
    told = [b64decode(one["content"][0]["attachment"]["data"]).decode() for one in stood(sources, "his")]
    assert told == ["Eerst.", "Daarna."]


def test_a_day_later_it_is_handed_to_the_team_and_tried_again_when_asked(
    gp: Membership, patient: Patient, his: Source, sources: Running, fault: Fault
) -> None:
    fault("his", "down")
    write(gp, patient)
    deliver()
    with factories.as_owner():
        Copy.objects.update(asked_at=timezone.now() - timedelta(hours=24))
    again()
    (copy,) = copies()
    assert copy.status == "failed"
    assert work()
    fault("his", "none")
    shared.forget(his.pk)
    with opened(gp, patient) as (_opening, by):
        actions.retry_copy(copy=copy, by=by)
    assert not work()
    deliver()
    assert copies()[0].status == "arrived"
    assert len(stood(sources, "his")) == 1


@pytest.mark.parametrize("trouble", ["lost", "late"])
@pytest.mark.parametrize("name", ["his", "ecd"])
def test_after_an_answer_that_did_not_come_nothing_stands_twice(
    gp: Membership,
    patient: Patient,
    sources: Running,
    fault: Fault,
    name: str,
    trouble: str,
    settings: Any,
) -> None:
    settings.COPY_DEADLINE = 1.5
    version = "R4" if name == "his" else "STU3"
    source = factories.source(gp.organisation, base_url=f"{sources.address}/{name}/fhir", version=version)
    takes(source)
    fault(name, trouble)
    write(gp, patient)
    deliver()
    (copy,) = copies()
    assert (copy.status, copy.uncertain) == ("waiting", True)
    assert len(stood(sources, name)) == 1
    fault(name, "none")
    again()
    (copy,) = copies()
    (there,) = stood(sources, name)
    assert (copy.status, copy.source_key, copy.uncertain) == ("arrived", there["id"], False)


def test_a_newer_version_takes_the_place_of_the_older(
    gp: Membership, patient: Patient, his: Source, sources: Running
) -> None:
    first = write(gp, patient, "Drie keer per week.", kind="goal")
    deliver()
    with opened(gp, patient) as (opening, by):
        actions.replace_entry(opening=opening, entry=first, text="Elke dag.", by=by)
    deliver()
    older, newer = copies()
    (there,) = stood(sources, "his")
    assert (newer.status, newer.source_key, newer.source_version) == ("arrived", older.source_key, 'W/"2"')
    assert b64decode(there["content"][0]["attachment"]["data"]).decode() == "Elke dag."


def test_a_newer_version_after_a_change_in_the_system_stands_beside_it(
    gp: Membership, patient: Patient, his: Source, sources: Running
) -> None:
    first = write(gp, patient, "Drie keer per week.", kind="goal")
    deliver()
    (there,) = stood(sources, "his")
    sources.app.stores["his"].add({**there, "description": "Gewijzigd", "meta": {"versionId": "7"}})
    with opened(gp, patient) as (opening, by):
        actions.replace_entry(opening=opening, entry=first, text="Elke dag.", by=by)
    deliver()
    changed, newer = stood(sources, "his")
    assert changed["description"] == "Gewijzigd"
    assert newer["relatesTo"] == [{"code": "replaces", "target": {"reference": f"DocumentReference/{there['id']}"}}]


def test_a_version_that_nobody_sent_yet_gives_way_to_the_newer(
    gp: Membership, patient: Patient, his: Source, sources: Running
) -> None:
    first = write(gp, patient, "Drie keer per week.", kind="goal")
    with opened(gp, patient) as (opening, by):
        actions.replace_entry(opening=opening, entry=first, text="Elke dag.", by=by)
    deliver()
    assert [copy.status for copy in copies()] == ["dropped", "arrived"]
    assert len(stood(sources, "his")) == 1


def test_a_newer_version_finds_the_older_of_which_the_answer_was_lost(
    gp: Membership, patient: Patient, his: Source, sources: Running, fault: Fault
) -> None:
    fault("his", "lost")
    first = write(gp, patient, "Drie keer per week.", kind="goal")
    deliver()
    fault("his", "down")
    with factories.as_owner():
        Copy.objects.update(asked_at=timezone.now() - timedelta(hours=24))
    again()
    assert (copies()[0].status, copies()[0].uncertain) == ("failed", True)
    fault("his", "none")
    shared.forget(his.pk)
    with opened(gp, patient) as (opening, by):
        actions.replace_entry(opening=opening, entry=first, text="Elke dag.", by=by)
    deliver()
    assert [copy.status for copy in copies()] == ["dropped", "arrived"]
    (there,) = stood(sources, "his")
    assert b64decode(there["content"][0]["attachment"]["data"]).decode() == "Elke dag."


def test_what_a_system_does_not_take_by_itself_is_listed(gp: Membership, patient: Patient, sources: Running) -> None:
    his = factories.source(gp.organisation, base_url=f"{sources.address}/his/fhir")
    takes(his, written=["measurement"], by_hand=["note"])
    write(gp, patient, kind="note")
    write(gp, patient, kind="goal")
    (copy,) = copies()
    assert (copy.kind, copy.status) == ("note", "listed")
    assert len(work()) == 1
    with factories.as_owner():
        assert not Event.objects.filter(verb="copy.asked").exists()


def test_who_the_system_does_not_know_is_said(gp: Membership, his: Source) -> None:
    stranger = factories.patient(related_to=[gp.organisation])
    write(gp, stranger)
    deliver()
    assert (copies()[0].status, copies()[0].reason) == ("failed", "unknown-patient")


def test_a_birth_date_that_differs_writes_nothing(gp: Membership, his: Source, sources: Running) -> None:
    other = factories.patient(related_to=[gp.organisation], number=NUMBER, birth_date=date(1950, 1, 1))
    write(gp, other)
    deliver()
    assert copies()[0].reason == "other-birth-date"
    assert not stood(sources, "his")


def test_what_was_written_before_a_merger_reaches_the_system_that_went_over(
    gp: Membership, patient: Patient, his: Source, sources: Running, fault: Fault
) -> None:
    successor = factories.organisation("gp")
    write(gp, patient)
    with factories.as_owner():
        type(gp.organisation).objects.filter(pk=gp.organisation_id).update(merged_into=successor)
        Source.objects.filter(pk=his.pk).update(organisation=successor)
    deliver()
    assert copies()[0].status == "arrived"
    assert len(stood(sources, "his")) == 1


def test_what_is_the_system_of_another_gets_nothing(gp: Membership, patient: Patient, his: Source) -> None:
    write(gp, patient)
    with factories.as_owner():
        Source.objects.filter(pk=his.pk).update(organisation=factories.organisation("gp"))
    deliver()
    assert (copies()[0].status, copies()[0].reason) == ("failed", "not-own")


def test_what_was_removed_for_the_person_is_not_brought_any_more(sources: Running) -> None:
    s = stage.stage()
    takes(factories.source(s.gp.organisation, base_url=f"{sources.address}/epd/fhir", version="STU3"))
    write(s.gp, s.patient)
    assert len(copies()) == 1
    stage.decided(s, stage.taken_up(s, "deletion", frozenset({Category.PLAN})))
    deliver()
    assert not copies()
    with factories.as_owner():
        assert not CopyText.objects.exists()
        assert not Entry.objects.exists()


def test_what_is_restricted_is_not_brought(gp: Membership, patient: Patient, his: Source) -> None:
    write(gp, patient)
    with factories.as_owner():
        Restriction.objects.create(
            patient=patient, organisation=gp.organisation, categories=1 << Category.PLAN, period=factories.since()
        )
    deliver()
    assert (copies()[0].status, copies()[0].reason) == ("failed", "restricted")


class Listening:
    """A simulated system of which a test reads the heads of what it was given."""

    def __init__(self, app: Any) -> None:
        self.app, self.heads = app, list[dict[str, Any]]()

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        self.heads.append({**environ, "BODY": ""})
        return self.app(environ, start)


def test_who_wrote_travels_along_and_the_bsn_is_in_no_address(
    gp: Membership, patient: Patient, sources: Running, other_source: Callable[..., str]
) -> None:
    listening = Listening(sources.app)
    takes(factories.source(gp.organisation, base_url=f"{other_source(listening)}/his/fhir"))
    write(gp, patient)
    deliver()
    (copy,) = copies()
    assert copy.status == "arrived"
    (created,) = [one for one in listening.heads if one["PATH_INFO"].endswith("/DocumentReference")]
    assert created["HTTP_IF_NONE_EXIST"] == f"identifier=urn:ietf:rfc:3986%7C{copy.key.urn}"
    who = decoded(created["HTTP_X_USER_CONTEXT"])
    assert (who["subject_id"], who["subject_role"], who["purpose_of_use"]) == ("900012345", "gp", "TREAT")
    assert who["subject_organization"] == gp.organisation.name
    assert not any(NUMBER in f"{one['PATH_INFO']}?{one['QUERY_STRING']}" for one in listening.heads)


def test_only_the_own_organisation_sees_its_copies(gp: Membership, patient: Patient, his: Source) -> None:
    entry = write(gp, patient)
    other = factories.member("gp")
    factories.relation(patient, other.organisation)
    with opened(other, patient):
        assert states_for([entry]) == {}
        assert not Copy.objects.exists()
        assert not CopyText.objects.exists()


def decoded(header: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(urlsafe_b64decode(header))
    return found
