"""What deliveries and the clock ask: tell people of an event, send what waits, begin the daily e-mail."""

from __future__ import annotations

from functools import partial

from celery import shared_task

from events.actions import Errand, Later
from events.actor import Actor, act, system
from events.models import Event
from exchange import actions
from exchange.chain import sending
from exchange.chain.making import MACHINERY
from exchange.partners import tasks as partners
from exchange.partners.identity import forget_proofs
from exchange.posting import posted


def notify(event: Event, *, by: Actor) -> None:
    """Listener: tell everybody who must hear of this event."""
    actions.notify(event=event, by=by)


def send(event: Event, *, by: Actor) -> Later | None:
    """Listener: send the e-mail of the notification that this event is about."""
    return posted(partial(actions.send, pk=event.subject_id or 0, by=by))


def send_digest(event: Event, *, by: Actor) -> Later | None:
    """Listener: send the daily e-mail of the person whom this event is about."""
    return posted(partial(actions.send_digest, user_id=event.subject_id or 0, name=str(event.id), by=by))


def tell_citizen(event: Event, *, by: Actor) -> Later | None:
    """Listener: tell the person whose record it is that something changed there."""
    return posted(partial(actions.tell_citizen, event=event, by=by))


def subscribe(event: Event, *, by: Actor) -> Later | None:
    """Listener: ask to be told of the national choices of whom a participant registered."""
    return actions.subscribe(event=event, by=by)


def tell_systems(event: Event, *, by: Actor) -> None:
    """Listener: begin to tell each system that subscribed of a change, each with a delivery of its own; of a referral also the
    own software of its parties, and who answers by a link."""
    actions.tell_systems(event=event, by=by)
    if event.subject_type == "referral":
        partners.tell(event, by=by)


def send_cloud_event(event: Event, *, by: Actor) -> Errand | None:
    """Listener: tell one system of the change that this event points at."""
    return actions.send_cloud_event(event=event, by=by)


def ask_to_look(event: Event, *, by: Actor) -> None:
    """Listener: ask who a destination belongs to why messages do not arrive there."""
    actions.ask_to_look(event=event, by=by)


def no_more_to_look(event: Event, *, by: Actor) -> None:
    """Listener: they arrive again."""
    actions.no_more_to_look(event=event, by=by)


@shared_task(ignore_result=True)
def make_digests() -> int:
    """Every morning at half past seven: begin the daily e-mails, and forget what is old."""
    with act(system("notifications", purpose="HOPERAT")) as worker:
        actions.forget_old(by=worker)
        return actions.ask_digests(by=worker)


@shared_task(ignore_result=True)
def look_after_chains() -> int:
    """Every quarter of an hour: ask about return messages that stay away, and forget files and proofs whose time is over."""
    with act(MACHINERY) as worker:
        forget_proofs(by=worker)
        sending.forget_files(by=worker)
        return sending.tell_missing(by=worker)
