"""The source systems of the made-up region: what each holds, how it is reached, and how the last day went."""

from __future__ import annotations

import json
import random
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from dossier.sources.health import STEPS, step_of
from region import tls
from region.generate import copies
from region.generate.world import World
from region.source_doors import BATCHES
from trust.categories import Category, to_mask

HIS = {
    Category.IDENTITY,
    Category.NETWORK,
    Category.PROBLEMS,
    Category.MEDICATION,
    Category.ALLERGIES,
    Category.RESULTS,
    Category.PROCEDURES,
    Category.ALERTS,
    Category.VACCINATIONS,
    Category.DOCUMENTS,
    Category.WISHES,
    Category.MENTAL_HEALTH,
}
ECD = {
    Category.IDENTITY,
    Category.NETWORK,
    Category.PROBLEMS,
    Category.FUNCTIONING,
    Category.RESULTS,
    Category.PLAN,
    Category.ALERTS,
    Category.DEVICES,
    Category.SOCIAL,
    Category.PROCEDURES,
}
EPD = {
    Category.IDENTITY,
    Category.PROBLEMS,
    Category.MEDICATION,
    Category.ALLERGIES,
    Category.RESULTS,
    Category.PROCEDURES,
    Category.ALERTS,
    Category.WISHES,
    Category.DOCUMENTS,
    Category.APPOINTMENTS,
    Category.VACCINATIONS,
    Category.DEVICES,
}
AIS = {Category.IDENTITY, Category.MEDICATION, Category.ALLERGIES}
SYSTEMS = {
    "gp": ("his", "R4", HIS),
    "home_care": ("ecd", "STU3", ECD),
    "hospital": ("epd", "STU3", EPD),
    "pharmacy": ("ais", "R4", AIS),
}
CONNECTED = {"Huisartspraktijk De Linde", "Wijkzorg Gooi", "Ziekenhuis De Heide", "Apotheek De Brink"}


def source_systems(world: World) -> None:
    """Connect the source systems that the region simulates.

    At a larger size the other practices, hospitals, pharmacies and home care have one too that is not asked: it holds the facts
    that are loaded for measuring.
    """
    for place in world.places:
        if place.domain in SYSTEMS and (
            place.name in CONNECTED or ((world.facts or world.factor > 1) and place.admitted)
        ):
            kind, version, categories = SYSTEMS[place.domain]
            number = world.load.number("dossier_source")
            if place.name in CONNECTED:
                world.connected.append((number, kind))
            world.load.put(
                "dossier_source",
                id=number,
                name=f"{kind.upper()} {place.name}",
                kind=kind,
                fhir_version=version,
                categories=to_mask(categories),
                active=place.name in CONNECTED,
                organisation_id=place.id,
                **_way_in(world, kind, connected=place.name in CONNECTED),
            )
            if place.name in CONNECTED:
                copies.settings(world, number, kind, place.id)
    hours(world)


def _way_in(world: World, kind: str, *, connected: bool) -> dict[str, Any]:
    """How a system is reached: the hospital's with a token, that of home care with a certificate, the others openly."""
    way = {
        "base_url": f"{world.sources}/{kind}/fhir",
        "authorisation": "none",
        "certificate": "",
        "certificate_key": "",
        "authority": "",
        "token_url": "",
        "client_id": "",
        "client_key": "",
        "tell_user": False,
        "batch": connected and kind in BATCHES,
    }
    if not (world.secure and connected):
        return way
    if kind == "ecd":
        files = {"certificate": "client.pem", "certificate_key": "client.key", "authority": "ca.pem"}
        return way | files | {"base_url": f"{world.secure}/ecd/fhir", "authorisation": "mtls"}
    if kind == "epd":
        token = {"token_url": f"{world.sources}/epd/token", "client_id": tls.PRODUCT, "client_key": "oauth.key"}
        return way | token | {"authorisation": "oauth", "tell_user": True}
    return way


def secrets(world: World, folder: Path) -> None:
    """Put the product's certificate and keys where it looks for them: each organisation's own folder."""
    made = tls.ensure(folder)
    for place in world.places:
        if world.secure and place.name in CONNECTED:
            own = folder / "secrets" / f"organisation-{place.id}"
            own.mkdir(parents=True, exist_ok=True)
            for name in {"home_care": ("client.pem", "client.key", "ca.pem"), "hospital": ("oauth.key",)}.get(
                place.domain, ()
            ):
                shutil.copyfile(made / name, own / name)
                (own / name).chmod(0o600)


DAYS = 30
_SPEED = {"his": 0.45, "epd": 0.9, "ecd": 0.6, "ais": 0.35}
_TROUBLES = (
    ("no_answer", "deadline"),
    ("no_answer", "breaker-open"),
    ("fault", "status-500"),
    ("refused", "token-refused"),
)


def hours(world: World) -> None:
    """How the connected systems answered in the last month: by day more than by night, and one bad morning of the hospital's."""
    chance = random.Random(world.seed)
    now = world.now.replace(minute=0)
    for number, kind in world.connected:
        for back in range(1, DAYS * 24):
            hour = now - timedelta(hours=back)
            local = timezone.localtime(hour)
            busy = 6 <= local.hour < 19 and local.weekday() < 5
            asked = chance.randint(20, 60) if busy else chance.randint(0, 5)
            bad = kind == "epd" and local.day % 9 == 4 and 9 <= local.hour < 11
            told: dict[tuple[str, str], int] = {}
            for _ in range(asked):
                lot = chance.random()
                way = ("answered", "") if lot < 0.9 else ("nothing", "unknown-patient")
                if lot > (0.3 if bad else 0.992):
                    way = chance.choice(_TROUBLES[:2] if bad else _TROUBLES[: 4 if kind == "epd" else 3])
                told[way] = told.get(way, 0) + 1
            for (outcome, reason), answers in told.items():
                spread = [0] * (len(STEPS) + 1)
                for _ in range(answers):
                    slow = 2.5 if reason == "deadline" else chance.lognormvariate(-0.9, 0.45) * _SPEED[kind] / 0.45
                    spread[step_of(slow)] += 1
                world.load.put(
                    "dossier_sourcehour",
                    id=world.load.number("dossier_sourcehour"),
                    source_id=number,
                    hour=hour,
                    outcome=outcome,
                    reason=reason,
                    answers=answers,
                    spread=json.dumps(spread),
                )
