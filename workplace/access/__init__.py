"""What a professional may see and do on the own pages: today's work, the overview of one patient, and the terms of access."""

from workplace.access.choices import (
    PROCESS,
    choices_for,
    has_care,
    named,
    need_care,
    need_ours,
    readers,
    representatives_for,
)
from workplace.access.emergency import Access, accesses_of, banner_of, get_running
from workplace.access.record import Overview, SourceState, overview, state_of
from workplace.access.relations import CAUSES, chosen_relations, count_causes, relations_to_tend, worth_a_look
from workplace.access.work import Work, need_membership, waiting_on_others, work_of

__all__ = [
    "CAUSES",
    "PROCESS",
    "Access",
    "Overview",
    "SourceState",
    "Work",
    "accesses_of",
    "banner_of",
    "choices_for",
    "chosen_relations",
    "count_causes",
    "get_running",
    "has_care",
    "named",
    "need_care",
    "need_membership",
    "need_ours",
    "overview",
    "readers",
    "relations_to_tend",
    "representatives_for",
    "state_of",
    "waiting_on_others",
    "work_of",
    "worth_a_look",
]
