"""Participants of the made-up region that work in no system: they hear by a link in the mail; one gets the letter by secure mail."""

from __future__ import annotations

from datetime import timedelta

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
SECURE = "Eetclub Aan Tafel"
MEALS = Kind(
    "meals", "Samen eten in de buurt", "welfare", "Twee keer per week een warme maaltijd, met buren aan tafel of thuisgebracht.",
    "Mensen die niet meer goed koken of liever niet alleen eten.", "eten maaltijd koken alleen tafel buren warm", (), 4, 4, None,
    ("Kookt niet meer sinds de val. Eet het liefst met anderen.",), (18, 120), "€ 6 per maaltijd", home=True, duration=60,
)  # fmt: skip


def neighbours(world: World) -> None:
    """Make them after all others: nobody of the story was referred there before."""
    for name, postcode, kind in ((NAME, "1271", CHORES), (SECURE, "1273", MEALS)):
        organisation(world, Named(name, "welfare", postcode))
        service(world, world.place(name), kind)
    world.load.put(
        "exchange_securemailbox",
        id=world.load.number("exchange_securemailbox"),
        organisation_id=world.place(SECURE).id,
        address="brieven@eetclub.veilig.example",
        confirmed_on=world.today - timedelta(days=40),
        stated_by_id=world.featured["noor.deboer"].user,
        stated_at=world.on(world.today - timedelta(days=40)),
    )
