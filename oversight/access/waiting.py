"""What waits for a privacy officer: emergencies to review and new signals."""

from __future__ import annotations

from dataclasses import dataclass

from events.actor import Actor
from oversight.access.emergency import emergencies_to_review
from oversight.access.guard import Officer, get_officer
from oversight.access.signal import signals_for
from oversight.models import Signal
from oversight.moves import Status
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


def waiting_for(actor: Actor) -> Waiting:
    """Everything of this app that waits for the officer: the oldest emergencies, the newest signals."""
    officer = get_officer(actor)
    emergencies, signals = emergencies_to_review(actor), signals_for(actor, status=Status.NEW)
    return Waiting(officer, emergencies.count(), list(emergencies[:AT_ONCE]), signals.count(), list(signals[:AT_ONCE]))
