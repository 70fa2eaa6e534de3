"""Asking the source systems: what may be asked, the questions over HTTP outside any transaction, keeping answers as they come."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from time import monotonic

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.http import Http404
from django.utils import timezone

from dossier.access import UNHEARD, answers_for, askable_categories, is_fresh, likely_sources
from dossier.actions.connection import bare_config, config_of, deadline_of
from dossier.actions.hearing import Hear, hear
from dossier.actions.keeping import count, keep_answer
from dossier.models import Source, SourceHour
from dossier.sources.fetch import fetch_record
from dossier.sources.pools import askers
from dossier.sources.results import FetchResult, Outcome, SourceConfig, UserContext
from dossier.sources.secret_files import SecretMissing
from events.actor import Actor, act, statements_within
from people.models import Membership, Organisation, PatientIdentity
from trust.access import decide, open_record
from trust.categories import Category, from_mask
from trust.national.codes import OTHER_ROLE, ROLE_CODE
from trust.national.hearing import hearing_of

log = logging.getLogger(__name__)
GRACE = 1.0
"""Seconds that reading an answer may take when the deadline for getting it has passed."""
TOGETHER = 0.4
"""Seconds within which answers that come after each other are kept and shown together, so that a page does not jump at each."""


@dataclass
class _Plan:
    """What may be asked of which source about one patient, and of whom the national consent service must be heard first."""

    bsn: str = ""
    birth_date: date = date.min
    user: UserContext = field(default_factory=UserContext)
    questions: dict[Source, frozenset[Category]] = field(default_factory=dict)
    hears: dict[Source, Hear] = field(default_factory=dict)


def _plan(sources: Iterable[Source] | None, key: uuid.UUID, by: Actor, *, again: bool) -> _Plan:
    """What to ask of these sources, or of every likely one; nothing of whom has answered lately, unless ``again``."""
    plan = _Plan()
    with act(by) as actor:
        opening = open_record(actor, key, [Category.IDENTITY])
        identity = PatientIdentity.objects.filter(patient=opening.patient).first()
        if identity is None:
            return plan
        plan.bsn, plan.birth_date = identity.bsn, opening.patient.birth_date
        decision = decide(actor, opening.patient, Category)
        hearing = hearing_of(actor, opening.patient)
        answers = answers_for(opening)
        for source in likely_sources(decision, by.works_for) if sources is None else sources:
            unheard = (hearing.concerns if again else hearing.wanting)(
                decision, source.organisation, from_mask(source.categories)
            )
            if unheard and hearing.reader and hearing.at:
                plan.hears[source] = Hear(identity.bsn, hearing.reader, hearing.at, unheard, decision.emergency)
            categories = askable_categories(source, decision)
            if categories and (again or not is_fresh(source, answers.get(source.pk), categories)):
                plan.questions[source] = categories
        if plan.questions:
            plan.user = user_context(by)
    return plan


def user_context(by: Actor) -> UserContext:
    membership = Membership.objects.filter(user_id=by.user_id, organisation_id=by.organisation_id, role=by.role).first()
    organisation = Organisation.objects.filter(pk=by.organisation_id).first()
    return UserContext(
        subject_id=membership.uzi if membership else "",
        subject_role=by.role,
        subject_organization=organisation.name if organisation else "",
        subject_organization_id=organisation.ura if organisation else "",
        subject_role_code=ROLE_CODE.get(by.role, OTHER_ROLE),
        purpose_of_use=by.purpose,
    )


def ask_source(*, source: Source, key: uuid.UUID, by: Actor, again: bool = False) -> bool:
    """Ask one source about one patient, within its own deadline; tells whether it was asked. As :func:`ask_sources`."""
    most = deadline_of(source)
    return sum(_ask([source], key, by, again=again, most=most, together=most + GRACE)) > 0


def ask_sources(*, key: uuid.UUID, by: Actor, sources: Iterable[Source] | None = None, again: bool = False) -> int:
    """Ask sources about one patient all at once and keep what they answered for a short while; tells how many were asked.

    Without ``sources`` those where something is likely to be found. Nothing is asked that the reader may not see, nor when
    the last answer still counts, unless ``again``. Where the national consent service is connected and both parties take
    part, it is heard first; without its answer the source is not asked, and that is what is kept. All questions go over
    HTTP outside any transaction, within one deadline: ``SOURCE_DEADLINE`` seconds for the sources together, after
    ``NATIONAL_CONSENT_DEADLINE``. A source that does not answer leaves the former facts as they were, with the failure
    beside them. Raises ``Http404`` for whom has no basis.
    """
    most = settings.SOURCE_DEADLINE
    return sum(_ask(sources, key, by, again=again, most=most, together=most + GRACE))


def ask_in_turn(*, key: uuid.UUID, by: Actor) -> Generator[int, None, None]:
    """As :func:`ask_sources`, and gives back each time after some answers were kept how many these were.

    Who turns away before the last answer is not waited for, and what still comes is kept all the same.
    """
    rounds = _ask(None, key, by, again=False, most=settings.SOURCE_DEADLINE, together=TOGETHER)

    def watched() -> Generator[int, None, None]:
        try:
            for kept in rounds:  # noqa: UP028 - a delegated generator is closed along with this one
                yield kept
        finally:
            refused = (Http404, PermissionDenied, DatabaseError)  # nobody is there any more to be told
            with statements_within(settings.STATEMENT_SECONDS), suppress(*refused):
                for _kept in rounds:
                    pass

    return watched()


def _ask(
    sources: Iterable[Source] | None, key: uuid.UUID, by: Actor, *, again: bool, most: float, together: float
) -> Iterator[int]:
    """Decide at once what is asked, and keep what is answered in rounds; the first is empty where a source may not be asked."""
    plan = _plan(sources, key, by, again=again)
    unheard: dict[Source, FetchResult] = {}
    if plan.hears:
        unheard = _hear_all(plan.hears, key, by)
        heard = [source for source in {**plan.questions, **plan.hears} if source not in unheard]
        if unheard:
            _keep_all({source: plan.hears[source].categories for source in unheard}, unheard, key, by, counted=False)
        plan = _plan(heard, key, by, again=again) if heard else _Plan()

    def rounds() -> Iterator[int]:
        if unheard:
            yield 0
        for results in _fetch_all(plan, by, most, together):
            _keep_all(plan.questions, results, key, by)
            yield len(results)

    return rounds()


def _hear_all(hears: Mapping[Source, Hear], key: uuid.UUID, by: Actor) -> dict[Source, FetchResult]:
    """Hear the national service about every holder at once; gives of each that may not be asked now the reason why."""
    reasons: dict[Source, str] = {}

    def one(source: Source) -> str:
        try:
            return hear(source=source, key=key, question=hears[source], by=by)
        finally:
            connection.close()

    if len(hears) == 1:
        reasons = {source: hear(source=source, key=key, question=question, by=by) for source, question in hears.items()}
    else:
        running = {source: askers().submit(one, source) for source in hears}
        wait(running.values(), timeout=settings.NATIONAL_CONSENT_DEADLINE + GRACE)
        for source, future in running.items():
            reasons[source] = future.result() if future.done() else "deadline"
            future.cancel()
    return {
        source: FetchResult(bare_config(source), Outcome.NO_ANSWER, f"{UNHEARD}{reason}")
        for source, reason in reasons.items()
        if reason
    }


def _fetch_all(plan: _Plan, by: Actor, most: float, together: float) -> Iterator[dict[Source, FetchResult]]:
    """What every source answers, those that come within so many seconds ``together``; none is waited for beyond the deadline of all."""
    until = monotonic() + most
    answered: dict[Source, FetchResult] = {}
    configs: dict[Source, SourceConfig] = {}
    for source in plan.questions:
        try:
            configs[source] = config_of(source)
        except SecretMissing:
            answered[source] = FetchResult(bare_config(source), Outcome.FAULT, "secret-missing")

    def fetch(source: Source) -> FetchResult:
        left = min(until, monotonic() + deadline_of(source)) - monotonic()
        asked = {int(c) for c in plan.questions[source]}
        try:
            return fetch_record(configs[source], plan.bsn, plan.birth_date, asked, left, by.request_id, plan.user)
        except Exception as error:  # one source must not take the page of all others along
            log.error("source %s: %s", source.pk, type(error).__name__)
            return FetchResult(configs[source], Outcome.FAULT, "not-understood")

    if len(configs) == 1:
        answered |= {source: fetch(source) for source in configs}
        configs = {}
    running = {askers().submit(fetch, source): source for source in configs}
    waiting = set(running)
    began = monotonic()
    while answered or waiting:
        if not answered and not any(future.done() for future in waiting):
            wait(waiting, max(until + GRACE - monotonic(), 0), FIRST_COMPLETED)
            began = monotonic()
        done, waiting = wait(waiting, max(min(began + together, until + GRACE) - monotonic(), 0))
        late = waiting if monotonic() >= until + GRACE else set()
        waiting = waiting - late
        answered |= {running[future]: future.result() for future in done}
        for future in late:
            reason = "busy" if future.cancel() else "deadline"
            answered[running[future]] = FetchResult(
                bare_config(running[future]), Outcome.NO_ANSWER, reason, seconds=most
            )
        began = monotonic()
        yield answered
        answered = {}


def _keep_all(
    questions: Mapping[Source, frozenset[Category]],
    results: Mapping[Source, FetchResult],
    key: uuid.UUID,
    by: Actor,
    *,
    counted: bool = True,
) -> None:
    """Keep these answers in one transaction, in the order of the sources, so that two readers never wait for each other in a circle."""
    asked = frozenset[Category]().union(*(questions[source] for source in results))
    with act(by) as actor:
        opening = open_record(actor, key, {Category.IDENTITY, *(asked if counted else ())})
        for source in sorted(results, key=lambda source: source.pk):
            # What was permitted when the source was asked may have been refused while it answered.
            still = questions[source] & askable_categories(source, opening) if counted else questions[source]
            keep_answer(source, opening, still, results[source])
        if counted:
            count(results)


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


def drop_old_counts(*, by: Actor) -> int:
    """Drop the counts of how sources did that were kept for ``SOURCE_COUNTS_KEPT_DAYS``; returns how many."""
    before = timezone.now() - timedelta(days=settings.SOURCE_COUNTS_KEPT_DAYS)
    dropped, _each = SourceHour.objects.filter(hour__lt=before).delete()
    return dropped
