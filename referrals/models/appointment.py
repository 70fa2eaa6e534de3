"""When and where the receiver and the patient meet."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils import timezone

from people.models import Organisation, Patient, User
from referrals.models.referral import Referral
from referrals.moves import (
    AppointmentStatus,
    Way,
)


class Appointment(models.Model):
    """A moment at which the receiver and the patient meet (FHIR Appointment); the parties and the citizen know of it.

    Moments are in UTC. ``uid`` and ``sequence`` are those of the calendar entry (RFC 5545, 3.8.4.7 and 3.8.7.4): a change
    raises the sequence, so that a calendar moves or removes what it took over. ``place`` and ``note`` name nobody.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "starts": "health",
        "ends": "health",
        "way": "health",
        "place": "contact",
        "note": "health",
        "status": "health",
        "made_by": "account",
    }

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="appointments")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    way = models.CharField(max_length=5, choices=Way, default=Way.VISIT)
    place = models.CharField(max_length=160, blank=True)
    note = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=AppointmentStatus, default=AppointmentStatus.BOOKED)
    uid = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    sequence = models.PositiveSmallIntegerField(default=0)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["starts", "id"]
        indexes = [models.Index(fields=["patient", "starts"], name="appointment_of_patient")]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("starts")), name="appointment_ends_later"),
            models.CheckConstraint(
                condition=models.Q(status__in=AppointmentStatus.values), name="appointment_status_known"
            ),
            models.UniqueConstraint(
                fields=["referral"], condition=models.Q(status="booked"), name="appointment_booked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"appointment {self.pk} of referral {self.referral_id}"
