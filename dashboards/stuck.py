"""Referrals that are stuck in the region: whose turn it is, since when, and what does not happen; nothing about whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from events.clock import working_days_between
from people.models import Organisation
from referrals.moves import MOVES, Level, Status, Urgency
from referrals.terms import latest_late
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
    limits = [latest_late(timezone.now(), urgency, Level.COORDINATOR) for urgency in (Urgency.ROUTINE, Urgency.SOON)]
    with connection.cursor() as cursor:
        cursor.execute("select * from referrals_stuck(%s, %s)", limits)
        late = cursor.fetchall()
    places = Organisation.objects.in_bulk({place for row in late for place in row[2:4]})
    services = HealthcareService.objects.in_bulk({row[1] for row in late[:MOST]})
    today = timezone.localdate()
    rows: list[Stuck] = []
    holders = Counter[str]()
    for number, service, sending, receiving, status, urgency, due in late:
        sender, receiver = places[sending].name, places[receiving].name
        holder, other = (sender, receiver) if status in _SENDERS else (receiver, sender)
        holders[holder] += 1
        if len(rows) < MOST:
            days = working_days_between(timezone.localtime(due).date(), today)
            phone = services[service].phone if holder == receiver else ""
            rows.append(
                Stuck(
                    number,
                    services[service].name,
                    phone,
                    holder,
                    other,
                    _why(status),
                    urgency == Urgency.SOON,
                    due,
                    days,
                )
            )
    return StuckFigures(rows, holders.total(), holders.most_common())
