"""What is on offer: services with their conditions and place, and the waiting times their providers report."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Domain, Organisation, User


class Postcode(models.Model):
    """A four-digit Dutch postcode with the middle of its area; the measure for distances (degrees, WGS 84)."""

    PERSONAL: ClassVar[dict[str, str]] = {}

    digits = models.CharField(max_length=4, primary_key=True)
    place = models.CharField(max_length=80)
    municipality = models.CharField(max_length=80)
    latitude = models.FloatField()
    longitude = models.FloatField()

    def __str__(self) -> str:
        return f"{self.digits} {self.place}"


class HealthcareService(models.Model):
    """A service that an organisation offers (FHIR HealthcareService, HSDS service), open to everybody to find.

    ``norm_days`` are the calendar days within which help should have begun, ``answer_days`` the working days within which
    a request is answered; nothing for what all services keep to. ``stopped_until`` is the first day on which a service that takes
    nobody new for a while is open again, for a reason that everybody reads; ``places`` how many people it can help at once.
    ``codes`` are of problems for which it is meant
    (:mod:`square.codes`). ``process`` is what happens with a request, ``questionnaire`` the form that goes with it
    (:mod:`dossier.access.questionnaires`), by name and empty for none.
    """

    class Law(models.TextChoices):
        """The law or money flow under which the service is given."""

        ZVW = "zvw", _("Zorgverzekeringswet")
        WLZ = "wlz", _("Wet langdurige zorg")
        WMO = "wmo", _("Wmo 2015")
        YOUTH = "jeugdwet", _("Jeugdwet")
        WPG = "wpg", _("Wet publieke gezondheid")
        WELFARE = "welfare", _("welzijn, vrij toegankelijk")

    class Process(models.TextChoices):
        """What a request to the service is."""

        REFERRAL = "referral", _("verwijzing")
        TALK = "talk", _("verkennend gesprek, met verkenners van twee domeinen of meer")
        ORDER = "order", _("aanvraag: iets doen of leveren, met een formulier")
        TRAINING = "training", _("training of instructie, in een groep of alleen")

    PERSONAL: ClassVar[dict[str, str]] = {"reviewed_by": "account"}

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="services")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    domain = models.CharField(max_length=20, choices=Domain)
    law = models.CharField(max_length=10, choices=Law)
    summary = models.TextField()
    for_whom = models.CharField(max_length=300, blank=True)
    needs = models.TextField(blank=True, help_text="everyday words by which people look for it")
    criteria = ArrayField(models.CharField(max_length=160), default=list, blank=True)
    codes = ArrayField(models.CharField(max_length=18), default=list, blank=True)
    minimum_age = models.PositiveSmallIntegerField(null=True, blank=True)
    maximum_age = models.PositiveSmallIntegerField(null=True, blank=True)
    languages = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    cost = models.CharField(max_length=120, blank=True)
    on_location = models.BooleanField(default=True)
    at_home = models.BooleanField(default=False)
    online = models.BooleanField(default=False)
    municipalities = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    postcode = models.CharField(max_length=6, blank=True)
    place = models.CharField(max_length=80, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    next_step = models.CharField(max_length=200, blank=True)
    takes_referrals = models.BooleanField(default=True)
    self_referral = models.BooleanField(default=False)
    open_for_new = models.BooleanField(default=True)
    stopped_until = models.DateField(null=True, blank=True)
    stop_reason = models.CharField(max_length=160, blank=True, db_default="")
    places = models.PositiveSmallIntegerField(null=True, blank=True)
    norm_days = models.PositiveSmallIntegerField(null=True, blank=True)
    answer_days = models.PositiveSmallIntegerField(null=True, blank=True)
    process = models.CharField(max_length=10, choices=Process, default=Process.REFERRAL, db_default=Process.REFERRAL)
    questionnaire = models.CharField(max_length=40, blank=True, db_default="")
    active = models.BooleanField(default=True)
    reviewed_on = models.DateField(default=timezone.localdate)
    reviewed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["kind"], name="service_kind")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(minimum_age=None)
                | models.Q(maximum_age=None)
                | models.Q(minimum_age__lte=models.F("maximum_age")),
                name="service_ages_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(stopped_until=None) | models.Q(open_for_new=False) & ~models.Q(stop_reason=""),
                name="service_stopped_is_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WaitingTimeReport(models.Model):
    """A waiting time in calendar days that a provider states for one of its services, with the day it was measured."""

    PERSONAL: ClassVar[dict[str, str]] = {"reported_by": "account"}

    service = models.ForeignKey(HealthcareService, on_delete=models.CASCADE, related_name="waiting_times")
    days = models.PositiveSmallIntegerField()
    measured_on = models.DateField()
    reported_at = models.DateTimeField(default=timezone.now)
    reported_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-measured_on", "-id"]
        indexes = [models.Index(fields=["service", "-measured_on"], name="waiting_time_latest")]
        constraints = [models.CheckConstraint(condition=models.Q(days__lte=1500), name="waiting_time_believable")]

    def __str__(self) -> str:
        return f"{self.days} days for service {self.service_id}"


class Session(models.Model):
    """One meeting of a training, with its places (FHIR Slot), open to everybody to find.

    Moments are in UTC; after ``enrol_until`` nobody enrols any more. ``place`` is where it is, ``teacher`` who gives it, as everybody
    reads it. ``taken`` and ``waiting`` are how many places are given and how many requests wait for one; the database keeps them.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"teacher": "contact", "made_by": "account"}

    service = models.ForeignKey(HealthcareService, on_delete=models.PROTECT, related_name="sessions")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    online = models.BooleanField(default=False)
    place = models.CharField(max_length=160, blank=True)
    teacher = models.CharField(max_length=120)
    note = models.CharField(max_length=300, blank=True)
    places = models.PositiveSmallIntegerField()
    enrol_until = models.DateTimeField()
    taken = models.PositiveSmallIntegerField(default=0, db_default=0)
    waiting = models.PositiveSmallIntegerField(default=0, db_default=0)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["starts", "id"]
        indexes = [models.Index(fields=["service", "starts"], name="session_of_service")]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("starts")), name="session_ends_later"),
            models.CheckConstraint(
                condition=models.Q(enrol_until__lte=models.F("starts")), name="session_enrolment_ends_before"
            ),
            models.CheckConstraint(
                condition=models.Q(places__gte=1, places__lte=500), name="session_places_believable"
            ),
            models.CheckConstraint(condition=models.Q(online=True) | ~models.Q(place=""), name="session_is_somewhere"),
        ]

    def __str__(self) -> str:
        return f"session {self.pk} of service {self.service_id}"

    @property
    def free(self) -> int:
        """How many places are free; none while somebody waits for one."""
        return 0 if self.waiting else max(self.places - self.taken, 0)

    @property
    def enrolling(self) -> bool:
        """Whether one can enrol now, be it for the waiting list."""
        return self.cancelled_at is None and self.enrol_until > timezone.now()
