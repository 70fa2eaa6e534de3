"""Telling who is late: who holds a referral, then the team, then the coordinator of the region."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from events.actions import record
from events.actor import Actor
from events.clock import is_working_day
from referrals.models import Referral
from referrals.moves import Level
from referrals.terms import level_of, overdue


def tell_late(*, by: Actor, most: int = 500) -> int:
    """Tell of referrals whose moment passed: who holds it, then the team, then the coordinator (``moves.TOLD_AFTER``).

    On working days, at most so many at a time, what is late longest first. Each is told once, whoever runs this and how
    often: the database keeps the level only where nobody else did and the referral still waits for the same moment.
    """
    now = timezone.now()
    if not is_working_day(timezone.localtime(now).date()):
        return 0
    told = 0
    for referral in Referral.objects.filter(overdue(now)).order_by("due", "id")[:most]:
        if referral.due is None:
            continue
        level = level_of(referral.due, referral.urgency, now)
        with connection.cursor() as cursor:
            cursor.execute("select referrals_told(%s, %s, %s::smallint)", [referral.pk, referral.due, int(level)])
            first: bool = cursor.fetchone()[0]
        if first:
            record(
                LATE[level],
                subject=referral,
                patient_id=referral.patient_id,
                data={"level": int(level), "due": referral.due.isoformat()},
                by=by,
            )
            told += 1
    return told


LATE = {Level.HOLDER: "referral.reminded", Level.TEAM: "referral.overdue", Level.COORDINATOR: "referral.stuck"}
"""The event by which each is told that a referral is late."""
