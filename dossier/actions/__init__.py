"""Everything that changes a record: the network's own entries, and what is kept of source systems."""

from dossier.actions.entries import CATEGORIES, add_entry, add_related_person, replace_entry
from dossier.actions.rights import attach_statement, correct_entry, erase
from dossier.actions.sources import ask_source, drop_expired_facts, follow_merger

__all__ = [
    "CATEGORIES",
    "add_entry",
    "add_related_person",
    "ask_source",
    "attach_statement",
    "correct_entry",
    "drop_expired_facts",
    "erase",
    "follow_merger",
    "replace_entry",
]
