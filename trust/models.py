"""The inputs from which the right to see follows, and the grants derived from them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Domain, Organisation, Patient, Role, User
from trust.categories import from_mask


class CareRelation(models.Model):
    """An organisation cares for a patient during a period (behandelrelatie, art. 7:457 BW; NEN 7513 7.4.7)."""

    class Source(models.TextChoices):
        """From where the relation is known."""

        SOURCE_SYSTEM = "source_system", _("uit het bronsysteem")
        REFERRAL = "referral", _("geaccepteerde verwijzing")
        CONSULTATION = "consultation", _("gevraagd om mee te denken")
        STATED = "stated", _("verklaard door de zorgverlener")

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "reason": "health", "stated_by": "account"}

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="care_relations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="care_relations")
    source = models.CharField(max_length=20, choices=Source)
    reference = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    stated_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    period = DateTimeRangeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "patient"], name="care_relation_org_patient")]

    def __str__(self) -> str:
        return f"{self.organisation} cares for patient {self.patient_id}"


class Consent(models.Model):
    """A choice of the patient: which kinds of reader may see which categories held by others (Wabvpz art. 15a).

    No choice is no. A choice for one organisation beats one for a kind of reader, which beats one for everybody; of two
    equally specific choices the objection wins (generic function Consent).
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "permit": "health",
        "categories": "health",
        "reader_domain": "health",
        "reader_organisation": "health",
        "set_by": "account",
        "established": "contact",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="consents")
    permit = models.BooleanField()
    categories = models.BigIntegerField()
    reader_domain = models.CharField(max_length=20, choices=Domain, blank=True)
    reader_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    set_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    established = models.CharField(max_length=200, blank=True)
    period = DateTimeRangeField()

    class Meta:
        indexes = [models.Index(fields=["patient"], name="consent_patient")]

    def __str__(self) -> str:
        return f"choice of patient {self.patient_id}"


class RoleNeed(models.Model):
    """Which categories a role needs at all (proportionality, AVG art. 5(1)(c)); versioned by period."""

    PERSONAL: ClassVar[dict[str, str]] = {}

    role = models.CharField(max_length=30, choices=[*Role.choices, ("citizen", _("inwoner"))])
    categories = models.BigIntegerField()
    period = DateTimeRangeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "period"], name="role_need_once")]

    def __str__(self) -> str:
        return f"need of {self.role}"


class GrantQuerySet(models.QuerySet["Grant"]):
    """Shapes in which grants are asked for."""

    def current(self) -> GrantQuerySet:
        """Grants in force now."""
        return self.filter(period__contains=timezone.now())


class Grant(models.Model):
    """A derived right: this grantee may see these categories of this patient on this basis during this period.

    The database derives it in the transaction that changes an input, and nothing else writes it. ``categories`` counts
    for entries in the shared record, whoever made them; ``own_categories`` for what the grantee's own organisation holds;
    ``consented`` for facts in the systems of others, which the patient must have permitted. The grantee is
    ``organisation:<number>`` or ``person:<number>``.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "grantee": "health",
        "categories": "health",
        "own_categories": "health",
        "consented": "health",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="grants")
    grantee = models.CharField(max_length=40)
    categories = models.BigIntegerField()
    own_categories = models.BigIntegerField()
    consented = models.BigIntegerField()
    basis = models.CharField(max_length=30)
    source_id = models.BigIntegerField(null=True)
    period = DateTimeRangeField()

    objects = GrantQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["grantee", "patient"], name="grant_grantee_patient")]

    def __str__(self) -> str:
        return f"{self.grantee} on patient {self.patient_id}: {len(from_mask(self.categories))} categories"
