"""What deliveries ask of the chains: bring a message to the hub, remove what ended with the rest of a record."""

from __future__ import annotations

from django.db import connection

from events.actions import Errand
from events.actor import Actor
from events.models import Event
from exchange.chain import sending


def send(event: Event, *, by: Actor) -> Errand | None:
    """Listener: bring the message that this event is about to the hub."""
    return sending.send(event=event, by=by)


def erase(event: Event, *, by: Actor) -> None:
    """Listener: an organisation's part of a record was removed, and what ended of the chains goes with it; the database judges."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exchange_chain_erase(%s, %s, %s)",
            [event.patient_id, event.data["organisation"], event.data["categories"]],
        )
