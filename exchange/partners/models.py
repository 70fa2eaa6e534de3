"""What is remembered of participants' own software: as whom it signs in, with which keys, and which referral it knows by what name."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Organisation, User
from referrals.models import Referral


class Scope(models.TextChoices):
    """What a system of a participant may do (SMART App Launch 2.2, scopes of a system)."""

    SEND = "system/Task.c", _("verwijzingen brengen")
    READ = "system/Task.rs", _("lezen hoe het met verwijzingen staat")
    STEP = "system/Task.u", _("stappen nemen in verwijzingen")
    CONTENT = "system/ServiceRequest.rs", _("na acceptatie lezen over wie het gaat en wat er gevraagd wordt")
    NOTIFY = "ta-np-notification", _("aankondigen dat er een verwijzing klaarstaat (TA Notified Pull)")
    PULL = "bgz-sender", _("na acceptatie de basisgegevens van één verwijzing ophalen (TA Notified Pull)")


class Way(models.TextChoices):
    """How a participant's system hears of referrals."""

    TELL = "tell", _("het netwerk brengt verwijzing en stappen (FHIR R4)")
    PULL = "pull", _("het netwerk kondigt aan, het systeem haalt op (TA Notified Pull, STU3)")


class FhirConnection(models.Model):
    """That a participant works with its own software, which takes steps of referrals in the name of the organisation.

    ``client_id`` is as whom that system signs in here; ``account`` stands in thread and log for what it did: nobody signs in
    with it. At ``endpoint`` the system hears of referrals, in the ``way`` it works in; there the network signs in as
    ``own_client_id`` with the private key in the file ``secret`` (:mod:`dossier.sources.secret_files`), at ``token_url``.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"account": "account"}

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="+")
    client_id = models.CharField(max_length=40, unique=True)
    account = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField(default=False)
    scopes = ArrayField(models.CharField(max_length=40, choices=Scope), default=list, blank=True)
    way = models.CharField(max_length=5, choices=Way, default=Way.TELL)
    endpoint = models.URLField(blank=True)
    token_url = models.URLField(blank=True)
    own_client_id = models.CharField(max_length=200, blank=True)
    secret = models.CharField(max_length=80, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=Scope.values), name="fhir_connection_scopes_known"
            ),
            models.CheckConstraint(condition=models.Q(way__in=Way.values), name="fhir_connection_way_known"),
        ]

    def __str__(self) -> str:
        return f"fhir connection of organisation {self.organisation_id}"


class ClientKey(models.Model):
    """A public key with which a system of a participant shows who it is (RFC 7523); one that was stopped counts at once no more."""

    PERSONAL: ClassVar[dict[str, str]] = {"added_by": "account"}

    connection = models.ForeignKey(FhirConnection, on_delete=models.PROTECT, related_name="keys")
    kid = models.CharField(max_length=80)
    jwk = models.JSONField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-added_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["connection", "kid"], name="client_key_once")]

    def __str__(self) -> str:
        return f"key {self.pk} of connection {self.connection_id}"


class UsedProof(models.Model):
    """A signed statement that was shown (by digest): until its end it counts no second time (RFC 7523 3, RFC 9449 11.1)."""

    PERSONAL: ClassVar[dict[str, str]] = {}

    digest = models.CharField(max_length=64, primary_key=True)
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["until"], name="used_proof_until")]

    def __str__(self) -> str:
        return f"proof until {self.until}"


class PartnerTask(models.Model):
    """By which name a participant's system knows a referral: its own key (``system``, ``value``) and address (``remote``).

    ``digest`` is of what it brought under that key, so that bringing it again is harmless and something else under it is not.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"referral": "health"}

    connection = models.ForeignKey(FhirConnection, on_delete=models.PROTECT, related_name="+")
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="+")
    system = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    remote = models.CharField(max_length=80, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "referral"], name="partner_task_once"),
            models.UniqueConstraint(
                fields=["connection", "system", "value"], condition=~models.Q(value=""), name="partner_key_once"
            ),
        ]

    def __str__(self) -> str:
        return f"referral {self.referral_id} at connection {self.connection_id}"


class LetterWay(models.TextChoices):
    """How the letter reaches who answers by a link: not said yet, and then it waits for a code."""

    WAITING = "waiting", _("onderweg naar de beveiligde mailbox")
    SECURE = "secure", _("met beveiligde e-mail verstuurd")
    UNPROVEN = "unproven", _("niet gemaild: niet aangetoond dat dit adres beveiligde e-mail aanneemt")
    REFUSED = "refused", _("niet gemaild: de mailbox nam de brief niet aan")


class SecureMailbox(models.Model):
    """That an organisation without software has a mailbox of secure mail (NTA 7516), and on which day it said so itself.

    Whether its domain says the same is asked each time that a letter goes; where the DNS cannot be asked the day counts.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"stated_by": "account"}

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="+")
    address = models.EmailField()
    confirmed_on = models.DateField()
    stated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"secure mailbox of organisation {self.organisation_id}"


class AnswerLink(models.Model):
    """The address by which a participant without software answers one request: of its secret only the digest is kept.

    It counts until ``until``, while this organisation is asked in this ``round``, and not once it was ``ended_at`` by who
    referred. ``tries`` are codes that were wrong; ``fetched_at`` when the letter went out. ``letter_way`` tells whether it went
    by secure mail instead, and ``lettered_at`` when it last did.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"referral": "health"}

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="+")
    round = models.PositiveSmallIntegerField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    fetched_at = models.DateTimeField(null=True, blank=True)
    letter_way = models.CharField(max_length=10, choices=LetterWay, blank=True)
    lettered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "round"], name="answer_link_once")]

    def __str__(self) -> str:
        return f"link {self.pk} for referral {self.referral_id}"
