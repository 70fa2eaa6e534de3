"""Who acts for somebody in the made-up region and signs in for it: a daughter without a record, and the parent of a child."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from region.generate.citizens import GENERAL, consent, persona, relate, rows, shown, source_line
from region.generate.load import LOG
from region.generate.log import COLUMNS
from region.generate.organisations import citizen_account
from region.generate.trusted import mandate
from region.generate.world import UTC, Citizen, World
from trust.categories import EVERYTHING, Category, to_mask

DAUGHTER = to_mask(
    {
        Category.IDENTITY, Category.NETWORK, Category.PLAN, Category.WISHES, Category.ALERTS, Category.MEDICATION,
        Category.ALLERGIES, Category.REFERRAL, Category.CONSULTATION, Category.APPOINTMENTS, Category.FUNCTIONING,
        Category.DEVICES,
    }
)  # fmt: skip
SHARED = to_mask({Category.MEDICATION, Category.ALLERGIES})


def family(world: World, named: list[Citizen]) -> None:
    """Make Els, daughter of Anna de Vries, with her mandate; and Lotte of thirteen, with a parent and a choice that waits."""
    anna = next(who for who in named if who.featured == "digid.devries")
    _daughter(world, anna)
    _child(world)


def _daughter(world: World, anna: Citizen) -> None:
    account = citizen_account(world, "digid.els")
    given = anna.account or account
    mandate(
        world, anna, holder=account, name="Els de Vries", kind="carer", categories=DAUGHTER, acts=True, given_by=given,
        ago=60, lasts=99,
    )  # fmt: skip
    number = world.load.last("trust_mandate")
    moment = world.now - timedelta(days=60)
    _line(world, anna, given, moment - timedelta(hours=2), "mandate.given", ("mandate", number))
    _line(world, anna, account, moment, "mandate.taken_up", ("mandate", number))
    _guest(world, "digid.els", "Els de Vries", "dochter van Anna de Vries", "999940004")


def _child(world: World) -> None:
    born = date(world.today.year - 13, 4, 9)
    if (world.today.month, world.today.day) < (4, 9):
        born = date(world.today.year - 14, 4, 9)
    area, practice = world.area_at("1272"), world.place("Huisartspraktijk De Linde")
    account = citizen_account(world, "digid.lotte")
    child = Citizen(
        world.load.number("people_patient"), UUID(int=world.apart.getrandbits(128), version=4), "999940016", born, "female",
        area, "", "Lotte", featured="digid.lotte", account=account,
    )  # fmt: skip
    names = {
        "initials": "L.", "first_names": "Lotte", "call_name": "Lotte", "own_prefix": "", "own_name": "Mulder",
        "partner_prefix": "", "partner_name": "", "name_use": "NL1",
    }  # fmt: skip
    child.surname = shown(names)
    rows(world, child, names, ("Kerkstraat", "7"), "1272AB", account)
    relate(world, child, practice.id, born + timedelta(days=30))
    relate(world, child, world.nearby("mental_health", area.municipality).id, world.today - timedelta(days=40))
    parent = citizen_account(world, "digid.mulder")
    mandate(
        world, child, holder=parent, name="Sander Mulder", kind="parent", categories=to_mask(EVERYTHING), acts=True,
        document="uittreksel uit de basisregistratie personen", given_by=practice.members[0].user, given_at=practice.id,
        ago=200,
    )  # fmt: skip
    consent(world, child, True, GENERAL, 190, domain="gp", established="", set_by=parent)
    consent(world, child, True, SHARED, 2, domain="mental_health", awaits=True, established="", set_by=account)
    waits = world.load.last("trust_consent")
    _line(world, child, account, world.now - timedelta(days=2), "consent.chosen", ("consent", waits))
    source_line(world, child, names, ["his"])
    persona(world, child, names, "digid.lotte", featured=True)
    _guest(world, "digid.mulder", "Sander Mulder", "vader van Lotte Mulder", "999940028")


def _guest(world: World, sub: str, name: str, label: str, bsn: str) -> None:
    """Somebody who signs in and has no record in the network."""
    world.personas.append({"means": "digid", "sub": sub, "name": name, "label": label, "bsn": bsn, "featured": True})


def _line(world: World, who: Citizen, user: int, at: datetime, verb: str, subject: tuple[str, int]) -> None:
    moment = at.astimezone(UTC)
    values = (
        world.load.number(LOG), moment.isoformat(), verb, *subject, who.id, "citizen", "", user, "\\N", "citizen", "PATRQT",
        "0\t0\t0\t0", "", "done", "", f"{world.apart.getrandbits(128):032x}", "10.1.0.9", "{}",
    )  # fmt: skip
    world.load.put_line(LOG, COLUMNS, "\t".join(map(str, values)), f"{moment:%Y-%m}")
