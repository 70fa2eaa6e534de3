"""Everything that changes what is remembered of oversight, by noun."""

from oversight.actions.guard import note_lines
from oversight.actions.signal import end_watch, find_signals, forget_signals, place_watch, settle

__all__ = ["end_watch", "find_signals", "forget_signals", "note_lines", "place_watch", "settle"]
