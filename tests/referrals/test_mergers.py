"""A participant that merges: what it had running goes on at its successor, and nobody waits in vain."""

from __future__ import annotations

import pytest
from django.db import connection
from django.http import Http404

from consultations.access import get_consultation
from events.actor import Actor, act
from exchange.models import Notification
from people.models import Membership, Organisation
from referrals import access
from referrals.models import Referral
from tests import factories
from tests.consultations.helpers import Stage
from tests.exchange.stage import deliver
from tests.referrals.world import World, read, take
from trust.actions import merge_organisations

pytestmark = pytest.mark.django_db(transaction=True)


def merge(organisation: Organisation) -> Membership:
    """Join a practice to another; gives who worked there as member of the successor."""
    region = factories.member("coordinator", at=factories.organisation("region"))
    factories.permit(region, "manage_admission")
    into = factories.organisation(organisation.domain)
    with act(factories.actor(region)) as actor:
        merge_organisations(organisation=organisation, into=into, by=actor)
    deliver()
    return Membership.objects.current().get(organisation=into)


def sees(member: Membership, referral: Referral) -> bool:
    with act(factories.actor(member)) as actor:
        try:
            return access.get_referral(actor, referral.pk) is not None
        except Http404:
            return False


@pytest.mark.parametrize("status", ["requested", "accepted", "in_progress"])
def test_what_a_practice_sent_and_still_runs_goes_on_at_its_successor(status: str) -> None:
    world = World()
    referral, ended = world.referral_in(status), world.referral_in("completed")
    here = merge(world.sender.organisation)
    assert sees(here, referral)
    assert not sees(here, ended), "what had ended stays with whom it was"
    assert not sees(world.sender, referral)
    assert read(here, referral)[0], "the letter is the successor's to open"
    if status == "requested":
        take("ask", referral, world.receiver)
        take("answer", referral, here)
    if status == "accepted":
        take("cancel", referral, here)


def test_who_has_the_turn_at_the_successor_is_reminded() -> None:
    world = World()
    referral = world.send()
    here = merge(world.sender.organisation)
    with factories.as_owner():
        Notification.objects.all().delete()
    take("ask", referral, world.receiver)
    deliver()
    with factories.as_owner():
        assert list(Notification.objects.values_list("user_id", flat=True)) == [here.user_id]


def test_a_consultation_that_runs_goes_over_as_well() -> None:
    stage = Stage()
    asked = stage.ask()
    here = merge(stage.asker.organisation)
    with act(factories.actor(here)) as actor:
        assert get_consultation(actor, asked.pk).asking_organisation_id == here.organisation_id
    with act(factories.actor(stage.asker)) as actor, pytest.raises(Http404):
        get_consultation(actor, asked.pk)


@pytest.mark.parametrize("function", ["referrals_follow_merger", "consultations_follow_merger"])
def test_nobody_but_the_worker_moves_what_runs(function: str) -> None:
    world = World()
    world.send()
    Stage().ask()
    merged = factories.organisation("gp", merged_into=world.sender.organisation)
    by: list[Actor] = [factories.actor(world.sender), factories.actor(world.receiver)]
    for who in by:
        with act(who), connection.cursor() as cursor:
            for place in (merged, world.sender.organisation):
                cursor.execute(f"select {function}(%s)", [place.pk])
                assert cursor.fetchone()[0] == 0
