"""What is remembered of keeping to the agreements: exports of the log, signals in it, and watches."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from oversight.moves import Pattern, Status
from people.models import Organisation, Patient, User


class LogExportQuerySet(models.QuerySet["LogExport"]):
    """Shapes in which exports of the log are asked for."""

    def expired(self) -> LogExportQuerySet:
        """Exports whose file was kept long enough."""
        return self.filter(until__lte=timezone.now()).exclude(status=LogExport.Status.EXPIRED)


class LogExport(models.Model):
    """Lines of the log that a privacy officer asked for as a sealed file; kept for seven days.

    The file stands in the database: there the same row-level policy, backup and encryption hold for it as for the log
    itself, and whichever machine made it, each can hand it out. ``query`` says what was searched for, by numbers and codes.
    """

    class Status(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "waiting"
        WORKING = "working", "working"
        READY = "ready", "ready"
        FAILED = "failed", "failed"
        EXPIRED = "expired", "expired"

    PERSONAL: ClassVar[dict[str, str]] = {"user": "account", "query": "identity", "content": "health"}

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    query = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    reason = models.CharField(max_length=20, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    lines = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    begun_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    content = models.BinaryField(null=True)

    objects = LogExportQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-made_at"], name="log_export_organisation"),
            models.Index(fields=["made_at"], condition=models.Q(status="waiting"), name="log_export_waiting"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "working", "ready", "failed", "expired"]),
                name="log_export_status_known",
            ),
            models.CheckConstraint(condition=models.Q(progress__lte=100), name="log_export_progress_in_hundreds"),
            models.CheckConstraint(
                condition=models.Q(status="ready", content__isnull=False) | ~models.Q(status="ready"),
                name="log_export_ready_has_file",
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk} of the log"


class SignalQuerySet(models.QuerySet["Signal"]):
    """Shapes in which signals are asked for."""

    def new(self) -> SignalQuerySet:
        """Signals that nobody settled yet."""
        return self.filter(status=Status.NEW)


class Signal(models.Model):
    """A pattern in the log that is worth a look: who, on which day, about which record, and which lines it rests on.

    The clock finds them (``oversight_find_signals``); each pattern of one person, record and day is there once. It holds no
    name of a citizen: the privacy officer sees a number.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "user": "account",
        "patient": "identity",
        "note": "account",
        "decided_by": "account",
    }

    kind = models.CharField(max_length=20, choices=Pattern)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    lines = models.PositiveIntegerField()
    first_event = models.BigIntegerField()
    last_event = models.BigIntegerField()
    found_at = models.DateTimeField(db_default=Now())
    status = models.CharField(max_length=12, choices=Status, default=Status.NEW, db_default="new")
    note = models.CharField(max_length=500, blank=True, db_default="")
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = SignalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "user", "organisation", "patient", "day"], nulls_distinct=False, name="signal_once"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=Pattern.values), name="signal_kind_known"),
            models.CheckConstraint(
                condition=models.Q(status="new", decided_at=None)
                | ~models.Q(status="new") & ~models.Q(decided_at=None) & ~models.Q(note=""),
                name="signal_settled_with_a_note",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-day"], name="signal_of_organisation"),
            models.Index(fields=["organisation"], condition=models.Q(status="new"), name="signal_new"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by account {self.user_id} on {self.day}"


class WatchQuerySet(models.QuerySet["Watch"]):
    """Shapes in which watches are asked for."""

    def current(self) -> WatchQuerySet:
        """Watches in force now by the database's clock."""
        return self.filter(period__contains=Now())


class Watch(models.Model):
    """A record of which each look becomes a signal for a while: somebody known to many, or a complaint that was made.

    Placed by a privacy officer, with the number of the record and why; that of the region watches who looks from anywhere,
    another one only who looks from the own organisation.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "reason": "identity", "placed_by": "account"}

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    period = DateTimeRangeField()

    objects = WatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="watch_has_a_reason"),
            ExclusionConstraint(
                name="watch_one_at_a_time",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    ("organisation", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"watch on patient {self.patient_id}"
