"""What the clock asks of the record: drop the facts of sources at their end."""

from __future__ import annotations

from celery import shared_task

from dossier import actions
from events.actor import act, system


@shared_task(ignore_result=True)
def drop_expired_facts() -> int:
    """Drop what was kept of source systems and has come to its end."""
    with act(system("keeping", purpose="HOPERAT")) as actor:
        return actions.drop_expired_facts(by=actor)
