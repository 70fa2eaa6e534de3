"""The count of exploratory talks is the count by hand: of what was asked, what was planned and held, and to what that led."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from dashboards import access
from dashboards.figures import Selection
from dashboards.talks import LED
from events.actor import act
from people.models import Membership
from referrals.models import Appointment, Exploring, Referral
from tests import factories
from tests.dashboards.rows import ago, referral
from tests.dashboards.test_emergencies import coordinator
from trust.access import regional_figures

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


def explored(made: Referral, gp: Membership, *domains: str, status: str = "agreed") -> None:
    with factories.as_owner():
        for domain in domains:
            Exploring.objects.create(
                referral=made, patient=made.patient, organisation=factories.organisation("social"), domain=domain, status=status,
                user=gp.user, invited_by=gp.user,
            )  # fmt: skip


def test_the_figures_are_the_count_by_hand(client_of: ClientOf) -> None:
    gp, team = factories.member("gp"), factories.member("social_worker")
    talk = factories.service(team.organisation, process="talk")
    other = factories.service(team.organisation, "Steun", process="referral")

    def sent(**values: object) -> Referral:
        return referral(factories.patient(), gp, values.pop("service", talk), 10, **values)  # type: ignore[arg-type]

    begun = {"accepted_at": ago(8), "started_at": ago(5)}
    closed = {**begun, "status": "completed", "closed_at": ago(2)}
    for _ in range(6):  # held, by ggz and social, and led to social
        explored(sent(**closed, outcome="social"), gp, "mental_health", "social")
    for _ in range(5):  # held by three, still open
        explored(sent(**begun, status="in_progress"), gp, "mental_health", "social", "gp")
    for _ in range(7):  # begun with one domain and somebody with lived experience: not a talk of two domains
        explored(sent(**closed, outcome="both"), gp, "social", "experience")
    half = sent(**closed, outcome="both")  # the second said no
    explored(half, gp, "social")
    explored(half, gp, "mental_health", status="declined")
    for _ in range(5):  # nobody came: planned, never held
        made = sent(status="completed", accepted_at=ago(8), closed_at=ago(2), outcome="not_come")
        explored(made, gp, "mental_health", "social")
        with factories.as_owner():
            Appointment.objects.create(
                referral=made, patient=made.patient, organisation=team.organisation, starts=ago(3), ends=ago(3) + timedelta(hours=1),
                made_by=team.user, status="noshow",
            )  # fmt: skip
    for _ in range(6):  # of another service
        explored(sent(service=other, **closed, outcome="helped"), gp, "mental_health", "social")
    explored(referral(factories.patient(), gp, talk, 800, **closed, outcome="social"), gp, "mental_health", "social")
    boss = coordinator()
    with act(factories.actor(boss)) as actor:
        found = access.talks_for(actor, months=12)
        everything = access.talks_for(actor, months=36).whole
        begun_ever = access.waiting_times_for(actor, Selection()).quarter.talks
    whole = found.whole
    assert (whole.requested.n, whole.planned.n, whole.held.n) == (24, 16, 11)
    assert {led: count.n for led, count in zip(LED, whole.led, strict=True) if count.n} == {"social": 6, "open": 5}
    assert [sum(getattr(one, name).n for one in found.months) for name in ("requested", "planned", "held")] == [
        24,
        16,
        11,
    ]
    assert (len(found.months), everything.held.n) == (12, 12)
    assert begun_ever.n == 6 + 5 + 7 + 1 + 6 + 1, "as ever: every talk that began, of whatever kind of explorers"
    page = client_of(boss).get("/dashboards/talks/?months=12").content.decode()
    assert "24 verkennende gesprekken aangevraagd" in page
    assert client_of(gp).get("/dashboards/talks/").status_code == 403


def test_small_numbers_are_held_back_and_no_column_points_at_a_person() -> None:
    gp, team = factories.member("gp"), factories.member("social_worker")
    talk = factories.service(team.organisation, process="talk")
    begun = {"accepted_at": ago(8), "started_at": ago(5), "status": "completed", "closed_at": ago(2)}
    for outcome, count in (("social", 9), ("both", 2)):
        for _ in range(count):
            explored(
                referral(factories.patient(), gp, talk, 10, **begun, outcome=outcome), gp, "mental_health", "social"
            )
    with act(factories.actor(coordinator())) as actor:
        whole = access.talks_for(actor, months=12).whole
        shown = {led: count.shown for led, count in zip(LED, whole.led, strict=True)}
        assert (whole.held.shown, shown["both"], shown["social"]) == (11, None, None), "one would tell the other"
        for column in ("patient_id", "organisation_id", "user_id"):
            with (
                regional_figures(),
                connection.cursor() as cursor,
                pytest.raises(ProgrammingError),
                transaction.atomic(),
            ):
                cursor.execute(f"select {column} from referrals_exploring")
        for column in ("patient_id", "starts", "place"):
            with (
                regional_figures(),
                connection.cursor() as cursor,
                pytest.raises(ProgrammingError),
                transaction.atomic(),
            ):
                cursor.execute(f"select {column} from referrals_appointment")
