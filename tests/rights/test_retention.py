"""What has reached the end of its term goes at night, by the table of terms; what has not, or is held, stays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from dossier.models import Entry
from events.actor import act, system
from events.models import Event
from journeys.models import Enrolment
from people.models import Domain, Membership, Patient
from rights import actions
from rights.models import Hold, Request
from rights.retention import OF_RECORD, SHORTEST_OF_RECORD, TERMS, removable, term_of
from rights.tasks import keep_to_terms
from tests import factories
from tests.exchange.stage import deliver
from tests.rights.stage import decided, stage, taken_up
from tests.rights.test_erase import hold
from trust.categories import Category
from trust.models import CareRelation

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_category_at_every_kind_of_participant_has_exactly_one_term() -> None:
    for domain in Domain:
        for category in Category:
            for minor in (True, False):
                fitting = [
                    t
                    for t in OF_RECORD
                    if category in t.categories and domain in t.domains and t.minors in (None, minor)
                ]
                assert len(fitting) == 1, (domain, category, minor)


@pytest.mark.parametrize(
    ("category", "domain", "minor", "years", "goes"),
    [
        (Category.PROBLEMS, "gp", False, 20, True),
        (Category.PLAN, "home_care", True, 20, True),
        (Category.SOCIAL, "social", False, 15, True),
        (Category.SOCIAL, "social", True, 20, True),
        (Category.PLAN, "municipality", False, 15, True),
        (Category.FINANCIAL, "social", False, 7, False),
        (Category.FINANCIAL, "gp", True, 7, False),
    ],
)
def test_the_law_says_how_long_and_whether_it_may_go_earlier(
    category: Category, domain: str, minor: bool, years: int, goes: bool
) -> None:
    assert term_of(category, domain, minor=minor).years == years
    free, kept = removable([category], domain, minor=minor)
    assert (category in free, category.name in kept) == (goes, not goes)


def test_the_other_terms_are_those_of_the_law_and_none_of_a_record_is_shorter_than_the_database_allows() -> None:
    assert {t.key: t.years for t in TERMS} == {"wgbo": 20, "jeugdwet": 20, "wmo": 15, "awr": 7, "log": 5, "request": 5}
    assert min(t.years for t in OF_RECORD) == SHORTEST_OF_RECORD


def old(of: Patient, by: Membership, years: float, **values: object) -> Entry:
    """An entry of so many years ago, of a practice whose care ended then."""
    at = timezone.now() - timedelta(days=365.25 * years)
    with factories.as_owner():
        from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

        CareRelation.objects.filter(patient=of, organisation=by.organisation).update(
            period=DateTimeTZRange(at - timedelta(days=100), at)
        )
    return factories.entry(of, by, f"{years} jaar oud.", at=at, **values)  # type: ignore[arg-type]


def left() -> set[str]:
    with factories.as_owner():
        return set(Entry.objects.values_list("text", flat=True))


def test_at_night_goes_what_has_reached_its_term_and_nothing_else() -> None:
    gp, social = factories.member("gp"), factories.member("social_worker")
    grown = date(1948, 3, 12)
    for by, years in ((gp, 21), (gp, 19), (social, 16), (social, 14)):
        old(factories.patient(related_to=[by.organisation], birth_date=grown), by, years)
    child = factories.patient(
        related_to=[social.organisation], birth_date=timezone.localdate() - timedelta(days=365 * 30)
    )
    old(child, social, 16.5)
    money = factories.patient(related_to=[social.organisation], birth_date=grown)
    old(money, social, 8, category=Category.FINANCIAL)
    counts = keep_to_terms()
    assert counts == {"wgbo": 1, "jeugdwet": 0, "wmo": 1, "awr": 1, "request": 0}
    assert left() == {"19 jaar oud.", "14 jaar oud.", "16.5 jaar oud."}
    with factories.as_owner():
        assert Event.objects.filter(verb="retention.removed", actor_name="retention").count() == 3
        assert Event.objects.get(verb="retention.done").data["removed"] == counts
    assert sum(keep_to_terms().values()) == 0


def test_the_term_runs_from_the_last_change_and_not_while_care_goes_on() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    old(patient, gp, 25)
    factories.entry(patient, gp, "Vorig jaar.", at=timezone.now() - timedelta(days=365))
    running = factories.patient()
    old(running, gp, 24)
    factories.relation(running, gp.organisation)
    keep_to_terms()
    assert left() == {"25 jaar oud.", "Vorig jaar.", "24 jaar oud."}


@pytest.mark.parametrize("of", ["patient", "organisation", "both", "all"])
def test_a_hold_stops_it_until_it_ends(of: str) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    old(patient, gp, 21)
    placed = hold(
        patient=patient if of in {"patient", "both"} else None,
        organisation=gp.organisation if of in {"organisation", "both"} else None,
    )
    keep_to_terms()
    assert left()
    with factories.as_owner():
        Hold.objects.filter(pk=placed.pk).delete()
    keep_to_terms()
    assert not left()


def test_a_hold_of_another_person_or_participant_stops_nothing() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    old(patient, gp, 21)
    hold(patient=factories.patient())
    hold(patient=patient, organisation=factories.organisation())
    keep_to_terms()
    assert not left()


def test_enrolments_follow_and_others_keep_their_part() -> None:
    gp, nurse = factories.member("gp"), factories.member("district_nurse")
    patient = factories.patient(related_to=[gp.organisation])
    old(patient, gp, 21)
    factories.entry(patient, nurse, "Van de wijk.")
    ended = timezone.now() - timedelta(days=365 * 22)
    with factories.as_owner():
        from journeys.models import Journey

        journey = Journey.objects.create(name="Kwetsbaar", version=9, purpose="", criteria="")
        Enrolment.objects.create(
            patient=patient, organisation=gp.organisation, journey=journey, referral_number="V-1", started_at=ended, ended_at=ended
        )  # fmt: skip
    keep_to_terms()
    deliver()
    assert left() == {"Van de wijk."}
    with factories.as_owner():
        assert not Enrolment.objects.exists()


def test_it_goes_in_batches() -> None:
    gp = factories.member("gp")
    for _number in range(3):
        old(factories.patient(related_to=[gp.organisation]), gp, 21)
    wgbo = next(t for t in OF_RECORD if t.key == "wgbo")
    with act(system("retention", purpose="HOPERAT")) as worker:
        assert actions.remove_ended(term=wgbo, by=worker, limit=2) == (2, 2)
        assert actions.remove_ended(term=wgbo, by=worker, limit=2) == (1, 1)


def test_a_dry_run_counts_and_removes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    gp = factories.member("gp")
    old(factories.patient(related_to=[gp.organisation]), gp, 21)
    call_command("keep_to_terms", dry_run=True)
    assert "wgbo" in capsys.readouterr().out
    assert left()


def test_requests_go_five_years_after_they_were_closed() -> None:
    s = stage()
    request = decided(s, taken_up(s, "question", frozenset()))
    with factories.as_owner():
        Request.objects.filter(pk=request.pk).update(closed_at=timezone.now() - timedelta(days=365 * 4))
    assert keep_to_terms()["request"] == 0
    with factories.as_owner():
        Request.objects.filter(pk=request.pk).update(closed_at=timezone.now() - timedelta(days=365 * 6))
    assert keep_to_terms()["request"] == 1
    with factories.as_owner():
        assert not Request.objects.exists()


def test_only_the_worker_of_the_night_may_find_what_has_ended() -> None:
    gp = factories.member("gp")
    old(factories.patient(related_to=[gp.organisation]), gp, 21)
    from rights.actions.keeping import ended_of

    with act(factories.actor(gp)) as actor:
        assert ended_of(term=OF_RECORD[0], by=actor) == []
