"""What is remembered of the roll-out: the processes of the network, and how far each participant is with each."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from people.models import Domain, Organisation
from programme.moves import Phase


class Process(models.Model):
    """A process that the network brings into use, such as referring across domains."""

    PERSONAL: ClassVar[dict[str, str]] = {}

    name = models.CharField(max_length=80, unique=True)
    summary = models.CharField(max_length=300)
    position = models.PositiveSmallIntegerField()
    domains = ArrayField(
        models.CharField(max_length=20, choices=Domain),
        default=list,
        blank=True,
        help_text="who it is for; empty is everybody",
    )

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Participation(models.Model):
    """How far one participant is with one process, and since when; no row before the intake."""

    PERSONAL: ClassVar[dict[str, str]] = {}

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="participations")
    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="participations")
    phase = models.CharField(max_length=20, choices=Phase, default=Phase.INTAKE)
    since = models.DateField(default=timezone.localdate)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["process", "phase"], name="participation_phase")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "process"], name="participation_once"),
            models.CheckConstraint(condition=models.Q(phase__in=Phase.values), name="participation_phase_known"),
        ]

    def __str__(self) -> str:
        return f"{self.process_id} at organisation {self.organisation_id}: {self.phase}"
