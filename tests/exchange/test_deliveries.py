"""What waits for a system is seen by who looks after it, tried again or given up by them, and nobody else; referrals are told in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from events.actor import act
from events.models import Delivery, Destination, Event, WorkItem
from exchange import actions
from exchange.models import Subscription
from nis.listeners import DESTINATIONS, LISTENERS, STEPS
from people.models import Membership
from referrals.actions import EVENTS, PLACED, TURNED, WITHDRAWN, redirect
from tests import factories
from tests.exchange.stage import all_due, deliver
from tests.exchange.test_network import Listener
from tests.referrals.world import World, take

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def world() -> World:
    made = World()
    with factories.as_owner():
        for user in (made.sender.user, made.receiver.user):
            user.email = ""
            user.save()
        made.patient.identity.email = ""
        made.patient.identity.save()
    return made


def manager_at(member: Membership) -> Membership:
    return factories.permit(factories.member("manager", member.organisation), "manage_sources")


def subscribed(at: Membership, address: str, topics: tuple[str, ...] = ("referrals",)) -> Subscription:
    with act(factories.actor(manager_at(at))) as by:
        return actions.add_subscription(endpoint=address, secret="", topics=topics, by=by)


def parked_at(world: World, listener: Listener) -> Subscription:
    """A system that refuses the first message for a day, with another behind it."""
    made = subscribed(world.receiver, listener.address)
    listener.status = 422
    referral = world.send()
    deliver()
    with factories.as_owner():
        Delivery.objects.waiting().update(made_at=timezone.now() - timedelta(hours=25))
    all_due()
    deliver()
    take("accept", referral, world.receiver)
    deliver()
    return made


def test_every_step_of_a_referral_is_told_and_each_listener_that_goes_out_says_where() -> None:
    told = {verb for verb, listeners in LISTENERS.items() if "exchange.tasks.tell_systems" in listeners}
    assert (
        {verb for verb in told if verb.startswith("referral.")}
        == set(STEPS)
        == {"referral.sent", TURNED, WITHDRAWN, PLACED, *EVENTS.values()}
    )
    assert set(DESTINATIONS) <= {listener for listeners in LISTENERS.values() for listener in listeners}


def test_a_party_hears_each_step_with_its_number_and_nothing_of_whom_or_what(world: World, listener: Listener) -> None:
    subscribed(world.receiver, listener.address)
    referral = world.send(notice="Graag snel bellen.")
    take("ask", referral, world.receiver)
    take("answer", referral, world.sender)
    take("accept", referral, world.receiver)
    deliver()
    told = [message for _headers, message in listener.heard]
    assert [one["type"] for one in told] == [
        f"nl.nis.servicerequest.{verb}" for verb in ("sent", "asked-back", "answered", "accepted")
    ]
    assert [one["data"]["step"] for one in told] == [1, 2, 3, 4]
    assert [one["data"]["status"] for one in told] == ["requested", "asked_back", "requested", "accepted"]
    assert len({one["id"] for one in told}) == 4
    assert sorted(one["sequence"] for one in told) == [one["sequence"] for one in told]
    first = told[0]
    assert first["data"] == {"number": referral.number, "status": "requested", "step": 1}
    assert first["dataref"].endswith(f"/fhir/ServiceRequest/{referral.pk}")
    for word in ("Vries", "bellen", "Verkennend", "tolk", str(world.patient.key)):
        assert word not in str(told)


def test_who_is_no_party_or_did_not_ask_hears_nothing_of_referrals(world: World, listener: Listener) -> None:
    subscribed(factories.member("gp"), listener.address)
    subscribed(world.receiver, f"{listener.address}/networks", ("network",))
    stopped = subscribed(world.sender, f"{listener.address}/suspended")
    with factories.as_owner():
        stopped.organisation.admission = "suspended"
        stopped.organisation.save()
    world.send()
    deliver()
    assert listener.heard == []


def test_who_is_asked_after_another_hears_from_there_on_as_if_it_were_the_first(
    world: World, listener: Listener
) -> None:
    second = factories.member("social_worker")
    other = factories.service(second.organisation, "Ander team")
    subscribed(world.receiver, f"{listener.address}/first")
    subscribed(second, f"{listener.address}/second")
    subscribed(world.sender, f"{listener.address}/sender")
    referral = world.send()
    take("reject", referral, world.receiver)
    with act(factories.actor(world.sender)) as by:
        redirect(referral=referral, service=other, agreed=True, by=by)
    deliver()
    told: dict[str, list[dict[str, object]]] = {}
    for path, message in zip(listener.paths, [message for _headers, message in listener.heard], strict=True):
        told.setdefault(path.rpartition("/")[2], []).append(message)
    assert "first" not in told, "who is no party any more hears nothing"
    [message] = told["second"]
    assert message["type"] == "nl.nis.servicerequest.sent"
    assert message["data"] == {"number": referral.number, "status": "requested", "step": 1}
    assert [str(one["type"]).rpartition(".")[2] for one in told["sender"]] == [
        "sent",
        "rejected",
        "redirected",
        "turned",
    ]


def test_a_system_that_is_down_waits_as_a_whole_and_then_hears_all_in_order(world: World, listener: Listener) -> None:
    subscribed(world.receiver, listener.address)
    listener.status = 503
    sent = [world.send() for _ in range(3)]
    deliver()
    assert len(listener.heard) == 1, "one try, not one for each message"
    take("accept", sent[0], world.receiver)
    deliver()
    assert len(listener.heard) == 1
    with factories.as_owner():
        place = Destination.objects.get()
        assert (place.failures, place.last_error) == (1, "http-503")
        assert Delivery.objects.waiting().count() == 4
        Destination.objects.update(rests_until=timezone.now())
    listener.status = 204
    listener.heard.clear()
    deliver()
    assert len(listener.heard) == 4
    mine = [m["data"]["step"] for _h, m in listener.heard if m["data"]["number"] == sent[0].number]
    assert mine == [1, 2]


def test_nobody_overtakes_what_is_parked_and_who_looks_after_the_system_is_asked_to_look(
    world: World, listener: Listener, client_of: Browser
) -> None:
    parked_at(world, listener)
    with factories.as_owner():
        assert Delivery.objects.parked().count() == 1
        assert Delivery.objects.waiting().count() == 1
        work = WorkItem.objects.get(kind="delivery", done_at=None)
        assert (work.organisation_id, work.patient_id) == (world.receiver.organisation_id, None)
    heard = len(listener.heard)
    listener.status = 204
    all_due()
    deliver()
    assert len(listener.heard) == heard, "what came after the parked one waits behind it"
    page = client_of(manager_at(world.receiver)).get("/deliveries/").content.decode()
    assert listener.address in page
    assert "foutcode 422" in page
    assert "1 wacht erachter" in page
    for word in ("Vries", "V-26-"):
        assert word not in page
    today = client_of(world.receiver).get("/today/").content.decode()
    assert listener.address.rpartition("/")[0] not in today, (
        "who may not look after systems is not sent to a page that is closed"
    )
    assert (
        listener.address.rpartition("/")[0]
        in client_of(manager_at(world.receiver)).get("/deliveries/").content.decode()
    )


def test_trying_again_brings_all_in_order_and_takes_the_work_off_the_list(
    world: World, listener: Listener, client_of: Browser
) -> None:
    made = parked_at(world, listener)
    listener.status = 204
    listener.heard.clear()
    manager = manager_at(world.receiver)
    assert client_of(manager).post("/deliveries/retry/", {"destination": f"subscription:{made.pk}"}).status_code == 302
    deliver()
    assert [m["data"]["step"] for _h, m in listener.heard] == [1, 2]
    with factories.as_owner():
        assert not WorkItem.objects.filter(kind="delivery", done_at=None).exists()
        assert Event.objects.filter(verb="delivery.retried", user_id=manager.user_id).count() == 1


def test_giving_up_needs_a_reason_is_logged_and_lets_the_rest_go_on(
    world: World, listener: Listener, client_of: Browser
) -> None:
    made = parked_at(world, listener)
    listener.status = 204
    listener.heard.clear()
    manager = manager_at(world.receiver)
    client = client_of(manager)
    with factories.as_owner():
        parked = Delivery.objects.parked().get()
    where = {"destination": f"subscription:{made.pk}"}
    client.post(f"/deliveries/{parked.pk}/skip/", where)
    with factories.as_owner():
        assert Delivery.objects.parked().count() == 1, "without a reason nothing happens"
    client.post(f"/deliveries/{parked.pk}/skip/", {**where, f"{parked.pk}-reason": "outdated"})
    deliver()
    assert [m["data"]["step"] for _h, m in listener.heard] == [2]
    with factories.as_owner():
        parked.refresh_from_db()
        assert (parked.status, parked.skipped) == ("skipped", "outdated")
        line = Event.objects.get(verb="delivery.skipped")
        assert (line.user_id, line.subject_id, line.data["reason"]) == (manager.user_id, parked.pk, "outdated")
        assert not WorkItem.objects.filter(kind="delivery", done_at=None).exists()


def test_another_organisation_sees_and_moves_nothing_and_the_region_sees_all(
    world: World, listener: Listener, client_of: Browser
) -> None:
    made = parked_at(world, listener)
    with factories.as_owner():
        parked = Delivery.objects.parked().get()
    where = {"destination": f"subscription:{made.pk}"}
    skip = {**where, f"{parked.pk}-reason": "outdated"}
    for who in (world.receiver, factories.member("district_nurse")):
        assert client_of(who).get("/deliveries/").status_code == 403
        assert client_of(who).post("/deliveries/retry/", where).status_code == 403
        assert client_of(who).post(f"/deliveries/{parked.pk}/skip/", skip).status_code == 403
    other = manager_at(factories.member("gp"))
    assert listener.address not in client_of(other).get("/deliveries/").content.decode()
    assert client_of(other).post("/deliveries/retry/", where).status_code == 409
    assert client_of(other).post(f"/deliveries/{parked.pk}/skip/", skip).status_code == 409
    with act(factories.actor(other)), connection.cursor() as cursor:
        for call in ("select * from exchange_duties()", f"select * from exchange_parked('subscription:{made.pk}')",
                     f"select * from exchange_skip({parked.pk}, 'outdated')", "select * from events_delivery",
                     "select * from events_destination"):  # fmt: skip
            cursor.execute(call)
            assert cursor.fetchall() == [], call
    with pytest.raises(Exception, match="only who tends"), act(factories.actor(other)), connection.cursor() as cursor:
        cursor.execute("select * from exchange_retry(%s)", [where["destination"]])
    with factories.as_owner():
        assert Delivery.objects.parked().count() == 1
    region = factories.permit(factories.member("manager", factories.organisation("region")), "manage_sources")
    assert listener.address in client_of(region).get("/deliveries/").content.decode()


def test_a_system_that_is_silent_for_an_hour_is_told_of_once_and_no_more_when_it_answers(
    world: World, listener: Listener
) -> None:
    subscribed(world.receiver, listener.address)
    listener.status = 500
    world.send()
    deliver()
    with factories.as_owner():
        Destination.objects.update(failing_since=timezone.now() - timedelta(hours=2))
    for _ in range(2):
        all_due()
        deliver()
    with factories.as_owner():
        assert Event.objects.filter(verb="destination.failing").count() == 1
        assert WorkItem.objects.filter(kind="delivery", done_at=None).count() == 1
        assert Delivery.objects.parked().count() == 0
    listener.status = 204
    all_due()
    deliver()
    with factories.as_owner():
        assert not WorkItem.objects.filter(kind="delivery", done_at=None).exists()
