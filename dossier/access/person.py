"""What the bar over every page of one person shows."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.db.models import Exists, Q
from django.urls import reverse
from django.utils import timezone

from dossier.models import Entry, Fact
from events.actor import Actor
from people.models import Organisation, PatientIdentity
from trust.access import Opening
from trust.categories import Category


def person_of(
    opening: Opening, actor: Actor, *, facts: Iterable[Fact] | None = None, entries: Iterable[Entry] | None = None
) -> dict[str, Any]:
    """What the bar over every page of one person shows; no BSN for an organisation that may not process it (Wabvpz).

    ``facts`` and ``entries`` are those that were read already, with every alert and wish among them: then one query is asked.
    """
    patient = opening.patient
    identities = PatientIdentity.objects.filter(patient=patient)
    if actor.kind != "citizen":
        identities = identities.filter(
            Exists(Organisation.objects.filter(pk=actor.organisation_id, may_process_bsn=True))
        )
    identity = identities.first()
    return {
        "name": patient.name,
        "url": reverse("workplace:patient", args=[patient.key]),
        "sex": patient.get_gender_display(),
        "age": patient.age,
        "born": patient.birth_date,
        "bsn": identity.bsn if identity else "",
        "flags": _flags(opening)
        if facts is None or entries is None
        else _as_flags(
            [entry.text for entry in entries if entry.kind == Entry.Kind.WISH and _limits(entry.text)],
            [fact.title for fact in facts if fact.category == Category.ALERTS and fact.state == "active"],
        ),
    }


def _flags(opening: Opening) -> list[dict[str, str]]:
    """Treatment limits and alerts that everybody must see at a glance, as far as the record was opened for them."""
    limits = Entry.objects.filter(patient=opening.patient, kind=Entry.Kind.WISH, replaced_by=None).filter(
        Q(text__istartswith="niet ") | Q(text__istartswith="geen ")
    )
    alerts = Fact.objects.filter(
        patient=opening.patient, category=Category.ALERTS, state="active", expires_at__gt=timezone.now()
    )
    return _as_flags(
        limits.order_by("-on_date").values_list("text", flat=True),
        alerts.order_by("-on_date").values_list("title", flat=True),
    )


def _limits(text: str) -> bool:
    return text.lower().startswith(("niet ", "geen "))


def _as_flags(limits: Iterable[str], alerts: Iterable[str]) -> list[dict[str, str]]:
    """Treatment limits and the newest three alerts as chips."""
    flags = [{"status": "alert", "label": text[:60]} for text in limits]
    return flags + [{"status": "gap", "label": title[:60]} for title in islice(alerts, 3)]
