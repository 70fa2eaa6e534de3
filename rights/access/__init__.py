"""Who may see a request, a hold or a copy, and what a request may be about."""

from rights.access.copies import current_copy, file_of, get_copy
from rights.access.holds import holds_for, is_held, need_region
from rights.access.people import acted_for, acting_for, desk_of, is_staffed, may_answer, need_answerer
from rights.access.requests import (
    Subject,
    askable,
    inbox_for,
    line_of,
    may_grant,
    messages_of,
    open_request,
    party_of,
    requests_of,
    stands_in,
    subject_of,
    turn_of,
    verbs_of,
)
from rights.access.standing import restriction_of, statement_possible

__all__ = [
    "Subject",
    "acted_for",
    "acting_for",
    "askable",
    "current_copy",
    "desk_of",
    "file_of",
    "get_copy",
    "holds_for",
    "inbox_for",
    "is_held",
    "is_staffed",
    "line_of",
    "may_answer",
    "may_grant",
    "messages_of",
    "need_answerer",
    "need_region",
    "open_request",
    "party_of",
    "requests_of",
    "restriction_of",
    "stands_in",
    "statement_possible",
    "subject_of",
    "turn_of",
    "verbs_of",
]
