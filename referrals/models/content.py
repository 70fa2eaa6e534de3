"""What was said: the letter, what went along, what came after, and what the receiver reported; opening the record unlocks it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from dossier.models import Document
from people.models import Organisation, Patient, User
from referrals.models.referral import Referral, Step
from trust.categories import Category


class Letter(models.Model):
    """The question itself, in the sender's words; content of the record that the parties may open."""

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "question": "health",
        "wish": "health",
        "agreed": "health",
    }

    referral = models.OneToOneField(Referral, on_delete=models.CASCADE, primary_key=True, related_name="letter")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    question = models.TextField()
    wish = models.TextField(blank=True)
    agreed = models.BooleanField()

    def __str__(self) -> str:
        return f"letter of referral {self.referral_id}"


class LetterItem(models.Model):
    """One fact or document that goes along with a referral, as it was when it was sent; the sender saw and ticked it.

    ``document`` is the version that was sent. ``coded`` is what a fact says in codes, values and periods (FHIR R4), for systems
    that can read it; never more than the words say. ``step`` is the supplement with which it came; empty for what went at first.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "kind": "health",
        "title": "health",
        "detail": "health",
        "on_date": "health",
        "origin": "health",
        "coded": "health",
    }

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="items")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    kind = models.SmallIntegerField(choices=Category)
    title = models.CharField(max_length=300)
    detail = models.CharField(max_length=600, blank=True)
    on_date = models.CharField(max_length=25, blank=True)
    origin = models.CharField(max_length=160)
    coded = models.JSONField(null=True, blank=True)
    # The database itself empties this where a document is removed: the constraint stands in the migration.
    document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    step = models.ForeignKey("Step", null=True, blank=True, on_delete=models.CASCADE, related_name="items")

    def __str__(self) -> str:
        return f"item of referral {self.referral_id}"


class Supplement(models.Model):
    """What the sender added to a referral after it was sent; content as the letter is, which is empty where only items came.

    ``token`` is that of the form it was sent with, so that a second press of the button sends nothing.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "text": "health"}

    step = models.OneToOneField(Step, on_delete=models.CASCADE, primary_key=True, related_name="supplement")
    token = models.UUIDField(unique=True, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="supplements")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    text = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"supplement of referral {self.referral_id}"


class QuestionnaireResponse(models.Model):
    """The answers to the form of a service (FHIR QuestionnaireResponse), filled in by the sender; content as the letter is.

    ``questionnaire`` is the version of the form (``lab-order|1``), ``answers`` its items with the words that were asked then.
    ``kinds`` are the categories of the record that filled it in, as bits: where one of them may not go to who is asked, the
    answers are not read there. ``step`` is the supplement that changed it, empty for what went at first; the newest counts.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "questionnaire": "health",
        "answers": "health",
        "kinds": "health",
        "author": "account",
    }

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="responses")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    questionnaire = models.CharField(max_length=60)
    answers = models.JSONField()
    kinds = models.BigIntegerField(default=0, db_default=0)
    step = models.OneToOneField(Step, null=True, blank=True, on_delete=models.CASCADE, related_name="response")
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["referral", "-at"], name="response_of_referral")]

    def __str__(self) -> str:
        return f"{self.questionnaire} of referral {self.referral_id}"


class Remark(models.Model):
    """What somebody said in the thread: the person, the sender, or the receiver; content for those three alone.

    The receiver reads it once it has accepted, of the time since it was asked. There is no ``organisation`` for what the person
    wrote, or who acts for the person. ``token`` is that of the form, so that a second press says it once.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "text": "health"}

    step = models.OneToOneField(Step, on_delete=models.CASCADE, primary_key=True, related_name="remark")
    token = models.UUIDField(unique=True, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="remarks")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    text = models.TextField()

    def __str__(self) -> str:
        return f"remark in referral {self.referral_id}"


class Report(models.Model):
    """What the receiver reports to who referred (FHIR Composition; zib TextResult); content as the letter is.

    ``plain`` says it to the citizen in plain words (B1). ``token`` is that of the form, so that a second press reports once.
    """

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "text": "health", "plain": "health"}

    step = models.OneToOneField(Step, on_delete=models.CASCADE, primary_key=True, related_name="report")
    token = models.UUIDField(unique=True, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="reports")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    text = models.TextField()
    plain = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"report of referral {self.referral_id}"
