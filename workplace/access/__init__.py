"""What a professional may see and do on the own pages: today's work, the overview of one patient, and the terms of access."""

from workplace.access.record import Overview, SourceState, overview, state_of
from workplace.access.work import Work, need_membership, waiting_on_others, work_of

__all__ = [
    "Overview",
    "SourceState",
    "Work",
    "need_membership",
    "overview",
    "state_of",
    "waiting_on_others",
    "work_of",
]
