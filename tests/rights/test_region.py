"""A request to an organisation without anybody for it reaches the region's privacy officer, who grants nothing for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import ProgrammingError, connection
from django.http import Http404
from django.test import Client
from django.urls import reverse

from events.actor import act
from events.errors import Refused
from events.models import WorkItem
from exchange.models import Notification
from people.models import Membership, User
from rights import actions
from rights.access import inbox_for, open_request
from tests import factories
from tests.exchange.stage import deliver
from tests.rights.stage import Stage, decided, now_of, sent, stage, taken_up
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
CitizenClient = Callable[[User], Client]
PLAN = frozenset({Category.PLAN})


def unstaffed() -> Stage:
    """A practice that has nobody for requests; the officer of the stage is the region's."""
    s = stage()
    with factories.as_owner():
        s.officer.delete()
    s.officer = factories.member("privacy_officer", factories.organisation("region", "Regio Gooi"), "Ruben Smits")
    return s


def sees(of: Membership) -> int:
    with act(factories.actor(of)) as actor:
        return inbox_for(actor).running().count()


def test_the_request_reaches_the_region_alone_and_the_citizen_reads_so(
    client_of: ClientOf, citizen_client: CitizenClient
) -> None:
    s = unstaffed()
    manager = factories.member("manager", s.officer.organisation)
    request = sent(s, "question", frozenset())
    deliver()
    with factories.as_owner():
        told = Notification.objects.filter(kind="request", subject_id=request.pk)
        assert set(told.values_list("user_id", flat=True)) == {s.officer.user_id}
    assert (sees(s.officer), sees(s.other), sees(manager)) == (1, 0, 0)
    with act(factories.actor(s.officer)):
        assert WorkItem.objects.filter(kind="request", subject_id=request.pk).count() == 1
    for stranger in (s.other, manager):
        with act(factories.actor(stranger)) as actor:
            assert not WorkItem.objects.filter(kind="request").exists()
            with pytest.raises(Http404):
                open_request(actor, request.pk)
    page = citizen_client(s.user).get(reverse("rights:request", args=[request.pk])).content.decode()
    assert "De functionaris van de regio pakt dit op." in page
    desk = client_of(s.officer)
    assert f"namens {s.gp.organisation.name}" in desk.get(reverse("rights:inbox")).content.decode()
    desk.post(reverse("rights:take_up", args=[request.pk]))
    page = desk.get(reverse("rights:request", args=[request.pk])).content.decode()
    assert "u doet dat namens de regio" in page
    assert desk.get(reverse("rights:status", args=[request.pk])).status_code == 200
    values = {"decide-verb": "grant", "decide-text": "Hij nam waar."}
    assert desk.post(reverse("rights:decide", args=[request.pk]), values).status_code == 302
    assert now_of(request).status == "granted"


def test_insight_is_given_by_the_region() -> None:
    s = unstaffed()
    assert decided(s, taken_up(s, "insight")).status == "granted"


@pytest.mark.parametrize("kind", ["objection", "restriction", "deletion", "correction"])
def test_what_changes_or_closes_data_is_not_granted_by_the_region(client_of: ClientOf, kind: str) -> None:
    s = unstaffed()
    about = factories.entry(s.patient, s.gp, "Woont alleen.") if kind == "correction" else None
    request = taken_up(s, kind, PLAN, about=about)
    with pytest.raises(Refused, match="alleen de organisatie zelf"):
        decided(s, request, corrected="Woont samen.")
    page = client_of(s.officer).get(reverse("rights:request", args=[request.pk]))
    assert "Toekennen kan alleen de organisatie zelf" in page.content.decode()
    assert [value for value, _label in page.context["decision_form"].fields["verb"].choices] == ["refuse"]
    with act(factories.actor(s.officer)), connection.cursor() as cursor:  # and not by the database
        with pytest.raises(ProgrammingError, match="row-level security"):
            cursor.execute(
                "update rights_request set status = 'granted', closed_at = now() where id = %s", [request.pk]
            )
        connection.set_rollback(True)
    assert decided(s, request, "refuse", reason="not_ours").status == "refused"


def test_a_restriction_of_an_organisation_that_lost_its_people_is_not_lifted_by_the_region(client_of: ClientOf) -> None:
    s = stage()
    request = decided(s, taken_up(s, "restriction", PLAN))
    region = factories.member("privacy_officer", factories.organisation("region", "Regio Gooi"))
    with factories.as_owner():
        s.officer.delete()
    desk = client_of(region)
    page = desk.get(reverse("rights:request", args=[request.pk]))
    assert page.status_code == 200
    assert "Beperking opheffen" not in page.content.decode()
    assert desk.post(reverse("rights:lift", args=[request.pk])).status_code == 403


def test_once_the_organisation_has_somebody_the_request_is_theirs_alone() -> None:
    s = unstaffed()
    request = taken_up(s, "objection", PLAN)
    region, s.officer = s.officer, factories.member("manager", s.gp.organisation)
    assert (sees(region), sees(s.officer)) == (0, 1)
    with act(factories.actor(region)) as actor, pytest.raises(Http404):
        open_request(actor, request.pk)
    with act(factories.actor(s.officer)) as actor:
        actions.extend(request=open_request(actor, request.pk), text="Meer tijd nodig.", by=actor)
    assert decided(s, request).status == "granted"
