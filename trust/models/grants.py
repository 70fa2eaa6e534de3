"""The grants that the database derives from the inputs."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models.functions import Now

from people.models import Patient
from trust.categories import from_mask


class GrantQuerySet(models.QuerySet["Grant"]):
    """Shapes in which grants are asked for."""

    def current(self) -> GrantQuerySet:
        """Grants in force now."""
        return self.filter(period__contains=Now())


class Grant(models.Model):
    """A derived right: this grantee may see these categories of this patient on this basis during this period.

    The database derives it in the transaction that changes an input, and nothing else writes it. ``categories`` counts
    for entries in the shared record, whoever made them; ``own_categories`` for what the grantee's own organisation holds;
    ``consented`` for facts in the systems of others, which the patient must have permitted. ``exceptions`` holds, for
    holders about whom something else was chosen, both masks by the number of the holder:
    ``{"12": [categories, consented]}``. The grantee is ``organisation:<number>``, ``person:<number>`` (a citizen) or
    ``member:<organisation>:<user>``: one professional, in an emergency, or instead of the organisation's grant from the
    same source when the patient chose something about this person.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "grantee": "health",
        "categories": "health",
        "own_categories": "health",
        "consented": "health",
        "exceptions": "health",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="grants")
    grantee = models.CharField(max_length=40)
    categories = models.BigIntegerField()
    own_categories = models.BigIntegerField()
    consented = models.BigIntegerField()
    exceptions = models.JSONField(null=True)
    basis = models.CharField(max_length=30)
    source_id = models.BigIntegerField(null=True)
    period = DateTimeRangeField()

    objects = GrantQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["grantee", "patient"], name="grant_grantee_patient")]

    def __str__(self) -> str:
        return f"{self.grantee} on patient {self.patient_id}: {len(from_mask(self.categories))} categories"
