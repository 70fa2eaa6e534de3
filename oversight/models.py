"""What is remembered of keeping to the agreements: exports of the log."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from people.models import Organisation, User


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
