"""What is remembered of news: what people were told and at which rhythm they want to hear, and which systems want to hear."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from exchange.chain.models import Assignment, ChainConnection, ChainMessage, RelationNumber
from exchange.moves import Kind, Rhythm, Topic
from exchange.partners.models import AnswerLink, ClientKey, FhirConnection, PartnerTask, SecureMailbox, UsedProof
from exchange.pull.models import Announcement
from people.models import Organisation, User

__all__ = [
    "Announcement",
    "AnswerLink",
    "Assignment",
    "ChainConnection",
    "ChainMessage",
    "ClientKey",
    "FhirConnection",
    "Notification",
    "NotificationChoice",
    "NotificationQuerySet",
    "PartnerTask",
    "RelationNumber",
    "SecureMailbox",
    "Subscription",
    "UsedProof",
]


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


class Subscription(models.Model):
    """A system of a participant that wants to hear of changes in the care network of persons whom its organisation helps.

    It is told that something changed and where to ask, never what. ``secret`` names a file of the organisation with which
    the network proves itself (:mod:`dossier.sources.secret_files`). What it answered last stands here for who manages it.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"made_by": "account"}

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    endpoint = models.URLField()
    secret = models.CharField(max_length=80, blank=True)
    topics = ArrayField(models.CharField(max_length=20, choices=Topic), default=list)
    active = models.BooleanField(default=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-active", "made_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "endpoint"], condition=models.Q(active=True), name="subscription_once"
            ),
            models.CheckConstraint(
                condition=models.Q(topics__len__gt=0, topics__contained_by=Topic.values),
                name="subscription_topics_known",
            ),
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"

    @property
    def topic_words(self) -> list[str]:
        """What it hears of, in words."""
        return [str(Topic(one).label) for one in self.topics]
