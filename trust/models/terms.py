"""The terms of the network: what a participant offers to whom, and which categories a role needs; both in versions."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from people.models import Domain, Organisation, Role, User
from trust.models.inputs import CareRelation


class Policy(models.Model):
    """One version of what a participant offers of its systems to others, and on which terms (ViSD 4.2.2).

    Without a policy in force nothing of a participant's systems is shown to anybody else. Being admitted states a first
    one. The number of the version is written with each access.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"stated_by": "account"}

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="policies")
    version = models.PositiveIntegerField()
    note = models.CharField(max_length=300, blank=True)
    stated_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField(db_default=Now())
    period = DateTimeRangeField()

    class Meta:
        ordering = ["organisation", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "version"], name="policy_version_once"),
            ExclusionConstraint(
                name="policy_one_at_a_time",
                expressions=[("organisation", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"policy {self.version} of {self.organisation_id}"


class PolicyLine(models.Model):
    """One line of a policy: these categories, for these purposes, to these readers, on these conditions; any line that fits counts.

    ``purposes`` are codes of v3-ActReason. An empty list of roles or relations means any; without a reader it is everybody.
    """

    PERSONAL: ClassVar[dict[str, str]] = {}

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="lines")
    categories = models.BigIntegerField()
    purposes = ArrayField(models.CharField(max_length=20))
    reader_domain = models.CharField(max_length=20, choices=Domain, blank=True)
    reader_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    roles = ArrayField(models.CharField(max_length=30, choices=Role), default=list, db_default=[])
    relations = ArrayField(models.CharField(max_length=20, choices=CareRelation.Source), default=list, db_default=[])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reader_domain="") | models.Q(reader_organisation=None), name="policy_line_one_reader"
            ),
        ]

    def __str__(self) -> str:
        return f"line of policy {self.policy_id}"


class RoleNeed(models.Model):
    """Which categories a role needs at all (proportionality, AVG art. 5(1)(c)); versioned by period."""

    PERSONAL: ClassVar[dict[str, str]] = {"stated_by": "account"}

    role = models.CharField(max_length=30, choices=[*Role.choices, ("citizen", _("inwoner"))])
    categories = models.BigIntegerField()
    note = models.CharField(max_length=300, blank=True, db_default="")
    stated_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    period = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="role_need_one_at_a_time",
                expressions=[("role", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return f"need of {self.role}"
