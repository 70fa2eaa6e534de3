"""The log and its seals: what was sealed cannot be changed, removed, added or reordered unnoticed."""

from __future__ import annotations

import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

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
    """Seal as often as it takes: a transaction anywhere in the cluster that is still running holds the end back."""
    sealed = 0
    for _ in range(100):
        with act(system("sealing", purpose="HOPERAT")):
            sealed += actions.seal()
        if sealed >= expected:
            break
        time.sleep(0.1)
    assert sealed == expected


def _as_intruder(statement: str) -> None:
    """Change the log as only the owner of the tables can, with the trigger switched off."""
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute("alter table events_event disable trigger events_event_unchanging")
        cursor.execute(statement)
        cursor.execute("alter table events_event enable trigger events_event_unchanging")


def verify(**options: str) -> str:
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
        " reason, request_id, place, data, xact from events_event limit 1",
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
