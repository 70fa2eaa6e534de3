"""The log and its seals: what was sealed cannot be changed, removed, added or reordered unnoticed."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from events import actions
from events.actor import act, system
from events.models import Seal
from tests import factories
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)


def _openings(number: int) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    for _ in range(number):
        with act(factories.actor(gp)) as actor:
            open_record(actor, patient.key, [Category.PLAN])


def _seal(expected: int) -> None:
    factories.until_sealable()
    with act(system("sealing", purpose="HOPERAT")):
        assert actions.seal() == expected


def _as_intruder(statement: str) -> None:
    """Change the log as only the owner of the tables can, with the trigger switched off."""
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute("alter table events_event disable trigger events_event_unchanging")
        cursor.execute(statement)
        cursor.execute("alter table events_event enable trigger events_event_unchanging")


def verify(**options: Any) -> str:
    out = StringIO()
    call_command("verify_log", stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_an_untouched_log_is_intact_and_each_line_is_sealed_once() -> None:
    _openings(3)
    _seal(3)
    _openings(2)
    _seal(2)
    with factories.as_owner():
        seals = list(Seal.objects.order_by("id"))
    assert sum(seal.lines for seal in seals) == 5
    assert f"5 lines under {len(seals)} seals" in verify()


@pytest.mark.parametrize(
    "tampering",
    [
        "update events_event set user_id = user_id + 1 where id = (select min(id) from events_event)",
        "delete from events_event where id = (select max(id) from events_event)",
        "insert into events_event select (select max(id) + 1 from events_event), at, verb, subject_type, subject_id, patient_id,"
        " actor_kind, actor_name, user_id, organisation_id, role, purpose, categories, own_categories, consented, withheld, basis, outcome,"
        " reason, request_id, place, data, grounds, xact from events_event limit 1",
        "update events_event set xact = (select max(xact) from events_event) where id = (select min(id) from events_event)",
        "update events_event set at = at + interval '1 second' where id = (select min(id) from events_event)",
    ],
    ids=["changed", "removed", "inserted", "reordered", "backdated"],
)
def test_tampering_shows(tampering: str) -> None:
    _openings(4)
    _seal(4)
    _as_intruder(tampering)
    with pytest.raises(CommandError, match="the log was changed"):
        verify()


@pytest.mark.parametrize("grounds", ['{"need": 1}', "{}"], ids=["other", "emptied"])
def test_changed_grounds_of_a_decision_show(grounds: str) -> None:
    _openings(2)
    _as_intruder("update events_event set grounds = '{\"need\": 9}'")
    _seal(2)
    _as_intruder(f"update events_event set grounds = '{grounds}' where id = (select max(id) from events_event)")
    with pytest.raises(CommandError, match="the log was changed: 1 of 1"):
        verify()


def test_a_removed_seal_shows_by_the_digest_kept_outside() -> None:
    _openings(1)
    _seal(1)
    with factories.as_owner():
        digest = bytes(Seal.objects.get().digest).hex()
    assert "1 lines" in verify(expect=digest)
    with factories.as_owner():
        Seal.objects.all().delete()
    with pytest.raises(CommandError, match="removed or replaced"):
        verify(expect=digest)


def _three_seals() -> list[Seal]:
    for _ in range(3):
        _openings(2)
        _seal(2)
    with factories.as_owner():
        return list(Seal.objects.order_by("id"))


@pytest.mark.parametrize("place", [0, 1], ids=["the first", "one in the middle"])
@pytest.mark.parametrize("with_lines", [True, False], ids=["with its lines", "leaving its lines"])
def test_a_whole_seal_taken_out_of_the_row_shows(place: int, with_lines: bool) -> None:
    taken = _three_seals()[place]
    if with_lines:
        _as_intruder(
            f"delete from events_event where xact >= '{taken.from_xact}'::xid8 and xact < '{taken.to_xact}'::xid8"
        )
    with factories.as_owner():
        taken.delete()
    with pytest.raises(CommandError, match="the log was changed"):
        verify()


def test_a_tail_taken_off_shows_by_the_digest_kept_outside_and_by_nothing_else() -> None:
    newest = _three_seals()[-1]
    digest = bytes(newest.digest).hex()
    assert "6 lines under 3 seals" in verify(expect=digest)
    _as_intruder(f"delete from events_event where xact >= '{newest.from_xact}'::xid8")
    with factories.as_owner():
        newest.delete()
    assert "4 lines under 2 seals" in verify()
    with pytest.raises(CommandError, match="removed or replaced"):
        verify(expect=digest)


def test_a_line_slipped_in_where_the_edge_of_a_seal_was_moved_shows() -> None:
    second = _three_seals()[1]
    _as_intruder(
        "insert into events_event (verb, outcome, xact) values ('record.opened', 'allowed', "
        f"'{second.from_xact}'::text::xid8)"
    )
    with factories.as_owner():
        Seal.objects.filter(pk=second.pk).update(from_xact=second.from_xact + 1)
    with pytest.raises(CommandError, match="the log was changed: 1 of 3"):
        verify()


def test_seals_set_back_in_time_show() -> None:
    newest = _three_seals()[-1]
    with factories.as_owner():
        Seal.objects.filter(pk=newest.pk).update(at=newest.at - timedelta(days=3000))
    with pytest.raises(CommandError, match="the log was changed"):
        verify()


def test_a_check_since_a_day_leaves_out_what_was_sealed_before() -> None:
    seals = _three_seals()
    today = timezone.localdate()
    with factories.as_owner():
        Seal.objects.filter(pk=seals[0].pk).update(at=seals[0].at - timedelta(days=2))
    assert "4 lines under 2 seals" in verify(since=today)
    assert "6 lines under 3 seals" in verify(since=today - timedelta(days=3))
    _as_intruder("update events_event set user_id = user_id + 1 where id = (select min(id) from events_event)")
    assert "4 lines under 2 seals" in verify(since=today)
    with pytest.raises(CommandError, match="1 of 3"):
        verify()


def test_many_seals_are_checked_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.management.commands.verify_log.AT_ONCE", 2)
    _three_seals()
    assert "6 lines under 3 seals" in verify()
    _as_intruder("update events_event set reason = 'x' where id = (select max(id) from events_event)")
    with pytest.raises(CommandError, match="1 of 3"):
        verify()
