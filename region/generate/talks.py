"""Exploratory talks of the made-up region: who explores along, and to what a talk led; by number, so that the rest stays as it was."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from referrals.moves import TALK_OUTCOMES, Outcome, Status
from region.generate.load import since
from region.generate.world import Place, World

if TYPE_CHECKING:
    from region.generate.asking import Asking

KIND = "exploratory_talk"
LED = dict(zip(TALK_OUTCOMES, (0.18, 0.24, 0.2, 0.08, 0.16, 0.1, 0.04), strict=True))


def led(a: Asking) -> None:
    """To what a talk led that was held."""
    if a.service.kind == KIND and a.outcome and a.outcome != Outcome.STOPPED:
        chance = Random(a.who.id * 104_729 + int(a.sent.timestamp()))
        a.outcome = str(chance.choices(list(LED), list(LED.values()))[0])


def explore(world: World, a: Asking, number: int) -> None:
    """Who explores: the team that leads, somebody of mental health care, sometimes the own practice; a talk that was held had two."""
    if a.service.kind != KIND or a.accepted is None:
        return
    chance = Random(number)
    _join(world, a, number, a.service.place, "social", a.receiver.user, 0)
    ggz = _near(world, a, "mental_health", chance)
    agreed = bool(a.started) or chance.random() < 0.6
    member = chance.choice(ggz.members) if ggz else None
    if ggz and member:
        _join(world, a, number, ggz, "mental_health", member.user, chance.uniform(0.5, 2), agreed=agreed)
    own = _near(world, a, "gp", chance)
    if own and chance.random() < 0.25 and own.id in a.who.circle:
        _join(world, a, number, own, "gp", chance.choice(own.members).user, chance.uniform(0.5, 3))


def _near(world: World, a: Asking, domain: str, chance: Random) -> Place | None:
    near = world.near.get((domain, a.who.area.municipality)) or world.of_domain[domain]
    able = [place for place in near if place.members and place.id != a.service.place.id]
    return chance.choice(able) if able else None


def _join(
    world: World, a: Asking, number: int, place: Place, domain: str, user: int, after: float, *, agreed: bool = True
) -> None:
    if a.accepted is None:
        return
    answered = min(a.accepted + timedelta(days=after), a.started or a.closed or world.now)
    over = a.closed if a.status in {Status.COMPLETED, Status.CANCELLED} else None
    status = "agreed" if agreed and a.status != Status.CANCELLED else "invited" if over is None else "withdrawn"
    world.load.put(
        "referrals_exploring",
        id=world.load.number("referrals_exploring"),
        referral_id=number,
        patient_id=a.who.id,
        organisation_id=place.id,
        domain=domain,
        status=status,
        user_id=user if agreed else None,
        invited_by_id=a.receiver.user,
        left_out=0,
        invited_at=a.accepted,
        answered_at=answered if agreed else None,
        ended_at=over,
    )
    if status == "agreed" and over is None and place is not a.service.place:
        world.load.put(
            "trust_carerelation",
            id=world.load.number("trust_carerelation"),
            source="referral",
            reference=f"referral:{number}:explorer:{place.id}",
            reason="",
            period=since(answered, None),
            organisation_id=place.id,
            patient_id=a.who.id,
            stated_by_id=None,
            confirmed_at=None,
            confirmed_by_id=None,
        )
