"""A participant of the made-up region that works with its own software: what came and went by FHIR, its connection and its keys."""

from __future__ import annotations

import uuid
from datetime import timedelta
from random import Random

import orjson
from django.contrib.auth.models import Permission

from region.generate.asking import Asking, write
from region.generate.catalogue import Kind
from region.generate.citizens import relate
from region.generate.offer import service
from region.generate.organisations import Named, account, organisation, somebody
from region.generate.referrals import run
from region.generate.world import Citizen, Member, Service, World

NAME = "Thuiszorg Meentzicht"
WOUNDS = Kind(
    "wound_care", "Wondzorg thuis", "home_care", "Verpleegkundigen die wonden verzorgen, bij u thuis.",
    "Mensen met een wond die niet naar de praktijk kunnen komen.", "wond decubitus verband been hiel verzorging", (), 3, 4, None,
    ("Wond aan de hiel, geneest niet. Graag beoordelen en verzorgen.",), (18, 120), "basisverzekering", home=True, duration=30,
)  # fmt: skip
MOST = 12
KEYS = (
    ("2026-01", "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", 300, 20),
    ("2026-11", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", 25, None),
)
"""Names and points of public keys (RFC 7517 and RFC 7515, examples), since how many days, and when stopped."""
SCOPES = ["system/ServiceRequest.rs", "system/Task.c", "system/Task.rs", "system/Task.u"]


def partner(world: World, who_can: list[Citizen]) -> None:
    """Make it after all others, with referrals to it and from it in the last months; its system asks for itself what there is."""
    organisation(world, Named(NAME, "home_care", "1272"))
    place = world.place(NAME)
    boss = somebody(world, "ellen.visser", "Ellen Visser", "manager", place)
    permission = Permission.objects.get(
        codename="manage_sources", content_type__app_label="people", content_type__model="organisation"
    )
    world.load.put(
        "people_organisationpermission", id=world.load.number("people_organisationpermission"), content_object_id=place.id,
        permission_id=permission.pk, user_id=boss,
    )  # fmt: skip
    service(world, place, WOUNDS)
    own = account(world, f"system:{place.id}", f"Systeem van {NAME}", "")
    here = _connection(world, place.id, own, boss)
    system = Member(0, own, f"Systeem van {NAME}", "district_nurse", "systeem", place)
    chance = Random(world.seed + 311)
    able = [who for who in who_can if who.mailed and not who.deceased and (world.today - who.born).days > 60 * 365]
    for number, who in enumerate(chance.sample(able, min(MOST, len(able)))):
        asking = _brought(world, who, system, chance) if number % 3 == 0 else _asked(world, who, system, chance)
        if asking is not None:
            _known(world, here, write(world, asking), asking)


def _connection(world: World, place: int, own: int, boss: int) -> int:
    number = world.load.number("exchange_fhirconnection")
    world.load.put(
        "exchange_fhirconnection", id=number, organisation_id=place, client_id=f"nis-{uuid.uuid5(uuid.NAMESPACE_OID, NAME).hex}",
        account_id=own, active=True, scopes=SCOPES, way="tell", endpoint="", token_url="", own_client_id="", secret="",
        changed_at=world.on(world.today - timedelta(days=300)),
    )  # fmt: skip
    for kid, x, y, since, stopped in KEYS:
        world.load.put(
            "exchange_clientkey", id=world.load.number("exchange_clientkey"), connection_id=number, kid=kid, added_by_id=boss,
            jwk=orjson.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}).decode(),
            added_at=world.on(world.today - timedelta(days=since)),
            stopped_at=world.on(world.today - timedelta(days=stopped)) if stopped else None,
        )  # fmt: skip
    return number


def _asked(world: World, who: Citizen, system: Member, chance: Random) -> Asking | None:
    """A practice that cares for the citizen refers to it; its system takes the steps."""
    places = [world.by_number[number] for number in who.circle]
    senders = [
        one for place in places if place.domain == "gp" and place.admitted for one in place.members if one.role == "gp"
    ]
    if not senders:
        return None
    offered = system.place.services[0]
    sent = world.now - timedelta(days=chance.uniform(0.5, 90))
    a = Asking(
        who, offered, chance.choice(senders), system, sent, "routine", offered.letters[0], "", system=system.place.id
    )
    run(world, a)
    return a


def _brought(world: World, who: Citizen, system: Member, chance: Random) -> Asking | None:
    """It refers a citizen whom it cares for, from its own system."""
    sent = world.now - timedelta(days=chance.uniform(2, 90))
    age = (world.today - who.born).days // 365
    fitting: list[Service] = [
        one
        for place in world.of_domain["welfare"]
        for one in place.services
        if one.fits(who, age) and place.members and one.letters
    ]
    if not fitting:
        return None
    relate(world, who, system.place.id, (sent - timedelta(days=200)).date())
    offered = chance.choice(fitting)
    a = Asking(
        who, offered, system, offered.place.somebody(chance), sent, "routine", chance.choice(offered.letters), "",
        origin="system", system=system.place.id,
    )  # fmt: skip
    run(world, a)
    return a


def _known(world: World, here: int, number: int, a: Asking) -> None:
    """By which number its system knows the referral that it brought."""
    if a.origin == "system":
        world.load.put(
            "exchange_partnertask", id=world.load.number("exchange_partnertask"), connection_id=here, referral_id=number,
            system="https://ecd.meentzicht.example/verwijzing", value=f"M-{number:05d}", digest=f"{number:064x}", remote="",
            told_at=None,
        )  # fmt: skip
