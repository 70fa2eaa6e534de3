"""A participant of the made-up region that works in no system: who is referred to it, it hears of by a link in the mail."""

from __future__ import annotations

from region.generate.catalogue import Kind
from region.generate.offer import service
from region.generate.organisations import Named, organisation
from region.generate.world import World

NAME = "Klussendienst De Buren"
CHORES = Kind(
    "chores", "Klusjes in huis en tuin", "welfare", "Handige buren die helpen met wat zelf niet meer lukt.",
    "Mensen die een klus niet meer zelf kunnen doen.", "klus lamp drempel tuin handig buren valgevaar kleed", (), 6, 6, None,
    ("Losse kleden en een hoge drempel. Graag een klusser langs.",), (18, 120), "alleen het materiaal", home=True, duration=14,
)  # fmt: skip


def neighbours(world: World) -> None:
    """Make it after all others: nobody of the story was referred there before."""
    organisation(world, Named(NAME, "welfare", "1271"))
    service(world, world.place(NAME), CHORES)
