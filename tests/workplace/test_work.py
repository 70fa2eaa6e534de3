"""Today's list: what waits for the team, each line named by whom or what it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.actor import act
from events.models import WorkItem
from people.models import Membership
from tests import factories
from tests.referrals.world import World, take
from workplace.access import work_of

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def test_work_about_nobody_is_named_by_what_it_is_about_and_says_nothing_twice() -> None:
    gp = factories.member("gp")
    source = factories.source(gp.organisation)
    with factories.as_owner():
        WorkItem.objects.create(
            kind="copy", subject_type="source", subject_id=source.pk, organisation_id=gp.organisation.pk,
            title="Over te nemen in het eigen systeem: HIS De Linde",
        )  # fmt: skip
    with act(factories.actor(gp)) as actor:
        [line] = work_of(actor)
    assert (line.who, line.title) == ("HIS De Linde", "Over te nemen in het eigen systeem")


def test_what_must_be_done_before_some_day_stands_first_and_the_rest_under_a_heading(client_of: Browser) -> None:
    gp = factories.member("gp")
    source = factories.source(gp.organisation)
    with factories.as_owner():
        for number, due in enumerate((None, timezone.now() + timedelta(days=1), None)):
            WorkItem.objects.create(
                kind=f"copy{number}", subject_type="source", subject_id=source.pk, organisation_id=gp.organisation.pk,
                title=f"Werk {number}", due=due,
            )  # fmt: skip
    page = client_of(gp).get(reverse("workplace:today"), {"view": "team"}).content.decode()
    heading = page.index('class="untimed"')
    assert page.index("Werk 1") < heading < page.index("Werk 0")
    assert page.count('data-row aria-current="true"') == 1, "one next action"


def test_without_any_day_there_is_no_heading(client_of: Browser) -> None:
    gp = factories.member("gp")
    with factories.as_owner():
        WorkItem.objects.create(
            kind="copy", subject_type="source", subject_id=1, organisation_id=gp.organisation.pk, title="Werk"
        )
    page = client_of(gp).get(reverse("workplace:today"), {"view": "team"}).content.decode()
    assert 'class="untimed"' not in page


def test_a_name_that_the_referral_keeps_back_is_not_on_the_list_either_whatever_other_relation_there_is() -> None:
    world = World()
    factories.relation(world.patient, world.receiver.organisation)
    referral = world.send()
    with act(factories.actor(world.receiver)) as actor:
        [line] = work_of(actor)
    assert (line.who_note, "Vries" in line.who) == ("naam na acceptatie", False)
    take("accept", referral, world.receiver)
    with act(factories.actor(world.receiver)) as actor:
        assert all("Vries" in line.who for line in work_of(actor))
    again = world.send(service=factories.service(world.receiver.organisation, "Maatje"))
    take("ask", again, world.receiver)
    with act(factories.actor(world.sender)) as actor:
        assert all("Vries" in line.who for line in work_of(actor)), "who refers knows who it is"
