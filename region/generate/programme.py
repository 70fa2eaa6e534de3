"""How far the participants of the made-up region are with each process of the network."""

from __future__ import annotations

from datetime import timedelta

from programme.models import Process
from programme.moves import Phase
from region.generate.world import World

PHASES = (Phase.INTAKE, Phase.FRONT_RUNNER, Phase.OPTIMISATION, Phase.BROAD, Phase.DONE)
NOTES = (
    "",
    "",
    "",
    "Wacht op koppeling van de leverancier.",
    "Training gepland.",
    "Werkgroep draait.",
    "Bestuur heeft getekend.",
)


def participations(world: World) -> None:
    """The processes with which the region began are furthest; practices of general practitioners go first."""
    chance = world.chance
    for process in Process.objects.order_by("position"):
        for place in world.places:
            concerned = not process.domains or place.domain in process.domains
            if not (place.admitted and concerned and place.domain != "region") or chance.random() < 0.12:
                continue
            reached = chance.gauss(
                4.6 - 0.75 * process.position + (0.7 if place.domain in {"gp", "social"} else 0), 1.0
            )
            world.load.put(
                "programme_participation",
                id=world.load.number("programme_participation"),
                organisation_id=place.id,
                process_id=process.pk,
                phase=PHASES[min(4, max(0, int(reached)))],
                since=world.today - timedelta(days=chance.randint(5, 500)),
                note=chance.choice(NOTES),
            )
