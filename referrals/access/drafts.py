"""Referrals that were begun and not sent, for who works on them, and the texts with which a question can begin."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Min
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404

from events.actor import Actor
from people.models import Patient, User
from referrals.access.parties import need_organisation
from referrals.models import Draft, Referral, Template
from square.models import HealthcareService
from trust.access import Opening, need_role
from trust.categories import Category


@dataclass(frozen=True)
class Which:
    """The draft that a form goes on with, and when it was kept last as far as that form knows."""

    number: int
    seen: datetime | None


@dataclass(frozen=True)
class Kept:
    """That a draft is kept: about whom, since when, until when, and who handed it over; nothing of what was typed."""

    number: int
    patient: Patient
    saved_at: datetime
    until: datetime
    handed_by: User | None


def drafts_of(opening: Opening) -> list[Draft]:
    """The actor's own drafts about the person of an opened record, the last kept first."""
    return list(Draft.objects.filter(patient=opening.patient).select_related("handed_by").order_by("-saved_at"))


def standing_of(patient: Patient, token: uuid.UUID, draft: Which | None) -> str:
    """How the draft that a form goes on with stands, held for the rest of the transaction: ``own`` as the form knows it, ``changed``
    by another window, ``gone``, or ``none`` where the form goes on with none."""
    values: list[Any] = [patient.pk, token, draft.number if draft else None, draft.seen if draft else None]
    with connection.cursor() as cursor:
        cursor.execute("select referrals_hold_draft(%s, %s, %s, %s)", values)
        standing: str | None = cursor.fetchone()[0]
    return standing or ("gone" if draft else "none")


def sent_since(actor: Actor, patient: Patient, moment: datetime, service: HealthcareService | None) -> Referral | None:
    """The last referral of this person that the actor's organisation sent since a moment and that still runs; only to ``service``
    where one is given."""
    found = Referral.objects.running().sent_by(need_organisation(actor)).filter(patient=patient, sent_at__gt=moment)
    found = found if service is None else found.filter(service=service)
    return found.select_related("receiving_organisation").order_by("-sent_at").first()


def drafts_for(actor: Actor) -> list[Kept]:
    """The actor's own drafts at this organisation about patients still in reach, the last changed first; opens nothing."""
    need_organisation(actor)
    with connection.cursor() as cursor:
        cursor.execute("select number, patient_id, saved_at, until, handed_by_id from referrals_drafts()")
        rows = cursor.fetchall()
    if not rows:
        return []
    patients = Patient.objects.in_bulk({row[1] for row in rows})
    people = User.objects.in_bulk({row[4] for row in rows if row[4]})
    return [
        Kept(number, patients[patient], saved_at, until, people.get(handed_by))
        for number, patient, saved_at, until, handed_by in rows
        if patient in patients
    ]


def templates_for(actor: Actor, kind: str | None = None) -> list[Template]:
    """The actor's own texts and those of the organisation, by name; with ``kind`` only those for such a service or for any."""
    found = Template.objects.filter(organisation_id=need_organisation(actor)).order_by(Lower("title"), "pk")
    return list(found if kind is None else found.filter(kind__in=["", kind]))


def get_template(actor: Actor, pk: int) -> Template:
    """One of those; of another person or organisation it does not exist. Only a role that works with referrals has any."""
    need_role(actor, Category.REFERRAL)
    return get_object_or_404(Template, organisation_id=need_organisation(actor), pk=pk)


def kinds_of_service() -> dict[str, str]:
    """The kinds of service that somebody can be referred to, each with a name by which it is offered."""
    found = HealthcareService.objects.filter(active=True, takes_referrals=True).exclude(kind="")
    return dict(found.values_list("kind").annotate(name=Min("name")).order_by("name"))
