"""What deliveries and the clock ask: tell people of an event, send what waits, begin the daily e-mail."""

from __future__ import annotations

from celery import shared_task

from events.actor import Actor, act, system
from events.models import Event
from exchange import actions


def notify(event: Event, *, by: Actor) -> None:
    """Listener: tell everybody who must hear of this event."""
    actions.notify(event=event, by=by)


def send(event: Event, *, by: Actor) -> None:
    """Listener: send the e-mail of the notification that this event is about."""
    actions.send(pk=event.subject_id or 0, by=by)


def send_digest(event: Event, *, by: Actor) -> None:
    """Listener: send the daily e-mail of the person whom this event is about."""
    actions.send_digest(user_id=event.subject_id or 0, name=str(event.id), by=by)


def tell_citizen(event: Event, *, by: Actor) -> None:
    """Listener: tell the person whose record it is that something changed there."""
    actions.tell_citizen(event=event, by=by)


def subscribe(event: Event, *, by: Actor) -> None:
    """Listener: ask to be told of the national choices of whom a participant registered."""
    actions.subscribe(event=event, by=by)


def tell_systems(event: Event, *, by: Actor) -> None:
    """Listener: begin to tell each system that subscribed of a change, each with a delivery of its own."""
    actions.tell_systems(event=event, by=by)


def send_cloud_event(event: Event, *, by: Actor) -> None:
    """Listener: tell one system of the change that this event points at."""
    actions.send_cloud_event(event=event, by=by)


@shared_task(ignore_result=True)
def make_digests() -> int:
    """Every morning at half past seven: begin the daily e-mails, and forget what is old."""
    with act(system("notifications", purpose="HOPERAT")) as worker:
        actions.forget_old(by=worker)
        return actions.ask_digests(by=worker)
