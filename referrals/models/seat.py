"""Who has a place on a meeting of a training, or waits for one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from people.models import Patient
from referrals.models.referral import Referral
from referrals.moves.training import Comes, Place
from square.models import Session


class Seat(models.Model):
    """The place of a referral on a meeting of a training (FHIR Appointment.participant), or its turn on the waiting list by ``at``.

    A place is taken on asking; who it is for the provider knows from acceptance on. ``told_at`` is when the person was told last of
    how the meeting is. Written by functions of the database alone, which judge who asks and count the places.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "session": "health",
        "who": "health",
        "status": "health",
    }

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="seats")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="seats")
    who = models.CharField(max_length=10, choices=Comes, default=Comes.PERSON)
    seats = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Place)
    at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["session", "status", "at"], name="seat_of_session")]
        constraints = [
            models.UniqueConstraint(
                fields=["referral"], condition=models.Q(status__in=["placed", "waiting"]), name="seat_one_runs"
            ),
            models.UniqueConstraint(
                fields=["patient", "session"],
                condition=models.Q(status__in=["placed", "waiting"]),
                name="seat_once_a_session",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=Place.values, who__in=Comes.values), name="seat_known"
            ),
            models.CheckConstraint(
                condition=models.Q(who="both", seats=2) | models.Q(who__in=["person", "carer"], seats=1),
                name="seat_seats_as_who_comes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} of referral {self.referral_id}"
