"""The log is kept for its term, then dropped by the month: accounted for, never under a hold, and still proof against tampering."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.utils import ProgrammingError
from django.utils import timezone

from events import actions as log_actions
from events.actor import act, system
from events.models import Dropped, Event, Seal
from oversight.actions import retention
from oversight.tasks import drop_log
from people.models import Patient
from rights.models import Hold
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
OLD, OLDER = datetime(2019, 3, 5, tzinfo=UTC), datetime(2019, 2, 5, tzinfo=UTC)


def owner(statement: str, values: list[Any] | None = None) -> None:
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture(autouse=True)
def old_months() -> Iterator[None]:
    """Two months of seven years ago, as a system that ran then would have them."""
    owner("select events_partitions('2019-02-01', 2)")
    yield
    for month in ("2019_02", "2019_03"):
        owner(f"drop table if exists events_event_{month}")


def lines(at: datetime, number: int = 3, patient: Patient | None = None, organisation_id: int | None = None) -> None:
    for _ in range(number):
        owner(
            "insert into events_event (at, verb, outcome, patient_id, organisation_id) values (%s, 'record.opened', 'allowed', %s, %s)",
            [at, patient and patient.pk, organisation_id],
        )


def seal(at: datetime) -> None:
    """Seal what there is and date the seal as it would have been then."""
    with factories.as_owner():
        before = Seal.objects.count()
    factories.until_sealable()
    with act(system("sealing", purpose="HOPERAT")):
        log_actions.seal()
    with factories.as_owner():
        Seal.objects.filter(pk__in=Seal.objects.order_by("id").values("pk")[before:]).update(at=at)


def history() -> None:
    """Lines of two old months and of now, each under seals of their own time."""
    lines(OLDER)
    seal(OLDER)
    lines(OLD)
    seal(OLD)
    lines(timezone.now())
    seal(timezone.now())


def hold(**values: Any) -> Hold:
    user = factories.member("privacy_officer").user
    with factories.as_owner():
        return Hold.objects.create(
            reason="klacht",
            placed_by=user,
            **{"period": DateTimeTZRange(timezone.now() - timedelta(days=1), None), **values},
        )


def verify(**options: Any) -> str:
    out = StringIO()
    call_command("verify_log", stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def months() -> set[str]:
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute("select inhrelid::regclass::text from pg_inherits where inhparent = 'events_event'::regclass")
        return {name for (name,) in cursor.fetchall() if "_20" in name}


def test_what_is_past_its_term_goes_and_the_rest_stays() -> None:
    history()
    before = months()
    assert drop_log() == ["events_event_2019_02", "events_event_2019_03"]
    assert before - months() == {"events_event_2019_02", "events_event_2019_03"}
    assert drop_log() == []
    with factories.as_owner():
        kept = list(Event.objects.order_by("id").values_list("verb", flat=True))
        dropped = list(Dropped.objects.order_by("until"))
    assert kept == ["record.opened"] * 3 + ["log.dropped"] * 2
    assert [(one.partition, one.lines) for one in dropped] == [("events_event_2019_02", 3), ("events_event_2019_03", 3)]


def test_seals_of_dropped_lines_are_said_to_be_expired_and_the_rest_is_proven() -> None:
    history()
    assert "9 lines under 3 seals" in verify()
    drop_log()
    seal(timezone.now())
    said = verify()
    assert "5 lines under 2 seals" in said
    assert "2 seals cover lines that were dropped after their term" in said


@pytest.mark.parametrize(
    "tampering",
    [
        "update events_event set user_id = 99 where id = (select max(id) from events_event where verb = 'record.opened')",
        "delete from events_event where id = (select max(id) from events_event where verb = 'record.opened')",
        "delete from events_event where verb = 'log.dropped'",
        "update events_dropped set lines = lines + 1",
        "update events_dropped set max_xact = max_xact + 100000",
        "delete from events_dropped",
    ],
)
def test_tampering_still_shows_after_dropping(tampering: str) -> None:
    history()
    drop_log()
    seal(timezone.now())
    owner("alter table events_event disable trigger events_event_unchanging")
    owner(tampering)
    owner("alter table events_event enable trigger events_event_unchanging")
    with pytest.raises(CommandError, match="the log was changed"):
        verify()


def test_a_month_taken_away_by_hand_shows() -> None:
    history()
    owner("drop table events_event_2019_03")
    with pytest.raises(CommandError, match="the log was changed"):
        verify()


def test_recent_lines_cannot_be_passed_off_as_dropped() -> None:
    """Not even before the lines that tell of dropping are sealed: a seal of today is no seal of an old month."""
    history()
    drop_log()
    with factories.as_owner():
        newest, last = Dropped.objects.order_by("-until")[0], Seal.objects.order_by("-id")[0]
    owner("update events_dropped set max_xact = %s where id = %s", [last.to_xact, newest.pk])
    owner("alter table events_event disable trigger events_event_unchanging")
    owner(
        "update events_event set data = data || jsonb_build_object('max_xact', %s::bigint) where verb = 'log.dropped'"
        " and data ->> 'partition' = %s", [last.to_xact, newest.partition],
    )  # fmt: skip
    owner("delete from events_event where verb = 'record.opened'")
    owner("alter table events_event enable trigger events_event_unchanging")
    seal(timezone.now())
    with pytest.raises(CommandError, match="the log was changed: 1 of"):
        verify()


@pytest.mark.parametrize("whom", ["patient", "organisation", "both", "all"])
def test_a_hold_keeps_the_months_it_covers(whom: str) -> None:
    place, patient = factories.organisation(), factories.patient()
    lines(OLDER, patient=patient, organisation_id=place.pk)
    lines(OLD)
    seal(OLD)
    covered = {"patient": {"patient": patient}, "organisation": {"organisation": place},
               "both": {"patient": patient, "organisation": place}, "all": {}}[whom]  # fmt: skip
    placed = hold(**covered)
    assert drop_log() == ([] if whom == "all" else ["events_event_2019_03"])
    with factories.as_owner():
        now = timezone.now()
        Hold.objects.filter(pk=placed.pk).update(period=DateTimeTZRange(now - timedelta(days=1), now))
    assert "events_event_2019_02" in drop_log()


def test_a_hold_about_somebody_else_keeps_nothing() -> None:
    place, patient, other = factories.organisation(), factories.patient(), factories.patient()
    lines(OLDER, patient=patient, organisation_id=place.pk)
    lines(OLD)
    seal(OLD)
    hold(patient=other)
    hold(patient=patient, organisation=factories.organisation())
    assert len(drop_log()) == 2


def test_lines_that_are_not_sealed_yet_are_not_dropped() -> None:
    lines(OLDER)
    with pytest.raises(Exception, match="not sealed yet"):
        drop_log()
    assert "events_event_2019_02" in months()


@pytest.mark.parametrize("years", [0, 4, None])
def test_nobody_gets_below_five_years(years: int | None) -> None:
    worker = system("retention", purpose="HOPERAT")
    with pytest.raises(ProgrammingError, match="five years"), act(worker), connection.cursor() as cursor:
        cursor.execute("select oversight_drop_log(%s)", [years])


def test_a_longer_term_is_kept(settings: Any) -> None:
    history()
    settings.LOG_KEPT_YEARS = 20
    assert retention.drop_log() == []


def test_only_the_clock_drops() -> None:
    officer = factories.member("privacy_officer", at=factories.organisation("region"))
    with (
        pytest.raises(ProgrammingError, match="only the clock"),
        act(factories.actor(officer)),
        connection.cursor() as cursor,
    ):
        cursor.execute("select oversight_drop_log(5)")


@pytest.mark.parametrize("name", ["events_event", "events_event_other", "people_patient", "events_event_2999_01"])
def test_nothing_but_an_old_month_can_be_dropped(name: str) -> None:
    with pytest.raises(Exception, match="is no month of the log"):
        owner("select events_drop(%s)", [name])


def test_this_month_cannot_be_dropped() -> None:
    with pytest.raises(ProgrammingError, match="five years at least"):
        owner("select events_drop(%s)", [f"events_event_{timezone.now():%Y_%m}"])
