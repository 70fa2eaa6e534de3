"""What events ask of consultations: follow a participant that merged."""

from __future__ import annotations

from consultations import actions
from events.actor import Actor
from events.models import Event


def follow_merger(event: Event, *, by: Actor) -> None:
    """Listener: what a participant that merged had asked goes over to its successor."""
    actions.follow_merger(organisation_id=event.subject_id or 0, by=by)
