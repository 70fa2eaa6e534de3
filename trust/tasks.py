"""What the clock asks of trust: forget what ended transactions had opened."""

from __future__ import annotations

from celery import shared_task

from events.actor import act, system
from trust.actions import forget_openings


@shared_task(ignore_result=True)
def forget() -> int:
    """Each minute: empty what held the openings of transactions that have ended; the lines in the log stay."""
    with act(system("keeping", purpose="HOPERAT")) as actor:
        return forget_openings(by=actor)
