"""What waits for a privacy officer: emergencies to review, new signals, and requests of citizens."""

from __future__ import annotations

from dataclasses import dataclass

from events.actor import Actor
from oversight.access.emergency import emergencies_to_review
from oversight.access.guard import Officer, get_officer
from oversight.access.signal import signals_for
from oversight.models import Signal
from oversight.moves import Status
from rights.access import inbox_for
from rights.models import Request
from trust.models import Emergency

AT_ONCE = 3
"""How many of each the first page shows; the list has the rest."""


@dataclass(frozen=True)
class Waiting:
    """The number of what waits and the first few."""

    officer: Officer
    emergencies: int
    first_emergencies: list[Emergency]
    signals: int
    first_signals: list[Signal]
    requests: int
    first_requests: list[Request]


def waiting_for(actor: Actor) -> Waiting:
    """Everything that waits for the officer: the oldest emergencies, the newest signals, the requests that are due first."""
    officer = get_officer(actor)
    emergencies, signals = emergencies_to_review(actor), signals_for(actor, status=Status.NEW)
    requests = inbox_for(actor).running()
    return Waiting(
        officer,
        emergencies.count(),
        list(emergencies[:AT_ONCE]),
        signals.count(),
        list(signals[:AT_ONCE]),
        requests.count(),
        list(requests[:AT_ONCE]),
    )
