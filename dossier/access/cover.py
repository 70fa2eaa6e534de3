"""When the own organisation can be reached, who covers, and who is away."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.models import Cover, OpeningHours
from events.actor import Actor
from people.access import need_professional
from people.models import CARE_ROLES, Organisation, Role


@dataclass(frozen=True)
class Reach:
    """How one participant can be reached: its hours by weekday, the standing cover, and absences and closings to come."""

    organisation: Organisation
    hours: dict[int, list[OpeningHours]]
    standing: Cover | None
    away: list[Cover]


def reach_of_own(actor: Actor) -> Reach:
    """How the own organisation can be reached; raises ``PermissionDenied`` for a role that neither cares nor manages."""
    number = need_professional(actor)
    if actor.role not in CARE_ROLES | {Role.MANAGER}:
        raise PermissionDenied(_("Bereikbaarheid en waarneming regelen de mensen die met inwoners werken."))
    hours: dict[int, list[OpeningHours]] = {day: [] for day in OpeningHours.Weekday.values}
    for one in OpeningHours.objects.filter(organisation_id=number):
        hours[one.weekday].append(one)
    covers = list(
        Cover.objects.filter(organisation_id=number)
        .select_related("covered_by", "membership__user", "stand_in__user")
        .order_by("period")
    )
    away = [one for one in covers if one.period and (one.period.upper is None or one.period.upper > timezone.now())]
    standing = next((one for one in covers if one.period is None), None)
    return Reach(Organisation.objects.get(pk=number), hours, standing, away)
