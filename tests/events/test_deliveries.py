"""Duties that events bring: delivered once, in order per subject, put off when they fail, parked after a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings as SettingsWrapper

from events import actions
from events.actions import Errand, Later
from events.actor import Actor, act, system
from events.models import Delivery, Destination, Event, WorkItem
from people.models import Membership, Organisation
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
heard: list[tuple[str, int | None]] = []
failing: set[int | None] = set()


def listener(event: Event, *, by: Actor) -> None:
    """Remember what was heard; fail where the test says so."""
    assert by.kind == "system"
    if event.subject_id in failing:
        raise RuntimeError("the other side is down")
    heard.append((event.verb, event.subject_id))


@pytest.fixture
def gp(settings: SettingsWrapper) -> Membership:
    heard.clear()
    failing.clear()
    settings.LISTENERS = {verb: ["tests.events.test_deliveries.listener"] for verb in ("thing.happened", "thing.ended")}
    return factories.member("gp")


def happen(by: Membership, subject: Organisation, verb: str = "thing.happened") -> None:
    with act(factories.actor(by)) as actor:
        actions.record(verb, subject=subject, by=actor)


def deliver() -> int:
    count = 0
    while actions.deliver_one():
        count += 1
    return count


def make_due() -> None:
    with factories.as_owner():
        Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_listener_hears_of_an_event_once(gp: Membership) -> None:
    happen(gp, gp.organisation)
    assert deliver() == 1
    assert deliver() == 0
    assert heard == [("thing.happened", gp.organisation_id)]


def test_an_action_that_is_rolled_back_leaves_neither_event_nor_duty(gp: Membership) -> None:
    def fail_halfway() -> None:
        with act(factories.actor(gp)) as actor:
            actions.record("thing.happened", subject=gp.organisation, by=actor)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    with factories.as_owner():
        assert Event.objects.count() == 0
        assert Delivery.objects.count() == 0


def test_a_failing_duty_holds_up_its_own_subject_only(gp: Membership) -> None:
    other = factories.organisation()
    failing.add(gp.organisation_id)
    happen(gp, gp.organisation)
    happen(gp, other)
    happen(gp, gp.organisation, "thing.ended")
    deliver()
    assert heard == [("thing.happened", other.pk)]
    failing.clear()
    make_due()
    deliver()
    assert heard[1:] == [("thing.happened", gp.organisation_id), ("thing.ended", gp.organisation_id)]


def test_a_duty_is_parked_after_a_day_of_trying(gp: Membership) -> None:
    failing.add(gp.organisation_id)
    happen(gp, gp.organisation)
    deliver()
    with factories.as_owner():
        waiting = Delivery.objects.get()
        assert (waiting.status, waiting.attempts, waiting.last_error) == ("waiting", 1, "RuntimeError")
        assert waiting.due_at > timezone.now()
        Delivery.objects.update(made_at=timezone.now() - timedelta(hours=25))
    make_due()
    deliver()
    with factories.as_owner():
        assert Delivery.objects.parked().count() == 1


def test_a_line_cannot_name_another_actor_than_the_transaction(gp: Membership) -> None:
    other = factories.member("gp")
    with pytest.raises(Exception, match="names another actor"), act(factories.actor(gp)):
        actions.record("thing.happened", subject=gp.organisation, by=factories.actor(other))


def test_work_is_asked_once_seen_by_the_team_alone_and_picked_up_by_the_own_people(gp: Membership) -> None:
    team = factories.member("district_nurse")
    with act(factories.actor(gp)) as actor:
        for _ in range(2):
            actions.ask(
                "thing", subject=team.organisation, organisation_id=team.organisation_id, title="Doe iets", by=actor
            )
        assert WorkItem.objects.count() == 0, "another organisation's list stays closed"
        actions.pick_up(subject=team.organisation, user_id=gp.user_id, by=actor)
    with act(factories.actor(team)) as actor:
        item = WorkItem.objects.of_team(team.organisation_id).get()
        assert item.user_id is None
        actions.pick_up(subject=team.organisation, user_id=team.user_id, by=actor)
        item.refresh_from_db()
        assert item.user_id == team.user_id
        actions.done(subject=team.organisation, by=actor)
        assert not WorkItem.objects.of_team(team.organisation_id).exists()


def test_a_worker_alone_sees_deliveries(gp: Membership) -> None:
    happen(gp, gp.organisation)
    with act(factories.actor(gp)):
        assert Delivery.objects.count() == 0
    with act(system("deliveries", purpose="HOPERAT")):
        assert Delivery.objects.count() == 1


def test_nobody_is_asked_in_another_name_than_that_of_who_acts(gp: Membership) -> None:
    other = factories.member("gp")
    with act(factories.actor(gp)), pytest.raises(ValueError, match="another actor"):
        actions.done(subject=gp.organisation, by=factories.actor(other))


places: dict[str, list[int | None]] = {}
silent: set[str] = set()
refusing: set[int | None] = set()
out: list[bool] = []
meanwhile: list[Callable[[], object]] = []
"""What places heard, which are silent, what is refused, whether a transaction was open while a message was out, and what happened then."""


class Killed(BaseException):
    """What ends a worker at once, without any tidying."""


def outside(event: Event, *, by: Actor) -> Errand:
    """Tell the place that the event names, outside the transaction."""
    place = str(event.data["place"])

    def go() -> str | Later:
        out.append(connection.in_atomic_block)
        if meanwhile:
            meanwhile.pop()()
        if "killed" in silent:
            raise Killed
        places.setdefault(place, []).append(event.subject_id)
        if place in silent:
            return Later("silent", whole=True)
        return Later("http-422") if event.subject_id in refusing else "taken"

    def back(_answer: str, worker: Actor) -> None:
        actions.record("thing.told", subject=Organisation(pk=event.subject_id), by=worker)

    return Errand(go, back)


@pytest.fixture
def desk(settings: SettingsWrapper) -> Membership:
    for kept in (places, silent, refusing, out, meanwhile):
        kept.clear()  # type: ignore[attr-defined]
    settings.LISTENERS = {"thing.happened": ["tests.events.test_deliveries.outside"]}
    settings.DESTINATIONS = {"tests.events.test_deliveries.outside": "place:{place}"}
    return factories.member("gp")


def tell(by: Membership, place: str, *subjects: int) -> None:
    with act(factories.actor(by)) as actor:
        for subject in subjects:
            actions.record("thing.happened", subject=Organisation(pk=subject), data={"place": place}, by=actor)


def rested() -> None:
    with factories.as_owner():
        Destination.objects.update(rests_until=timezone.now())
        Delivery.objects.waiting().filter(due_at__gt=timezone.now()).update(due_at=timezone.now())


def statuses() -> list[str]:
    with factories.as_owner():
        return list(Delivery.objects.order_by("pk").values_list("status", flat=True))


def test_a_message_goes_out_while_no_transaction_is_open_and_is_settled_in_one(desk: Membership) -> None:
    tell(desk, "a", 1)
    assert deliver() == 1
    assert (places, out, statuses()) == ({"a": [1]}, [False], ["done"])
    with factories.as_owner():
        assert Event.objects.filter(verb="thing.told").count() == 1


def test_a_worker_that_dies_with_a_message_keeps_back_its_lane_alone_and_another_sends_it_after_the_lease(
    desk: Membership, settings: SettingsWrapper
) -> None:
    settings.DELIVERY_LEASE = 30
    tell(desk, "a", 1, 1)
    silent.add("killed")
    with pytest.raises(Killed):
        actions.deliver_one()
    silent.clear()
    tell(desk, "a", 2)
    deliver()
    assert places == {"a": [2]}
    with factories.as_owner():
        Delivery.objects.update(taken_until=timezone.now())
    deliver()
    assert places == {"a": [2, 1, 1]}
    assert statuses() == ["done", "done", "done"]


def test_a_worker_that_was_slow_writes_nothing_over_who_took_it_up_since(desk: Membership) -> None:
    tell(desk, "a", 1)

    def taken_up() -> None:
        with factories.as_owner():
            Delivery.objects.update(taken_until=timezone.now())
        actions.deliver_one()

    meanwhile.append(taken_up)
    actions.deliver_one()
    assert places == {"a": [1, 1]}, "the receiver sees the same number twice"
    with factories.as_owner():
        assert Delivery.objects.get().attempts == 2
        assert Event.objects.filter(verb="thing.told").count() == 1, "it is settled once"


def test_a_worker_that_was_slow_leaves_the_lease_of_who_is_out_with_it_now(desk: Membership) -> None:
    refusing.add(1)
    tell(desk, "a", 1)
    until = timezone.now() + timedelta(hours=1)

    def another_is_out() -> None:
        with factories.as_owner():
            Delivery.objects.update(attempts=2, taken_until=until)

    meanwhile.append(another_is_out)
    actions.deliver_one()
    with factories.as_owner():
        kept = Delivery.objects.get()
        assert (kept.attempts, kept.taken_until, kept.last_error) == (2, until, "")


def test_a_silent_place_is_tried_with_one_message_and_another_place_hears_all(desk: Membership) -> None:
    silent.add("a")
    tell(desk, "a", *range(1, 21))
    tell(desk, "b", *range(1, 6))
    deliver()
    assert len(places["a"]) == 1
    assert places["b"] == [1, 2, 3, 4, 5]
    rested()
    deliver()
    assert len(places["a"]) == 2
    assert places["a"][0] != places["a"][1], "the next try takes another, so that one bad message holds up nobody"
    with factories.as_owner():
        place = Destination.objects.get()
        assert (place.failures, place.last_error) == (2, "silent")
        assert place.rests_until is not None
        assert 3 < (place.rests_until - timezone.now()).total_seconds() <= 4


def test_a_place_that_answers_again_hears_all_at_once_the_oldest_first(desk: Membership) -> None:
    silent.add("a")
    tell(desk, "a", 1, 2, 1, 3)
    for _ in range(4):
        deliver()
        rested()
    silent.clear()
    places.clear()
    deliver()
    assert sorted(map(str, places["a"])) == ["1", "1", "2", "3"]
    assert statuses() == ["done"] * 4
    with factories.as_owner():
        assert Destination.objects.get().failing_since is None


def test_one_probe_at_a_time_and_it_is_free_again_when_its_worker_died(desk: Membership) -> None:
    silent.add("a")
    tell(desk, "a", 1, 2)
    deliver()
    rested()
    silent.add("killed")
    with pytest.raises(Killed):
        actions.deliver_one()
    silent.clear()
    assert not actions.deliver_one(), "somebody tries it at this moment"
    rested()
    assert actions.deliver_one()


def test_a_refused_message_is_parked_after_a_day_and_nobody_overtakes_it(desk: Membership) -> None:
    refusing.add(1)
    tell(desk, "a", 1, 2)
    deliver()
    with factories.as_owner():
        assert not Destination.objects.exists(), "the place itself does well"
        Delivery.objects.waiting().update(due_at=timezone.now(), made_at=timezone.now() - timedelta(hours=25))
    deliver()
    assert statuses() == ["parked", "done"]
    refusing.clear()
    tell(desk, "a", 1)
    tell(desk, "b", 1)
    deliver()
    assert places["a"].count(1) == 2, "what comes after it for the same thing waits"
    assert places["b"] == [1], "another place does not"


def test_a_silent_place_parks_nothing_however_long(desk: Membership) -> None:
    silent.add("a")
    tell(desk, "a", 1)
    deliver()
    with factories.as_owner():
        Delivery.objects.update(made_at=timezone.now() - timedelta(days=3), due_at=timezone.now())
    rested()
    deliver()
    assert statuses() == ["waiting"]


def test_every_place_has_the_same_chance_however_much_waits_elsewhere(desk: Membership) -> None:
    tell(desk, "a", *range(1, 61))
    tell(desk, "b", 1)
    for _ in range(25):  # by lot: that the other place is passed over each time is one in 33 million
        actions.deliver_one()
    assert places["b"] == [1]


def test_two_workers_never_hold_the_same_lane(desk: Membership) -> None:
    tell(desk, "a", 1, 1, 1, 2, 2, 2)
    meanwhile.extend([actions.deliver_one, actions.deliver_one])
    actions.deliver_one()
    assert sorted(places["a"], key=str) == [1, 2], "the third lane does not exist: both are out"
