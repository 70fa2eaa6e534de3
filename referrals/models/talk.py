"""Who explores together with the receiver of a request for an exploratory talk."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from people.models import Organisation, Patient, User
from referrals.models.referral import Referral
from referrals.moves.talks import Explorer, ExplorerStatus


class Exploring(models.Model):
    """One organisation that is asked to join an exploratory talk for a domain, and who comes for it (FHIR Appointment.participant).

    Until it says yes the organisation sees of the request what a receiver sees before acceptance; with its yes a care relation
    begins, which ends with the talk. ``left_out`` are the categories of what was sent along that may not go there. Written by
    functions of the database alone, which judge who asks.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "user": "account",
        "invited_by": "account",
        "domain": "health",
        "left_out": "health",
    }

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="explorers")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    domain = models.CharField(max_length=20, choices=Explorer)
    status = models.CharField(max_length=10, choices=ExplorerStatus, default=ExplorerStatus.INVITED)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    left_out = models.BigIntegerField(default=0, db_default=0)
    invited_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["invited_at", "id"]
        indexes = [
            models.Index(
                fields=["organisation", "referral"],
                condition=models.Q(status__in=["invited", "agreed"]),
                name="exploring_of_organisation",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["referral", "organisation"],
                condition=models.Q(status__in=["invited", "agreed"]),
                name="exploring_asked_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=ExplorerStatus.values, domain__in=Explorer.values), name="exploring_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="agreed") | models.Q(user__isnull=False), name="explorer_is_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain} of referral {self.referral_id}"
