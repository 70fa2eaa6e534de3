"""Each state has a moment; when it passes, who holds it is told, then the team, then the coordinator, each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.db import ProgrammingError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from events.actor import act, system
from events.clock import due_after, end_of_day, working_day_after, working_day_from
from events.models import Event, WorkItem
from exchange.mail import address_of, words_of
from exchange.models import Notification
from people.models import Membership
from referrals import access, actions
from referrals.models import Referral
from referrals.moves import Level
from square.models import WaitingTimeReport
from tests import factories
from tests.exchange.stage import deliver
from tests.referrals.test_steps import stands, waits_at
from tests.referrals.world import World, take

ClientOf = Callable[[Membership], Client]
pytestmark = pytest.mark.django_db(transaction=True)


def at(moment: datetime) -> int:
    """Let the clock look at a moment; returns how many were told of."""
    with time_machine.travel(moment, tick=False), act(system("referrals", purpose="HOPERAT")) as worker:
        return actions.tell_late(by=worker)


def beyond(referral: Referral, days: int) -> datetime:
    """Ten minutes past the moment, so many working days later."""
    due = stands(referral).due
    assert due is not None
    return (due_after(due, days) if days else due) + timedelta(minutes=10)


def told() -> list[str]:
    with factories.as_owner():
        late = {"referral.reminded", "referral.overdue", "referral.stuck"}
        return list(Event.objects.filter(verb__in=late).order_by("id").values_list("verb", flat=True))


def heard() -> set[int]:
    """Who heard since the last time that was asked."""
    deliver()
    with factories.as_owner():
        found = set(Notification.objects.values_list("user_id", flat=True))
        Notification.objects.all().delete()
    return found


def test_who_has_the_turn_is_told_then_the_team_then_the_coordinator_each_once() -> None:
    world = World()
    colleague = factories.member("social_worker", at=world.receiver.organisation)
    region = factories.organisation("region")
    coordinator = factories.member("coordinator", at=region)
    elsewhere = factories.member("coordinator", at=factories.organisation("hospital"))
    referral = world.send()
    take("ask", referral, world.receiver)
    with factories.as_owner():
        assign_perm("people.see_dashboards", coordinator.user, region)
    heard()
    moments = [beyond(referral, days) for days in range(3)]
    assert at(moments[0] - timedelta(minutes=20)) == 0
    assert at(moments[0]) == 1
    assert at(moments[0]) == 0, "told once, however often the clock looks"
    assert heard() == {world.sender.user_id}, "the sender holds what was asked back"
    assert at(moments[1]) == 1
    assert heard() == {world.sender.user_id}, "alone in the practice"
    assert at(moments[2]) == 1
    assert heard() == {coordinator.user_id} != {elsewhere.user_id}, "of the region, not of any organisation"
    assert at(moments[2] + timedelta(days=30)) == 0
    assert told() == ["referral.reminded", "referral.overdue", "referral.stuck"]
    take("answer", referral, world.sender)
    heard()
    assert stands(referral).level == Level.NOBODY, "who acts begins anew"
    assert at(beyond(referral, 0)) == 1
    assert heard() == {world.receiver.user_id, colleague.user_id}, "nobody of the team took it up"


def test_nobody_is_told_of_what_was_done_since() -> None:
    world = World()
    referral = world.send()
    take("ask", referral, world.receiver)
    heard()
    assert at(beyond(referral, 0)) == 1
    take("answer", referral, world.sender)
    deliver()
    with factories.as_owner():
        late = Event.objects.get(verb="referral.reminded")
        assert not Notification.objects.filter(event_id=late.id).exists()


def test_what_is_urgent_goes_to_the_whole_team_at_once_and_to_the_coordinator_the_next_day() -> None:
    world = World()
    referral = world.send(urgency="soon")
    assert at(beyond(referral, 0)) == 1
    assert at(beyond(referral, 1)) == 1
    assert told() == ["referral.overdue", "referral.stuck"]


def test_of_a_large_organisation_who_does_that_work_is_told_and_never_everybody() -> None:
    world = World()
    crowd = [factories.member("social_worker", at=world.receiver.organisation) for _ in range(14)]
    referral = world.send(urgency="soon")
    heard()
    assert at(beyond(referral, 0)) == 1
    assert len(heard()) == 12, "nobody did this work before: some of the team"
    take("accept", world.send(), crowd[13])
    take("pick_up", world.send(), crowd[12])
    other = world.send(urgency="soon")
    heard()
    assert at(beyond(other, 0)) == 1
    assert heard() == {crowd[12].user_id, crowd[13].user_id}, "who lately took up what was asked of this service"


def test_who_was_long_away_hears_the_last_only_and_a_free_day_is_quiet() -> None:
    world = World()
    referral = world.send()
    moment = beyond(referral, 5)
    saturday = moment + timedelta(days=5 - moment.weekday() if moment.weekday() < 5 else 0)
    assert at(saturday) == 0
    assert at(saturday + timedelta(days=3)) == 1
    assert told() == ["referral.stuck"]


def test_the_coordinator_hears_no_more_than_that_a_number_is_stuck() -> None:
    world = World()
    coordinator = factories.member("coordinator", at=factories.organisation("region"))
    with factories.as_owner():
        assign_perm("people.see_dashboards", coordinator.user, coordinator.organisation)
    referral = world.send()
    at(beyond(referral, 2))
    deliver()
    with factories.as_owner():
        one = Notification.objects.get(user_id=coordinator.user_id)
    assert words_of(one) == f"Een verwijzing loopt vast ({referral.number})."
    assert address_of(one) == reverse("dashboards:stuck")


@pytest.mark.parametrize("role", ["manager", "privacy_officer"])
def test_who_works_with_no_patients_changes_nothing_of_a_referral(role: str) -> None:
    world = World()
    referral = world.send()
    with act(factories.actor(factories.member(role, at=world.receiver.organisation))), connection.cursor() as cursor:
        cursor.execute("update referrals_referral set due = null, level = 3")
        assert cursor.rowcount == 0
    assert stands(referral).due == referral.due


def test_only_the_clock_can_say_that_somebody_was_told() -> None:
    world = World()
    referral = world.send()
    with pytest.raises(ProgrammingError, match="only the clock"), act(factories.actor(world.receiver)):  # noqa: SIM117
        with connection.cursor() as cursor:
            cursor.execute("select referrals_told(%s, %s, 3::smallint)", [referral.pk, referral.due])


@pytest.mark.parametrize(
    ("norm", "told_days", "expected"), [(None, None, "usual"), (98, None, 98), (98, 140, 140), (3, 5, "usual")]
)
def test_the_first_contact_is_due_within_the_norm_or_the_wait_that_was_told(
    norm: int | None, told_days: int | None, expected: int | str
) -> None:
    world = World()
    with factories.as_owner():
        world.service.norm_days = norm
        world.service.save()
        if told_days is not None:
            WaitingTimeReport.objects.create(service=world.service, days=told_days, measured_on=timezone.localdate())
    referral = world.send()
    take("accept", referral, world.receiver)
    made = stands(referral)
    assert made.accepted_at
    if expected == "usual":
        assert made.due == due_after(made.accepted_at, 10)
    else:
        last = timezone.localtime(made.sent_at).date() + timedelta(days=int(expected))
        assert made.due == end_of_day(working_day_from(last))


def test_a_service_answers_within_its_own_days_and_urgent_sooner() -> None:
    world = World()
    with factories.as_owner():
        world.service.answer_days = 3
        world.service.save()
    slow, soon = world.send(), world.send(urgency="soon")
    assert slow.due == due_after(slow.sent_at, 3)
    assert soon.due == due_after(soon.sent_at, 1)


def test_a_refusal_waits_for_the_sender_until_it_was_seen() -> None:
    world = World()
    referral = world.send()
    take("reject", referral, world.receiver)
    assert stands(referral).due == due_after(timezone.now(), 2)
    assert waits_at(world.sender) == ["Afgewezen, zoek verder: Verkennend gesprek"]
    assert at(beyond(referral, 0)) == 1
    assert heard() >= {world.sender.user_id}
    with act(factories.actor(world.sender)) as actor:
        actions.settle(referral=access.get_referral(actor, referral.pk), by=actor)
    made = stands(referral)
    assert (made.due, made.level) == (None, Level.NOBODY)
    assert made.settled_at
    assert at(timezone.now() + timedelta(days=90)) == 0
    assert waits_at(world.sender) == []


def test_help_that_began_is_looked_at_again_after_ninety_days(client_of: ClientOf) -> None:
    world = World()
    referral = world.referral_in("in_progress")
    page = reverse("referrals:thread", args=[referral.pk])
    client = client_of(world.receiver)
    assert "Loopt deze hulp nog?" not in client.get(page).content.decode()
    with factories.as_owner():
        Referral.objects.filter(pk=referral.pk).update(due=timezone.now() - timedelta(days=1))
    assert "Loopt deze hulp nog?" in client.get(page).content.decode()
    client.post(reverse("referrals:move", args=[referral.pk, "continue"]))
    first = timezone.localdate() + timedelta(days=90)
    assert stands(referral).due == timezone.make_aware(datetime.combine(working_day_from(first), time(17)))
    assert "liet de hulp doorlopen" in client.get(page).content.decode()
    with factories.as_owner():
        assert WorkItem.objects.open().get().due == stands(referral).due


def test_ninety_days_and_more_do_not_drown_what_is_due_today(client_of: ClientOf) -> None:
    world = World()
    world.referral_in("in_progress")
    world.send()
    page = client_of(world.receiver).get(reverse("workplace:today") + "?view=team").content.decode()
    later = page.index("Later")
    assert page.index("Verwijzing: Verkennend gesprek") < later < page.index("Loopt, af te ronden")


def test_the_latest_moment_that_counts_is_found_over_holidays() -> None:
    world = World()
    referral = world.send()
    with factories.as_owner():
        Referral.objects.filter(pk=referral.pk).update(due=end_of_day(date(2026, 12, 24)))
    monday = end_of_day(working_day_after(date(2026, 12, 24), 1))
    assert timezone.localtime(monday).date() == date(2026, 12, 28)
    assert at(monday - timedelta(minutes=1)) == 1
    assert at(monday) == 1
    assert told() == ["referral.reminded", "referral.overdue"]
