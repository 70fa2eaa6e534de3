"""What the clock and the waker ask of the log: deliver, seal, keep partitions ready."""

from __future__ import annotations

from celery import shared_task

from events import actions
from events.actor import act, system

AT_ONCE = 200


@shared_task(ignore_result=True)
def deliver_due() -> int:
    """Deliver what is due, at most 200 in one go; the calendar asks again."""
    delivered = 0
    while delivered < AT_ONCE and actions.deliver_one():
        delivered += 1
    if delivered == AT_ONCE:
        actions.wake()
    return delivered


@shared_task(ignore_result=True)
def seal_log() -> int:
    """Seal the log up to the oldest transaction still running."""
    with act(system("sealing", purpose="HOPERAT")):
        return actions.seal()


@shared_task(ignore_result=True)
def keep_partitions() -> None:
    """Have next month's partition ready before it begins."""
    with act(system("sealing", purpose="HOPERAT")):
        actions.keep_partitions()
