"""In whose hand work is, as lists ask it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q


@dataclass(frozen=True)
class Hands:
    """Whose work is the actor's own now, and whose work is with somebody at all; by number of account."""

    mine: frozenset[int]
    present: frozenset[int]

    @property
    def own(self) -> Q:
        """What the actor has in hand, also for whom the actor stands in."""
        return Q(receiver_id__in=self.mine)

    @property
    def free(self) -> Q:
        """What nobody has in hand: not picked up, or by somebody who left or is away without a stand-in."""
        return Q(receiver_id=None) | ~Q(receiver_id__in=self.present)
