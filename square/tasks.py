"""What the clock asks of the offer: open again what was stopped until today."""

from __future__ import annotations

from celery import shared_task

from events.actor import act, system
from square import actions


@shared_task(ignore_result=True)
def reopen_stopped() -> int:
    """Early each hour: services that were stopped until today take new people again; returns how many."""
    with act(system("offer", purpose="HOPERAT")) as worker:
        return actions.reopen_stopped(by=worker)
