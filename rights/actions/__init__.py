"""Everything that changes what is remembered of the rights of the person."""

from rights.actions.copies import ask_copy, copy_for, drop_copies, make_next, take_copy
from rights.actions.effects import Decision
from rights.actions.holds import end_hold, place_hold
from rights.actions.keeping import (
    counts_of,
    follow_sources,
    remove_ended,
    remove_old_requests,
    report_night,
)
from rights.actions.requests import answer, ask_back, decide, extend, send, take_up, withdraw
from rights.actions.statements import attach_statement, lift

__all__ = [
    "Decision",
    "answer",
    "ask_back",
    "ask_copy",
    "attach_statement",
    "copy_for",
    "counts_of",
    "decide",
    "drop_copies",
    "end_hold",
    "extend",
    "follow_sources",
    "lift",
    "make_next",
    "place_hold",
    "remove_ended",
    "remove_old_requests",
    "report_night",
    "send",
    "take_copy",
    "take_up",
    "withdraw",
]
