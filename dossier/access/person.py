"""What the bar over every page of one person shows."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from dossier.models import Entry, Fact
from events.actor import Actor
from people.models import Organisation, PatientIdentity
from trust.access import Opening
from trust.categories import Category


def person_of(opening: Opening, actor: Actor) -> dict[str, Any]:
    """What the bar over every page of one person shows; no BSN for an organisation that may not process it (Wabvpz)."""
    patient = opening.patient
    may = (
        actor.kind == "citizen" or Organisation.objects.filter(pk=actor.organisation_id, may_process_bsn=True).exists()
    )
    identity = PatientIdentity.objects.filter(patient=patient).first() if may else None
    return {
        "name": patient.name,
        "url": reverse("workplace:patient", args=[patient.key]),
        "sex": patient.get_gender_display(),
        "age": patient.age,
        "born": patient.birth_date,
        "bsn": identity.bsn if identity else "",
        "flags": _flags(opening),
    }


def _flags(opening: Opening) -> list[dict[str, str]]:
    """Treatment limits and alerts that everybody must see at a glance, as far as the record was opened for them."""
    limits = Entry.objects.filter(patient=opening.patient, kind=Entry.Kind.WISH, replaced_by=None).filter(
        Q(text__istartswith="niet ") | Q(text__istartswith="geen ")
    )
    alerts = Fact.objects.filter(
        patient=opening.patient, category=Category.ALERTS, state="active", expires_at__gt=timezone.now()
    )
    flags = [
        {"status": "alert", "label": text[:60]} for text in limits.order_by("-on_date").values_list("text", flat=True)
    ]
    flags += [
        {"status": "gap", "label": title[:60]}
        for title in alerts.order_by("-on_date").values_list("title", flat=True)[:3]
    ]
    return flags
