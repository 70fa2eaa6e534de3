"""What is remembered of how somebody wants the overview to look, and of what somebody has printed of a record."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Extract
from people.models import Organisation, Patient, Role, User

OUT_OF_HOURS = "out_of_hours"
"""The situation of who must act now for somebody they do not know: the duty doctor, or anybody with emergency access."""


class Layout(models.Model):
    """How one person wants the overview to look in one role, or out of hours; nothing about patients.

    A part that is not named in ``order``, because it came later, stands where the role has it. ``hidden`` parts are named
    at the end of the page, so that nobody takes what is hidden for what is not there.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"user": "account"}

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    situation = models.CharField(max_length=20)
    order = ArrayField(models.CharField(max_length=20), default=list)
    hidden = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    folded = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    kept_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "situation"], name="layout_once_per_situation"),
            models.CheckConstraint(
                condition=models.Q(situation__in=[*Role.values, OUT_OF_HOURS]), name="layout_situation_known"
            ),
        ]

    def __str__(self) -> str:
        return f"layout of user {self.user_id} as {self.situation}"


class Aim(models.TextChoices):
    """For what a part of a record is put on paper; it stands on every page of it."""

    CARE = "care", _("zorg of ondersteuning aan deze inwoner")
    HANDOVER = "handover", _("overdracht aan wie de zorg overneemt")
    MEETING = "meeting", _("overleg over deze inwoner")
    PERSON = "person", _("om mee te geven aan de inwoner")


class Print(Extract):
    """A chosen part of an overview as a document, for who asked for it: which parts, for what; its file apart.

    ``sift`` is what of the time line was chosen, as it stands in an address; empty for all of it, or where it is not in it.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "user": "account", "parts": "health", "sift": "health"}
    KEPT: ClassVar[timedelta] = timedelta(days=1)
    """It is a copy for now, and stale tomorrow."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=Role)
    parts = ArrayField(models.CharField(max_length=20))
    sift = models.CharField(max_length=80, blank=True, default="", db_default="")
    aim = models.CharField(max_length=10, choices=Aim)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta(Extract.Meta):
        indexes = [
            *Extract.Meta.indexes,
            models.Index(fields=["patient", "user", "-made_at"], name="print_patient_user"),
        ]
        constraints = [
            *Extract.Meta.constraints,
            models.CheckConstraint(condition=models.Q(aim__in=Aim.values), name="print_aim_known"),
            models.CheckConstraint(condition=models.Q(parts__len__gt=0), name="print_has_parts"),
        ]

    def __str__(self) -> str:
        return f"print {self.pk}"


class PrintFile(models.Model):
    """The document itself; readable for who asked for it alone, once all that was open when it was made is opened anew.

    ``opened`` has a key for each holder and category that was open then, made by the database (``workplace_keys``).
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "user": "account",
        "categories": "health",
        "opened": "health",
        "content": "health",
    }

    print = models.OneToOneField(Print, on_delete=models.CASCADE, primary_key=True, related_name="file")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    categories = models.BigIntegerField()
    opened = ArrayField(models.BigIntegerField())
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"file of print {self.print_id}"
