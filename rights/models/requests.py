"""What is remembered of a request: who asked what of whom and by when (index), and what was said (content)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils import timezone

from people.models import Organisation, Patient, User
from rights.moves import OPEN, Kind, RejectionReason, Status, Verb


class RequestQuerySet(models.QuerySet["Request"]):
    """Shapes in which requests are asked for."""

    def running(self) -> RequestQuerySet:
        """Requests that are not decided yet, the first due on top."""
        return self.filter(status__in=OPEN).order_by("due", "id")

    def closed(self) -> RequestQuerySet:
        """Requests that were decided or withdrawn, the newest on top."""
        return self.exclude(status__in=OPEN).order_by("-closed_at", "-id")


class Request(models.Model):
    """A request of a person about the own data to one organisation (FHIR Task; AVG art. 15-21): the index.

    Whom it is addressed to reads the name and day of birth that the person signed with, and opens no record for it.
    ``categories`` says what kind of data it is about; ``reference`` points at one thing (``entry:5``,
    ``fact:<source>:<type>/<key>``); ``about_day`` and ``about_user`` at a line of the log. ``result`` holds codes and
    counts of what was done; ``carried_out_at`` is the moment at which all of it stood.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "asker": "account",
        "name": "identity",
        "birth_date": "identity",
        "kind": "health",
        "categories": "health",
        "reference": "health",
        "about_day": "health",
        "about_user": "account",
        "handler": "account",
        "result": "health",
    }

    number = models.CharField(max_length=16, unique=True)
    token = models.UUIDField(unique=True, editable=False, db_default=RandomUUID())
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    asker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    birth_date = models.DateField()
    kind = models.CharField(max_length=12, choices=Kind)
    status = models.CharField(max_length=16, choices=Status, default=Status.SENT)
    categories = models.BigIntegerField(default=0)
    reference = models.CharField(max_length=200, blank=True)
    about_day = models.DateField(null=True, blank=True)
    about_user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source_digest = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=20, choices=RejectionReason, blank=True)
    result = models.JSONField(default=dict, blank=True)
    handler = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)
    taken_up_at = models.DateTimeField(null=True, blank=True)
    due = models.DateTimeField()
    extended_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    carried_out_at = models.DateTimeField(null=True, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "status", "due"], name="request_organisation"),
            models.Index(fields=["patient", "-sent_at"], name="request_patient"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="request_status_known"),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="request_kind_known"),
            models.CheckConstraint(
                condition=~models.Q(status__in=["refused", "partly_granted"]) | ~models.Q(reason=""),
                name="request_refusal_has_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=[str(status) for status in OPEN], closed_at=None)
                | ~models.Q(status__in=[str(status) for status in OPEN]) & ~models.Q(closed_at=None),
                name="request_closed_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def late(self) -> bool:
        """Whether the term has passed without a decision."""
        return self.status in OPEN and self.due < timezone.now()


class Message(models.Model):
    """What was said in a request, signed; readable for the person, who acts for them, and whom it is addressed to.

    ``quoted`` is what the person sent along of the own record, as it was then; ``proposed`` how it should read.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "author": "account",
        "author_name": "contact",
        "text": "health",
        "quoted": "health",
        "proposed": "health",
    }

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="messages")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=12, choices=Verb)
    by_person = models.BooleanField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    quoted = models.TextField(blank=True)
    proposed = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.verb} in request {self.request_id}"
