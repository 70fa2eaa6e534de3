"""The first contact after a referral as it was planned: most citizens come by, some are visited or rung up."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from events.clock import working_day_from
from referrals.moves import AppointmentStatus, Status, Way
from region.generate.world import UTC, World

if TYPE_CHECKING:
    from region.generate.asking import Asking

NOTES = (
    "", "", "", "Neem uw identiteitsbewijs en uw medicijnlijst mee.", "U mag iemand meenemen naar dit gesprek.",
    "Het gesprek duurt ongeveer drie kwartier.",
)  # fmt: skip


def office_hour(world: World, moment: datetime) -> datetime:
    """A quarter of an hour on this day, or on the first working day after it, at which people meet."""
    day = working_day_from(timezone.localtime(moment).date())
    quarter = time(world.chance.randint(9, 16), world.chance.choice([0, 15, 30, 45]))
    return timezone.make_aware(datetime.combine(day, quarter)).astimezone(UTC)


def meet(world: World, asking: Asking, number: int) -> None:
    """Put the appointment of one referral into its table."""
    load, chance, starts = world.load, world.chance, asking.planned
    if starts is None:
        return
    way = chance.choices([Way.VISIT, Way.HOME, Way.PHONE, Way.VIRTUAL], [0.6, 0.2, 0.15, 0.05])[0]
    status = AppointmentStatus.FULFILLED if asking.started else AppointmentStatus.BOOKED
    if asking.status == Status.CANCELLED:
        status = AppointmentStatus.CANCELLED
    place = asking.service.place
    load.put(
        "referrals_appointment",
        id=load.number("referrals_appointment"),
        referral_id=number,
        patient_id=asking.who.id,
        organisation_id=place.id,
        starts=starts,
        ends=starts + timedelta(minutes=45),
        way=way,
        place=f"Dorpsstraat {place.id % 90 + 1}, {place.area.place}" if way == Way.VISIT else "",
        note=chance.choice(NOTES),
        status=status,
        uid=uuid.UUID(int=chance.getrandbits(128), version=4),
        sequence=0 if status == AppointmentStatus.BOOKED else 1,
        made_by_id=asking.receiver.user,
        changed_at=asking.accepted,
    )
