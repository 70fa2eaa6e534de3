"""Everything that changes a record: the network's own entries, and what is kept of source systems."""

from dossier.actions.connecting import change_source, connect_source, try_source
from dossier.actions.cover import add_absence, drop_absence, state_hours, state_standing_cover
from dossier.actions.documents import add_document, note_read, replace_document, rewrap_documents
from dossier.actions.entries import CATEGORIES, add_entry, replace_entry
from dossier.actions.network import (
    accept_proposal,
    add_participant,
    add_related_person,
    change_entry,
    decline_proposal,
    end_entry,
    hand_over,
    reopen_entry,
    take_over,
    withdraw_proposal,
)
from dossier.actions.rights import attach_statement, correct_entry, erase
from dossier.actions.sources import ask_source, ask_sources, drop_expired_facts, drop_old_counts, follow_merger

__all__ = [
    "CATEGORIES",
    "accept_proposal",
    "add_absence",
    "add_document",
    "add_entry",
    "add_participant",
    "add_related_person",
    "ask_source",
    "ask_sources",
    "attach_statement",
    "change_entry",
    "change_source",
    "connect_source",
    "correct_entry",
    "decline_proposal",
    "drop_absence",
    "drop_expired_facts",
    "drop_old_counts",
    "end_entry",
    "erase",
    "follow_merger",
    "hand_over",
    "note_read",
    "reopen_entry",
    "replace_document",
    "replace_entry",
    "rewrap_documents",
    "state_hours",
    "state_standing_cover",
    "take_over",
    "try_source",
    "withdraw_proposal",
]
