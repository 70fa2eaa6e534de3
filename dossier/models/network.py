"""Who stands around a citizen: contact persons and the formal care network, a register with one keeper for each entry.

Each row says how it is now; what it said before stands in :class:`FormerVersion`, written by the database itself. An entry
has one keeper: the organisation that wrote it last, or the person for own contact persons (ViSD 5.1.4 and 5.2.1).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossier.models.network_codes import LEGAL, Capacity, ContactRole, Relationship
from people.models import Membership, Organisation, Patient, User
from trust.categories import Category

if TYPE_CHECKING:
    from dossier.models.cover import CoverNow

KEPT = {
    "patient": "identity",
    "since": "contact",
    "until": "contact",
    "author": "account",
    "author_name": "contact",
    "author_role": "contact",
    "taken_from": "contact",
}
"""The personal fields that every entry of the register has."""


class RegisterQuerySet(models.QuerySet[Any]):
    """Shapes in which entries of the register are asked for."""

    def current(self) -> RegisterQuerySet:
        """Entries that hold today."""
        return self.filter(models.Q(until=None) | models.Q(until__gte=timezone.localdate()))


class Kept(models.Model):
    """One entry of the register, with its keeper, the days from and until which it holds, and who wrote this version."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    category = models.SmallIntegerField(default=Category.NETWORK)
    since = models.DateField(default=timezone.localdate)
    until = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(default=timezone.now)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=160, blank=True)
    author_role = models.CharField(max_length=60, blank=True)
    taken_from = models.CharField(max_length=200, blank=True)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def ended(self) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and self.until < timezone.localdate()


class RelatedPerson(Kept):
    """A contact person or informal carer of a citizen (zib ContactPerson, FHIR RelatedPerson; ViSD 5.1.4).

    Without an organisation the person keeps it. ``relationship`` and ``roles`` are codes of the zib.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        **KEPT,
        "name": "contact",
        "relationship": "contact",
        "roles": "contact",
        "phone": "contact",
        "other_phone": "contact",
        "email": "contact",
        "address": "contact",
        "note": "contact",
    }

    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=160)
    relationship = models.CharField(max_length=10, choices=Relationship, blank=True)
    roles = ArrayField(models.CharField(max_length=6, choices=ContactRole), default=list, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    other_phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [models.Index(fields=["patient"], name="related_person_patient")]
        constraints = [
            models.UniqueConstraint(
                "patient",
                "organisation",
                Lower("name"),
                "relationship",
                condition=models.Q(until=None),
                nulls_distinct=False,
                name="related_person_once",
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")), name="related_person_period"
            ),
            models.CheckConstraint(
                condition=models.Q(relationship="") | models.Q(relationship__in=Relationship.values),
                name="related_person_relationship_known",
            ),
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=ContactRole.values), name="related_person_roles_known"
            ),
        ]

    def __str__(self) -> str:
        return f"contact person of patient {self.patient_id}"

    @property
    def what(self) -> str:
        """Relation and roles in words: ``dochter, mantelzorger``."""
        words = [self.get_relationship_display()] if self.relationship and self.relationship != "OTH" else []
        words += [str(ContactRole(role).label) for role in self.roles]
        return ", ".join(dict.fromkeys(words)) or (str(Relationship.OTH.label) if self.relationship else "")

    @property
    def legal(self) -> bool:
        """Whether a judge or the law gave a role."""
        return any(role in LEGAL for role in self.roles)


class Participant(Kept):
    """A member of the formal care network around a citizen (FHIR CareTeam.participant): who, in which function, since when.

    Who it is: a ``membership``, or by name somebody whom the network does not know as a user. Where: ``party`` when another
    participant than the keeper, ``place_name`` outside the network, else the keeper itself.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        **KEPT,
        "membership": "contact",
        "name": "contact",
        "function": "contact",
        "capacity": "contact",
        "place_name": "contact",
        "phone": "contact",
        "email": "contact",
        "coordinates": "contact",
    }

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    party = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=160, blank=True)
    place_name = models.CharField(max_length=160, blank=True)
    function = models.CharField(max_length=80)
    capacity = models.CharField(max_length=10, choices=Capacity, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    coordinates = models.BooleanField(default=False)

    cover: CoverNow | None
    """Who covers at this moment; given by :func:`dossier.access.network_for`."""

    class Meta:
        indexes = [models.Index(fields=["patient"], name="participant_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(coordinates=True), name="one_coordinator_per_patient"
            ),
            models.UniqueConstraint(
                fields=["patient", "organisation", "membership"],
                condition=models.Q(until=None) & ~models.Q(membership=None),
                name="participant_once",
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since"), coordinates=False),
                name="participant_period",
            ),
            models.CheckConstraint(
                condition=models.Q(capacity="") | models.Q(capacity__in=Capacity.values),
                name="participant_capacity_known",
            ),
            models.CheckConstraint(
                condition=models.Q(membership=None) | models.Q(name="", place_name=""), name="participant_is_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.function} of patient {self.patient_id}"

    @property
    def place(self) -> Organisation | None:
        """The participant of the network that helps; nothing outside the network."""
        if self.place_name:
            return None
        return self.membership.organisation if self.membership else self.party or self.organisation

    @property
    def who(self) -> str:
        """The person by name, else the organisation."""
        return (self.membership.user.name if self.membership else self.name) or self.where

    @property
    def where(self) -> str:
        """The organisation by name."""
        return self.place_name or (self.place.name if self.place else "")

    @property
    def reach_phone(self) -> str:
        """The number to call: the own one, else that of the organisation."""
        return self.phone or (self.place.phone if self.place else "")

    @property
    def reach_email(self) -> str:
        """The address for e-mail without health information: the own one, else that of the organisation."""
        return self.email or (self.place.email if self.place else "")


class FormerVersion(models.Model):
    """What an entry of the register said before: written by the database at each change, and never changed."""

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "related_person": "contact",
        "participant": "contact",
        "author": "account",
        "author_name": "contact",
        "author_role": "contact",
        "said": "contact",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(default=Category.NETWORK)
    related_person = models.ForeignKey(RelatedPerson, null=True, on_delete=models.CASCADE, related_name="former")
    participant = models.ForeignKey(Participant, null=True, on_delete=models.CASCADE, related_name="former")
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=160, blank=True)
    author_role = models.CharField(max_length=60, blank=True)
    said = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["patient"], name="former_version_patient")]
        constraints = [
            models.UniqueConstraint(fields=["related_person", "version"], name="former_person_once"),
            models.UniqueConstraint(fields=["participant", "version"], name="former_participant_once"),
            models.CheckConstraint(
                condition=models.Q(related_person=None, participant__isnull=False)
                | models.Q(participant=None, related_person__isnull=False),
                name="former_version_of_one_entry",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version} of patient {self.patient_id}"


class Proposal(models.Model):
    """A change of an entry that somebody else than its keeper proposes; the keeper takes it over or declines with a word.

    ``changes`` holds the new values by field; ``seen_version`` the version that the proposer saw.
    """

    class Status(models.TextChoices):
        """How far it is."""

        OPEN = "open", _("wacht op de beheerder")
        ACCEPTED = "accepted", _("overgenomen")
        DECLINED = "declined", _("niet overgenomen")
        WITHDRAWN = "withdrawn", _("ingetrokken")

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "related_person": "contact",
        "participant": "contact",
        "changes": "contact",
        "note": "contact",
        "author": "account",
        "author_name": "contact",
        "author_role": "contact",
        "reply": "contact",
        "decided_by": "account",
        "decided_name": "contact",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(default=Category.NETWORK)
    related_person = models.ForeignKey(RelatedPerson, null=True, on_delete=models.CASCADE, related_name="proposals")
    participant = models.ForeignKey(Participant, null=True, on_delete=models.CASCADE, related_name="proposals")
    seen_version = models.PositiveIntegerField()
    changes = models.JSONField()
    note = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    by_organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=160)
    author_role = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_name = models.CharField(max_length=160, blank=True)
    decided_at = models.DateTimeField(null=True)
    reply = models.CharField(max_length=300, blank=True)

    told: list[tuple[str, str, str]]
    """What it changes, in words; given by :func:`dossier.access.network.register_for`, as is whether it is the reader's own."""
    mine: bool

    class Meta:
        indexes = [models.Index(fields=["patient"], name="proposal_patient")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(related_person=None, participant__isnull=False)
                | models.Q(participant=None, related_person__isnull=False),
                name="proposal_about_one_entry",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["open", "accepted", "declined", "withdrawn"]),
                name="proposal_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"proposal about patient {self.patient_id}"

    @property
    def entry(self) -> RelatedPerson | Participant:
        """The entry that it is about."""
        found: RelatedPerson | Participant = self.related_person or self.participant  # type: ignore[assignment]
        return found
