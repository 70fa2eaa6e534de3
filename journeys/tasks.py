"""What deliveries ask of journeys: include the citizen of an accepted referral, remove an enrolment with the rest of a record."""

from __future__ import annotations

from events.actor import Actor
from events.models import Event
from journeys import actions
from trust.categories import from_mask


def enrol(event: Event, *, by: Actor) -> None:
    """Listener: include the citizen of this referral where its kind of service leads to a live journey."""
    actions.enrol(referral_id=event.subject_id or 0, by=by)


def erase(event: Event, *, by: Actor) -> None:
    """Listener: an organisation's part of a record was removed, and the enrolments there that have ended go with it."""
    actions.erase(
        patient_id=event.patient_id or 0,
        organisation_id=event.data["organisation"],
        categories=from_mask(event.data["categories"]),
        by=by,
    )
