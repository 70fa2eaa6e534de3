"""What changed since the citizen last read it: what the log tells of choices, mandates, emergencies, referrals and requests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from events.actor import Actor
from events.models import Event
from people.models import Organisation, Patient, User
from portal.models import Seen
from portal.news import REFERRAL_STEPS, REQUESTS, TELLERS, Around, Told, tell
from referrals.models import Referral
from rights.moves import Kind
from square.models import HealthcareService
from trust.access import Opening
from trust.models import CareRelation, Consent, Emergency, Mandate, Restriction

PER_PAGE = 50

READ = "request.opened"
"""Somebody read a request: a look, and no change."""

_ROWS: dict[str, QuerySet[Any]] = {
    "consent": Consent.objects.select_related(
        "reader_organisation", "reader_user", "holder_organisation", "set_by", "set_at"
    ),
    "mandate": Mandate.objects.all(),
    "emergency": Emergency.objects.all(),
    "carerelation": CareRelation.objects.select_related("organisation"),
    "restriction": Restriction.objects.select_related("organisation"),
    "referral": Referral.objects.select_related("service__organisation", "sending_organisation"),
}


def _news(patient: Patient) -> QuerySet[Event]:
    # Who acts for the person is told of the referrals within the mandate alone.
    within = Referral.objects.filter(patient=patient).values("pk")
    told = Event.objects.filter(
        Q(verb__in=[verb for verb in TELLERS if verb not in REFERRAL_STEPS])
        | Q(verb__startswith=REQUESTS)
        | Q(verb__in=list(REFERRAL_STEPS), subject_id__in=within),
        patient_id=patient.pk,
    ).exclude(verb=READ)
    # A question is answered by the explanation itself; nothing is carried out after it.
    return told.exclude(verb="request.carried_out", data__kind=Kind.QUESTION)


def last_read(actor: Actor, patient: Patient) -> datetime | None:
    """Until when the citizen has read what changed in this record."""
    return Seen.objects.filter(user_id=actor.user_id, patient=patient).values_list("at", flat=True).first()


def changes_for(actor: Actor, opening: Opening, *, page: str | None = None) -> tuple[Page[Event], list[Told]]:
    """What changed, newest first, fifty a page, with what is new since the citizen last read it."""
    patient, since = opening.patient, last_read(actor, opening.patient)
    found = Paginator(_news(patient).order_by("-at", "-id"), PER_PAGE).get_page(page)
    events = list(found.object_list)
    around = _around(patient, events)
    return found, [tell(event, around, since=since) for event in events]


def count_new(actor: Actor, opening: Opening) -> int:
    """How many changes by others came after the citizen last read the list."""
    since = last_read(actor, opening.patient)
    by_others = _news(opening.patient).exclude(actor_kind="citizen", user_id=opening.patient.account_id)
    return (by_others.filter(at__gt=since) if since else by_others).count()


def _around(patient: Patient, events: Iterable[Event]) -> Around:
    listed = list(events)
    rows: dict[str, dict[int, Any]] = {}
    for kind, found in _ROWS.items():
        numbers = {event.subject_id for event in listed if event.subject_type == kind and event.subject_id}
        if numbers:
            rows[kind] = {row.pk: row for row in found.filter(patient=patient, pk__in=numbers)}
    mandates = Mandate.objects.filter(patient=patient).exclude(holder=None).order_by("period")
    return Around(
        patient_account=patient.account_id,
        people=User.objects.in_bulk({event.user_id for event in listed} - {None}),
        places=Organisation.objects.in_bulk({event.organisation_id for event in listed} - {None}),
        acting={one.holder_id: one.name for one in mandates if one.holder_id},
        rows=rows,
        services=_services(listed),
    )


def _services(events: Iterable[Event]) -> dict[int, HealthcareService]:
    """The services that steps of referrals were about, with whose they are."""
    numbers = {
        event.data["service"] for event in events if event.subject_type == "referral" and "service" in event.data
    }
    return HealthcareService.objects.select_related("organisation").in_bulk(numbers) if numbers else {}
