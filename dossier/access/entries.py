"""The network's own entries of an opened record, with what the person put beside them."""

from __future__ import annotations

from collections.abc import Iterable

from dossier.models import Entry, Statement
from trust.access import Opening


def entries_for(opening: Opening, kinds: Iterable[str] = ()) -> list[Entry]:
    """The newest version of the network's own entries, newest first; of the given kinds only when kinds are named."""
    entries = Entry.objects.filter(patient=opening.patient, replaced_by=None).select_related("organisation")
    if kinds:
        entries = entries.filter(kind__in=list(kinds))
    found = list(entries.order_by("-on_date", "-at"))
    beside = statements_for(opening)
    for entry in found:
        entry.statements = beside.get(f"entry:{entry.pk}", [])
    return found


def statements_for(opening: Opening) -> dict[str, list[Statement]]:
    """What the person put beside entries and facts, by what it is about: ``entry:<newest version>``, ``fact:<source>:<type>/<key>``.

    A statement about an older version shows with the version that took its place.
    """
    found = list(Statement.objects.filter(patient=opening.patient))
    if not found:
        return {}
    newer = dict(Entry.objects.filter(patient=opening.patient, replaces__isnull=False).values_list("replaces_id", "pk"))
    shown: dict[str, list[Statement]] = {}
    for statement in found:
        entry = statement.entry_id
        while entry in newer:
            entry = newer[entry]
        shown.setdefault(f"entry:{entry}" if entry else statement.reference, []).append(statement)
    return shown
