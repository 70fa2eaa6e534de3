"""What the clock and events ask of referrals: tell who is late, follow a merger, drop drafts whose days are over."""

from __future__ import annotations

from celery import shared_task

from events.actor import Actor, act, system
from events.models import Event
from referrals import actions


def follow_merger(event: Event, *, by: Actor) -> None:
    """Listener: what runs of a participant that merged goes over to its successor."""
    actions.follow_merger(organisation_id=event.subject_id or 0, by=by)


def end_parts(event: Event, *, by: Actor) -> None:
    """Listener: who gave parts of a withdrawn request to others is asked to end them."""
    actions.end_parts(referral_id=event.subject_id or 0, by=by)


@shared_task(ignore_result=True)
def tell_late() -> int:
    """On working days, through the day: tell of each referral whose moment passed; returns how many."""
    with act(system("referrals", purpose="HOPERAT")) as worker:
        return actions.tell_late(by=worker)


@shared_task(ignore_result=True)
def drop_drafts() -> int:
    """Each night: remove what was begun and not sent, thirty days after it was last changed; returns how many."""
    with act(system("referrals", purpose="HOPERAT")) as worker:
        return actions.drop_drafts(by=worker)
