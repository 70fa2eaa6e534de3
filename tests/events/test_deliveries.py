"""Duties that events bring: delivered once, in order per subject, put off when they fail, parked after a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings as SettingsWrapper

from events import actions
from events.actor import Actor, act, system
from events.models import Delivery, Event, WorkItem
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
