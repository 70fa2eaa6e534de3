"""Where citizens of the made-up region lived and stayed before: for some of the young, and for who moved lately."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from region.generate.world import Citizen, World

YOUNG, GROWN = 0.3, 0.05
"""The part of the young and of the others whose history somebody wrote down."""


def residences(world: World, who: Citizen) -> str:
    """Write the history of one citizen; returns the municipality that is responsible under the Jeugdwet where it is another one
    than that of the address now. Chance is the citizen's own, so that the rest of the region stays as it is."""
    chance = Random(who.id * 104_729)
    young = (world.today - who.born).days < 23 * 365
    practice = next((world.by_number[n] for n in who.circle if world.by_number[n].domain == "gp"), None)
    if practice is None or not practice.members or chance.random() > (YOUNG if young else GROWN):
        return ""
    here = who.area.municipality
    others = sorted({area.municipality for area in world.areas} - {here})
    before = chance.choice(others) if others else here
    moved = max(who.born + timedelta(days=1), world.today - timedelta(days=chance.randint(20, 2000)))
    stays = young and chance.random() < 0.25
    rows: list[tuple[str, str, date, date | None, bool]] = [("home", before, who.born, moved, False)]
    rows.append((chance.choice(["foster", "stay"]) if stays else "home", here, moved, None, False))
    if stays and chance.random() < 0.2:
        rows[0] = ("home", "", who.born, moved, True)
        rows.append(("mother", before, who.born, None, False))
    for kind, municipality, since, until, protected in rows:
        world.load.put(
            "dossier_residence",
            id=world.load.number("dossier_residence"),
            patient_id=who.id,
            organisation_id=practice.id,
            category=0,
            kind=kind,
            municipality=municipality,
            municipality_code="",
            since=since,
            until=until,
            protected=protected,
            source=chance.choice(["stated", "system"]),
            stated_by_id=practice.members[0].user,
            stated_at=world.now - timedelta(days=chance.randint(1, 200)),
        )
    return before if stays else ""
