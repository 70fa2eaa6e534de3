"""Everything that changes what is remembered: record an event, ask and finish work, deliver what is due, make extracts."""

from events.actions.delivering import GIVE_UP_AFTER, Errand, Later, deliver_one
from events.actions.extracts import finish_extract, make_extract, note_extract
from events.actions.recording import ask, at_work, done, next_number, pick_up, record, subject_of, wake
from events.actions.sealing import keep_partitions, seal

__all__ = [
    "GIVE_UP_AFTER",
    "Errand",
    "Later",
    "ask",
    "at_work",
    "deliver_one",
    "done",
    "finish_extract",
    "keep_partitions",
    "make_extract",
    "next_number",
    "note_extract",
    "pick_up",
    "record",
    "seal",
    "subject_of",
    "wake",
]
