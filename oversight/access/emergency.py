"""Which emergencies a privacy officer sees, and what was looked at in each of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet
from django.db.models.functions import Lower
from django.http import Http404
from django.shortcuts import get_object_or_404

from events.actor import Actor
from events.models import Event
from oversight.access.guard import get_officer, is_officer
from trust.categories import Category, from_mask
from trust.models import Emergency


@dataclass(frozen=True)
class Look:
    """Equal lines of the log within one minute of an emergency: when first, which categories were opened, whether refused, how often."""

    at: datetime
    number: int
    categories: list[Category]
    denied: bool
    times: int


def emergencies_for(actor: Actor) -> QuerySet[Emergency]:
    """The emergencies of the own organisation, or of all for the region's privacy officer; the newest first.

    The record is not joined: a privacy officer sees the number of a citizen and nothing else of them.
    """
    officer = get_officer(actor)
    found = Emergency.objects.select_related("organisation", "user", "reviewed_by").annotate(started=Lower("period"))
    if not officer.regional:
        found = found.filter(organisation=officer.organisation)
    return found.order_by(F("started").desc(), "-pk")


def emergencies_to_review(actor: Actor) -> QuerySet[Emergency]:
    """Those that nobody reviewed yet; the oldest first, for it waits longest."""
    return emergencies_for(actor).filter(review="").order_by("started", "pk")


def get_emergency(actor: Actor, pk: int) -> Emergency:
    """One emergency within the officer's reach; another one does not exist."""
    if not is_officer(actor):
        raise Http404
    return get_object_or_404(emergencies_for(actor), pk=pk)


def may_review(actor: Actor, emergency: Emergency) -> bool:
    """Whether this officer may review it: once, and never the own emergency."""
    return not emergency.review and emergency.user_id != actor.user_id


def looks_in(actor: Actor, emergency: Emergency) -> list[Look]:
    """What this professional opened of this record while the emergency lasted, in time (NEN 7513:2018, 7.4).

    One page opens a record several times. Lines of one minute that say the same are one look with their number, under
    the first of them; the log itself keeps each.
    """
    get_officer(actor)
    if emergency.period.isempty:
        return []
    lines = Event.objects.filter(
        patient_id=emergency.patient_id,
        organisation_id=emergency.organisation_id,
        user_id=emergency.user_id,
        verb__in=["record.opened", "record.denied"],
        at__gte=emergency.period.lower,
        at__lt=emergency.period.upper,
    ).order_by("at", "id")
    first: dict[tuple[datetime, str, str, int], Event] = {}
    times: Counter[tuple[datetime, str, str, int]] = Counter()
    for line in lines:
        seen = line.categories | line.own_categories | line.consented
        same = (line.at.replace(second=0, microsecond=0), line.verb, line.outcome, seen)
        first.setdefault(same, line)
        times[same] += 1
    return [
        Look(line.at, line.pk, sorted(from_mask(same[-1])), line.outcome == "denied", times[same])
        for same, line in first.items()
    ]
