"""Where somebody lived and stays, as far as it decides which municipality is responsible."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Func
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Organisation, Patient, User
from trust.categories import Category


class Residence(models.Model):
    """In which municipality somebody lived or stayed in a period (FHIR Patient.address with its period); no street.

    ``until`` is the first day on which it did not hold any more. Two periods never overlap. Of a stay is kept that it was one
    and whether it was in a foster family, not what kind of institution. Where an address may be given to nobody
    (``protected``), its municipality is not kept here either. ``MOTHER`` is no address of the person: where the mother was
    registered when the person was born. Nothing here was confirmed by the register of persons (BRP).
    """

    class Kind(models.TextChoices):
        """What it is."""

        HOME = "home", _("woonadres")
        FOSTER = "foster", _("verblijf in een pleeggezin")
        STAY = "stay", _("verblijf in een instelling")
        ACTUAL = "actual", _("feitelijk verblijf, zonder woonadres")
        MOTHER = "mother", _("inschrijving van de moeder bij de geboorte")

    class Source(models.TextChoices):
        """Who says so."""

        STATED = "stated", _("opgegeven")
        SYSTEM = "system", _("uit een bronsysteem")

    STAYS = (Kind.FOSTER, Kind.STAY)

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "kind": "identity",
        "municipality": "identity",
        "municipality_code": "identity",
        "since": "identity",
        "until": "identity",
        "protected": "identity",
        "stated_by": "account",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category, default=Category.IDENTITY)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.HOME)
    municipality = models.CharField(max_length=80, blank=True)
    municipality_code = models.CharField(max_length=4, blank=True)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    protected = models.BooleanField(default=False)
    source = models.CharField(max_length=8, choices=Source, default=Source.STATED)
    stated_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("since")),
                name="residence_ends_later",
            ),
            models.CheckConstraint(
                condition=models.Q(protected=True, municipality="", municipality_code="", kind="home")
                | models.Q(protected=False) & ~models.Q(municipality=""),
                name="residence_protected_names_nothing",
            ),
            models.CheckConstraint(
                condition=models.Q(municipality_code="") | models.Q(municipality_code__regex=r"^\d{4}$"),
                name="residence_code_digits",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["home", "foster", "stay", "actual", "mother"]),
                name="residence_kind_known",
            ),
            models.UniqueConstraint(fields=["patient"], condition=models.Q(kind="mother"), name="residence_one_mother"),
            ExclusionConstraint(
                name="residence_one_at_a_time",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    (
                        Func("since", "until", function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=~models.Q(kind="mother"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of patient {self.patient_id}"
