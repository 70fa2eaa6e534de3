"""Everything that the portal changes of its own: refusing everything and undoing that, what was read, and reminders."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from events.actions import record
from events.actor import Actor
from people.models import Patient, User
from portal import words
from portal.models import Seen
from trust.actions import choose, withdraw
from trust.categories import Category, from_mask
from trust.models import Consent, Mandate


class Before(TypedDict):
    """How it was before everything was refused: the objection that was made, and what ended by it with the day it would have ended."""

    patient: int
    objection: int
    ended: list[tuple[int, str]]


@transaction.atomic
def refuse_everything(*, patient: Patient, by: Actor) -> Before:
    """Keep everything from everybody but what each writes down self; returns what is needed to undo it.

    Every permission ends, because a more specific one would go before the general objection. What the national service
    permits is objected to on the same terms, because it is not for the network to end.
    """
    ended: list[tuple[int, str]] = []
    permitted = Consent.objects.current().filter(patient=patient, permit=True)
    for choice in permitted.select_related("reader_organisation", "reader_user", "holder_organisation"):
        if choice.origin == Consent.Origin.NATIONAL:
            _again(choice, permit=False, ends=None, by=by)
            continue
        ends = timezone.localdate(choice.period.upper).isoformat() if choice.period.upper else ""
        ended.append((choice.pk, ends))
        withdraw(consent=choice, by=by)
    made = choose(patient=patient, permit=False, categories=words.everything(), by=by)
    return {"patient": patient.pk, "objection": made.pk, "ended": ended}


@transaction.atomic
def undo_refusal(*, objection: Consent, before: Before | None, by: Actor) -> None:
    """Take back that everything was refused; what ended by it counts again, as far as its day has not passed."""
    withdraw(consent=objection, by=by)
    if before is None or before["objection"] != objection.pk:
        return
    former = Consent.objects.select_related("reader_organisation", "reader_user", "holder_organisation")
    ends = dict(before["ended"])
    for choice in former.filter(patient_id=objection.patient_id, pk__in=ends):
        day = date.fromisoformat(ends[choice.pk]) if ends[choice.pk] else None
        if day is None or day >= timezone.localdate():
            _again(choice, permit=True, ends=day, by=by)


def _again(choice: Consent, *, permit: bool, ends: date | None, by: Actor) -> None:
    choose(
        patient=choice.patient,
        permit=permit,
        categories=from_mask(choice.categories),
        by=by,
        reader_domain=choice.reader_domain,
        reader_organisation=choice.reader_organisation,
        reader_user=choice.reader_user,
        holder_domain=choice.holder_domain,
        holder_organisation=choice.holder_organisation,
        ends=ends,
    )


@transaction.atomic
def choose_for_everybody(*, patient: Patient, permit: bool, categories: frozenset[Category], by: Actor) -> Consent:
    """Keep a choice about everybody who helps, on which the citizen may rely.

    Refusing also refuses every kind of reader that was permitted before: the more specific permission would go on, while
    the citizen said no to all. Permitting takes just those refusals back; what was refused to a kind by itself stays
    refused, and exceptions about one organisation, one person or one holder stay as they are.
    """
    here = Consent.objects.current().filter(patient=patient, holder_domain="", holder_organisation=None)
    here = here.filter(reader_organisation=None, reader_user=None).exclude(origin=Consent.Origin.NATIONAL)
    kinds = here.exclude(reader_domain="").exclude(permit=permit)
    if permit:
        moments = [choice.period.lower for choice in here.filter(reader_domain="", permit=False)]
        kinds = kinds.filter(period__startswith__in=moments)
    for kind in kinds:
        both = from_mask(kind.categories) & categories
        if both:
            choose(patient=patient, permit=permit, categories=both, by=by, reader_domain=kind.reader_domain)
    return choose(patient=patient, permit=permit, categories=categories, by=by)


def mark_read(*, patient: Patient, by: Actor) -> None:
    """Keep that the citizen read what changed in this record until now."""
    Seen.objects.update_or_create(user_id=by.user_id, patient=patient, defaults={"at": Now()})


REMIND_DAYS = 30
"""Days before the end of a choice or a mandate at which the person is reminded of it."""


@transaction.atomic
def remind(*, by: Actor) -> int:
    """Tell, once, whose choice or mandate ends within thirty days; returns how many were told."""
    with connection.cursor() as cursor:
        cursor.execute("select kind, number, patient from portal_ending(%s)", [REMIND_DAYS])
        ending = cursor.fetchall()
    for kind, number, patient in ending:
        subject = Consent(pk=number) if kind == "consent" else Mandate(pk=number)
        record(f"{kind}.expiring", subject=subject, patient_id=patient, by=by)
    return len(ending)


def admit_carer(*, username: str, digest: str, by: Actor) -> tuple[User | None, str]:
    """Find or make the account of a citizen whom the network does not know, for who acts for somebody else.

    An account is made only for who holds the code of a mandate that nobody took up yet; it has no name and no number.
    Returns the account and ``known`` or ``made``; no account and ``unknown``, ``code`` (the code does not hold) or
    ``differs`` (the account is a patient's whose number did not match). ``by`` is anonymous: nobody is signed in.
    """
    with connection.cursor() as cursor:
        cursor.execute("select account, outcome from portal_carer_account(%s, %s)", [username, digest])
        account, outcome = cursor.fetchone()
    return (User.objects.get(pk=account) if account else None), str(outcome)
