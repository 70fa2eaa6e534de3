"""What is remembered of news for people: what each was told, and at which rhythm each wants to hear."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from exchange.moves import Kind, Rhythm
from people.models import User


class NotificationChoice(models.Model):
    """The rhythm a person chose for one kind of news; without a choice it is direct."""

    PERSONAL: ClassVar[dict[str, str]] = {"user": "account", "kind": "account", "rhythm": "account"}

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30, choices=Kind)
    rhythm = models.CharField(max_length=10, choices=Rhythm)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="notification_choice_once"),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="notification_choice_kind_known"),
            models.CheckConstraint(
                condition=models.Q(rhythm__in=Rhythm.values), name="notification_choice_rhythm_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.rhythm} for account {self.user_id}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Shapes in which notifications are asked for."""

    def waiting_for_digest(self) -> NotificationQuerySet:
        """What goes along with the next daily e-mail."""
        return self.filter(rhythm=Rhythm.DIGEST, sent_at=None)


class Notification(models.Model):
    """One person told of one event, once: that there is news about a thread with a number, and nothing about whom or what.

    ``rhythm`` is the choice in force when it was made; ``sent_at`` the moment the mail server took the e-mail, and stays
    empty where no e-mail goes. Events are plain numbers, because the log outlives what it tells about.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"user": "account"}

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30, choices=Kind)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    number = models.CharField(max_length=16)
    event_id = models.BigIntegerField()
    rhythm = models.CharField(max_length=10, choices=Rhythm)
    made_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-made_at"], name="notification_of_user"),
            models.Index(
                fields=["user"], condition=models.Q(rhythm="digest", sent_at=None), name="notification_digest"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "event_id"], name="notification_once_per_event"),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="notification_kind_known"),
            models.CheckConstraint(condition=models.Q(rhythm__in=Rhythm.values), name="notification_rhythm_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} for account {self.user_id}"
