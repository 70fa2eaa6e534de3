"""Citizens of the made-up region who follow a journey, because a referral that was accepted led to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from journeys.models import JourneyTrigger
from journeys.moves import Status
from region.generate.world import World

if TYPE_CHECKING:
    from region.generate.asking import Asking

LONGEST = timedelta(days=270)
"""After this the journey of a citizen is over, also where the help goes on."""


def prepare(world: World) -> None:
    """Look up which kinds of service lead to which live journeys; those came with the product."""
    for kind, journey in (
        JourneyTrigger.objects.filter(journey__status=Status.LIVE)
        .order_by("pk")
        .values_list("service_kind", "journey_id")
    ):
        world.journeys.setdefault(kind, []).append(journey)


def enrol(world: World, a: Asking, number: int) -> None:
    """Include the citizen of an accepted referral, in each journey once at a time."""
    if a.accepted is None:
        return
    for journey in world.journeys.get(a.service.kind, ()):
        ended = min(a.closed or world.now, a.accepted + LONGEST)
        running = a.closed is None and a.accepted + LONGEST > world.now
        if running and journey in a.who.journeys:
            continue
        if running:
            a.who.journeys.add(journey)
        world.load.put(
            "journeys_enrolment",
            id=world.load.number("journeys_enrolment"),
            patient_id=a.who.id,
            organisation_id=a.service.place.id,
            journey_id=journey,
            category=a.service.sensitivity,
            referral_number=f"V-{a.sent:%y}-{number:06d}",
            started_at=a.accepted,
            ended_at=None if running else ended,
        )
