"""What the clock asks of oversight: look for patterns in the log, make and expire its exports, drop what is past its term."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from events.actor import act, system
from oversight.actions import exports, retention
from oversight.actions.signal import find_signals, forget_signals

DAYS_BACK = 3
"""Days that are looked at again, so that a weekend without a worker hides nothing; what was found is not doubled."""


@shared_task(ignore_result=True)
def look_for_signals() -> int:
    """Every hour: find the patterns of today and the days before that are worth a look; forget those past their term."""
    with act(system("oversight", purpose="HOPERAT")) as worker:
        forget_signals(by=worker)
        return find_signals(since=timezone.localdate() - timedelta(days=DAYS_BACK), by=worker)


@shared_task(ignore_result=True)
def make_exports() -> int:
    """Make every export of the log that waits; the calendar asks again, so that none is forgotten."""
    made = 0
    while exports.make_next():
        made += 1
    return made


@shared_task(ignore_result=True)
def expire_exports() -> int:
    """Every night: drop the files that were kept for seven days."""
    with act(system("exports", purpose="HOPERAT")):
        return exports.expire()


@shared_task(ignore_result=True)
def drop_log() -> list[str]:
    """Every month: drop the months of the log past their term."""
    return retention.drop_log()
