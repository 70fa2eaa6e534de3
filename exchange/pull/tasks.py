"""What deliveries ask for referrals that other systems announce: look at one, fetch it, say no."""

from __future__ import annotations

from events.actions import Errand
from events.actor import Actor
from events.models import Event
from exchange.pull import receiving


def look(event: Event, *, by: Actor) -> Errand | None:
    """Listener: ask how an announced referral stands."""
    return receiving.look(event=event, by=by)


def fetch(event: Event, *, by: Actor) -> Errand | None:
    """Listener: fetch one that was taken on."""
    return receiving.fetch(event=event, by=by)


def refuse(event: Event, *, by: Actor) -> Errand | None:
    """Listener: tell the other system of a no."""
    return receiving.refuse(event=event, by=by)
