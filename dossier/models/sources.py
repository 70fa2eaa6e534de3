"""The source systems of participants: how each is reached, how it answered about a patient, and how it does over time."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Organisation, Patient
from trust.categories import Category

_FILE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"
_named = RegexValidator(_FILE_NAME, _("Alleen letters, cijfers, punt, streepje en liggend streepje."))


def _between(least: float, most: float) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(least), MaxValueValidator(most)]


class Source(models.Model):
    """A source system of a participant that answers questions in FHIR: HIS, EPD, ECD and the like (FHIR Endpoint).

    Certificates, keys and client secrets are never here: fields such as ``client_secret`` name a file in the folder of secrets
    of its organisation. ``deadline`` in seconds and ``fresh_minutes`` empty: those of the installation. A rate or a number of
    failures of nought switches the limit or the breaker off.
    """

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

    class Authorisation(models.TextChoices):
        """How it knows that it is the network that asks."""

        NONE = "none", _("geen (alleen binnen een besloten netwerk)")
        MTLS = "mtls", _("certificaat (mutual TLS)")
        OAUTH = "oauth", _("OAuth 2, client credentials")

    class ClientMethod(models.TextChoices):
        """How the network shows at the token address who it is (RFC 6749 2.3, RFC 7523, RFC 8705)."""

        KEY = "private_key_jwt", _("ondertekend met een sleutel (private_key_jwt)")
        BASIC = "client_secret_basic", _("geheim in de kop (client_secret_basic)")
        POST = "client_secret_post", _("geheim in de vraag (client_secret_post)")
        TLS = "tls_client_auth", _("certificaat (tls_client_auth)")

    PERSONAL: ClassVar[dict[str, str]] = {}

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sources")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind)
    base_url = models.URLField()
    fhir_version = models.CharField(max_length=5, choices=FhirVersion)
    categories = models.BigIntegerField()
    active = models.BooleanField(default=True)

    authorisation = models.CharField(max_length=5, choices=Authorisation, default=Authorisation.NONE, db_default="none")
    certificate = models.CharField(max_length=80, blank=True, validators=[_named], default="", db_default="")
    certificate_key = models.CharField(max_length=80, blank=True, validators=[_named], default="", db_default="")
    authority = models.CharField(max_length=80, blank=True, validators=[_named], default="", db_default="")
    token_url = models.URLField(blank=True, default="", db_default="")
    client_id = models.CharField(max_length=200, blank=True, default="", db_default="")
    client_method = models.CharField(
        max_length=20, choices=ClientMethod, default=ClientMethod.KEY, db_default="private_key_jwt"
    )
    client_secret = models.CharField(max_length=80, blank=True, validators=[_named], default="", db_default="")
    client_key = models.CharField(max_length=80, blank=True, validators=[_named], default="", db_default="")
    key_id = models.CharField(max_length=120, blank=True, default="", db_default="")
    scope = models.CharField(max_length=300, blank=True, default="", db_default="")
    tell_user = models.BooleanField(default=False, db_default=False)

    deadline = models.FloatField(null=True, blank=True, validators=_between(0.5, 10))
    fresh_minutes = models.PositiveIntegerField(null=True, blank=True, validators=_between(0, 1440))
    nothing_hours = models.PositiveIntegerField(default=24, db_default=24, validators=_between(0, 720))
    page_size = models.PositiveIntegerField(default=100, db_default=100, validators=_between(1, 1000))
    page_limit = models.PositiveIntegerField(default=25, db_default=25, validators=_between(1, 100))
    batch = models.BooleanField(default=False, db_default=False)
    rate_limit = models.PositiveIntegerField(default=0, db_default=0, validators=_between(0, 1000))
    breaker_failures = models.PositiveIntegerField(default=5, db_default=5, validators=_between(0, 100))
    breaker_seconds = models.PositiveIntegerField(default=30, db_default=30, validators=_between(5, 3600))

    class Meta:
        ordering = ["kind", "name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(page_size__range=(1, 1000)) & models.Q(page_limit__range=(1, 100)),
                name="source_pages_bounded",
            ),
            models.CheckConstraint(
                condition=models.Q(deadline=None) | models.Q(deadline__range=(0.5, 10)), name="source_deadline_bounded"
            ),
            models.CheckConstraint(
                condition=~models.Q(authorisation="oauth") | ~models.Q(token_url="") & ~models.Q(client_id=""),
                name="source_oauth_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(authorisation="mtls") | ~models.Q(certificate=""), name="source_mtls_whole"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SourceAnswer(models.Model):
    """How a source answered the last time it was asked about a patient: one row per patient and source.

    It is also the record of where something is to be found: a source that knew nothing is left alone for a while.
    """

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


class SourceHour(models.Model):
    """How often a source gave one outcome within one hour, and how long it took: a count, and nothing about whom.

    ``spread`` counts the answers by duration; its steps are :data:`dossier.sources.health.STEPS`. ``reason`` is a word of the
    product's own, empty when all is well.
    """

    PERSONAL: ClassVar[dict[str, str]] = {}

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="hours")
    hour = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=SourceAnswer.Outcome)
    reason = models.CharField(max_length=60, blank=True)
    answers = models.PositiveIntegerField(default=0)
    spread = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "hour", "outcome", "reason"], name="source_hour_once"),
            models.CheckConstraint(condition=~models.Q(outcome="no_consent"), name="source_hour_was_asked"),
        ]
        indexes = [models.Index(fields=["hour"], name="source_hour_hour")]

    def __str__(self) -> str:
        return f"{self.source} {self.hour:%Y-%m-%d %H}: {self.answers} × {self.outcome}"
