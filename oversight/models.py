"""What is remembered of keeping to the agreements: exports of the log, signals in it, and watches."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Now

from events.models import Extract
from oversight.moves import Pattern, Status
from people.models import Organisation, Patient, User


class LogExport(Extract):
    """Lines of the log that a privacy officer asked for as a sealed file; ``query`` says by which numbers and codes they were sought."""

    PERSONAL: ClassVar[dict[str, str]] = {"user": "account", "query": "identity", "content": "health"}

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    query = models.JSONField(default=dict)
    lines = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    content = models.BinaryField(null=True)

    class Meta(Extract.Meta):
        indexes = [
            *Extract.Meta.indexes,
            models.Index(fields=["organisation", "-made_at"], name="log_export_organisation"),
        ]
        constraints = [
            *Extract.Meta.constraints,
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
