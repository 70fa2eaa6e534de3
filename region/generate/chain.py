"""Assignments that a municipality gave a provider of home care after its request, and the messages that passed about each."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from exchange.chain.sealing import person_of
from referrals.moves import Status
from region.generate.world import World
from trust.categories import Category

if TYPE_CHECKING:
    from region.generate.asking import Asking

PRODUCTS = (("01", "01A01"), ("02", "02A03"), ("07", "07A11"), ("02", "02A05"))
STATES = {
    Status.REQUESTED: "asked",
    Status.ASKED_BACK: "asked",
    Status.REJECTED: "refused",
    Status.CANCELLED: "removed",
}


def assign(world: World, asking: Asking, number: int, name: str) -> None:
    """Put what was asked of a municipality, and assigned by it, beside a referral of home care to it."""
    provider, municipality = asking.sender.place, asking.service.place
    if asking.own or provider.domain != "home_care" or municipality.domain != "municipality" or asking.rounds:
        return
    category, code = PRODUCTS[number % len(PRODUCTS)]
    began = asking.accepted is not None and asking.status != Status.CANCELLED
    status = "assigned" if began else STATES.get(Status(asking.status), "asked")
    periods = []
    if asking.started:
        ended = asking.closed
        periods.append(
            {
                "begun": _day(asking.started),
                "ended": _day(ended) if ended else None,
                "reason": "19" if ended else "",
            }
        )
    person = person_of(asking.who.bsn)
    begins = timezone.localtime(asking.started or asking.accepted or asking.sent).date()
    world.load.put(
        "exchange_assignment",
        id=world.load.number("exchange_assignment"),
        patient_id=asking.who.id,
        person=person,
        organisation_id=municipality.id,
        provider_id=provider.id,
        category=int(Category.SOCIAL),
        law="wmo",
        reference=name,
        number=300_000 + number if began else None,
        status=status,
        refusal="2" if status == "refused" else "",
        municipality_code="",
        referral_id=number,
        product_category=category,
        product_code=code,
        assigned_at=asking.accepted if began else None,
        begins=begins,
        ends=begins + timedelta(days=365),
        volume=2 + number % 3,
        unit="04",
        frequency="2",
        budget=None,
        periods=json.dumps(periods),
    )
    passed = [("315", asking.sent, False)]
    if began and asking.accepted:
        passed.append(("301", asking.accepted, True))
        passed += [("305", asking.started, False)] if asking.started else []
        passed += [("307", asking.closed, False)] if asking.started and asking.closed else []
    for kind, at, by_municipality in passed:
        ends = (municipality.id, provider.id) if by_municipality else (provider.id, municipality.id)
        sent = _message(world, asking, number, kind, at, ends, person, None)
        back = (ends[1], ends[0])
        _message(world, asking, number, str(int(kind) + 1), at + timedelta(minutes=20), back, person, sent)


def _day(moment: datetime) -> str:
    return timezone.localtime(moment).date().isoformat()


def _message(
    world: World,
    asking: Asking,
    number: int,
    kind: str,
    at: datetime,
    ends: tuple[int, int],
    person: str,
    answers: int | None,
) -> int:
    here = world.load.number("exchange_chainmessage")
    identification = f"D{here:09d}"
    world.load.put(
        "exchange_chainmessage",
        id=here,
        direction="in" if answers is None else "out",
        law="wmo",
        kind=kind,
        sender_id=ends[0],
        receiver_id=ends[1],
        identification=identification,
        dated=timezone.localtime(at).date(),
        digest=hashlib.sha256(identification.encode()).hexdigest(),
        status="handled",
        faults="[]",
        answers_id=answers,
        patient_id=asking.who.id,
        referral_id=number,
        person=person,
        at=at,
        delivered_at=at + timedelta(minutes=5) if answers is not None else None,
        due=None,
        handled_at=at + timedelta(minutes=1),
        handled_by_id=None,
        sealed=None,
        key_id="",
        kept_until=None,
    )
    return here
