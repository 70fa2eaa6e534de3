"""The source systems of participants, and how each answered last about a patient."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Organisation, Patient
from trust.categories import Category


class Source(models.Model):
    """A source system of a participant that answers questions in FHIR: HIS, EPD, ECD and the like."""

    class Kind(models.TextChoices):
        """What sort of system it is."""

        HIS = "his", _("huisartsinformatiesysteem")
        ECD = "ecd", _("elektronisch cliëntendossier")
        EPD = "epd", _("elektronisch patiëntendossier")
        AIS = "ais", _("apotheekinformatiesysteem")

    class FhirVersion(models.TextChoices):
        """The version of FHIR it speaks; R4 is the language inside."""

        R4 = "R4", "R4"
        STU3 = "STU3", "STU3"

    PERSONAL: ClassVar[dict[str, str]] = {}

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sources")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind)
    base_url = models.URLField()
    fhir_version = models.CharField(max_length=5, choices=FhirVersion)
    categories = models.BigIntegerField()
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name


class SourceAnswer(models.Model):
    """How a source answered the last time it was asked about a patient: one row per patient and source."""

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "outcome": "health",
        "detail": "health",
        "set_aside": "health",
    }

    class Outcome(models.TextChoices):
        """Five different things on the screen, never an empty list for a failure."""

        ANSWERED = "answered", _("antwoord")
        NOTHING = "nothing", _("niets gevonden")
        NO_ANSWER = "no_answer", _("geen antwoord")
        REFUSED = "refused", _("geweigerd door de bron")
        FAULT = "fault", _("onbruikbaar antwoord")
        NO_CONSENT = "no_consent", _("geen toestemming")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(default=Category.IDENTITY)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="answers")
    outcome = models.CharField(max_length=12, choices=Outcome)
    detail = models.CharField(max_length=60, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True)
    asked_categories = models.BigIntegerField(default=0)
    failed_categories = models.BigIntegerField(default=0)
    facts = models.PositiveIntegerField(default=0)
    set_aside = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patient", "source"], name="source_answer_once")]

    def __str__(self) -> str:
        return f"{self.source} on patient {self.patient_id}: {self.outcome}"
