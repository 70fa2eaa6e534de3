"""What a professional may see and do on the own pages: today's work, the overview of one patient, and the terms of access."""

from workplace.access.choices import (
    PROCESS,
    choices_for,
    has_care,
    need_care,
    need_ours,
    readers,
    representatives_for,
)
from workplace.access.emergency import Access, accesses_of, banner_of, get_running
from workplace.access.layout import Arrangement, layout_of, usual
from workplace.access.lists import PartPage, part_page
from workplace.access.parts import BY_KEY, PARTS
from workplace.access.record import Overview, overview
from workplace.access.relations import (
    CAUSES,
    chosen_relations,
    count_causes,
    count_pressing,
    relations_to_tend,
    worth_a_look,
)
from workplace.access.shown import Shown
from workplace.access.sources import SourceState
from workplace.access.timeline import DOMAINS, KINDS, OWN, PERIODS, Sift, timeline
from workplace.access.work import Work, count_work, need_membership, waiting_on_others, work_of

__all__ = [
    "BY_KEY",
    "CAUSES",
    "DOMAINS",
    "KINDS",
    "OWN",
    "PARTS",
    "PERIODS",
    "PROCESS",
    "Access",
    "Arrangement",
    "Overview",
    "PartPage",
    "Shown",
    "Sift",
    "SourceState",
    "Work",
    "accesses_of",
    "banner_of",
    "choices_for",
    "chosen_relations",
    "count_causes",
    "count_pressing",
    "count_work",
    "get_running",
    "has_care",
    "layout_of",
    "need_care",
    "need_membership",
    "need_ours",
    "overview",
    "part_page",
    "readers",
    "relations_to_tend",
    "representatives_for",
    "timeline",
    "usual",
    "waiting_on_others",
    "work_of",
    "worth_a_look",
]
