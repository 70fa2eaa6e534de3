"""The figures of waiting: computed by hand here, with who still waits, what is kept back, and who may see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, connection
from django.http import Http404
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from dashboards import access, figures
from dashboards.figures import Days, Selection
from events.actor import act
from people.models import Membership
from square.models import HealthcareService, WaitingTimeReport
from tests import factories
from tests.dashboards.rows import ago, referral, round_of
from trust.access import regional_figures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def coordinator() -> Membership:
    member = factories.member("coordinator")
    with factories.as_owner():
        assign_perm("people.see_dashboards", member.user, member.organisation)
    return member


@pytest.fixture
def talk() -> HealthcareService:
    return factories.service(factories.organisation("social", "Wijkteam Huizen"), norm_days=14)


def _send(talk: HealthcareService, waits: list[tuple[float, float | None, float | None]]) -> None:
    """Referrals by days ago sent, days until acceptance and days until start."""
    gp = factories.member("gp")
    patient = factories.patient()
    for sent, accepted, started in waits:
        status = "in_progress" if started is not None else "accepted" if accepted is not None else "requested"
        referral(
            patient, gp, talk, sent, status=status,
            accepted_at=None if accepted is None else ago(sent - accepted), started_at=None if started is None else ago(sent - started),
        )  # fmt: skip


def _found(by: Membership, selection: Selection | None = None) -> access.WaitingTimes:
    with act(factories.actor(by)):
        return access.waiting_times_for(factories.actor(by), selection or Selection())


def test_the_middle_wait_counts_who_still_waits_as_longer_than_who_began(
    coordinator: Membership, talk: HealthcareService
) -> None:
    _send(talk, [(60, 1, 4), (60, 2, 6), (60, 3, 8), (60, 4, 10), (60, 5, 20), (60, 6, None), (60, None, None)])
    found = _found(coordinator)
    assert found.whole.start == Days(10.0, 7, "known")
    assert found.whole.start_p80.state == "not_yet"
    [provider] = found.providers
    assert provider.start == Days(8.0, 5, "known")
    assert provider.start_p80.value == pytest.approx(12.0)
    assert provider.whole == Days(10.0, 7, "known")
    assert provider.answer == Days(3.5, 6, "known")
    assert provider.waiting.n == 2
    assert provider.waiting_so_far == Days(None, 2, "too_few")


def test_when_more_than_half_wait_the_middle_is_not_yet_known(coordinator: Membership, talk: HealthcareService) -> None:
    _send(talk, [(40, 1, 3), (40, 1, 5), *[(40, 1, None)] * 6])
    found = _found(coordinator)
    assert found.whole.start.state == "not_yet"
    assert found.whole.waiting.n == 6
    assert found.whole.waiting_so_far == Days(40.0, 6, "known")


def test_below_five_nothing_is_shown(coordinator: Membership, talk: HealthcareService) -> None:
    _send(talk, [(10, 1, 2)] * 4)
    found = _found(coordinator)
    assert found.whole.start == Days(None, 4, "too_few")
    assert found.whole.sent.shown is None
    assert found.months[-1].start.value is None
    assert found.whole.beyond is None


def test_an_accepted_referral_counts_at_once(coordinator: Membership, talk: HealthcareService) -> None:
    _send(talk, [(1, 1, None)] * 5)
    before = _found(coordinator).quarter.accepted.now
    _send(talk, [(0, 0, None)])
    after = _found(coordinator).quarter.accepted.now
    assert (before.n, after.n) == (5, 6)


def test_rejected_and_withdrawn_referrals_have_no_wait_but_a_reason(
    coordinator: Membership, talk: HealthcareService
) -> None:
    _send(talk, [(30, 1, 2)] * 5)
    gp = factories.member("gp")
    for reason in ["no_capacity"] * 5 + ["otherwise"]:
        referral(factories.patient(), gp, talk, 30, status="rejected", rejection_reason=reason, closed_at=ago(28))
    referral(factories.patient(), gp, talk, 30, status="cancelled", closed_at=ago(29))
    found = _found(coordinator)
    assert found.whole.start == Days(2.0, 5, "known")
    assert [(reason, n.n, n.shown) for reason, n in found.rejections] == [("no_capacity", 5, 5), ("otherwise", 1, None)]


def test_the_selection_narrows_by_domain_kind_service_and_municipality_of_the_provider(
    coordinator: Membership, talk: HealthcareService
) -> None:
    other = factories.service(
        factories.organisation("mental_health", municipality="Hilversum"), "Basis-ggz", kind="basic_mental_health"
    )
    _send(talk, [(10, 1, 2)] * 5)
    _send(other, [(10, 1, 9)] * 6)
    assert _found(coordinator).whole.start.n == 11
    for selection in (
        Selection(domain="mental_health"),
        Selection(kind="basic_mental_health"),
        Selection(service=other.pk),
        Selection(municipality="Hilversum"),
    ):
        assert _found(coordinator, selection).whole.start == Days(9.0, 6, "known")


def test_the_period_leaves_out_what_was_sent_before_but_not_who_still_waits(
    coordinator: Membership, talk: HealthcareService
) -> None:
    _send(talk, [(200, 1, 2)] * 5 + [(200, 1, None)] * 5)
    found = _found(coordinator, Selection(months=3))
    assert found.whole.start.n == 0
    assert found.whole.waiting.n == 5
    assert len(found.months) == 3


def test_a_report_says_when_it_was_measured_and_when_it_is_out_of_date(
    coordinator: Membership, talk: HealthcareService
) -> None:
    _send(talk, [(10, 1, 2)])
    with factories.as_owner():
        WaitingTimeReport.objects.create(service=talk, days=9, measured_on=timezone.localdate() - timedelta(days=60))
    [provider] = _found(coordinator).providers
    assert (provider.reported, provider.stale) == (9, True)
    with factories.as_owner():
        WaitingTimeReport.objects.create(service=talk, days=12, measured_on=timezone.localdate() - timedelta(days=3))
    [provider] = _found(coordinator).providers
    assert (provider.reported, provider.stale) == (12, False)


def test_the_norm_and_who_waited_longer(coordinator: Membership, talk: HealthcareService) -> None:
    _send(talk, [(60, 1, 5), (60, 1, 6), (60, 1, 15), (60, 1, 7), (60, 1, None)])
    whole = _found(coordinator).whole
    assert whole.norm == 14
    assert whole.beyond == pytest.approx(2 / 5)


def test_exploratory_talks_are_counted_once_they_began(coordinator: Membership, talk: HealthcareService) -> None:
    _send(talk, [(800, 1, 2)] * 6 + [(10, 1, None)])
    assert _found(coordinator).quarter.talks.n == 6


@pytest.mark.parametrize("column", ["patient_id", "municipality", "age", "notice", "number", "sender_id"])
def test_the_role_of_regional_figures_cannot_read_a_person(coordinator: Membership, column: str) -> None:
    with act(factories.actor(coordinator)):
        with pytest.raises(ProgrammingError) as refused, regional_figures(), connection.cursor() as cursor:
            cursor.execute(f"select {column} from referrals_referral")
        assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
        with connection.cursor() as cursor:
            cursor.execute("select current_user")
            assert cursor.fetchone() == ("nis_app",)


@pytest.mark.parametrize(
    "table",
    ["people_patient", "people_patientidentity", "referrals_letter", "referrals_step", "events_event", "people_user"],
)
def test_the_role_of_regional_figures_has_no_other_table(coordinator: Membership, table: str) -> None:
    with (
        act(factories.actor(coordinator)),
        pytest.raises(ProgrammingError),
        regional_figures(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"select 1 from {table}")


def test_after_the_figures_the_application_is_itself_again(coordinator: Membership) -> None:
    with act(factories.actor(coordinator)):
        with regional_figures(), connection.cursor() as cursor:
            cursor.execute("select current_user")
            assert cursor.fetchone() == ("nis_region",)
        with connection.cursor() as cursor:
            cursor.execute("select current_user")
            assert cursor.fetchone() == ("nis_app",)


def test_without_the_permission_nobody_sees_figures() -> None:
    gp = factories.member("gp")
    with act(factories.actor(gp)), pytest.raises(PermissionDenied):
        access.waiting_times_for(factories.actor(gp), Selection())


def test_a_permission_on_another_organisation_does_not_count() -> None:
    gp = factories.member("gp")
    with factories.as_owner():
        assign_perm("people.see_dashboards", gp.user, factories.organisation("region"))
    with act(factories.actor(gp)), pytest.raises(PermissionDenied):
        access.waiting_times_for(factories.actor(gp), Selection())


def test_for_a_citizen_the_figures_do_not_exist() -> None:
    user = factories.citizen(factories.patient())
    with act(factories.citizen_actor(user)), pytest.raises(Http404):
        access.waiting_times_for(factories.citizen_actor(user), Selection())


def test_the_page_says_it_in_a_sentence_and_as_a_file(
    coordinator: Membership, talk: HealthcareService, client_of: Callable[[Membership], Client]
) -> None:
    _send(talk, [(60, 1, 4), (60, 2, 6), (60, 3, 8), (60, 4, 10), (60, 5, 20)])
    client = client_of(coordinator)
    page = client.get("/dashboards/waiting-times/?kind=exploratory_talk&months=12").content.decode()
    assert "Voor de helft van de inwoners begint de hulp binnen 8 dagen." in page
    assert "Wijkteam Huizen" in page
    file = client.get("/dashboards/waiting-times/providers.csv?kind=exploratory_talk")
    text = file.content.decode("utf-8")
    assert text.startswith("\ufeffaanbieder;")
    assert "Wijkteam Huizen;3;5;8;5;12;8;5;0;" in text
    assert client.get("/dashboards/waiting-times/months.csv").status_code == 200
    assert client.get("/dashboards/waiting-times/persons.csv").status_code == 404
    assert 'id="talks"' in client.get("/dashboards/definitions/").content.decode()


def test_a_choice_that_does_not_exist_is_said_at_the_field(
    coordinator: Membership, client_of: Callable[[Membership], Client]
) -> None:
    answer = client_of(coordinator).get("/dashboards/waiting-times/?domain=circus")
    assert answer.status_code == 200
    assert "circus" in answer.content.decode()


def test_the_page_is_closed_for_who_lacks_the_permission(
    client_of: Callable[[Membership], Client], citizen_client: Callable[..., Client]
) -> None:
    client = client_of(factories.member("gp"))
    citizen = citizen_client(factories.citizen(factories.patient()))
    for address in ("/dashboards/waiting-times/", "/dashboards/waiting-times/months.csv", "/dashboards/definitions/"):
        assert client.get(address).status_code == 403
        assert citizen.get(address).status_code == 404
        assert Client().get(address).status_code == 302


def test_the_page_takes_as_many_queries_for_many_providers_as_for_one(
    coordinator: Membership,
    talk: HealthcareService,
    client_of: Callable[[Membership], Client],
    django_assert_num_queries: Callable[..., object],
) -> None:
    client = client_of(coordinator)
    _send(talk, [(10, 1, 2)])
    client.get("/dashboards/waiting-times/")
    counted = _queries(client)
    for _ in range(4):
        _send(factories.service(factories.organisation("social"), kind=f"kind{_}"), [(20, 1, 2)] * 3)
    assert _queries(client) == counted


def _queries(client: Client) -> int:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert client.get("/dashboards/waiting-times/").status_code == 200
    return len(captured)


def test_this_quarter_is_compared_with_as_many_days_of_the_former(
    coordinator: Membership, talk: HealthcareService
) -> None:
    today = timezone.localdate()
    begins = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    former = (begins - timedelta(days=1)).replace(day=1)
    former = date(former.year, 3 * ((former.month - 1) // 3) + 1, 1)
    _send(talk, [((today - begins).days, None, None)] * 5 + [((today - former).days, None, None)] * 6)
    sent = _found(coordinator).quarter.sent
    assert (sent.now.n, sent.former.n) == (5, 6)


def test_a_figure_says_why_it_is_not_shown() -> None:
    assert Days.over(None, 0).state == "nobody"
    assert Days.over(3.0, 4).state == "too_few"
    assert Days.over(float("inf"), 9).state == "not_yet"
    assert Days.over(float("nan"), 9).state == "not_yet"
    assert figures.Count(0).shown == 0


def test_a_referral_with_rounds_counts_once_and_waits_from_when_this_one_was_asked(
    coordinator: Membership, talk: HealthcareService
) -> None:
    """Five were sent twenty days ago to a service that said no after two; this one was asked then, said yes after three."""
    gp, patient = factories.member("gp"), factories.patient()
    other = factories.service(factories.organisation("social", "Wijkteam Laren"), norm_days=14)
    for _number in range(5):
        made = referral(patient, gp, talk, 20, status="in_progress", accepted_at=ago(15), started_at=ago(8))
        round_of(made, other, "rejected", 20, 18, reason="no_capacity")
    found = _found(coordinator)
    assert (found.whole.sent.n, found.whole.start) == (5, Days(10.0, 5, "known"))
    assert [(one.name, one.answer.value, one.start.value) for one in found.providers] == [
        ("Wijkteam Huizen", 3.0, 10.0)
    ]
    assert [(reason, count.n) for reason, count in found.rejections] == [("no_capacity", 5)]
    assert found.quarter.accepted.now.n == 5
    former = _found(coordinator, Selection(service=other.pk))
    assert (former.whole.sent.n, former.providers) == (0, [])
    assert [(reason, count.n) for reason, count in former.rejections] == [("no_capacity", 5)]
