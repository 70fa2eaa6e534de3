"""Everything that changes when a participant can be reached and who covers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.access.cover import reach_of_own
from dossier.models import Cover, OpeningHours
from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Membership, Organisation


@transaction.atomic
def state_hours(*, hours: Mapping[int, Sequence[tuple[time, time]]], by: Actor) -> None:
    """Say when the own organisation can be reached, by weekday; a day without hours is a day on which it is closed."""
    reach = reach_of_own(by)
    OpeningHours.objects.filter(organisation=reach.organisation).delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(organisation=reach.organisation, weekday=day, opens=opens, closes=closes)
        for day, stretches in hours.items()
        for opens, closes in stretches
    )
    record("cover.stated", subject=reach.organisation, by=by)


@transaction.atomic
def state_standing_cover(*, covered_by: Organisation | None, name: str, phone: str, by: Actor) -> None:
    """Say who covers whenever the own organisation is closed; nobody takes it away."""
    reach = reach_of_own(by)
    here = Cover.objects.filter(organisation=reach.organisation, period=None)
    if covered_by is None and not name and not phone:
        here.delete()
    else:
        values = {"covered_by": covered_by, "name": name, "phone": phone}
        Cover.objects.update_or_create(organisation=reach.organisation, period=None, defaults=values)
    record("cover.stated", subject=reach.organisation, by=by)


@transaction.atomic
def add_absence(
    *,
    membership: Membership | None,
    starts: date,
    ends: date,
    by: Actor,
    stand_in: Membership | None = None,
    covered_by: Organisation | None = None,
    name: str = "",
    phone: str = "",
) -> Cover:
    """Say that somebody is away, or without a member that the organisation is closed, on these days; and who covers."""
    reach = reach_of_own(by)
    if ends < starts or ends < timezone.localdate():
        raise Refused(_("De laatste dag ligt in het verleden of voor de eerste."), field="ends")
    period = DateTimeTZRange(_midnight(starts), _midnight(ends + timedelta(days=1)))
    made = Cover.objects.create(
        organisation=reach.organisation, membership=membership, period=period, stand_in=stand_in, covered_by=covered_by,
        name=name, phone=phone,
    )  # fmt: skip
    record("cover.stated", subject=reach.organisation, by=by)
    return made


@transaction.atomic
def drop_absence(*, pk: int, by: Actor) -> None:
    """Take an absence or closing of the own organisation away."""
    reach = reach_of_own(by)
    if Cover.objects.filter(organisation=reach.organisation, period__isnull=False, pk=pk).delete()[0]:
        record("cover.stated", subject=reach.organisation, by=by)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
