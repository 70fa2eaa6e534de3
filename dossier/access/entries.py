"""The network's own entries of an opened record, with what the person put beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import JSONObject, RowNumber

from dossier.models import Entry, Statement
from trust.access import Opening


def _current(opening: Opening) -> QuerySet[Entry]:
    return Entry.objects.filter(patient=opening.patient, replaced_by=None).select_related("organisation")


def entries_for(opening: Opening, kinds: Iterable[str] = (), only: Collection[int] | None = None) -> list[Entry]:
    """The newest version of the network's own entries, newest first; of the given kinds only when kinds are named, and with ``only``
    those with these numbers."""
    if only is not None and not only:
        return []
    entries = _current(opening) if only is None else _current(opening).filter(pk__in=only)
    if kinds:
        entries = entries.filter(kind__in=list(kinds))
    found = list(entries.order_by("-on_date", "-at", "-pk"))
    _put_beside(found, statements_for(opening))
    return found


def newest_entries(
    opening: Opening, *, each: int = 8, beside: dict[str, list[Statement]] | None = None
) -> tuple[list[Entry], dict[str, int]]:
    """The newest entries of each kind, and how many there are of each kind in all; one query however many there are.

    Of wishes and limits none is left out, for what somebody does not want must never be missed.

    ``beside`` are the statements of the person when they were read already.
    """
    newest_first = [F("on_date").desc(), F("at").desc(), F("pk").desc()]
    found: Sequence[Entry] = list(
        _current(opening)
        .annotate(
            place=Window(RowNumber(), partition_by="kind", order_by=newest_first),
            all_of_it=Window(Count("*"), partition_by="kind"),
        )
        .filter(Q(place__lte=each) | Q(kind=Entry.Kind.WISH))
        .order_by("-on_date", "-at", "-pk")
    )
    _put_beside(found, statements_for(opening) if beside is None else beside)
    return list(found), {entry.kind: entry.all_of_it for entry in found}  # type: ignore[attr-defined]


def _put_beside(entries: Iterable[Entry], beside: dict[str, list[Statement]]) -> None:
    for entry in entries:
        entry.statements = beside.get(f"entry:{entry.pk}", [])


def statements_for(opening: Opening) -> dict[str, list[Statement]]:
    """What the person put beside entries and facts, by what it is about: ``entry:<newest version>``, ``fact:<source>:<type>/<key>``.

    A statement about an older version shows with the version that took its place. One query.
    """
    versions = (
        Entry.objects.filter(patient=OuterRef("patient"), replaces__isnull=False)
        .order_by()
        .values("patient")
        .annotate(newer=JSONBAgg(JSONObject(old="replaces_id", new="pk")))
    )
    found = list(
        Statement.objects.filter(patient=opening.patient).annotate(versions=Subquery(versions.values("newer")))
    )
    newer = {one["old"]: one["new"] for one in (found[0].versions or [] if found else [])}
    shown: dict[str, list[Statement]] = {}
    for statement in found:
        entry = statement.entry_id
        while entry in newer:
            entry = newer[entry]
        shown.setdefault(f"entry:{entry}" if entry else statement.reference, []).append(statement)
    return shown
