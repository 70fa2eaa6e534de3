"""What is remembered of a complete copy of the own data: how far it is (index), and the file itself (content)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from events.models import Extract
from people.models import Patient, User


class Export(Extract):
    """One complete copy that a person asked for (AVG art. 15(3) and 20); its file apart, because fewer may read that."""

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "user": "account"}

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    request_id = models.CharField(max_length=64, blank=True)

    class Meta(Extract.Meta):
        indexes = [*Extract.Meta.indexes, models.Index(fields=["patient", "-made_at"], name="export_patient")]
        constraints = [
            *Extract.Meta.constraints,
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
