"""Openings of transactions that have ended."""

from __future__ import annotations

from events.actor import Actor
from trust.actions.call import call


def forget_openings(*, by: Actor) -> int:
    """Forget what ended transactions had opened; returns how many. What runs keeps what it opened."""
    return int(call("trust_forget_openings"))
