"""What is remembered of the chains: messages by number and digest, assignments, and how a municipality numbers a relation."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossier.models import RelatedPerson
from people.models import Membership, Organisation, Patient, User
from referrals.models import Referral
from trust.categories import Category


class ChainConnection(models.Model):
    """That a participant exchanges messages through the hub of the region, and in whose name they take steps here.

    Only while ``active`` are messages taken from the hub in its name, and brought to it. ``acting`` is somebody of the
    organisation who took that on; without one, steps wait on the work list.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"acting": "account"}

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField(default=False)
    acting = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"chain connection of organisation {self.organisation_id}"


class ChainMessage(models.Model):
    """One message of iWmo or iJw that came in or went out: who, when, which number, and how it was judged; never what it says.

    ``sender`` and ``receiver`` are who brought it and whom it is for, also of a return message, which repeats the header of
    what it answers. ``faults`` name rule, place and code. ``sealed`` holds the file as long as somebody still needs it (until
    ``kept_until``), unreadable to the database; ``person`` tells two persons apart without naming either.
    """

    class Direction(models.TextChoices):
        """Seen from the network."""

        IN = "in", _("binnengekomen")
        OUT = "out", _("verstuurd")

    class Status(models.TextChoices):
        """How it stands."""

        WAITING = "waiting", _("wacht op verwerken")
        HANDLED = "handled", _("verwerkt")
        REFUSED = "refused", _("afgekeurd")
        SENT = "sent", _("wacht op retour")
        APPROVED = "approved", _("goedgekeurd door de ontvanger")
        DECLINED = "declined", _("afgekeurd door de ontvanger")

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "person": "identity",
        "referral": "health",
        "kind": "health",
        "handled_by": "account",
        "sealed": "health",
    }

    direction = models.CharField(max_length=3, choices=Direction)
    law = models.CharField(max_length=10, choices=[("wmo", _("Wmo 2015")), ("jeugdwet", _("Jeugdwet"))])
    kind = models.CharField(max_length=3)
    sender = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    identification = models.CharField(max_length=12)
    dated = models.DateField()
    digest = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status)
    faults = models.JSONField(default=list, blank=True)
    answers = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="returns")
    patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    referral = models.ForeignKey(Referral, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    person = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)
    due = models.DateTimeField(null=True, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    sealed = models.BinaryField(null=True, blank=True)
    key_id = models.CharField(max_length=40, blank=True)
    kept_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "law", "kind", "identification", "digest"], name="chain_message_once"
            ),
        ]
        indexes = [
            models.Index(fields=["receiver", "-at"], name="chain_message_in"),
            models.Index(fields=["sender", "-at"], name="chain_message_out"),
            models.Index(fields=["due"], condition=models.Q(status="sent"), name="chain_message_due"),
            models.Index(
                fields=["kept_until"], condition=models.Q(kept_until__isnull=False), name="chain_message_kept"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.law} {self.kind} {self.identification}"


class Assignment(models.Model):
    """Help that a municipality assigns to a provider for a person, from the request to the end (iWmo ToegewezenProduct).

    ``reference`` is the provider's, of its request; ``number`` the municipality's. ``periods`` are the stretches of help that
    the provider told of: first day, and last day with its reason once it ended. What counts is what was assigned last,
    whatever came in last (OP080).
    """

    class Status(models.TextChoices):
        """How it stands."""

        ASKED = "asked", _("aangevraagd")
        STUDIED = "studied", _("in onderzoek")
        REFUSED = "refused", _("afgewezen")
        ASSIGNED = "assigned", _("toegewezen")
        REMOVED = "removed", _("vervallen")

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "person": "identity",
        "referral": "health",
        "product_category": "health",
        "product_code": "health",
        "begins": "health",
        "ends": "health",
        "refusal": "health",
        "volume": "health",
        "periods": "health",
        "budget": "health",
    }

    patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    person = models.CharField(max_length=64)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category, default=Category.SOCIAL)
    law = models.CharField(max_length=10, choices=[("wmo", _("Wmo 2015")), ("jeugdwet", _("Jeugdwet"))])
    reference = models.CharField(max_length=36, blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status)
    refusal = models.CharField(max_length=1, blank=True)
    municipality_code = models.CharField(max_length=4, blank=True)
    referral = models.ForeignKey(Referral, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product_category = models.CharField(max_length=2, blank=True)
    product_code = models.CharField(max_length=5, blank=True)
    assigned_at = models.DateTimeField(null=True, blank=True)
    begins = models.DateField()
    ends = models.DateField(null=True, blank=True)
    volume = models.PositiveIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=2, blank=True)
    frequency = models.CharField(max_length=1, blank=True)
    budget = models.PositiveIntegerField(null=True, blank=True)
    periods = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-begins", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "law", "number"],
                condition=models.Q(number__isnull=False),
                name="assignment_number_once",
            ),
            models.UniqueConstraint(
                fields=["provider", "law", "reference"],
                condition=~models.Q(reference="") & models.Q(number__isnull=True),
                name="assignment_reference_once",
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "law"], name="assignment_provider"),
            models.Index(fields=["referral"], condition=models.Q(referral__isnull=False), name="assignment_referral"),
        ]

    def __str__(self) -> str:
        return f"assignment {self.number or self.reference}"

    @property
    def running(self) -> bool:
        """Whether the provider told that help began and not yet that it ended."""
        return any(not period["ended"] for period in self.periods)


class RelationNumber(models.Model):
    """By which number a municipality knows a contact person of the register (OP071: one per municipality and client, never changed)."""

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "person": "contact"}

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    person = models.ForeignKey(RelatedPerson, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "patient", "number"], name="relation_number_once"),
            models.UniqueConstraint(fields=["organisation", "person"], name="relation_number_of_person"),
        ]

    def __str__(self) -> str:
        return f"relation {self.number} of patient {self.patient_id}"
