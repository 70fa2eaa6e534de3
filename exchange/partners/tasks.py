"""What deliveries ask for participants' own software: begin to tell of a step, bring one system up to date."""

from __future__ import annotations

from events.actions import Errand
from events.actor import Actor
from events.models import Event
from exchange.partners import sending


def tell(event: Event, *, by: Actor) -> None:
    """Listener: begin to tell the systems of a step."""
    sending.tell(event=event, by=by)


def send(event: Event, *, by: Actor) -> Errand | None:
    """Listener: bring one system up to date about a referral."""
    return sending.send(event=event, by=by)
