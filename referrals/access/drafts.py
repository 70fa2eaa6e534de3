"""Referrals that were begun and not sent, for who works on them, and the texts with which a question can begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Min
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404

from events.actor import Actor
from people.models import Patient, User
from referrals.access.parties import need_organisation
from referrals.models import Draft, Template
from square.models import HealthcareService
from trust.access import Opening, need_role
from trust.categories import Category


@dataclass(frozen=True)
class Kept:
    """That a draft is kept: about whom, since when, until when, and who handed it over; nothing of what was typed."""

    number: int
    patient: Patient
    saved_at: datetime
    until: datetime
    handed_by: User | None


def draft_of(opening: Opening) -> Draft | None:
    """The actor's own draft about the person of an opened record."""
    return Draft.objects.filter(patient=opening.patient).select_related("handed_by").first()


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
