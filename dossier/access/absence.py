"""Who is at work for an organisation now, and who stands in for whom."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from dossier.models import Cover
from people.models import Membership


@dataclass(frozen=True)
class AtWork:
    """The people of an organisation, by number of their account: all who work there now, and for whom is away who stands in,
    if a colleague does."""

    members: frozenset[int]
    away: dict[int, int | None]

    def holder(self, user_id: int | None) -> int | None:
        """Who has the work of this person now: the person, the stand-in, or nobody in particular, which is the team."""
        if user_id is None or user_id not in self.members:
            return None
        stand_in = self.away.get(user_id, user_id)
        return stand_in if stand_in in self.members and (stand_in == user_id or stand_in not in self.away) else None

    def stands_in_for(self, user_id: int) -> frozenset[int]:
        """Those whose work this person has now, the own included."""
        return frozenset(one for one in (user_id, *self.away) if self.holder(one) == user_id)

    @property
    def held(self) -> frozenset[int]:
        """Those whose work is with somebody; what belongs to anybody else is the team's."""
        return frozenset(one for one in self.members if self.holder(one) is not None)


def at_work(organisation_id: int) -> AtWork:
    """The people of an organisation now; two queries."""
    current = Membership.objects.current().filter(organisation_id=organisation_id, user__is_active=True)
    covers = Cover.objects.filter(
        organisation_id=organisation_id, membership__isnull=False, period__contains=timezone.now()
    ).values_list("membership__user_id", "stand_in__user_id")
    return AtWork(frozenset(current.values_list("user_id", flat=True)), dict(covers.order_by("period")))
