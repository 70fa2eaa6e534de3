"""What of a record may be shown, once it was opened: entries, facts with their sources, network, and items to send along."""

from dossier.access.entries import entries_for, statements_for
from dossier.access.facts import Glance, facts_for, glance, when
from dossier.access.items import AT_FIRST, Item, chosen_items, items_for
from dossier.access.network import participants_for, related_persons_for
from dossier.access.person import person_of
from dossier.access.sources import UNHEARD, answers_for, askable_categories, connected_sources, is_fresh
from dossier.access.withheld import Why, why_withheld, withheld_sentences

__all__ = [
    "AT_FIRST",
    "UNHEARD",
    "Glance",
    "Item",
    "Why",
    "answers_for",
    "askable_categories",
    "chosen_items",
    "connected_sources",
    "entries_for",
    "facts_for",
    "glance",
    "is_fresh",
    "items_for",
    "participants_for",
    "person_of",
    "related_persons_for",
    "statements_for",
    "when",
    "why_withheld",
    "withheld_sentences",
]
