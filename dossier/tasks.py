"""What the clock and deliveries ask of the record: drop facts and counts of sources at their end, follow a merger, bring copies."""

from __future__ import annotations

from celery import shared_task

from dossier import actions
from events.actions import Later
from events.actor import Actor, act, system
from events.models import Event


def follow_merger(event: Event, *, by: Actor) -> None:
    """Listener: the source systems of a participant that merged are asked as its successor's."""
    actions.follow_merger(organisation_id=event.subject_id or 0, by=by)


def send_copy(event: Event, *, by: Actor) -> Later | None:
    """Listener: bring what was written to the own system."""
    return actions.send_copy(pk=event.subject_id or 0, by=by)


@shared_task(ignore_result=True)
def drop_copied_texts() -> int:
    """Every night: drop the words of what was copied by hand a week ago."""
    with act(system("keeping", purpose="HOPERAT")) as actor:
        return actions.drop_copied_texts(by=actor)


@shared_task(ignore_result=True)
def drop_expired_facts() -> int:
    """Drop what was kept of source systems and has come to its end."""
    with act(system("keeping", purpose="HOPERAT")) as actor:
        return actions.drop_expired_facts(by=actor)


@shared_task(ignore_result=True)
def drop_old_counts() -> int:
    """Every night: drop the counts of how sources did that are past their term."""
    with act(system("keeping", purpose="HOPERAT")) as actor:
        return actions.drop_old_counts(by=actor)
