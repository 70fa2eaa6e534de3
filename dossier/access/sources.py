"""The source systems, how they answered, and what may be asked of them."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from dossier.models import Source, SourceAnswer
from trust.access import Decision, Opening
from trust.categories import Category, from_mask, to_mask

UNHEARD = "national-"
"""How the detail of an answer begins when the source was not asked, because the national consent service gave no answer."""


def connected_sources() -> list[Source]:
    """The source systems that are connected."""
    return list(Source.objects.filter(active=True).select_related("organisation"))


def answers_for(opening: Opening) -> dict[int, SourceAnswer]:
    """How each source answered last about this patient, by the number of the source."""
    return {answer.source_id: answer for answer in SourceAnswer.objects.filter(patient=opening.patient)}


def askable_categories(source: Source, decision: Decision) -> frozenset[Category]:
    """The categories that this source serves and that the reader may see of its holder: what the patient lets them and the
    holder offers, or all that the own role needs of the own system."""
    return from_mask(source.categories) & decision.facts_of(source.organisation_id)


def is_fresh(answer: SourceAnswer | None, categories: frozenset[Category]) -> bool:
    """Whether the last answer still counts: recent, given, and for at least these categories."""
    if answer is None or answer.outcome not in {SourceAnswer.Outcome.ANSWERED, SourceAnswer.Outcome.NOTHING}:
        return False
    recent = timezone.now() - answer.asked_at < timedelta(minutes=settings.SOURCE_FRESH_MINUTES)
    return recent and not (to_mask(categories) & ~answer.asked_categories)
