"""What is remembered of how somebody wants the overview to look."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from people.models import Role, User

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
