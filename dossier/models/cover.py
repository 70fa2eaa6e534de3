"""When a participant can be reached, and who covers when it cannot: opening hours, standing cover, absence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Membership, Organisation


class OpeningHours(models.Model):
    """A stretch of one weekday in which a participant can be reached (FHIR Location.hoursOfOperation); Monday is 0."""

    class Weekday(models.IntegerChoices):
        """The days of the week."""

        MONDAY = 0, _("maandag")
        TUESDAY = 1, _("dinsdag")
        WEDNESDAY = 2, _("woensdag")
        THURSDAY = 3, _("donderdag")
        FRIDAY = 4, _("vrijdag")
        SATURDAY = 5, _("zaterdag")
        SUNDAY = 6, _("zondag")

    PERSONAL: ClassVar[dict[str, str]] = {}

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.SmallIntegerField(choices=Weekday)
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "weekday", "opens"], name="opening_hours_once"),
            models.CheckConstraint(condition=models.Q(closes__gt=models.F("opens")), name="opening_hours_forward"),
            models.CheckConstraint(condition=models.Q(weekday__range=(0, 6)), name="opening_hours_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}-{self.closes}"


class Cover(models.Model):
    """Who covers for a participant or for one of its people (FHIR PractitionerRole.availabilityExceptions).

    Without a period it holds whenever the participant is closed; with one it is a closing or, with a membership, the
    absence of that person. Covered by a participant or a colleague, else by the name and number that stand here.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"membership": "account", "stand_in": "account", "period": "account"}

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="covers")
    membership = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    period = DateTimeRangeField(null=True, blank=True)
    covered_by = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stand_in = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=160, blank=True)
    phone = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(period=None), name="one_standing_cover_per_organisation"
            ),
            models.CheckConstraint(
                condition=models.Q(membership=None) | models.Q(period__isnull=False), name="absence_has_a_period"
            ),
        ]

    def __str__(self) -> str:
        return f"cover of organisation {self.organisation_id}"

    @property
    def last_day(self) -> date | None:
        """The last whole day of the period."""
        end: datetime | None = self.period.upper if self.period else None
        return timezone.localdate(end - timedelta(seconds=1)) if end else None


@dataclass(frozen=True)
class CoverNow:
    """That a participant or person cannot be reached at this moment, until when, and who covers; empty words where nobody was named."""

    absent: bool
    until: datetime | None
    by: str
    phone: str
