"""What the clock and events ask of referrals: tell who is late, follow a merger, send groups, drop what was kept long enough."""

from __future__ import annotations

from celery import shared_task

from events.actor import Actor, act, system
from events.models import Event
from referrals import access, actions

AT_ONCE = 20


def follow_merger(event: Event, *, by: Actor) -> None:
    """Listener: what runs of a participant that merged goes over to its successor."""
    actions.follow_merger(organisation_id=event.subject_id or 0, by=by)


def end_parts(event: Event, *, by: Actor) -> None:
    """Listener: who gave parts of a withdrawn request to others is asked to end them."""
    actions.end_parts(referral_id=event.subject_id or 0, by=by)


def move_up(event: Event, *, by: Actor) -> None:
    """Listener: where a referral gave up a place on a meeting, or a meeting has more places, who waits longest moves up."""
    if event.subject_type == "session":
        actions.move_up(session_id=event.subject_id or 0, by=by)
        return
    for session in access.sessions_to_fill(event.subject_id or 0):
        actions.move_up(session_id=session, by=by)


def follow_session(event: Event, *, by: Actor) -> None:
    """Listener: who is enrolled for a meeting that was changed or called off is told, and the appointment goes along."""
    actions.follow_session(session_id=event.subject_id or 0, by=by)


@shared_task(ignore_result=True)
def tell_late() -> int:
    """On working days, through the day: tell of each referral whose moment passed; returns how many."""
    with act(system("referrals", purpose="HOPERAT")) as worker:
        return actions.tell_late(by=worker)


@shared_task(ignore_result=True)
def send_batches() -> int:
    """Send the groups that wait, one after another; the calendar asks again. Returns how many."""
    sent = 0
    while sent < AT_ONCE and actions.send_next(by=system("referrals", purpose="TREAT")):
        sent += 1
    return sent


@shared_task(ignore_result=True)
def drop_old() -> int:
    """Each night: remove drafts thirty days after they were last changed, and groups thirty days after they were sent, of which the
    referrals stay; returns how many."""
    with act(system("referrals", purpose="HOPERAT")) as worker:
        return actions.drop_drafts(by=worker) + actions.drop_batches(by=worker)
