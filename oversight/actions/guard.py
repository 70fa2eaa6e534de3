"""What an officer's look at the lines behind a signal or an emergency leaves behind."""

from __future__ import annotations

from events.actions import record
from events.actor import Actor
from oversight.access.guard import get_officer
from oversight.models import Signal
from trust.models import Emergency


def note_lines(*, about: Signal | Emergency, shown: int, by: Actor) -> None:
    """Write that lines of the log were shown with a signal or an emergency, and how many (NEN 7513:2018: looking is logged)."""
    get_officer(by)
    record("log.searched", subject=about, data={"fields": [str(about._meta.model_name)], "found": shown}, by=by)
