"""The inputs about one patient from which the right to see follows: relations, choices, mandates, emergencies, restrictions."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from people.models import Domain, Organisation, Patient, Role, User


class CareRelation(models.Model):
    """An organisation cares for or supports a patient during a period (art. 7:457 BW; NEN 7513 7.4.7)."""

    class Source(models.TextChoices):
        """From where the relation is known."""

        SOURCE_SYSTEM = "source_system", _("uit het bronsysteem")
        REFERRAL = "referral", _("geaccepteerde verwijzing")
        CONSULTATION = "consultation", _("gevraagd om mee te denken")
        STATED = "stated", _("verklaard door de zorgverlener")
        ENROLMENT = "enrolment", _("deelname aan een klantreis")
        MERGER = "merger", _("overgegaan bij een fusie")

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "reason": "health",
        "stated_by": "account",
        "confirmed_by": "account",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="care_relations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="care_relations")
    source = models.CharField(max_length=20, choices=Source)
    reference = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    stated_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    period = DateTimeRangeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "patient"], name="care_relation_org_patient")]

    def __str__(self) -> str:
        return f"{self.organisation} cares for patient {self.patient_id}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Shapes in which choices are asked for."""

    def current(self) -> ConsentQuerySet:
        """Choices in force now by the database's clock, those that still wait for a guardian included."""
        return self.filter(period__contains=Now())


class Consent(models.Model):
    """A choice of the patient: who may see which categories held by whom (Wabvpz art. 15a; catalogue of the national service).

    Three axes: who holds (everybody, a kind of participant, one participant), which categories, and who reads (everybody,
    a kind, one participant, one person). No choice is no. A choice beats another that is less specific on one axis and not
    more on the other; of those that are not beaten the objection wins (generic function Consent). A permission given by
    somebody under sixteen ``awaits`` the confirmation of a guardian; an objection counts at once.
    """

    class Origin(models.TextChoices):
        """How the choice came into the network."""

        PORTAL = "portal", _("gekozen in het portaal")
        PRESENCE = "presence", _("vastgelegd in het bijzijn van de inwoner")
        NATIONAL = "national", _("gemeld door de landelijke toestemmingsvoorziening")
        MERGER = "merger", _("overgegaan bij een fusie")

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "permit": "health",
        "categories": "health",
        "holder_domain": "health",
        "holder_organisation": "health",
        "reader_domain": "health",
        "reader_organisation": "health",
        "reader_user": "account",
        "set_by": "account",
        "confirmed_by": "account",
        "established": "contact",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="consents")
    permit = models.BooleanField()
    categories = models.BigIntegerField()
    holder_domain = models.CharField(max_length=20, choices=Domain, blank=True, db_default="")
    holder_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reader_domain = models.CharField(max_length=20, choices=Domain, blank=True)
    reader_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reader_user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.PORTAL, db_default="portal")
    set_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    established = models.CharField(max_length=200, blank=True)
    awaits = models.BooleanField(default=False, db_default=False)
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    period = DateTimeRangeField()

    objects = ConsentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["patient"], name="consent_patient")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(holder_domain="") | models.Q(holder_organisation=None), name="consent_one_holder"
            ),
            models.CheckConstraint(
                condition=models.Q(reader_domain="", reader_organisation=None)
                | models.Q(reader_domain="", reader_user=None)
                | models.Q(reader_organisation=None, reader_user=None),
                name="consent_one_reader",
            ),
            models.CheckConstraint(
                condition=models.Q(awaits=False) | models.Q(permit=True), name="consent_objection_counts_at_once"
            ),
        ]

    def __str__(self) -> str:
        return f"choice of patient {self.patient_id}"


class NationalAnswer(models.Model):
    """What the national consent service answered about two participants, or told of kinds of participant, since ``told_at``.

    A refusal is final, a permission is a starting point that choices made here may narrow. An answer about two
    participants counts over what was told of their kinds before.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "permitted": "health", "refused": "health"}

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    holder = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    holder_domain = models.CharField(max_length=20, choices=Domain, blank=True, db_default="")
    reader = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    reader_domain = models.CharField(max_length=20, choices=Domain, blank=True, db_default="")
    permitted = models.BigIntegerField()
    refused = models.BigIntegerField()
    told_at = models.DateTimeField(db_default=Now())
    period = DateTimeRangeField()

    class Meta:
        indexes = [models.Index(fields=["patient"], name="national_answer_patient")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(holder=None) ^ models.Q(holder_domain=""), name="national_answer_one_holder"
            ),
            models.CheckConstraint(
                condition=models.Q(reader=None) ^ models.Q(reader_domain=""), name="national_answer_one_reader"
            ),
        ]

    def __str__(self) -> str:
        return f"national answer about patient {self.patient_id}"


class Restriction(models.Model):
    """What one holder keeps about a patient may be stored and not used for a while (AVG art. 18); nobody but the patient sees it."""

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "categories": "health", "reference": "health"}

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    categories = models.BigIntegerField()
    reference = models.CharField(max_length=60, blank=True)
    period = DateTimeRangeField()

    class Meta:
        indexes = [models.Index(fields=["patient"], name="restriction_patient")]

    def __str__(self) -> str:
        return f"restriction about patient {self.patient_id}"


class Mandate(models.Model):
    """Somebody acts for a patient: an informal carer by the patient's own choice, or a legal representative by law.

    Art. 7:465 BW (representation in care), 1:245 (parents), 1:378 (curatele), 1:450 (mentorschap), 7:414 (lastgeving). It
    ends at its end, when either dies, and for a parent on the child's sixteenth birthday. ``acts`` allows to choose, to
    ask and to read the log in the patient's name; without it the mandate only lets look.
    """

    class Kind(models.TextChoices):
        """In which capacity somebody acts."""

        CARER = "carer", _("mantelzorger of naaste")
        PARENT = "parent", _("ouder of voogd")
        MENTOR = "mentor", _("mentor")
        CURATOR = "curator", _("curator")

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "holder": "account",
        "name": "contact",
        "kind": "contact",
        "categories": "health",
        "document": "contact",
        "code_digest": "account",
        "given_by": "account",
        "ended_by": "account",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="mandates")
    holder = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="mandates")
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=Kind)
    categories = models.BigIntegerField()
    acts = models.BooleanField(default=False)
    document = models.CharField(max_length=200, blank=True)
    code_digest = models.CharField(max_length=64, blank=True)
    code_until = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    period = DateTimeRangeField()

    class Meta:
        indexes = [
            models.Index(fields=["patient"], name="mandate_patient"),
            models.Index(fields=["holder"], name="mandate_holder"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="carer") | ~models.Q(document=""), name="mandate_by_law_has_document"
            ),
            models.UniqueConstraint(
                fields=["code_digest"], condition=~models.Q(code_digest=""), name="mandate_code_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of patient {self.patient_id}"

    @property
    def by_law(self) -> bool:
        """Whether a court or the law gave it, and not the patient."""
        return self.kind != self.Kind.CARER


class Emergency(models.Model):
    """Access in an emergency, for one professional and one hour, with its reason and the outcome of the review afterwards.

    The noodprocedure of NEN 7513:2018 and NEN 7510. It lifts the lack of a relation and of a choice, never an objection.
    """

    class Reason(models.TextChoices):
        """Why there was no time to do it the ordinary way."""

        UNCONSCIOUS = "unconscious", _("de inwoner is niet aanspreekbaar")
        LIFE_THREATENING = "life_threatening", _("acuut levensgevaar")
        ACUTE = "acute", _("acute zorgvraag buiten kantooruren")
        CRISIS = "crisis", _("acute psychische crisis of onveiligheid")
        OTHERWISE = "otherwise", _("anders, zie toelichting")

    class Review(models.TextChoices):
        """What the review found."""

        JUSTIFIED = "justified", _("terecht")
        AVOIDABLE = "avoidable", _("begrijpelijk, kon anders")
        UNJUSTIFIED = "unjustified", _("onterecht")

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "user": "account",
        "reason": "health",
        "explanation": "health",
        "reviewed_by": "account",
        "review_note": "health",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=Role)
    reason = models.CharField(max_length=20, choices=Reason)
    explanation = models.CharField(max_length=500)
    period = DateTimeRangeField()
    review = models.CharField(max_length=12, choices=Review, blank=True)
    review_note = models.CharField(max_length=500, blank=True)
    reviewed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["patient"], name="emergency_patient"),
            models.Index(fields=["organisation"], condition=models.Q(review=""), name="emergency_to_review"),
            models.Index(fields=["user"], name="emergency_user"),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(explanation=""), name="emergency_explained"),
            models.CheckConstraint(
                condition=models.Q(review="", reviewed_at=None) | ~models.Q(review="") & ~models.Q(reviewed_at=None),
                name="emergency_review_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"emergency access to patient {self.patient_id}"
