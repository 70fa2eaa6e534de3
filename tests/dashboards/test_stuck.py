"""What is stuck in the region: the coordinator sees where each referral waits and why, and nothing of whom it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from dashboards import access, sentences
from dashboards.stuck import Stuck, StuckFigures, stuck_figures
from events.actor import act
from people.models import Membership
from referrals.models import Referral
from tests import factories
from tests.referrals.world import World, take

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


def with_figures(domain: str) -> Membership:
    member = factories.member("coordinator", at=factories.organisation(domain))
    with factories.as_owner():
        assign_perm("people.see_dashboards", member.user, member.organisation)
    return member


def late(referral: Referral, days: int) -> None:
    with factories.as_owner():
        Referral.objects.filter(pk=referral.pk).update(due=timezone.now() - timedelta(days=days))


def test_the_coordinator_sees_who_has_the_turn_what_does_not_happen_and_since_when(client_of: ClientOf) -> None:
    world = World()
    asked, waiting, running, young = (world.send() for _ in range(4))
    take("ask", asked, world.receiver)
    take("accept", running, world.receiver)
    for referral, days in ((asked, 40), (waiting, 30), (running, 20)):
        late(referral, days)
    page = client_of(with_figures("region")).get(reverse("dashboards:stuck")).content.decode()
    order = [page.index(one.number) for one in (asked, waiting, running)]
    assert order == sorted(order), "what is stuck longest stands first"
    assert young.number not in page
    assert "3 verwijzingen lopen vast bij 2 organisaties." in page
    assert "Vraag van de ontvanger niet beantwoord" in page
    assert "Geen antwoord op de aanvraag" in page
    assert "Aangenomen, nog geen eerste contact" in page
    for word in (world.patient.own_name, str(world.patient.key), "vrouw", world.patient.municipality or "Huizen, "):
        assert word not in page


def test_a_refusal_that_nobody_followed_up_is_stuck_until_it_was_seen(client_of: ClientOf) -> None:
    world = World()
    referral = world.send()
    take("reject", referral, world.receiver)
    late(referral, 30)
    client, address = client_of(with_figures("region")), reverse("dashboards:stuck")
    assert "Afgewezen, nog niet verder gezocht" in client.get(address).content.decode()
    client_of(world.sender).post(reverse("referrals:move", args=[referral.pk, "settle"]))
    assert "Er loopt nu niets vast." in client.get(address).content.decode()


def test_a_person_who_should_go_on_is_no_organisation() -> None:
    row = Stuck("V-26-000001", "Maatje", "", "de inwoner zelf", "Buurthuis", "", False, timezone.now(), 3)
    one = StuckFigures([row], 1, [("de inwoner zelf", 1)], 0)
    both = StuckFigures([row, row], 2, [("de inwoner zelf", 1), ("Buurthuis", 1)], 1)
    assert sentences.stuck(one)[0] == "1 verwijzing loopt vast bij inwoners zelf."
    assert sentences.stuck(both)[0] == "2 verwijzingen lopen vast bij 1 organisatie en bij inwoners zelf."


def test_only_the_coordinator_of_the_region_sees_it(client_of: ClientOf) -> None:
    manager = with_figures("gp")
    with pytest.raises(PermissionDenied), act(factories.actor(manager)) as actor:
        access.stuck_for(actor)
    for member in (
        manager,
        factories.member("gp"),
        factories.member("coordinator", at=factories.organisation("region")),
    ):
        assert client_of(member).get(reverse("dashboards:stuck")).status_code == 403


@pytest.mark.parametrize(("role", "domain"), [("coordinator", "gp"), ("manager", "region"), ("gp", "gp")])
def test_the_database_too_tells_nobody_else(role: str, domain: str) -> None:
    late(World().send(), 30)
    member = factories.member(role, at=factories.organisation(domain))
    with pytest.raises(ProgrammingError, match="only the coordinator"), act(factories.actor(member)):
        stuck_figures()
