"""What helps to make a referral: the draft that waits, and texts to begin a question with."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models

from people.models import Organisation, Patient, User


class Draft(models.Model):
    """A referral that was begun and not sent: what was typed, kept for who works on it and for nobody else.

    ``typed`` holds the fields of the form, ``token`` is that of the form that kept it last: of one person there may be several
    drafts, and one form never writes over what another kept. ``handed_by`` is the colleague who left it to ``user`` to finish.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "user": "account",
        "handed_by": "account",
        "typed": "health",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    handed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    token = models.UUIDField(db_default=RandomUUID(), editable=False)
    typed = models.JSONField()
    saved_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organisation", "patient", "token"], name="draft_once")]
        indexes = [models.Index(fields=["until"], name="draft_until")]

    def __str__(self) -> str:
        return f"draft {self.pk}"


class Template(models.Model):
    """A text to begin a question with, for one kind of service or for any; of one person, or of the whole organisation."""

    PERSONAL: ClassVar[dict[str, str]] = {"user": "account"}

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=80)
    text = models.TextField()

    class Meta:
        ordering = ["title", "id"]
        indexes = [models.Index(fields=["organisation"], name="template_of_organisation")]

    def __str__(self) -> str:
        return self.title
