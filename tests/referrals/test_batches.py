"""Referring a group: each by the right of the moment, once, with how it went."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.actor import act
from events.models import Event
from people.models import Membership, Patient
from referrals import access, actions
from referrals.models import Batch, BatchPatient, Letter, Referral
from referrals.tasks import drop_old, send_batches
from tests import factories
from tests.referrals.world import World, send, take
from trust.models import CareRelation

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
QUESTION = "Wij nodigen u uit voor de valcursus."


def people(world: World, count: int, **values: Any) -> list[Patient]:
    return [factories.patient(related_to=[world.sender.organisation], **values) for _ in range(count)]


def ask(world: World, patients: list[Patient], token: uuid.UUID | None = None) -> Batch:
    with act(factories.actor(world.sender)) as actor:
        return actions.ask_batch(
            service=world.service, patients=patients, question=QUESTION, agreed=True, token=token, by=actor
        )


def outcome(batch: Batch) -> dict[int, tuple[bool, str]]:
    with factories.as_owner():
        rows = BatchPatient.objects.filter(batch=batch)
        return {one.patient_id: (one.referral_id is not None, one.refusal) for one in rows}


def test_a_group_is_chosen_on_one_page_and_each_gets_a_referral_of_their_own(client_of: ClientOf) -> None:
    world = World()
    group = people(world, 3)
    browser, url = client_of(world.sender), reverse("referrals:batches")
    assert world.service.name in browser.get(url, {"q": world.service.name}).content.decode()
    page = browser.get(url, {"service": world.service.pk})
    assert all(str(one.key) in page.content.decode() for one in group)
    with factories.as_owner():
        assert Event.objects.filter(verb="record.searched").exists(), "a list that names people is in the log"
    chosen = [str(one.key) for one in group[:2]]
    typed = {"token": str(uuid.uuid4()), "patients": chosen, "question": QUESTION, "urgency": "routine"}
    back = browser.post(f"{url}?service={world.service.pk}", typed)
    assert "zonder akkoord gaat er niets weg" in back.content.decode()
    answer = browser.post(f"{url}?service={world.service.pk}", {**typed, "agreed": "on"})
    assert answer.status_code == 302
    again = browser.post(f"{url}?service={world.service.pk}", {**typed, "agreed": "on"})
    assert again["Location"] == answer["Location"], "a second press asks nothing twice"
    assert "worden verstuurd" in browser.get(answer["Location"]).content.decode()
    assert send_batches() == 1
    assert send_batches() == 0
    with factories.as_owner():
        made = list(Referral.objects.order_by("pk"))
        assert {one.patient_id for one in made} == {one.pk for one in group[:2]}
        assert len({one.number for one in made}) == 2
        assert {one.question for one in Letter.objects.all()} == {QUESTION}
    done = browser.get(answer["Location"]).content.decode()
    assert all(one.number in done for one in made)
    state = browser.get(f"{answer['Location']}state/")
    assert state.status_code == 286, "nothing is asked again when it is done"


def test_who_cannot_be_referred_is_left_out_with_the_reason_and_the_others_go() -> None:
    world = World()
    fits, gone, runs, child = people(world, 4)
    with factories.as_owner():
        Patient.objects.filter(pk=child.pk).update(birth_date=timezone.localdate())
        type(world.service).objects.filter(pk=world.service.pk).update(minimum_age=18)
    send(world.sender, runs, world.service)
    batch = ask(world, [fits, gone, runs, child])
    with factories.as_owner():
        CareRelation.objects.filter(patient=gone).delete()
    assert send_batches() == 1
    went = outcome(batch)
    assert went[fits.pk] == (True, "")
    assert went[gone.pk] == (False, "Deze inwoner is niet meer in beeld bij uw organisatie.")
    assert went[runs.pk] == (False, "Er loopt al een verwijzing naar dit aanbod.")
    assert went[child.pk][1].startswith("Dit aanbod past niet")
    with act(factories.actor(world.sender)):
        named = access.people_of(batch)
    assert [one.patient_id for one, patient in named if patient is None] == [gone.pk], "no name of who is out of reach"


def test_a_worker_that_dies_halfway_leaves_no_double_and_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    group = people(world, 3)
    batch = ask(world, group)
    real, calls = actions.send, []

    class Died(BaseException):
        """The process is gone."""

    def dying(**values: object) -> Referral:
        calls.append(values)
        if len(calls) == 2:
            raise Died
        return real(**values)  # type: ignore[arg-type]

    monkeypatch.setattr("referrals.actions.batches.send", dying)
    with pytest.raises(Died):
        send_batches()
    monkeypatch.undo()
    with factories.as_owner():
        Batch.objects.update(begun_at=timezone.now() - 2 * Batch.BROKEN_OFF)
    assert send_batches() == 1
    with factories.as_owner():
        assert sorted(Referral.objects.values_list("patient_id", flat=True)) == sorted(one.pk for one in group)
        assert Batch.objects.get(pk=batch.pk).size == 3


def test_who_left_the_organisation_sends_nothing_more() -> None:
    world = World()
    batch = ask(world, people(world, 1))
    with factories.as_owner():
        Membership.objects.filter(pk=world.sender.pk).update(
            period=DateTimeTZRange(timezone.now() - timedelta(days=9), timezone.now() - timedelta(days=1))
        )
    assert send_batches() == 1
    with factories.as_owner():
        assert Batch.objects.get(pk=batch.pk).reason == "membership"
        assert not Referral.objects.exists()


def test_a_group_is_for_who_asked_alone_and_only_of_own_citizens(client_of: ClientOf) -> None:
    world = World()
    stranger = factories.patient()
    batch = ask(world, people(world, 1))
    colleague = factories.member("gp", at=world.sender.organisation)
    for other in (colleague, world.receiver):
        assert client_of(other).get(reverse("referrals:batch", args=[batch.pk])).status_code == 404
        with act(factories.actor(other)):
            assert not BatchPatient.objects.exists()
    with act(factories.actor(world.sender)) as actor:
        with pytest.raises(ProgrammingError), transaction.atomic():
            BatchPatient.objects.create(batch=batch, patient=stranger)
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("update referrals_batch set question = 'Iets anders'")
        assert str(stranger.key) not in {
            str(one.patient.key) for one in access.candidates(actor, world.service, access.BatchGroup())[0]
        }
    desk = factories.member("manager", at=world.sender.organisation)
    assert client_of(desk).get(reverse("referrals:batches"), {"service": world.service.pk}).status_code == 403


def test_a_group_is_forgotten_after_a_month_and_its_referrals_are_not() -> None:
    world = World()
    ask(world, people(world, 1))
    send_batches()
    assert drop_old() == 0
    with factories.as_owner():
        Batch.objects.update(made_at=timezone.now() - 2 * Batch.KEPT)
    assert drop_old() == 1
    with factories.as_owner():
        assert not BatchPatient.objects.exists()
        referral = Referral.objects.get()
    take("accept", referral, world.receiver)
