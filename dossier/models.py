"""The record: entries that the network keeps itself, and facts of source systems with their owner and age."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Membership, Organisation, Patient, User
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


class Fact(models.Model):
    """One fact of a source system, in FHIR R4, kept for a short while only; it stays its owner's.

    ``original`` is the source's own form where that was not R4; ``line`` holds what the screen shows
    (:class:`dossier.sources.present.Line`). ``on_date`` may be partial, as the source gave it.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "category": "health",
        "resource_type": "health",
        "source_key": "health",
        "resource": "health",
        "original": "health",
        "line": "health",
        "title": "health",
        "detail": "health",
        "status": "health",
        "on_date": "health",
        "attention": "health",
        "author": "contact",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="facts")
    resource_type = models.CharField(max_length=40)
    source_key = models.CharField(max_length=120)
    resource = models.JSONField()
    original = models.JSONField(null=True)
    line = models.JSONField(default=dict)
    title = models.CharField(max_length=300)
    detail = models.CharField(max_length=600, blank=True)
    status = models.CharField(max_length=60, blank=True)
    on_date = models.CharField(max_length=25, blank=True)
    author = models.CharField(max_length=160, blank=True)
    attention = models.JSONField(default=list)
    fetched_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    statements: list[Statement]
    """What the person put beside it; given by :func:`dossier.access.facts_for`."""

    class Meta:
        indexes = [
            models.Index(fields=["patient", "category"], name="fact_patient_category"),
            models.Index(fields=["expires_at"], name="fact_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_type} of patient {self.patient_id}"


class Entry(models.Model):
    """An entry of the network's own record: what matters, a goal, an action, an agreement, a wish, a note, a conclusion.

    Each is signed with who, for which organisation and when; a new version replaces an older one, which stays (Wgbo
    art. 7:454 BW).
    """

    class Kind(models.TextChoices):
        """What sort of entry it is."""

        MATTERS = "matters", _("wat telt")
        GOAL = "goal", _("doel")
        ACTION = "action", _("actie")
        AGREEMENT = "agreement", _("afspraak")
        WISH = "wish", _("wens of behandelgrens")
        NOTE = "note", _("notitie")
        CONCLUSION = "conclusion", _("conclusie van een consult")
        MEASUREMENT = "measurement", _("meting")
        SOCIAL = "social", _("sociale situatie")

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "category": "health",
        "kind": "health",
        "text": "health",
        "author": "account",
        "author_name": "contact",
        "author_role": "contact",
        "reference": "health",
        "on_date": "health",
        "done": "health",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.TextField()
    on_date = models.DateField(default=timezone.localdate)
    done = models.BooleanField(default=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=160)
    author_role = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
    reference = models.CharField(max_length=60, blank=True)
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")

    statements: list[Statement]
    """What the person put beside it; given by :func:`dossier.access.entries_for`."""

    class Meta:
        indexes = [models.Index(fields=["patient", "category", "-on_date"], name="entry_patient_category")]

    def __str__(self) -> str:
        return f"{self.kind} of patient {self.patient_id}"


class Statement(models.Model):
    """What the person wants to stand beside an entry or a fact that was not changed (Wgbo art. 7:454 lid 2 BW).

    It belongs to the record of who holds what it is about, and shows wherever that shows. ``reference`` points at a fact of
    a source (``fact:<source>:<type>/<key>``), for facts come and go; ``entry`` at the version it was written about.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "category": "health",
        "entry": "health",
        "reference": "health",
        "text": "health",
        "author": "account",
        "author_name": "contact",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    entry = models.ForeignKey(Entry, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    reference = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=160)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["patient"], name="statement_patient")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(entry=None) & ~models.Q(reference="")
                | models.Q(reference="") & ~models.Q(entry=None),
                name="statement_about_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"statement of patient {self.patient_id}"


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
