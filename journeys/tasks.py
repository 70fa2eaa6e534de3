"""What deliveries ask of journeys: include the citizen of an accepted referral."""

from __future__ import annotations

from events.actor import Actor
from events.models import Event
from journeys import actions


def enrol(event: Event, *, by: Actor) -> None:
    """Listener: include the citizen of this referral where its kind of service leads to a live journey."""
    actions.enrol(referral_id=event.subject_id or 0, by=by)
