"""Who stands around a citizen: contact persons and the formal care network."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from people.models import Membership, Organisation, Patient
from trust.categories import Category


class RelatedPerson(models.Model):
    """A contact person or informal carer of a citizen (zib ContactPerson, FHIR RelatedPerson; ViSD 5.1.4)."""

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "name": "contact",
        "relationship": "contact",
        "role": "contact",
        "phone": "contact",
        "email": "contact",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(default=Category.NETWORK)
    name = models.CharField(max_length=160)
    relationship = models.CharField(max_length=60, help_text="v3-RoleCode in words: dochter, echtgenoot, buurvrouw")
    role = models.CharField(max_length=60, blank=True, help_text="COD472 in words: eerste contactpersoon, mantelzorger")
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    since = models.DateField(default=timezone.localdate)

    class Meta:
        indexes = [models.Index(fields=["patient"], name="related_person_patient")]

    def __str__(self) -> str:
        return f"contact person of patient {self.patient_id}"


class Participant(models.Model):
    """A member of the formal care network around a citizen (FHIR CareTeam.participant): who, in which function, since when."""

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "membership": "contact",
        "function": "contact",
        "coordinates": "contact",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(default=Category.NETWORK)
    membership = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    function = models.CharField(max_length=80)
    coordinates = models.BooleanField(default=False)
    since = models.DateField(default=timezone.localdate)

    class Meta:
        indexes = [models.Index(fields=["patient"], name="participant_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(coordinates=True), name="one_coordinator_per_patient"
            )
        ]

    def __str__(self) -> str:
        return f"{self.function} of patient {self.patient_id}"
