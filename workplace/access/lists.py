"""The whole list of one part of the overview, a page at a time, for the part's own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils import timezone

from dossier.access import statements_for, unconnected_for
from dossier.access import states_for as copies_of
from dossier.models import Entry, Fact
from dossier.sources.units import same_unit
from events.actor import Actor
from trust.access import Opening
from trust.categories import Category
from workplace.access.parts import Part
from workplace.access.sources import Told, states_for, told_of

PAGE = 50
LONGEST = 400
"""A line drawn of more values than this says no more."""


@dataclass
class PartPage:
    """One page of everything that stands in a part, own entries before facts, newest first.

    ``course`` gives the values of one kind of result, oldest first, when one was chosen; ``chosen`` is its newest fact.
    """

    part: Part
    page: Page[Any]
    facts: list[Fact]
    entries: list[Entry]
    told: Told
    chosen: Fact | None
    course: list[Fact]

    @property
    def none(self) -> bool:
        """Whether there is nothing at all."""
        return not self.count

    @property
    def count(self) -> int:
        """How much there is in all."""
        total: int = self.page.paginator.count
        return total


class _Both:
    """Two lists after each other, of which only the asked stretch is fetched."""

    def __init__(self, first: Any, second: Any) -> None:
        self.first, self.second = first, second
        self.length = first.count()

    def count(self) -> int:
        return int(self.length + self.second.count())

    def __getitem__(self, stretch: slice) -> list[Any]:
        begin, end = stretch.start or 0, stretch.stop
        found = list(self.first[begin:end]) if begin < self.length else []
        if end > self.length:
            found += list(self.second[max(begin - self.length, 0) : end - self.length])
        return found


def _facts(opening: Opening, part: Part) -> Any:
    kept = Q(resource_type__in=part.types) if part.types else ~Q(resource_type__in=part.but)
    return (
        Fact.objects.filter(kept, patient=opening.patient, category__in=part.categories, expires_at__gt=timezone.now())
        .select_related("source", "organisation")
        .defer("resource", "original", "line")
        .order_by(*Fact.ORDER)
    )


def part_page(opening: Opening, actor: Actor, part: Part, number: str, code: str = "") -> PartPage:
    """A page of the whole list of a part of an opened record; with ``code`` of one kind of result alone, with its course."""
    facts = _facts(opening, part)
    entries = (
        Entry.objects.filter(patient=opening.patient, kind__in=part.kinds, replaced_by=None)
        .select_related("organisation")
        .order_by("-on_date", "-at", "-pk")
    )
    course: list[Fact] = []
    if code and Category.RESULTS in part.categories:
        facts, entries = facts.filter(code=code), entries.none()
        measured = list(facts.filter(value__isnull=False)[:LONGEST])
        # A line has one unit: that of the newest.
        course = [fact for fact in measured if same_unit(fact.unit) == same_unit(measured[0].unit)][::-1]
    pages: Paginator[Any] = Paginator(_Both(entries, facts), PAGE)  # type: ignore[arg-type]
    page = pages.get_page(number)
    listed = list(page.object_list)
    beside = statements_for(opening)
    for one in listed:
        about = (
            f"fact:{one.source_id}:{one.resource_type}/{one.source_key}" if isinstance(one, Fact) else f"entry:{one.pk}"
        )
        one.statements = beside.get(about, [])
    own = [one for one in listed if isinstance(one, Entry)]
    copies = copies_of(own)
    for one in own:
        one.copy = copies.get(one.pk)
    states = states_for(opening, actor)
    shown = [one for one in listed if isinstance(one, Fact)]
    givers = facts.order_by().values_list("source_id", flat=True).distinct()  # those of other pages too
    told = told_of(part.categories, shown, states, opening, unconnected_for(opening), givers)
    told.here = actor.organisation_id
    chosen = next(iter(shown), None) if code else None
    return PartPage(part, page, shown, own, told, chosen, course)
