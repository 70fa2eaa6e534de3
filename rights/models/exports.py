"""What is remembered of a complete copy of the own data: how far it is (index), and the file itself (content)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from people.models import Patient, User


class Export(models.Model):
    """One complete copy that a person asked for (AVG art. 15(3) and 20): how far it is, and until when it is kept."""

    class Status(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "waiting"
        WORKING = "working", "working"
        READY = "ready", "ready"
        FAILED = "failed", "failed"

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "user": "account"}

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)
    request_id = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    begun_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    size = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-made_at"], name="export_patient"),
            models.Index(fields=["made_at"], condition=models.Q(status="waiting"), name="export_waiting"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "working", "ready", "failed"]), name="export_status_known"
            ),
            models.CheckConstraint(condition=models.Q(progress__lte=100), name="export_progress_in_hundreds"),
            models.UniqueConstraint(
                fields=["patient", "user"],
                condition=models.Q(status__in=["waiting", "working"]),
                name="export_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"


class ExportFile(models.Model):
    """The copy itself, a zip; readable for who asked for it alone, as long as that person may, dropped after seven days.

    ``categories`` is what was read for it: whose mandate has since become narrower does not take along what it covered before.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "user": "account",
        "categories": "health",
        "content": "health",
    }

    export = models.OneToOneField(Export, on_delete=models.CASCADE, primary_key=True, related_name="file")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    categories = models.BigIntegerField(db_default=(1 << 20) - 1)
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"file of export {self.export_id}"
