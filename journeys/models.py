"""What is remembered of journeys: versions with their steps and triggers, and the citizens included in them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from journeys.moves import Status
from people.models import Organisation, Patient, Role
from trust.categories import Category


class JourneyQuerySet(models.QuerySet["Journey"]):
    """Shapes in which journeys are asked for."""

    def live(self) -> JourneyQuerySet:
        """Journeys that include citizens now."""
        return self.filter(status=Status.LIVE)


class Journey(models.Model):
    """One version of a journey (FHIR PlanDefinition): what it is for and whom it is meant for.

    A change of steps is a new version; citizens finish the version they began.
    """

    PERSONAL: ClassVar[dict[str, str]] = {}

    name = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    purpose = models.TextField()
    criteria = models.TextField()

    objects = JourneyQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="journey_version_once"),
            models.UniqueConstraint(fields=["name"], condition=models.Q(status="live"), name="journey_live_once"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="journey_status_known"),
        ]

    def __str__(self) -> str:
        return self.name


class JourneyStep(models.Model):
    """One step of a journey, who takes it, and by which day after the start it should have been taken."""

    PERSONAL: ClassVar[dict[str, str]] = {}

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    role = models.CharField(max_length=30, choices=Role)
    days = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["journey", "position"], name="journey_step_once")]

    def __str__(self) -> str:
        return self.title


class JourneyTrigger(models.Model):
    """A kind of service whose accepted referral includes the citizen in the journey."""

    PERSONAL: ClassVar[dict[str, str]] = {}

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="triggers")
    service_kind = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "service_kind"], name="journey_trigger_once")]
        indexes = [models.Index(fields=["service_kind"], name="journey_trigger_kind")]

    def __str__(self) -> str:
        return self.service_kind


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    """Shapes in which enrolments are asked for."""

    def running(self) -> EnrolmentQuerySet:
        """Citizens who are in the journey now."""
        return self.filter(ended_at=None)


class Enrolment(models.Model):
    """A citizen included in a journey by the organisation that accepted the referral which led to it (FHIR CarePlan).

    ``category`` is that under which others than this organisation may see it; it is the referral's own.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "journey": "health",
        "category": "health",
        "referral_number": "health",
    }

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="enrolments")
    category = models.SmallIntegerField(choices=Category, default=Category.REFERRAL)
    referral_number = models.CharField(max_length=16)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "journey", "-started_at"], name="enrolment_organisation"),
            models.Index(fields=["patient"], name="enrolment_patient"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "journey"], condition=models.Q(ended_at=None), name="enrolment_running_once"
            ),
            models.UniqueConstraint(fields=["journey", "referral_number"], name="enrolment_once_per_referral"),
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | models.Q(ended_at__gte=models.F("started_at")),
                name="enrolment_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"enrolment {self.pk} in {self.journey_id}"

    @property
    def days(self) -> int:
        """How many days the citizen has been in the journey, the first day being 1."""
        return (timezone.localdate(self.ended_at or timezone.now()) - timezone.localdate(self.started_at)).days + 1
