"""What is remembered of a referral that another system announced: where it stands, and how far it is; whom it is about is not known."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.partners.models import FhirConnection
from people.models import Organisation, User
from referrals.models import Referral
from referrals.moves import RejectionReason, Urgency
from square.models import HealthcareService


class Announcement(models.Model):
    """A referral that waits at a participant's own system until somebody here takes it on (FHIR Task, TA Notified Pull).

    ``sender`` waits with it for ``organisation`` and calls it ``name`` (Task.groupIdentifier). ``remote`` is the address of its
    workflow task there; ``sealed`` what to show when fetching (the authorization base), unreadable to the database and gone when it
    is over. ``notice`` is the need in a few words, without a name; it and ``note``, the words of a no, are gone then too. ``referral``
    stands once it was accepted and fetched, and has the notice from then on; ``fault`` says why fetching did not go well.
    """

    class Status(models.TextChoices):
        """How it stands."""

        ANNOUNCED = "announced", _("aangekondigd")
        ACCEPTED = "accepted", _("geaccepteerd, wordt opgehaald")
        TAKEN = "taken", _("opgehaald")
        REJECTED = "rejected", _("afgewezen")
        WITHDRAWN = "withdrawn", _("ingetrokken")
        FAILED = "failed", _("niet op te halen")

    PERSONAL: ClassVar[dict[str, str]] = {
        "service": "health",
        "notice": "health",
        "reason": "health",
        "note": "health",
        "referral": "health",
        "decided_by": "account",
    }

    connection = models.ForeignKey(FhirConnection, on_delete=models.PROTECT, related_name="+")
    sender = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(HealthcareService, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    remote = models.CharField(max_length=80)
    key_id = models.CharField(max_length=40)
    sealed = models.BinaryField()
    until = models.DateTimeField(null=True, blank=True)
    notice = models.CharField(max_length=200, blank=True)
    urgency = models.CharField(max_length=10, choices=Urgency, default=Urgency.ROUTINE)
    status = models.CharField(max_length=10, choices=Status, default=Status.ANNOUNCED)
    reason = models.CharField(max_length=20, choices=RejectionReason, blank=True)
    note = models.CharField(max_length=300, blank=True)
    fault = models.CharField(max_length=60, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    referral = models.ForeignKey(Referral, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "name"], name="announcement_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=["announced", "accepted", "taken", "rejected", "withdrawn", "failed"]),
                name="announcement_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"announcement {self.pk} of connection {self.connection_id}"
