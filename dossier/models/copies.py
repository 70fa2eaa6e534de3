"""What goes back to the own source system of who wrote it and of whom it was written for, and which system takes what."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossier.models.entries import Entry
from dossier.models.sources import Source
from dossier.moves import TO_COPY, CopyStatus
from people.models import Organisation, Patient, User
from trust.categories import Category


class CopyKind(models.TextChoices):
    """What is copied: the kinds of entries, and what others answered."""

    MATTERS = "matters", _("wat telt")
    GOAL = "goal", _("doel")
    ACTION = "action", _("actie")
    AGREEMENT = "agreement", _("afspraak")
    WISH = "wish", _("wens of behandelgrens")
    NOTE = "note", _("notitie")
    CONCLUSION = "conclusion", _("conclusie van een consult")
    MEASUREMENT = "measurement", _("meting")
    SOCIAL = "social", _("sociale situatie")
    ANSWER = "answer", _("antwoord op een consult")
    REPLY = "reply", _("bericht over een verwijzing")


class SourceCopying(models.Model):
    """What of the network goes back to one source system: the kinds it is written, and those a person copies.

    ``abilities`` is what the system says of itself (CapabilityStatement), by type of resource: ``create``, ``update``,
    ``conditional``. A kind in neither list is not copied.
    """

    PERSONAL: ClassVar[dict[str, str]] = {}

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True, related_name="copying")
    written = ArrayField(models.CharField(max_length=12, choices=CopyKind), default=list, blank=True)
    by_hand = ArrayField(models.CharField(max_length=12, choices=CopyKind), default=list, blank=True)
    abilities = models.JSONField(default=dict)
    abilities_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(written__overlap=models.F("by_hand")), name="copying_one_way_per_kind"
            )
        ]

    def __str__(self) -> str:
        return f"copying to {self.source_id}"


class CopyQuerySet(models.QuerySet["Copy"]):
    """Shapes in which copies are asked for."""

    def waiting(self) -> CopyQuerySet:
        """Copies that are still on their way."""
        return self.filter(status=CopyStatus.WAITING)

    def to_copy(self) -> CopyQuerySet:
        """Copies that wait for a person."""
        return self.filter(status__in=TO_COPY)


class Copy(models.Model):
    """One thing written in the network, on its way to the system of one organisation that may hold it: the index.

    ``reference`` says what it is a copy of: ``entry:5``, ``consultation:3:answer:8``, ``referral:2:step:9``. ``key`` is the
    identifier under which it goes, so that it is never written twice. ``source_type``, ``source_key`` and ``source_version``
    are what the system gave in return. ``uncertain``: it was sent, and nobody knows whether it arrived. The text stands
    apart, in :class:`CopyText`, until it is no longer needed.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "category": "health",
        "kind": "health",
        "reference": "health",
        "entry": "health",
        "author": "account",
        "author_name": "contact",
        "author_role": "contact",
        "handled_by": "account",
        "handled_name": "contact",
        "source_key": "health",
    }

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    kind = models.CharField(max_length=12, choices=CopyKind)
    reference = models.CharField(max_length=60)
    entry = models.ForeignKey(Entry, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(max_length=10, choices=CopyStatus)
    reason = models.CharField(max_length=60, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    author_organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=160)
    author_role = models.CharField(max_length=60)
    author_role_code = models.CharField(max_length=40)
    made_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    uncertain = models.BooleanField(default=False)
    source_type = models.CharField(max_length=40, blank=True)
    source_key = models.CharField(max_length=120, blank=True)
    source_version = models.CharField(max_length=80, blank=True)
    settled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    handled_name = models.CharField(max_length=160, blank=True)

    objects = CopyQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "status", "-made_at"], name="copy_organisation"),
            models.Index(fields=["entry"], name="copy_entry"),
            models.Index(fields=["patient", "source"], condition=models.Q(status="waiting"), name="copy_in_order"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reference", "organisation"], name="copy_once_per_organisation"),
            models.CheckConstraint(condition=models.Q(status__in=CopyStatus.values), name="copy_status_known"),
            models.CheckConstraint(
                condition=~models.Q(status="arrived") | ~models.Q(source_key=""), name="copy_arrived_has_number"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="copied") | models.Q(handled_by__isnull=False), name="copy_by_hand_by_whom"
            ),
        ]

    def __str__(self) -> str:
        return f"copy of {self.reference} for {self.organisation_id}"

    @property
    def is_to_copy(self) -> bool:
        """Whether a person has to copy it."""
        return self.status in TO_COPY


class CopyText(models.Model):
    """The words of a copy, as they go to the system; dropped as soon as they arrived or a person copied them."""

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "title": "health",
        "text": "health",
        "on_date": "health",
    }

    copy = models.OneToOneField(Copy, on_delete=models.CASCADE, primary_key=True, related_name="words")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    title = models.CharField(max_length=200)
    text = models.TextField()
    on_date = models.DateField()

    def __str__(self) -> str:
        return f"words of copy {self.copy_id}"
