"""What is written down of looking at the number of a person."""

from __future__ import annotations

from django.db import transaction

from events.actions import record
from events.actor import Actor
from people.models import Patient


@transaction.atomic
def show_bsn(*, patient: Patient, by: Actor) -> None:
    """Write in the log that the whole BSN was shown; the number itself is in no line."""
    record("bsn.shown", subject=patient, patient_id=patient.pk, by=by)
