"""Referrals that are stuck in the region: whose turn it is, since when, and what does not happen; nothing about whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from events.clock import working_days_between
from people.models import Organisation
from referrals.access import stuck_referrals
from referrals.moves import MOVES, Status, Urgency
from square.models import HealthcareService

MOST = 200
"""Rows that are shown; the sentence above them counts all."""


@dataclass(frozen=True)
class Stuck:
    """One referral that is stuck. ``days`` are the working days since it should have gone on; ``holder`` is who has the turn."""

    number: str
    service: str
    phone: str
    holder: str
    other: str
    why: str
    urgent: bool
    due: datetime
    days: int


@dataclass(frozen=True)
class StuckFigures:
    """What is stuck now: the longest first, how many in all, and how many each organisation keeps waiting."""

    rows: list[Stuck]
    count: int
    holders: list[tuple[str, int]]
    places: int
    """How many organisations are among the holders: a person who should go on is none."""

    @property
    def longest(self) -> int:
        """The working days of what is stuck longest."""
        return max((row.days for row in self.rows), default=0)


def _why(status: str) -> str:
    return {
        Status.REQUESTED: _("geen antwoord op de aanvraag"),
        Status.ASKED_BACK: _("vraag van de ontvanger niet beantwoord"),
        Status.ACCEPTED: _("aangenomen, nog geen eerste contact"),
        Status.IN_PROGRESS: _("niet gezegd of de hulp nog loopt"),
        Status.REJECTED: _("afgewezen, nog niet verder gezocht"),
    }[Status(status)]


_SENDERS = frozenset(move.target for move in MOVES if move.turn == "sender")


def stuck_figures() -> StuckFigures:
    """What is stuck at this moment, as far as the database tells it to the coordinator of the region: no column of a person."""
    late = stuck_referrals()
    places = Organisation.objects.in_bulk({place for one in late for place in (one.sending, one.receiving) if place})
    services = HealthcareService.objects.in_bulk({one.service for one in late[:MOST]})
    today = timezone.localdate()
    rows: list[Stuck] = []
    holders, keeping = Counter[str](), set[int]()
    for one in late:
        sender = places[one.sending].name if one.sending else str(_("de inwoner zelf"))
        receiver = places[one.receiving].name
        holder, other = (sender, receiver) if one.status in _SENDERS else (receiver, sender)
        keeping |= {place for place in [one.sending if one.status in _SENDERS else one.receiving] if place}
        holders[holder] += 1
        if len(rows) < MOST:
            service = services[one.service]
            rows.append(
                Stuck(
                    number=one.number,
                    service=service.name,
                    phone=service.phone if holder == receiver else "",
                    holder=holder,
                    other=other,
                    why=_why(one.status),
                    urgent=one.urgency == Urgency.SOON,
                    due=one.due,
                    days=working_days_between(timezone.localtime(one.due).date(), today),
                )
            )
    return StuckFigures(rows, holders.total(), holders.most_common(), len(keeping))
