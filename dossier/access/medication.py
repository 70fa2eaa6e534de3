"""The medication overview of an opened record, and the laboratory values beside it, from facts that were read already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from dossier.access.facts import Point
from dossier.medication import Block, Kind, Lab, MedicationOverview, Result, labs_of, overview_of, read_block
from dossier.medication.labs import BY_CODE
from dossier.models import Fact
from dossier.sources import wording
from dossier.sources.codes import LOINC
from trust.access import Opening
from trust.categories import Category

_SAID_BY_THE_LINE = (
    wording.IN_ERROR,
    wording.NOT_TAKEN,
    wording.STOPPED.split("%", 1)[0],
    wording.CYCLE.split("%", 1)[0],
)


def medication_of(facts: Iterable[Fact], at: datetime | None = None) -> MedicationOverview:
    """The medication overview of these facts; those of other categories are passed over. Asks nothing of the database."""
    blocks = [_block(fact) for fact in facts if fact.category == Category.MEDICATION]
    return overview_of(blocks, at or timezone.now())


def _block(fact: Fact) -> Block:
    warnings = tuple(words for words in fact.attention if not words.startswith(_SAID_BY_THE_LINE))
    origin = {
        "ref": fact.mark,
        "source": fact.source.name,
        "holder": fact.organisation.name,
        "fetched": fact.fetched_at.isoformat(),
        "warnings": warnings,
    }
    if fact.medication:
        return read_block(fact.medication, **origin)
    # A fact that was kept without its building block is shown for what it is: a medicine of which the rest is not known.
    kept = {
        "kind": Kind.OTHER,
        "product": fact.title,
        "dosage": fact.detail,
        "agreed": fact.on_date,
        "doubts": ["no_block"],
    }
    return read_block(kept, **origin)


def labs_beside(facts: Sequence[Fact], series: Mapping[str, list[Point]]) -> list[Lab]:
    """The laboratory values beside the medicines from what a glance read: the newest fact of each test with its series."""
    results = []
    for fact in facts:
        if fact.category == Category.RESULTS and fact.code.rsplit("|", 1)[-1] in BY_CODE:
            results += [
                Result(fact.code, point.on, point.value, fact.unit, "", source=fact.source.name)
                for point in series.get(fact.code, [])[:-1]
            ]
            # Last, so that of several of one moment it is the one with words that is shown.
            results.append(_result(fact))
    return labs_of(results, timezone.now().isoformat())


def labs_for(opening: Opening) -> list[Lab]:
    """The laboratory values beside the medicines with their whole course, in one query."""
    codes = [f"{LOINC}|{code}" for code in BY_CODE]
    found = _kept(opening).filter(category=Category.RESULTS, code__in=codes).order_by(*Fact.ORDER)
    return labs_of([_result(fact) for fact in found], timezone.now().isoformat())


def medicines_for(opening: Opening) -> tuple[list[Fact], list[Fact]]:
    """All facts about medicines of the opened record, and those about allergies and warnings, in one query."""
    wanted = (Category.MEDICATION, Category.ALLERGIES, Category.ALERTS)
    found = list(_kept(opening).filter(category__in=wanted).order_by(*Fact.ORDER))
    return [f for f in found if f.category == Category.MEDICATION], [
        f for f in found if f.category != Category.MEDICATION
    ]


def _kept(opening: Opening) -> QuerySet[Fact]:
    kept = Fact.objects.filter(patient=opening.patient, expires_at__gt=timezone.now())
    return kept.select_related("source", "organisation").defer("resource", "original", "line")


def _result(fact: Fact) -> Result:
    return Result(
        fact.code,
        fact.on_date,
        fact.value,
        fact.unit,
        fact.detail,
        fact.interpretation,
        source=fact.source.name,
    )
