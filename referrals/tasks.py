"""What the clock asks of referrals: tell who is late, and who must know of it."""

from __future__ import annotations

from celery import shared_task

from events.actor import act, system
from referrals import actions


@shared_task(ignore_result=True)
def tell_late() -> int:
    """On working days, through the day: tell of each referral whose moment passed; returns how many."""
    with act(system("referrals", purpose="HOPERAT")) as worker:
        return actions.tell_late(by=worker)
