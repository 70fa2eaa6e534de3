"""The index of a referral, which both parties see, who was asked before, and the steps in its thread."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import Gender, Organisation, Patient, User
from referrals.moves import (
    NOT_TAKEN_ON,
    READABLE,
    RUNNING,
    AskReason,
    Channel,
    Level,
    Origin,
    Outcome,
    RejectionReason,
    RoundStatus,
    Status,
    Taker,
    Urgency,
    Verb,
)
from square.models import HealthcareService
from trust.categories import Category


class ReferralQuerySet(models.QuerySet["Referral"]):
    """Shapes in which referrals are asked for."""

    def running(self) -> ReferralQuerySet:
        """Referrals that still wait for a party."""
        return self.filter(status__in=RUNNING)

    def received_by(self, organisation_id: int) -> ReferralQuerySet:
        """What came in at an organisation."""
        return self.filter(receiving_organisation_id=organisation_id)

    def sent_by(self, organisation_id: int) -> ReferralQuerySet:
        """What an organisation sent."""
        return self.filter(sending_organisation_id=organisation_id)


class Referral(models.Model):
    """One request for care or support (FHIR ServiceRequest with its Task): the index that lists and clocks need.

    Before acceptance the receiver sees the need, the urgency, and age, gender and municipality, but neither name nor
    number; there is no care relation yet. A refusal waits for the sender until ``settled_at``. ``sensitivity`` is the
    category under which others than the parties may see that it exists. Moments are in UTC; ``due`` is the moment by which
    whose turn it is should have acted, and ``level`` who was told that it passed. ``token`` is that of the form it was sent
    with, so that a second press of the button sends nothing. ``sender`` is in whose name it went, ``entered_by`` who did it
    for that colleague (FHIR Provenance enterer). ``channel`` is how the person gets to know of it. Where ``origin`` says that
    nobody referred, there is neither sender nor sending organisation. ``letter_due`` stands as long as the letter is still to come.
    ``receiver`` is who has it in hand at the receiver, since
    ``picked_up_at``. Who is asked changes under the same number: ``round`` is the position of the :class:`Round` that runs,
    ``asked_at`` since when where that is not the first, ``left_out`` the categories of what was sent that may not go to this
    receiver; ``responsible`` the municipality that is responsible under Wmo or Jeugdwet, as the sender saw it or the receiver who
    passed it on. Service, receiving organisation and these four change through ``referrals_turn`` alone. ``based_on`` is the
    request of which this is a part that its receiver gave to another (FHIR ServiceRequest.basedOn); ``consultation`` the
    number of the row of the consultation it came from, which is on a floor above.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "service": "health",
        "sender": "account",
        "entered_by": "account",
        "receiver": "account",
        "sensitivity": "health",
        "age": "identity",
        "gender": "identity",
        "municipality": "identity",
        "responsible": "identity",
        "notice": "health",
        "rejection_reason": "health",
        "ask_reason": "health",
        "outcome": "health",
        "based_on": "health",
        "consultation": "health",
        "left_out": "health",
        "channel": "contact",
    }

    number = models.CharField(max_length=16, unique=True)
    token = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(HealthcareService, on_delete=models.PROTECT, related_name="referrals")
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.SENT, db_default=Origin.SENT)
    sending_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    receiving_organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    sender = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    entered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=Status, default=Status.REQUESTED)
    urgency = models.CharField(max_length=10, choices=Urgency, default=Urgency.ROUTINE)
    sensitivity = models.SmallIntegerField(choices=Category, default=Category.REFERRAL)
    age = models.PositiveSmallIntegerField()
    gender = models.CharField(max_length=10, choices=Gender)
    municipality = models.CharField(max_length=80, blank=True)
    responsible = models.CharField(max_length=80, blank=True, db_default="")
    notice = models.CharField(max_length=200, blank=True)
    rejection_reason = models.CharField(max_length=20, choices=RejectionReason, blank=True)
    ask_reason = models.CharField(max_length=20, choices=AskReason, blank=True, db_default="")
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    consultation = models.BigIntegerField(null=True, blank=True)
    based_on = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    round = models.PositiveSmallIntegerField(default=1, db_default=1)
    left_out = models.BigIntegerField(default=0, db_default=0)
    sent_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True, blank=True)
    picked_up_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    due = models.DateTimeField(null=True, blank=True)
    level = models.PositiveSmallIntegerField(choices=Level, default=Level.NOBODY)
    letter_due = models.DateTimeField(null=True, blank=True)
    channel = models.CharField(max_length=6, choices=Channel, default=Channel.PORTAL, db_default=Channel.PORTAL)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["receiving_organisation", "service"],
                include=[
                    "sending_organisation",
                    "patient",
                    "sensitivity",
                    "status",
                    "urgency",
                    "sent_at",
                    "due",
                    "receiver",
                    "id",
                ],
                condition=models.Q(status__in=["requested", "asked_back", "accepted", "in_progress"]),
                name="referral_open_in",
            ),
            models.Index(
                fields=["sending_organisation"],
                include=[
                    "receiving_organisation",
                    "service",
                    "patient",
                    "sensitivity",
                    "status",
                    "urgency",
                    "sent_at",
                    "due",
                    "settled_at",
                    "id",
                ],
                condition=models.Q(status__in=["requested", "asked_back", "accepted", "in_progress"])
                | models.Q(status="rejected", settled_at__isnull=True),
                name="referral_open_out",
            ),
            models.Index(
                fields=["receiving_organisation", "-closed_at", "-id"],
                condition=models.Q(closed_at__isnull=False),
                name="referral_closed_in",
            ),
            models.Index(
                fields=["sending_organisation", "-closed_at", "-id"],
                condition=models.Q(closed_at__isnull=False),
                name="referral_closed_out",
            ),
            models.Index(fields=["due"], condition=models.Q(due__isnull=False), name="referral_due"),
            models.Index(fields=["patient"], name="referral_patient"),
            models.Index(fields=["based_on"], condition=models.Q(based_on__isnull=False), name="referral_part_of"),
            models.Index(fields=["service", "sent_at"], name="referral_service"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="referral_status_known"),
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="referral_channel_known"),
            models.CheckConstraint(
                condition=~models.Q(status="rejected") | ~models.Q(rejection_reason=""), name="rejection_has_reason"
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["accepted", "in_progress"]) | models.Q(accepted_at__isnull=False),
                name="accepted_has_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(entered_by__isnull=True) | ~models.Q(entered_by=models.F("sender")),
                name="entered_for_another",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    origin__in=["sent", "consultation"], sender__isnull=False, sending_organisation__isnull=False
                )
                | models.Q(origin="system", sender__isnull=True, sending_organisation__isnull=False)
                | models.Q(origin="walk_in", sender__isnull=True, sending_organisation__isnull=True)
                | models.Q(
                    origin="self", sender__isnull=True, sending_organisation__isnull=True, entered_by__isnull=True
                ),
                name="sent_as_its_origin_says",
            ),
            models.CheckConstraint(
                condition=models.Q(consultation__isnull=True) | models.Q(origin="consultation"),
                name="consultation_as_its_origin_says",
            ),
            models.CheckConstraint(
                condition=models.Q(based_on__isnull=True) | ~models.Q(based_on=models.F("id")), name="part_of_another"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def taken_on(self) -> bool:
        """Whether the receiver took it on, and so may know the name; advice alone takes nothing on, nor does a consultation."""
        return self.status in READABLE and not (self.outcome in NOT_TAKEN_ON and self.accepted_at is None)

    @property
    def referrer(self) -> str:
        """Which organisation referred; how it came about where none did."""
        if self.sending_organisation is not None:
            return self.sending_organisation.name
        return _("binnengelopen") if self.origin == Origin.WALK_IN else _("de inwoner zelf")


class Round(models.Model):
    """One receiver that was asked, or is to be asked next, under the number of a referral (FHIR Task).

    There is none while a referral has one receiver and no further choice. ``position`` tells rounds apart; they are asked by
    ``asked_at``. Of a round that ended the organisation keeps this row and the steps taken in it, and nothing of what came
    after. Written by ``referrals_turn`` and ``referrals_shortlist`` alone. ``reason`` is of a rejection or of giving back.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "service": "health", "reason": "health"}

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="rounds")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=16)
    position = models.PositiveSmallIntegerField()
    service = models.ForeignKey(HealthcareService, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=RoundStatus)
    reason = models.CharField(max_length=20, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["referral", "position"]
        indexes = [
            models.Index(fields=["organisation", "-ended_at"], name="round_of_organisation"),
            models.Index(fields=["patient"], name="round_patient"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["referral", "position"], name="round_position_once"),
            models.UniqueConstraint(
                fields=["referral"], condition=models.Q(status="current"), name="one_round_runs_at_a_time"
            ),
            models.CheckConstraint(condition=models.Q(status__in=RoundStatus.values), name="round_status_known"),
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "lapsed"]) | models.Q(asked_at__isnull=False),
                name="asked_has_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "current"]) | models.Q(ended_at__isnull=False),
                name="ended_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.position}"


class Step(models.Model):
    """One step in the thread that referrer, receiver and citizen all see; ``note`` names nobody.

    ``party`` is who took it. The person, or who acts for the person, stands here without account, since the receiver reads
    steps before it may know who it is about; a system has no account either.
    ``round`` is the position of the receiver who was asked then; ``code`` the reason that was given with it, ``service`` the
    offer that was proposed or turned to.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "user": "account",
        "code": "health",
        "service": "health",
        "note": "health",
    }

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="steps")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=12, choices=Verb)
    status = models.CharField(max_length=12, choices=Status)
    party = models.CharField(max_length=12, choices=Taker, default=Taker.ORGANISATION, db_default=Taker.ORGANISATION)
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField(default=1, db_default=1)
    code = models.CharField(max_length=20, blank=True, db_default="")
    service = models.ForeignKey(HealthcareService, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["referral", "at"], name="step_of_referral")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(party="organisation", organisation__isnull=False, user__isnull=False)
                | models.Q(party__in=["citizen", "carer"], organisation__isnull=True, user__isnull=True)
                | models.Q(party="system", user__isnull=True),
                name="step_by_its_party",
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} of referral {self.referral_id}"

    @property
    def taker(self) -> str:
        """Who took this step, as the parties read it: by name, except for the person and who acts for the person."""
        if self.party == Taker.CITIZEN:
            return _("de inwoner")
        if self.party == Taker.CARER:
            return _("wie voor de inwoner handelt")
        if self.party == Taker.SYSTEM and self.organisation:
            return self.organisation.name
        return self.user.name if self.user else _("het systeem")

    @property
    def place(self) -> str:
        """For which organisation; empty for the person. Of an organisation's own system or link: that it was by that."""
        if self.party == Taker.SYSTEM and self.organisation:
            return _("vanuit een eigen systeem of via een link")
        return self.organisation.name if self.organisation else ""
