"""What the portal remembers of its own: until when somebody has read what changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from people.models import Patient, User


class Seen(models.Model):
    """Until which moment somebody has read the list of what changed in a record; later news is shown as new."""

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "user": "account"}

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "patient"], name="seen_once")]

    def __str__(self) -> str:
        return f"read by account {self.user_id}"
