"""Everything that changes a record: the network's own entries, and what is kept of source systems."""

from dossier.actions.connecting import change_source, connect_source, try_source
from dossier.actions.contents import bring_content
from dossier.actions.copies import (
    copy_back,
    copy_entry,
    drop_copied_texts,
    mark_copied,
    retry_copy,
    send_copy,
    state_copying,
    unmark_copied,
)
from dossier.actions.cover import add_absence, drop_absence, state_hours, state_standing_cover
from dossier.actions.documents import add_document, note_read, replace_document, rewrap_documents
from dossier.actions.entries import CATEGORIES, add_entry, replace_entry
from dossier.actions.network import (
    add_participant,
    add_related_person,
    change_entry,
    end_entry,
    hand_over,
    reopen_entry,
    take_over,
)
from dossier.actions.proposals import accept_proposal, decline_proposal, withdraw_proposal
from dossier.actions.residence import add_residence, drop_residence
from dossier.actions.rights import attach_statement, correct_entry, erase
from dossier.actions.sources import (
    ask_in_turn,
    ask_source,
    ask_sources,
    drop_expired_facts,
    drop_old_counts,
    follow_merger,
)

__all__ = [
    "CATEGORIES",
    "accept_proposal",
    "add_absence",
    "add_document",
    "add_entry",
    "add_participant",
    "add_related_person",
    "add_residence",
    "ask_in_turn",
    "ask_source",
    "ask_sources",
    "attach_statement",
    "bring_content",
    "change_entry",
    "change_source",
    "connect_source",
    "copy_back",
    "copy_entry",
    "correct_entry",
    "decline_proposal",
    "drop_absence",
    "drop_copied_texts",
    "drop_expired_facts",
    "drop_old_counts",
    "drop_residence",
    "end_entry",
    "erase",
    "follow_merger",
    "hand_over",
    "mark_copied",
    "note_read",
    "reopen_entry",
    "replace_document",
    "replace_entry",
    "retry_copy",
    "rewrap_documents",
    "send_copy",
    "state_copying",
    "state_hours",
    "state_standing_cover",
    "take_over",
    "try_source",
    "unmark_copied",
    "withdraw_proposal",
]
