"""What a citizen may see: the own record, or that of who gave a mandate, through the same opening and log as everybody else."""

from portal.access.acting import Standing, need_acting, need_choosing, open_in, open_least, standing, standings
from portal.access.changes import changes_for, count_new
from portal.access.consent import Choices, Reader, choices_for, count_waiting, get_choice, reader_for
from portal.access.log import Visit, others, visits_for, visits_lately
from portal.access.mandates import (
    Helping,
    ended_of,
    get_held,
    held_by,
    mandates_of,
    need_ending,
    need_giving,
)
from portal.access.parties import EVERYBODY, Known, Party, found_by, get_party, kinds_of_party, known_for
from portal.access.record import (
    Helper,
    asked_already,
    consultations_for,
    get_story,
    helpers_for,
    letter_for,
    steps_for,
    stories_for,
)

__all__ = [
    "EVERYBODY",
    "Choices",
    "Helper",
    "Helping",
    "Known",
    "Party",
    "Reader",
    "Standing",
    "Visit",
    "asked_already",
    "changes_for",
    "choices_for",
    "consultations_for",
    "count_new",
    "count_waiting",
    "ended_of",
    "found_by",
    "get_choice",
    "get_held",
    "get_party",
    "get_story",
    "held_by",
    "helpers_for",
    "kinds_of_party",
    "known_for",
    "letter_for",
    "mandates_of",
    "need_acting",
    "need_choosing",
    "need_ending",
    "need_giving",
    "open_in",
    "open_least",
    "others",
    "reader_for",
    "standing",
    "standings",
    "steps_for",
    "stories_for",
    "visits_for",
    "visits_lately",
]
