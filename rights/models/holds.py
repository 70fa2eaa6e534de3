"""What is remembered of legal holds: what may not be removed for now, and why."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models.functions import Now

from people.models import Organisation, Patient, User


class HoldQuerySet(models.QuerySet["Hold"]):
    """Shapes in which holds are asked for."""

    def current(self) -> HoldQuerySet:
        """Holds in force now by the database's clock."""
        return self.filter(period__contains=Now())


class Hold(models.Model):
    """While it lasts nothing is removed of this patient, of this organisation, or of both together; log lines included.

    Empty means all: a hold without patient and organisation stops every removal. For a complaint, a claim or an
    investigation (AVG art. 17(3)(e); Wgbo art. 7:454 lid 3 BW, goed hulpverlenerschap).
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "reason": "health",
        "placed_by": "account",
        "ended_by": "account",
    }

    patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=300)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    period = DateTimeRangeField()

    objects = HoldQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["patient"], name="hold_patient")]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="hold_has_reason")]

    def __str__(self) -> str:
        return f"hold {self.pk}"
