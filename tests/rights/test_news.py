"""Who hears of a request: who handles requests there, and nobody who meets patients; and what races decide once."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from dossier.access import items_for
from events.actor import act
from events.errors import Refused
from exchange.models import Notification
from rights import actions
from rights.access import open_request
from tests import factories
from tests.exchange.stage import deliver
from tests.rights.stage import decided, now_of, sent, stage, taken_up
from trust.access import open_record
from trust.categories import EVERYTHING, Category

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_desk_hears_of_a_new_request_and_then_who_took_it_up() -> None:
    s = stage()
    manager = factories.member("manager", at=s.gp.organisation)
    request = sent(s, "objection")
    deliver()
    with factories.as_owner():
        told = Notification.objects.filter(kind="request", subject_id=request.pk)
        assert set(told.values_list("user_id", flat=True)) == {s.officer.user_id, manager.user_id}
        told.delete()
    with act(factories.actor(manager)) as actor:
        actions.take_up(request=open_request(actor, request.pk), by=actor)
    with act(factories.citizen_actor(s.user)) as actor:
        actions.withdraw(request=open_request(actor, request.pk), by=actor)
    deliver()
    with factories.as_owner():
        assert list(Notification.objects.values_list("user_id", "number")) == [(manager.user_id, request.number)]


def test_a_manager_decides_an_objection_too_where_there_is_no_privacy_officer() -> None:
    s = stage()
    s.officer = factories.member("manager", at=s.gp.organisation)
    assert decided(s, taken_up(s, "objection", frozenset({Category.PLAN}))).carried_out_at is not None


def test_two_who_decide_at_once_decide_once() -> None:
    s = stage()
    request = taken_up(s, "question", frozenset())
    second = factories.member("privacy_officer", at=s.gp.organisation)
    start, outcomes = threading.Barrier(2), []

    def decide(by: object, verb: str) -> None:
        try:
            start.wait(10)
            with act(factories.actor(by)) as actor:  # type: ignore[arg-type]
                opened = open_request(actor, request.pk)
                actions.decide(
                    request=opened, verb=verb, text="Zo.", by=actor, decision=actions.Decision(reason="unfounded")
                )
            outcomes.append(verb)
        except Refused:
            outcomes.append("too late")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=(by, verb)) for by, verb in ((s.officer, "grant"), (second, "refuse"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(outcomes) == 2
    assert outcomes.count("too late") == 1
    assert now_of(request).status in {"granted", "refused"}


def test_a_statement_goes_wherever_its_entry_goes() -> None:
    s = stage()
    entry = factories.entry(s.patient, s.gp, "Drinkt te veel.")
    request = decided(s, taken_up(s, "correction", about=entry), "refuse", reason="unfounded")
    with act(factories.citizen_actor(s.user)) as actor:
        opening = open_record(actor, s.patient.key, EVERYTHING)
        actions.attach_statement(
            opening=opening, request=open_request(actor, request.pk), text="Ik drink niet.", by=actor
        )
    with act(factories.actor(s.gp)) as actor:
        items = items_for(open_record(actor, s.patient.key, EVERYTHING))
        assert any("verklaring van de inwoner: Ik drink niet." in item.detail for item in items)
