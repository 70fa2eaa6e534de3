"""What is remembered of what happened: events, the duties they bring, seals over the log, work that waits, extracts to make."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.utils import timezone

Made = TypeVar("Made", bound="Extract")


class Event(models.Model):
    """One line of the log (NEN 7513:2018, chapter 7): who did what, for whom, about whom, when, why and with what outcome.

    Lines are written by database functions alone and never changed or removed. The table is kept per month in
    partitions; keys of other apps are plain numbers, because the log outlives what it tells about.
    """

    PERSONAL = {
        "patient_id": "identity",
        "user_id": "account",
        "place": "account",
        "data": "contact",
        "grounds": "health",
    }

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    patient_id = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=20)
    actor_name = models.CharField(max_length=60, blank=True)
    user_id = models.BigIntegerField(null=True)
    organisation_id = models.BigIntegerField(null=True)
    role = models.CharField(max_length=40, blank=True)
    purpose = models.CharField(max_length=20, blank=True)
    categories = models.BigIntegerField(default=0)
    own_categories = models.BigIntegerField(default=0)
    consented = models.BigIntegerField(default=0)
    withheld = models.BigIntegerField(default=0)
    basis = models.CharField(max_length=80, blank=True)
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=80, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    place = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict)
    grounds = models.JSONField(default=dict)

    class Meta:
        managed = False
        db_table = "events_event"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_type}:{self.subject_id}"


class Seal(models.Model):
    """A chained hash over all lines of the transactions in ``[from_xact, to_xact)``; made once a minute.

    ``form`` tells which columns of a line it covers: the second covers ``grounds`` too.
    """

    PERSONAL: dict[str, str] = {}

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    from_xact = models.BigIntegerField()
    to_xact = models.BigIntegerField()
    lines = models.BigIntegerField()
    digest = models.BinaryField()
    form = models.SmallIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["to_xact"], name="seal_once_per_end")]

    def __str__(self) -> str:
        return f"seal {self.id}"


class Dropped(models.Model):
    """A month of the log that was kept long enough and dropped; its digest proves a copy of it, its end explains its seals.

    Each has a line ``log.dropped`` in the log with the same figures, under the seals of that day.
    """

    PERSONAL: dict[str, str] = {}

    id = models.BigAutoField(primary_key=True)
    partition = models.CharField(max_length=40)
    until = models.DateTimeField()
    lines = models.BigIntegerField()
    max_xact = models.BigIntegerField()
    digest = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partition"], name="dropped_once"),
            models.CheckConstraint(condition=models.Q(at__gte=models.F("until")), name="dropped_after_its_end"),
        ]

    def __str__(self) -> str:
        return self.partition


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Shapes in which deliveries are asked for."""

    def waiting(self) -> DeliveryQuerySet:
        """Duties that are neither done nor parked."""
        return self.filter(status=Delivery.WAITING)

    def parked(self) -> DeliveryQuerySet:
        """Duties given up after 24 hours, for a person to look at."""
        return self.filter(status=Delivery.PARKED)


class Delivery(models.Model):
    """A duty that an event brought: one listener that must hear of it, retried until it did.

    Of one ``subject`` a listener hears in order, for each ``destination`` apart: what comes after a duty that waits or is
    parked waits too. ``destination`` is where the duty leads out of the product (``subscription:12``, ``mail``), empty where
    it stays within. ``taken_until`` is the lease of the worker that is out with it; ``skipped`` why somebody gave it up.
    """

    WAITING, DONE, PARKED, SKIPPED = "waiting", "done", "parked", "skipped"
    PERSONAL: dict[str, str] = {}

    id = models.BigAutoField(primary_key=True)
    event_id = models.BigIntegerField()
    event_at = models.DateTimeField()
    listener = models.CharField(max_length=120)
    subject = models.CharField(max_length=80)
    destination = models.CharField(max_length=80, blank=True, default="")
    status = models.CharField(max_length=10, default=WAITING)
    made_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    taken_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    skipped = models.CharField(max_length=20, blank=True, default="")
    done_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_id", "listener"], name="delivery_once_per_listener"),
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "done", "parked", "skipped"]), name="delivery_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status="skipped") ^ models.Q(skipped=""), name="delivery_skipped_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["destination", "due_at", "id"], condition=models.Q(status="waiting"), name="delivery_due"
            ),
            models.Index(
                fields=["subject", "listener", "destination", "id"],
                condition=models.Q(status__in=["waiting", "parked"]),
                name="delivery_order",
            ),
            models.Index(fields=["destination"], condition=models.Q(status="parked"), name="delivery_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.listener} of {self.subject}"


class Destination(models.Model):
    """A place outside the product that did not answer: since when, how often in a row, and until when it is left alone.

    One that never failed has no row. ``told`` says that who it belongs to was asked to look at it.
    """

    PERSONAL: dict[str, str] = {}

    name = models.CharField(max_length=80, unique=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    told = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class WorkItemQuerySet(models.QuerySet["WorkItem"]):
    """Shapes in which work is asked for."""

    def open(self) -> WorkItemQuerySet:
        """Work that still waits for somebody."""
        return self.filter(done_at=None)

    def of_care(self, organisation_id: int) -> WorkItemQuerySet:
        """What waits for who gives care or support there; messages that do not arrive are for who manages the connections."""
        return self.open().filter(organisation_id=organisation_id).exclude(kind="delivery")

    def of_team(self, organisation_id: int) -> WorkItemQuerySet:
        """The team's list: what is late or due first on top, then the oldest."""
        return self.of_care(organisation_id).order_by("due", "since", "id")


class WorkItem(models.Model):
    """One thing that waits for an organisation or for one person in it; the row of the work list (C6).

    ``title`` says what is asked and never who it is about: the name is shown from the patient table to whom it may show.
    """

    PERSONAL = {"patient_id": "identity", "user_id": "account"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    patient_id = models.BigIntegerField(null=True)
    organisation_id = models.BigIntegerField()
    user_id = models.BigIntegerField(null=True)
    title = models.CharField(max_length=160)
    sender = models.CharField(max_length=160, blank=True)
    since = models.DateTimeField(default=timezone.now)
    due = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id", "organisation_id"],
                condition=models.Q(done_at=None),
                name="work_item_asked_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation_id", "due", "since"], condition=models.Q(done_at=None), name="work_item_team"
            ),
            models.Index(fields=["subject_type", "subject_id"], name="work_item_subject"),
            models.Index(fields=["organisation_id", "kind"], condition=models.Q(done_at=None), name="work_item_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"

    @property
    def late(self) -> bool:
        """Whether the moment by which it should be done has passed."""
        return self.due is not None and self.due < timezone.now()


class ExtractQuerySet(models.QuerySet[Made]):
    """Shapes in which extracts are asked for."""

    def unfinished(self) -> ExtractQuerySet[Made]:
        """Extracts that wait for a worker or are being made."""
        return self.filter(status__in=[Extract.Status.WAITING, Extract.Status.WORKING])

    def to_make(self) -> ExtractQuerySet[Made]:
        """Extracts that no worker makes, the oldest first: those that wait, and those whose worker stopped halfway."""
        stopped = models.Q(status=Extract.Status.WORKING, begun_at__lt=timezone.now() - Extract.BROKEN_OFF)
        return self.filter(models.Q(status=Extract.Status.WAITING) | stopped).order_by("made_at", "pk")

    def expired(self) -> ExtractQuerySet[Made]:
        """Extracts whose file was kept long enough and still stands."""
        return self.filter(status=Extract.Status.READY, until__lte=timezone.now())


class Extract(models.Model):
    """A file of what is remembered, made by a worker for who asked (ISO/TS 21089, extract): how far it is, and until when it is kept.

    What is in it, who asked and where the file stands is of each kind of extract. It stands in the database: there the same
    row-level policy, backup and encryption hold for it as for what it was made of, and whichever machine made it, each can
    hand it out.
    """

    class Status(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "waiting"
        WORKING = "working", "working"
        READY = "ready", "ready"
        FAILED = "failed", "failed"
        EXPIRED = "expired", "expired"

    KEPT: ClassVar[timedelta] = timedelta(days=7)
    BROKEN_OFF: ClassVar[timedelta] = timedelta(minutes=15)
    """A worker that began so long ago and did not finish has died; another one begins anew."""

    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    reason = models.CharField(max_length=20, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    begun_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    size = models.PositiveIntegerField(default=0)

    objects = ExtractQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["made_at"], condition=models.Q(status="waiting"), name="%(class)s_waiting"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "working", "ready", "failed", "expired"]),
                name="%(class)s_status_known",
            ),
            models.CheckConstraint(condition=models.Q(progress__lte=100), name="%(class)s_progress_in_hundreds"),
        ]

    @property
    def unfinished(self) -> bool:
        """Whether it still waits for a worker or is being made."""
        return self.status in {self.Status.WAITING, self.Status.WORKING}


Data = dict[str, Any]
