"""What the clock asks of the portal: to remind people of what ends soon."""

from __future__ import annotations

from celery import shared_task

from events.actor import act, system
from portal import actions


@shared_task(ignore_result=True)
def remind() -> int:
    """Every morning: tell whose choice or mandate ends within thirty days."""
    with act(system("reminders", purpose="PATRQT")) as worker:
        return actions.remind(by=worker)
