"""What of an opened record can go along with a referral or a question."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dossier.access.documents import documents_for
from dossier.access.entries import entries_for
from dossier.access.facts import facts_for
from dossier.access.network import related_persons_for
from dossier.models import Entry, Fact, Statement
from dossier.sources import wording
from trust.access import Opening
from trust.categories import Category

AT_FIRST = frozenset({Entry.Kind.MATTERS, Entry.Kind.GOAL, Entry.Kind.WISH, Entry.Kind.SOCIAL})
"""The kinds of own entries that somebody who meets the person for the first time may need."""


@dataclass(frozen=True)
class Item:
    """One thing of a record that can go along with a referral or a question.

    ``ref`` finds it again (``fact:`` and its own ``reference``, ``entry:5``, ``person:3``, ``document:7``), also when its source was asked
    anew; ``kind`` is its category; ``on_date`` may be partial (``2011-05``); ``origin`` names who holds it. ``first`` tells whether
    a first contact may need it: what counts for the person and goals, not each note; what is so now, not what has ended.
    ``coded`` is what another system gave along (:func:`dossier.sources.coded.coded_of`); of facts that are kept here it is looked
    up when they go.
    """

    ref: str
    kind: Category
    title: str
    detail: str
    on_date: str
    origin: str
    first: bool = True
    coded: dict[str, Any] | None = None


def items_for(opening: Opening, refs: Collection[str] | None = None) -> list[Item]:
    """What of the opened record could go along, in the order of categories; nothing more than is shown.

    With ``refs`` only those, and nothing else is read.
    """
    items = [
        Item(
            f"person:{p.pk}",
            Category.NETWORK,
            _("Contactpersoon: %(name)s") % {"name": p.name},
            " · ".join(filter(None, [p.what, p.phone or p.other_phone])),
            p.since.isoformat(),
            p.organisation.name if p.organisation else _("de inwoner zelf"),
        )
        for p in (related_persons_for(opening) if _numbers("person", refs) != [] else ())
        if refs is None or f"person:{p.pk}" in refs
    ]
    items += [
        Item(
            f"entry:{e.pk}",
            Category(e.category),
            e.text[:300],
            with_statements(e.get_kind_display(), e.statements),
            e.on_date.isoformat(),
            f"{e.author_name}, {e.organisation.name}",
            e.kind in AT_FIRST and not e.done,
        )
        for e in entries_for(opening, only=_numbers("entry", refs))
    ]
    items += [
        Item(
            f"fact:{f.reference}",
            Category(f.category),
            f.title,
            with_statements(_whole(f), f.statements),
            f.on_date,
            f.source.name if f.organisation.name in f.source.name else f"{f.source.name}, {f.organisation.name}",
            f.category != Category.PLAN and (f.state or "active") in {"active", "", "held"},
        )
        for f in facts_for(opening, only=_named("fact", refs))
    ]
    return sorted(items, key=lambda item: (item.kind, item.title))


def _named(what: str, refs: Collection[str] | None) -> list[str] | None:
    """What stands behind the colon of the references of one kind; ``None`` when all are meant."""
    if refs is None:
        return None
    said = (ref.partition(":") for ref in refs)
    return [name for kind, _colon, name in said if kind == what and "\x00" not in name]


def _numbers(what: str, refs: Collection[str] | None) -> list[int] | None:
    """The numbers among references of one kind. What is no number is nobody's reference."""
    named = _named(what, refs)
    return None if named is None else [int(n) for n in named if n.isascii() and n.isdecimal() and len(n) < 19]


def own_documents_for(opening: Opening, organisation_id: int | None, refs: Collection[str] | None = None) -> list[Item]:
    """The newest version of each document that an organisation itself keeps in the opened record; none is needed at first."""
    return [
        Item(
            f"document:{d.pk}",
            Category(d.category),
            d.title,
            " · ".join((str(d.get_kind_display()), str(d.get_format_display()))),
            d.on_date.isoformat(),
            f"{d.author_name}, {d.organisation.name}",
            first=False,
        )
        for d in (documents_for(opening) if _numbers("document", refs) != [] else ())
        if d.organisation_id == organisation_id and (refs is None or f"document:{d.pk}" in refs)
    ]


def _whole(fact: Fact) -> str:
    """What a fact says, with what changes its meaning: that it was refuted, cancelled, limited, or is not what one would think."""
    # The state of a medicine follows from its periods and stops, never from what a source calls it.
    unexpected = fact.category != Category.MEDICATION and fact.status not in (*wording.AS_EXPECTED, *fact.attention)
    coded_words = [fact.interpretation, *fact.attention, fact.status if unexpected else ""]
    said = [fact.detail if fact.detail != fact.title else "", *(coded(words) for words in coded_words if words)]
    return " · ".join(filter(None, said))


def coded(words: str) -> str:
    """The words for a coded state, kept in Dutch, in the reader's language; what a source wrote itself stays as it is."""
    return ", ".join(_(part) for part in words.split(", "))


def with_statements(detail: str, statements: list[Statement]) -> str:
    """What is said of an item, with what the person put beside it: that goes wherever the item goes (Wgbo art. 7:454 lid 2 BW)."""
    said = [_("verklaring van de inwoner: %(text)s") % {"text": statement.text} for statement in statements]
    return " · ".join(filter(None, [detail, *said]))[:600]


def chosen_items(opening: Opening, refs: Iterable[str]) -> list[Item]:
    """The items with these references, as far as the opened record shows them; a reference to anything else is nothing."""
    return items_for(opening, set(refs))
