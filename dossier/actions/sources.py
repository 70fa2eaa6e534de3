"""Asking the source systems: what may be asked, the question over HTTP outside any transaction, and keeping the answer."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from dossier.access import UNHEARD, askable_categories, is_fresh
from dossier.actions.hearing import Hear, hear
from dossier.models import Fact, Source, SourceAnswer
from dossier.sources.fetch import fetch_record
from dossier.sources.present import columns_of, present
from dossier.sources.results import FetchResult, Outcome, SourceConfig, UserContext
from events.actor import Actor, act
from people.models import Membership, Organisation, PatientIdentity
from trust.access import Opening, decide, open_record
from trust.categories import Category, from_mask, to_mask
from trust.national.hearing import hearing_of

Json = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """What may be asked of a source about one patient: the number to ask by, and the categories allowed."""

    bsn: str
    birth_date: date
    categories: frozenset[Category]


def _prepare(source: Source, key: uuid.UUID, by: Actor, *, again: bool) -> tuple[Question | None, Hear | None]:
    """What to ask of the source, and what to ask the national consent service before it; nothing of either where not needed."""
    with act(by) as actor:
        opening = open_record(actor, key, [Category.IDENTITY])
        identity = PatientIdentity.objects.filter(patient=opening.patient).first()
        if identity is None:
            return None, None
        decision = decide(actor, opening.patient, Category)
        hearing = hearing_of(actor, opening.patient)
        unheard = (hearing.concerns if again else hearing.wanting)(
            decision, source.organisation, from_mask(source.categories)
        )
        first = (
            Hear(identity.bsn, hearing.reader, hearing.at, unheard, decision.emergency)
            if unheard and hearing.reader and hearing.at
            else None
        )
        categories = askable_categories(source, decision)
        answer = SourceAnswer.objects.filter(patient=opening.patient, source=source).first()
        if not categories or (is_fresh(answer, categories) and not again):
            return None, first
        return Question(identity.bsn, opening.patient.birth_date, categories), first


def _context(by: Actor) -> UserContext:
    membership = Membership.objects.filter(user_id=by.user_id, organisation_id=by.organisation_id, role=by.role).first()
    organisation = Organisation.objects.filter(pk=by.organisation_id).first()
    return UserContext(
        subject_id=membership.uzi if membership else "",
        subject_role=by.role,
        subject_organization=organisation.name if organisation else "",
        subject_organization_id=organisation.ura if organisation else "",
    )


def ask_source(*, source: Source, key: uuid.UUID, by: Actor, again: bool = False) -> bool:
    """Ask one source about one patient and keep what it answered for a short while; tells whether it was asked.

    Nothing is asked that the reader may not see, nor when the last answer is fresh, unless ``again``. Where the national
    consent service is connected and both parties take part, it is heard first; without its answer the source is not
    asked, and that is what is kept. All questions go over HTTP outside any transaction, within ``SOURCE_DEADLINE`` and
    ``NATIONAL_CONSENT_DEADLINE`` seconds. A source that does not answer leaves the former facts as they were, with the
    failure beside them. Raises ``Http404`` for whom has no basis.
    """
    question, first = _prepare(source, key, by, again=again)
    if first is not None:
        reason = hear(source=source, key=key, question=first, by=by)
        if reason:
            unheard = FetchResult(_config(source), Outcome.NO_ANSWER, f"{UNHEARD}{reason}")
            with act(by) as actor:
                _keep(source, open_record(actor, key, [Category.IDENTITY]), first.categories, unheard)
            return False
        question, _first = _prepare(source, key, by, again=again)
    if question is None:
        return False
    result = fetch_record(
        _config(source),
        question.bsn,
        question.birth_date,
        {int(c) for c in question.categories},
        settings.SOURCE_DEADLINE,
        by.request_id,
        _context(by),
    )
    with act(by) as actor:
        opening = open_record(actor, key, {Category.IDENTITY, *question.categories})
        # What was permitted when the source was asked may have been refused while it answered.
        _keep(source, opening, question.categories & askable_categories(source, opening), result)
    return True


def _config(source: Source) -> SourceConfig:
    return SourceConfig(
        source.base_url,
        "STU3" if source.fhir_version == "STU3" else "R4",
        source.organisation.name,
        frozenset(int(c) for c in from_mask(source.categories)),
    )


def _keep(source: Source, opening: Opening, categories: frozenset[Category], result: FetchResult) -> SourceAnswer:
    """Replace what was kept of this source and patient by the new answer, as far as it answered; in one transaction."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 743))", [f"{opening.patient.pk}:{source.pk}"])
    answered = [c for c, part in result.categories.items() if part.outcome in {Outcome.ANSWERED, Outcome.NOTHING}]
    failed = [c for c, part in result.categories.items() if c not in answered or not part.complete]
    facts = [
        _fact(source, opening, fact.resource, fact.original, fact.related, fact.source_id) for fact in result.facts
    ]
    allowed = {int(c) for c in categories}
    kept = [fact for fact in facts if fact.category in allowed]
    replaced = {*answered, *(fact.category for fact in kept)}
    Fact.objects.filter(patient=opening.patient, source=source, category__in=replaced).delete()
    Fact.objects.bulk_create(kept)
    answer = SourceAnswer(
        patient=opening.patient,
        organisation=source.organisation,
        source=source,
        outcome=result.outcome.value,
        detail=result.reason[:60],
        asked_at=now,
        answered_at=now if result.outcome in {Outcome.ANSWERED, Outcome.NOTHING} else None,
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


def _fact(
    source: Source, opening: Opening, resource: Json, original: Json | None, related: tuple[Json, ...], source_id: str
) -> Fact:
    line = present(resource, related)
    now = timezone.now()
    return Fact(
        patient=opening.patient,
        organisation=source.organisation,
        source=source,
        resource_type=str(resource.get("resourceType", ""))[:40],
        source_key=source_id[:120],
        resource=resource,
        original=original,
        line=asdict(line),
        fetched_at=now,
        expires_at=now + timedelta(hours=settings.SOURCE_KEPT_HOURS),
        **columns_of(line),
    )


def follow_merger(*, organisation_id: int, by: Actor) -> int:
    """Give the source systems of a participant that merged to its successor; returns how many. Twice is harmless."""
    with connection.cursor() as cursor:
        cursor.execute("select dossier_follow_merger(%s)", [organisation_id])
        moved: int = cursor.fetchone()[0]
    return moved


def drop_expired_facts(*, by: Actor) -> int:
    """Drop the facts of sources whose time has ended, of all patients; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("select dossier_drop_expired()")
        dropped: int = cursor.fetchone()[0]
    return dropped
