"""Stopping for new until a day, the clock that opens again, and how many places are free."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from events.actor import act, system
from events.errors import Refused
from events.models import Event
from referrals import access
from referrals.models import Referral
from square import actions
from square.models import HealthcareService
from tests import factories
from tests.referrals.world import World, send, take

pytestmark = pytest.mark.django_db(transaction=True)


def stop(world: World, **values: Any) -> HealthcareService:
    with act(factories.actor(values.pop("by", world.receiver))) as actor:
        values = {"until": timezone.localdate() + timedelta(days=9), "reason": "twee collega's zijn ziek", **values}
        return actions.stop_for_new(service=world.service, by=actor, **values)


def now(service: HealthcareService) -> tuple[bool, date | None, str]:
    with factories.as_owner():
        found = HealthcareService.objects.get(pk=service.pk)
        return found.open_for_new, found.stopped_until, found.stop_reason


def test_the_desk_stops_until_a_day_and_the_clock_opens_once() -> None:
    world = World()
    until = timezone.localdate() + timedelta(days=9)
    stop(world)
    assert now(world.service) == (False, until, "twee collega's zijn ziek")
    with act(system("offer", purpose="HOPERAT")) as worker:
        assert actions.reopen_stopped(by=worker) == 0
    with factories.as_owner():
        HealthcareService.objects.filter(pk=world.service.pk).update(stopped_until=timezone.localdate())
    for expected in (1, 0):
        with act(system("offer", purpose="HOPERAT")) as worker:
            assert actions.reopen_stopped(by=worker) == expected
    assert now(world.service) == (True, None, "")
    with factories.as_owner():
        assert list(Event.objects.filter(verb__startswith="service.").order_by("id").values_list("verb", flat=True)) == [
            "service.stopped", "service.reopened",
        ]  # fmt: skip


def test_what_was_closed_without_a_day_stays_closed() -> None:
    world = World()
    with factories.as_owner():
        HealthcareService.objects.filter(pk=world.service.pk).update(open_for_new=False)
    with act(system("offer", purpose="HOPERAT")) as worker:
        assert actions.reopen_stopped(by=worker) == 0
    assert now(world.service)[0] is False


@pytest.mark.parametrize(
    "values",
    [{"until": timezone.localdate()}, {"until": timezone.localdate() + timedelta(days=400)}, {"reason": "  "}],
)
def test_a_day_ahead_and_a_reason_are_needed(values: dict[str, Any]) -> None:
    world = World()
    with pytest.raises(Refused):
        stop(world, **values)
    assert now(world.service)[0] is True


def test_only_who_works_with_requests_there_stops_or_opens() -> None:
    world = World()
    for other in (world.sender, factories.member("manager", at=world.receiver.organisation)):
        with pytest.raises(PermissionDenied):
            stop(world, by=other)
        with act(factories.actor(other)) as actor, pytest.raises(PermissionDenied):
            actions.reopen_service(service=world.service, by=actor)
        with act(factories.actor(other)) as actor, pytest.raises(PermissionDenied):
            actions.reopen_stopped(by=actor)
    assert now(world.service)[0] is True


def test_a_form_that_was_open_already_is_refused_with_the_day_and_the_reason(client_of: Any) -> None:
    world = World()
    url = reverse("referrals:new", args=[world.patient.key])
    client = client_of(world.sender)
    page = client.get(url, {"service": world.service.pk})
    typed = {
        "do": "send", "service": world.service.pk, "shown": world.service.pk, "question": "Wat kan helpen?", "urgency": "routine",
        "agreed": "on", "token": page.context["form"]["token"].value(), "q": "",
    }  # fmt: skip
    stop(world)
    text = client.post(url, typed).content.decode()
    assert "geen nieuwe aanvragen aan: twee collega&#x27;s zijn ziek" in text
    with factories.as_owner():
        assert not Referral.objects.exists()
    with factories.as_owner():
        world.service.refresh_from_db()
    with pytest.raises(Refused) as caught:
        world.send()
    assert "twee collega's zijn ziek" in caught.value.message
    with act(factories.actor(world.receiver)) as actor:
        actions.reopen_service(service=world.service, by=actor)
    assert "verstuurd" in client.post(url, typed, follow=True).content.decode()


def test_free_places_are_counted_over_who_is_helped_now_by_whomever_they_were_sent() -> None:
    world = World()
    with act(factories.actor(world.receiver)) as actor:
        actions.state_places(service=world.service, places=3, by=actor)
    with factories.as_owner():
        world.service.refresh_from_db()
    other = factories.member("gp")
    theirs = factories.patient(related_to=[other.organisation])
    sent = [world.send(), world.send(), send(other, theirs, world.service)]
    for referral in sent[1:]:
        take("accept", referral, world.receiver)
    with act(factories.actor(world.sender)):
        assert access.free_places([world.service]) == {world.service.pk: 1}
    take("start", sent[1], world.receiver)
    take("complete", sent[1], world.receiver)
    with act(factories.actor(world.sender)):
        assert access.free_places([world.service]) == {world.service.pk: 2}
        assert access.free_places([factories.service(other.organisation, "Anders")]) == {}


def test_the_page_of_the_desk(client_of: Any) -> None:
    world = World()
    url, client = reverse("referrals:room"), client_of(world.receiver)
    assert client_of(factories.member("manager", at=world.receiver.organisation)).get(url).status_code == 403
    common = {"service": world.service.pk}
    wrong = client.post(url, {**common, "do": "stop", "until": "2020-01-01", "reason": ""})
    assert "Kies een dag na vandaag" in wrong.content.decode()
    until = timezone.localdate() + timedelta(days=3)
    client.post(url, {**common, "do": "stop", "until": until.isoformat(), "reason": "vol"})
    assert now(world.service) == (False, until, "vol")
    client.post(url, {**common, "do": "reopen"})
    assert now(world.service)[0] is True
    assert "0 van 0" not in client.post(url, {**common, "do": "places", "places": "4"}, follow=True).content.decode()
    assert "4 van 4 plaatsen vrij" in client.get(url).content.decode()
    foreign = factories.service(world.sender.organisation, "Niet van hier")
    assert (
        client.post(url, {"service": foreign.pk, "do": "stop", "until": until.isoformat(), "reason": "x"}).status_code
        == 404
    )


def test_each_service_on_the_page_has_labels_of_its_own(client_of: Any) -> None:
    world = World()
    other = factories.service(world.receiver.organisation, "Inloop")
    page = client_of(world.receiver).get("/referrals/room/").content.decode()
    for one in (world.service, other):
        for name in (f"stop{one.pk}_until", f"places{one.pk}_places"):
            assert page.count(f'id="{name}"') == page.count(f'for="{name}"') == 1
