"""Facts of source systems, kept for a short while only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Value
from django.db.models.functions import MD5, Concat
from django.utils import timezone

from dossier.models.entries import Statement
from dossier.models.sources import Source
from people.models import Organisation, Patient
from trust.categories import Category


class Fact(models.Model):
    """One fact of a source system, in FHIR R4, kept for a short while only; it stays its owner's.

    ``original`` is the source's own form where that was not R4; ``line`` holds what the screen shows
    (:class:`dossier.sources.present.Line`); what lists ask of it stands in columns of its own. ``on_date`` may be partial, as
    the source gave it; ``code`` is ``system|code`` of what it is about, to know the same thing in another source, and
    ``value`` with ``unit`` a measured number. ``medication`` is the building block of a medicine (:mod:`dossier.medication`).
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "category": "health",
        "resource_type": "health",
        "source_key": "health",
        "resource": "health",
        "original": "health",
        "line": "health",
        "title": "health",
        "detail": "health",
        "status": "health",
        "state": "health",
        "on_date": "health",
        "until": "health",
        "code": "health",
        "value": "health",
        "unit": "health",
        "interpretation": "health",
        "medication": "health",
        "attention": "health",
        "author": "contact",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="facts")
    resource_type = models.CharField(max_length=40)
    source_key = models.CharField(max_length=120)
    mark = models.GeneratedField(
        expression=MD5(Concat("source_id", Value(":"), "resource_type", Value("/"), "source_key")),
        output_field=models.CharField(max_length=32),
        db_persist=True,
    )
    """By what this fact is known in an address and the log, for the row is replaced whenever its source is asked anew; the source's
    own number does not stand there to be read."""
    resource = models.JSONField()
    original = models.JSONField(null=True)
    line = models.JSONField(default=dict)
    title = models.CharField(max_length=300)
    detail = models.CharField(max_length=600, blank=True)
    status = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=20, blank=True)
    on_date = models.CharField(max_length=25, blank=True)
    until = models.CharField(max_length=25, blank=True)
    code = models.CharField(max_length=120, blank=True)
    value = models.FloatField(null=True)
    unit = models.CharField(max_length=40, blank=True)
    interpretation = models.CharField(max_length=60, blank=True)
    medication = models.JSONField(null=True)
    author = models.CharField(max_length=160, blank=True)
    attention = models.JSONField(default=list)
    fetched_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    ORDER: ClassVar[tuple[str, ...]] = ("-on_date", "title", "source_id", "resource_type", "source_key", "pk")
    """Newest first, and of one day in an order that stays: primary keys are new each time a source is asked, whoever answered first."""

    statements: list[Statement]
    """What the person put beside it; given by :func:`dossier.access.facts_for`."""

    class Meta:
        indexes = [
            models.Index(fields=["patient", "category"], name="fact_patient_category"),
            models.Index(fields=["expires_at"], name="fact_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_type} of patient {self.patient_id}"

    @property
    def reference(self) -> str:
        """By what a form knows this fact: what its source files elsewhere meanwhile, is another thing to choose."""
        return f"{self.category}-{self.mark}"
