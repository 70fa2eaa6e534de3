"""Keeping what a source answered: its facts for a short while, how it went about this patient, and a count without anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from dossier.medication import block_of
from dossier.models import Fact, Source, SourceAnswer, SourceHour
from dossier.sources import shared
from dossier.sources.attachments import without_content
from dossier.sources.health import STEPS, step_of
from dossier.sources.present import columns_of
from dossier.sources.results import Fact as Given
from dossier.sources.results import FetchResult, Outcome
from trust.access import Opening
from trust.categories import Category, to_mask

Json = dict[str, Any]
_GOOD = frozenset({Outcome.ANSWERED, Outcome.NOTHING})
AT_ONCE = 1000
"""How many facts one statement keeps; a statement takes 65,535 values at most."""


def keep_answer(source: Source, opening: Opening, categories: frozenset[Category], result: FetchResult) -> SourceAnswer:
    """Replace what was kept of this source and patient by the new answer, as far as it answered; within a transaction."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 743))", [f"{opening.patient.pk}:{source.pk}"])
    answered = [c for c, part in result.categories.items() if part.outcome in _GOOD]
    failed = [c for c, part in result.categories.items() if c not in answered or not part.complete]
    facts = [fact_of(source, opening, fact) for fact in result.facts]
    allowed = {int(c) for c in categories}
    kept = [fact for fact in facts if fact.category in allowed]
    replaced = {*answered, *(fact.category for fact in kept)}
    Fact.objects.filter(patient=opening.patient, source=source, category__in=replaced).delete()
    Fact.objects.bulk_create(kept, batch_size=AT_ONCE)
    answer = SourceAnswer(
        patient=opening.patient,
        organisation=source.organisation,
        source=source,
        outcome=result.outcome.value,
        detail=result.reason[:60],
        asked_at=now,
        answered_at=now if result.outcome in _GOOD else None,
        asked_categories=to_mask(categories),
        failed_categories=to_mask(failed),
        facts=len(kept),
        set_aside=[{"kind": s.kind, "reason": s.reason} for s in result.set_aside[:50]]
        + [{"kind": "", "reason": "foreign"}] * min(result.foreign, 50),
    )
    fields = [
        "outcome",
        "detail",
        "asked_at",
        "answered_at",
        "asked_categories",
        "failed_categories",
        "facts",
        "set_aside",
    ]
    if answer.answered_at is None:
        fields.remove("answered_at")
    SourceAnswer.objects.bulk_create(
        [answer], update_conflicts=True, unique_fields=["patient", "source"], update_fields=fields
    )
    return answer


def fact_of(source: Source, opening: Opening, given: Given) -> Fact:
    resource, original = given.resource, given.original
    now = timezone.now()
    return Fact(
        patient=opening.patient,
        organisation=source.organisation,
        source=source,
        resource_type=str(resource.get("resourceType", ""))[:40],
        source_key=given.source_id[:120],
        resource=without_content(resource),
        original=without_content(original) if original else original,
        line=asdict(given.line),
        medication=block_of(resource, given.related),
        fetched_at=now,
        expires_at=now + timedelta(hours=settings.SOURCE_KEPT_HOURS),
        **columns_of(given.line),
    )


def count(results: Mapping[Source, FetchResult], *, test: bool = False) -> None:
    """Count how sources answered in this hour, the shared rows in one order so that nobody waits in a circle."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    rows: Iterable[tuple[Source, FetchResult]] = sorted(results.items(), key=lambda row: row[0].pk)
    with connection.cursor() as cursor:
        for source, result in rows:
            shared.remember(source.pk, result, test=test)
            if test:
                continue
            step = step_of(result.seconds)
            spread = "[" + ",".join("1" if number == step else "0" for number in range(len(STEPS) + 1)) + "]"
            cursor.execute(
                f"insert into {SourceHour._meta.db_table} as h (source_id, hour, outcome, reason, answers, spread)"  # noqa: S608
                " values (%s, %s, %s, %s, 1, %s::jsonb) on conflict (source_id, hour, outcome, reason) do update"
                " set answers = h.answers + 1,"
                " spread = jsonb_set(h.spread, array[%s], to_jsonb((h.spread ->> %s)::int + 1))",
                [source.pk, hour, result.outcome.value, result.reason[:60], spread, str(step), step],
            )
