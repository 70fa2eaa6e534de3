"""What the clock asks of oversight: look for patterns in the log every hour."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from events.actor import act, system
from oversight.actions.signal import find_signals

DAYS_BACK = 3
"""Days that are looked at again, so that a weekend without a worker hides nothing; what was found is not doubled."""


@shared_task(ignore_result=True)
def look_for_signals() -> int:
    """Every hour: find the patterns of today and the days before that are worth a look."""
    with act(system("oversight", purpose="HOPERAT")) as worker:
        return find_signals(since=timezone.localdate() - timedelta(days=DAYS_BACK), by=worker)
