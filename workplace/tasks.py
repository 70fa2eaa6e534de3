"""What a worker does for the professional's own pages: make the documents that were asked for, and drop what was kept long enough."""

from __future__ import annotations

from celery import shared_task

from events.actor import act, system
from workplace import actions

AT_ONCE = 20


@shared_task(ignore_result=True)
def make_prints() -> int:
    """Make the documents that wait, one after another; the calendar asks again."""
    made = 0
    while made < AT_ONCE and actions.make_next(by=system("print", purpose="TREAT")):
        made += 1
    return made


@shared_task(ignore_result=True)
def drop_prints() -> int:
    """Every hour: drop the documents of yesterday."""
    with act(system("print", purpose="HOPERAT")) as worker:
        return actions.drop_prints(by=worker)
