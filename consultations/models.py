"""What is remembered of a consultation: who asked whom (index), and what was said (content)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils import timezone

from consultations.moves import InvitationStatus, Status
from people.models import Organisation, Patient, User
from referrals.models import Referral
from trust.categories import Category


class Consultation(models.Model):
    """A patient-bound question of one organisation to others (meekijkconsult, multidisciplinary question): the index.

    ``token`` comes with the form, so that a question that is sent twice is asked once. ``referral`` is the request that was turned
    into it, where it came from one.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "asker": "account"}

    number = models.CharField(max_length=16, unique=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    asking_organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    asker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    asked_at = models.DateTimeField(default=timezone.now)
    due = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    token = models.UUIDField(unique=True, editable=False, db_default=RandomUUID())
    referral = models.OneToOneField(Referral, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["asking_organisation", "status", "-asked_at"], name="consultation_asked"),
            models.Index(fields=["patient"], name="consultation_patient"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="consultation_status_known")
        ]

    def __str__(self) -> str:
        return self.number


class Invitation(models.Model):
    """One organisation that was asked to think along."""

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "user": "account"}

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="invitations")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    asking_organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=InvitationStatus, default=InvitationStatus.ASKED)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "status"], name="invitation_organisation")]
        constraints = [
            models.UniqueConstraint(fields=["consultation", "organisation"], name="asked_once"),
            models.CheckConstraint(
                condition=~models.Q(organisation=models.F("asking_organisation")), name="asked_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} asked in {self.consultation_id}"


class Contribution(models.Model):
    """What was said: the question, an answer, the conclusion; content that the parties alone may open."""

    class Kind(models.TextChoices):
        """Which part of the conversation it is."""

        QUESTION = "question", "question"
        ANSWER = "answer", "answer"
        CONCLUSION = "conclusion", "conclusion"

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "text": "health",
        "author": "account",
        "author_name": "contact",
        "author_role": "contact",
    }

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="contributions")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(default=Category.CONSULTATION)
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=160)
    author_role = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} in consultation {self.consultation_id}"


class Attachment(models.Model):
    """One fact that the asker attached to the question, as it was when it was asked."""

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "kind": "health",
        "title": "health",
        "detail": "health",
        "on_date": "health",
        "origin": "health",
    }

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="attachments")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(default=Category.CONSULTATION)
    kind = models.SmallIntegerField(choices=Category)
    title = models.CharField(max_length=300)
    detail = models.CharField(max_length=600, blank=True)
    on_date = models.CharField(max_length=25, blank=True)
    origin = models.CharField(max_length=160)

    def __str__(self) -> str:
        return f"attachment of consultation {self.consultation_id}"
