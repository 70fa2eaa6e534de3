"""What is remembered of referring a group: the one request for all of them, and how it went with each."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models

from events.models import Extract
from people.models import Organisation, Patient, Role, User
from referrals.models.referral import Referral
from referrals.moves import Urgency
from square.models import HealthcareService


class Batch(Extract):
    """One question to one service for a group of citizens (FHIR RequestGroup), which a worker sends as the person who asked.

    It goes the way of an extract: it waits, a worker carries it out, and it is gone some time after.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"user": "account"}
    KEPT: ClassVar[timedelta] = timedelta(days=30)

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=30, choices=Role)
    request_id = models.CharField(max_length=64, blank=True)
    service = models.ForeignKey(HealthcareService, on_delete=models.CASCADE, related_name="+")
    question = models.TextField()
    urgency = models.CharField(max_length=10, choices=Urgency, default=Urgency.ROUTINE)

    class Meta(Extract.Meta):
        indexes = [*Extract.Meta.indexes, models.Index(fields=["user", "-made_at"], name="batch_of_user")]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class BatchPatient(models.Model):
    """One citizen of a group: the referral that was made, or why none was."""

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "referral": "health", "refusal": "health"}

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="patients")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    referral = models.ForeignKey(Referral, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "patient"], name="batchpatient_once"),
            models.CheckConstraint(
                condition=models.Q(referral=None) | models.Q(refusal=""), name="batchpatient_sent_or_refused"
            ),
        ]

    def __str__(self) -> str:
        return f"patient {self.patient_id} of batch {self.batch_id}"
