"""What is stuck in the whole region, for its coordinator: service, organisations, state and moment; nothing about whom."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from referrals.moves import Level, Urgency
from referrals.terms import latest_late


class StuckReferral(NamedTuple):
    """A referral of which its team was told before and that still waits; numbers of service and organisations, of which there is
    no sending one where nobody referred."""

    number: str
    service: int
    sending: int | None
    receiving: int
    status: str
    urgency: str
    due: datetime


def stuck_referrals() -> list[StuckReferral]:
    """What is stuck now, the longest first, as far as the database tells it to who acts: nothing but to a coordinator of the region."""
    limits = [latest_late(timezone.now(), urgency, Level.COORDINATOR) for urgency in (Urgency.ROUTINE, Urgency.SOON)]
    with connection.cursor() as cursor:
        cursor.execute("select * from referrals_stuck(%s, %s)", limits)
        return [StuckReferral(*row) for row in cursor.fetchall()]
