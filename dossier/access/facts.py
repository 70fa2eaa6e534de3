"""The facts of source systems that an opened record shows: at a glance for the overview, and whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, Count, F, Max, Q, When, Window
from django.db.models.functions import JSONObject, RowNumber
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dossier.access.entries import statements_for
from dossier.models import Fact, Statement
from dossier.sources.units import same_unit
from trust.access import Opening
from trust.categories import Category

WHOLE = frozenset(
    {
        Category.PROBLEMS,
        Category.MEDICATION,
        Category.ALLERGIES,
        Category.ALERTS,
        Category.WISHES,
        Category.APPOINTMENTS,
    }
)
"""Categories of which a glance must miss nothing that counts now."""
WHOLE_LIMIT = 200
GLANCE = 8
"""How many of the newest facts of any other category a glance shows."""
TESTS = 12
"""How many kinds of results a glance shows, those measured last, and how many values of each; of results of no known kind the newest."""


@dataclass(frozen=True)
class Glance:
    """The facts that the overview shows at once; ``counts`` tells how many there are of each category in all.

    ``series`` gives, by code of a result, its latest values with their dates, oldest first.
    """

    facts: list[Fact]
    counts: dict[Category, int]
    series: dict[str, list[tuple[str, float]]]

    def of(self, category: Category) -> list[Fact]:
        """Those of one category, newest first."""
        return [fact for fact in self.facts if fact.category == category]


def _visible(opening: Opening) -> Any:
    return (
        Fact.objects.filter(patient=opening.patient, expires_at__gt=timezone.now())
        .select_related("source", "organisation")
        .defer("resource", "original", "line")
    )


def glance(opening: Opening, beside: dict[str, list[Statement]] | None = None) -> Glance:
    """What the overview shows of the facts, in two queries however large the record; the database filters by what was opened.

    ``beside`` are the statements of the person when they were read already.
    """
    series, newest = _series(opening)
    newest_first = [F("on_date").desc(), F("title").asc(), F("pk").asc()]
    found = list(
        _visible(opening)
        .annotate(
            place=Window(RowNumber(), partition_by="category", order_by=newest_first),
            place_in_kind=Window(RowNumber(), partition_by=["category", "code"], order_by=newest_first),
            all_of_it=Window(Count("*"), partition_by="category"),
            register=Case(When(category=Category.NETWORK, then="resource")),
        )
        .filter(
            Q(category__in=WHOLE, place__lte=WHOLE_LIMIT)
            | (~Q(category__in=WHOLE) & ~Q(category=Category.RESULTS) & Q(place__lte=GLANCE))
            | Q(pk__in=newest)
            | Q(category=Category.RESULTS, code="", place_in_kind__lte=GLANCE)
        )
        .order_by("-on_date", "title", "pk")
    )
    for fact in found:
        if fact.category == Category.NETWORK:
            fact.resource = fact.register  # what the register of the care network compares with
    counts = {Category(fact.category): fact.all_of_it for fact in found}
    _put_beside(found, statements_for(opening) if beside is None else beside)
    return Glance(found, counts, series)


def _series(opening: Opening) -> tuple[dict[str, list[tuple[str, float]]], frozenset[int]]:
    """The latest values of the results that were measured last, by code; and the newest fact of each.

    A line of values has one unit, that of the latest: mmol/l and mg/dl never stand in one.
    """
    rows = (
        Fact.objects.filter(patient=opening.patient, category=Category.RESULTS, expires_at__gt=timezone.now())
        .exclude(code="")
        .values("code")
        .annotate(
            last=Max("on_date"),
            points=ArrayAgg(JSONObject(n="pk", at="on_date", value="value", unit="unit"), order_by=["-on_date", "-pk"]),
        )
        .order_by("-last", "code")[:TESTS]
    )
    series: dict[str, list[tuple[str, float]]] = {}
    newest = set()
    for row in rows:
        newest.add(row["points"][0]["n"])
        measured = [p for p in row["points"] if p["value"] is not None]
        points = [(p["at"], p["value"]) for p in measured if same_unit(p["unit"]) == same_unit(measured[0]["unit"])]
        series[row["code"]] = points[:TESTS][::-1]
    return series, frozenset(newest)


def facts_for(opening: Opening) -> list[Fact]:
    """All facts of source systems that the opened record shows, newest first; the database filters by what was opened."""
    facts = list(_visible(opening).order_by("-on_date", "title"))
    _put_beside(facts, statements_for(opening))
    return facts


def _put_beside(facts: list[Fact], beside: dict[str, list[Statement]]) -> None:
    for fact in facts:
        fact.statements = beside.get(f"fact:{fact.source_id}:{fact.resource_type}/{fact.source_key}", [])


def when(on_date: str) -> str:
    """A whole or partial date (``2011``, ``2011-05``, ``2011-05-03``) as people write it."""
    parts = on_date[:10].split("-")
    try:
        numbers = [int(part) for part in parts]
        if len(numbers) == 3:
            return date_format(date(*numbers), _("j b Y"))
        if len(numbers) == 2:
            return date_format(date(numbers[0], numbers[1], 1), _("b Y"))
    except ValueError:
        return on_date
    return on_date[:4]
