"""The count of emergencies: per organisation and month, small numbers held back, and not a column about a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from dashboards import access
from events.actor import act
from people.models import Membership
from tests import factories
from trust.access import regional_figures
from trust.models import Emergency

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


def coordinator() -> Membership:
    made = factories.member("coordinator")
    with factories.as_owner():
        assign_perm("people.see_dashboards", made.user, made.organisation)
    return made


def emergencies(by: Membership, count: int, *, days_ago: float = 0, review: str = "") -> None:
    patient = factories.patient(own_name="Zwartekraaij")
    began = timezone.now() - timedelta(days=days_ago)
    reviewed = {"review": review, "reviewed_at": timezone.now()} if review else {}
    with factories.as_owner():
        for _ in range(count):
            Emergency.objects.create(
                patient=patient, organisation=by.organisation, user=by.user, role=by.role, reason="acute",
                explanation="Reageert niet.", period=DateTimeTZRange(began, began + timedelta(hours=1)), **reviewed,
            )  # fmt: skip


def test_emergencies_are_counted_per_organisation_and_month_with_their_outcomes() -> None:
    often, seldom = factories.member("gp"), factories.member("gp")
    emergencies(often, 6, review="justified")
    emergencies(often, 5)
    emergencies(often, 7, days_ago=400)
    emergencies(seldom, 4, review="unjustified")
    with act(factories.actor(coordinator())) as actor:
        found = access.emergencies_for(actor, months=12)
        longer = access.emergencies_for(actor, months=36)
    assert [(one.label, one.started.shown, one.justified.shown, one.waiting.shown) for one in found.organisations] == [
        (often.organisation.name, 11, 6, 5),
        (seldom.organisation.name, None, 0, 0),
    ]
    assert (found.whole.started.n, longer.whole.started.n) == (15, 22)
    assert (len(found.months), len(longer.months)) == (12, 36)
    assert [one.started.n for one in found.months] == [0] * 11 + [15]
    assert found.organisations[1].unjustified.shown is None, "four are too few to show"


def test_one_small_part_of_a_sum_takes_a_larger_one_with_it() -> None:
    gp = factories.member("gp")
    for review, count in (("justified", 9), ("avoidable", 7), ("unjustified", 2)):
        emergencies(gp, count, review=review)
    with act(factories.actor(coordinator())) as actor:
        whole = access.emergencies_for(actor, months=12).whole
    assert (whole.started.shown, whole.justified.shown, whole.avoidable.shown, whole.unjustified.shown) == (
        18,
        9,
        None,
        None,
    )
    assert (whole.avoidable.held, whole.unjustified.held) == (True, False)


def test_the_role_of_regional_figures_reads_nothing_about_whom_by_whom_or_why() -> None:
    emergencies(factories.member("gp"), 1)
    with act(factories.actor(coordinator())), regional_figures(), connection.cursor() as cursor:
        cursor.execute("select count(*) from trust_emergency")
        assert cursor.fetchone() == (1,)
        for column in ("patient_id", "user_id", "role", "reason", "explanation", "review_note", "reviewed_by_id"):
            with pytest.raises(ProgrammingError), transaction.atomic():
                cursor.execute(f"select {column} from trust_emergency")


def test_the_page_draws_a_chart_with_a_table_beside_it(client_of: ClientOf) -> None:
    gp = factories.member("gp")
    emergencies(gp, 6, review="unjustified")
    client = client_of(coordinator())
    page = client.get("/dashboards/emergencies/").content.decode()
    assert "In deze periode is 6 keer noodtoegang gebruikt." in page
    assert "6 keer was het onterecht." in page
    assert "<svg" in page
    assert page.count("<table") >= 3
    assert "Zwartekraaij" not in page
    assert "Reageert niet" not in page
    assert "/dashboards/emergencies/" in client.get("/dashboards/waiting-times/").content.decode()
    for months in ("3", "36", "x", ""):
        assert client.get("/dashboards/emergencies/", {"months": months}).status_code == 200


def test_without_any_the_page_says_so_and_without_the_right_it_is_refused(client_of: ClientOf) -> None:
    assert "geen noodtoegang gebruikt" in client_of(coordinator()).get("/dashboards/emergencies/").content.decode()
    assert client_of(factories.member("gp")).get("/dashboards/emergencies/").status_code == 403
