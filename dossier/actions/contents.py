"""Fetching the content of a document from the source that told of it: may it, bring it, judge it, and note that it was read."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from dossier.access.documents import SHOWN
from dossier.access.elsewhere import UNFIT, get_document_elsewhere, get_source, why_closed
from dossier.access.sources import UNHEARD, counts_for
from dossier.actions.connection import bare_config, config_of, deadline_of
from dossier.actions.hearing import Hear, hear
from dossier.actions.keeping import count
from dossier.actions.sources import user_context
from dossier.documents.receive import Received, receive
from dossier.documents.unfit import Unfit
from dossier.models import Fact, Source
from dossier.sources.content import Brought, bring
from dossier.sources.results import FetchResult, Outcome, UserContext
from dossier.sources.secret_files import SecretMissing
from events.actions import record
from events.actor import Actor, act
from people.models import PatientIdentity
from trust.access import Opening, open_record
from trust.categories import Category
from trust.national.hearing import hearing_of


@dataclass(frozen=True)
class Content:
    """The content of a document of a source, recognised and whole; or the reason why it did not come, a word of the product's own.

    Nothing of it is kept: who takes it reads ``received.content`` and closes it.
    """

    source: Source
    received: Received | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Asked:
    source: Source
    fact: Fact | None = None
    user: UserContext | None = None
    hear: Hear | None = None
    closed: str = ""


def bring_content(*, key: uuid.UUID, number: int, category: Category, mark: str, shown: bool, by: Actor) -> Content:
    """Fetch the content of a document of a source for who may see it now, and judge it as a file that is added; outside any transaction.

    The record is opened for the document's category before the source is asked and once more when it answered, for a choice may
    have changed meanwhile. The national consent service is heard first where it has a say. That it was read is a line in the log
    (NEN 7513:2018), and how the source did is counted. Raises ``Http404`` for who has no basis, and for a document or source
    that the record does not tell of.
    """
    asked = _may(key, number, category, mark, by)
    if asked.hear:
        unheard = hear(source=asked.source, key=key, question=asked.hear, by=by)
        if unheard:
            return Content(asked.source, reason=f"{UNHEARD}{unheard}")
        asked = _may(key, number, category, mark, by, heard=True)
    if asked.closed or asked.fact is None:
        return Content(asked.source, reason=asked.closed)
    brought = _bring(asked.source, asked.fact, asked.user, by)
    try:
        received, reason = _judged(asked.fact, brought)
        with act(by) as actor:
            closed = _note(key, asked, category, shown, received, brought, actor)
    except BaseException:
        if brought.content:
            brought.content.close()
        raise
    if brought.content and (closed or not received):
        brought.content.close()
    return Content(asked.source, None if closed else received, closed or reason)


def _may(key: uuid.UUID, number: int, category: Category, mark: str, by: Actor, *, heard: bool = False) -> _Asked:
    """Whether this document may be asked for now, of whom, and what must be heard before."""
    with act(by) as actor:
        opening = open_record(actor, key, {Category.IDENTITY, category})
        source = get_source(opening, by.works_for, number)
        hearing = hearing_of(actor, opening.patient)
        unheard = frozenset() if heard else hearing.wanting(opening, source.organisation, {category})
        if unheard and hearing.reader and hearing.at:
            identity = PatientIdentity.objects.filter(patient=opening.patient).first()
            if identity:
                question = Hear(identity.bsn, hearing.reader, hearing.at, unheard, opening.emergency)
                return _Asked(source, hear=question)
        closed = why_closed(source, opening, category, by.works_for)
        if closed:
            return _Asked(source, closed=closed)
        fact = get_document_elsewhere(opening, source, category, mark)
        fact.refresh_from_db(fields=["resource"])
        return _Asked(source, fact, user_context(by))


def _bring(source: Source, fact: Fact, user: UserContext | None, by: Actor) -> Brought:
    try:
        config = config_of(source)
    except SecretMissing:
        return Brought(FetchResult(bare_config(source), Outcome.FAULT, "secret-missing"))
    anew = timezone.now() > fact.fetched_at + counts_for(source)
    return bring(
        config, fact.resource, settings.FILE_UPLOAD_TEMP_DIR, deadline_of(source), by.request_id, user, anew=anew
    )


def _judged(fact: Fact, brought: Brought) -> tuple[Received | None, str]:
    if brought.content is None:
        return None, brought.result.reason
    told = fact.detail if fact.detail.lower().startswith(fact.title.lower()) else f"{fact.title} {fact.detail}"
    try:
        return receive(brought.content, told), ""
    except Unfit:
        return None, UNFIT


def _note(
    key: uuid.UUID,
    asked: _Asked,
    category: Category,
    shown: bool,
    received: Received | None,
    brought: Brought,
    by: Actor,
) -> str:
    """Count how the source did and write that the document was read; gives the reason when it may be seen no more."""
    opening: Opening = open_record(by, key, {Category.IDENTITY, category})
    count({asked.source: brought.result})
    closed = why_closed(asked.source, opening, category, by.works_for)
    given = received is not None and (not shown or received.format in SHOWN)
    if given and not closed and asked.fact:
        data: dict[str, Any] = {
            "category": int(category),
            "as": "shown" if shown else "file",
            "source": asked.source.pk,
            "mark": asked.fact.mark,
        }
        record("document.read", subject=asked.fact, patient_id=opening.patient.pk, data=data, by=by)
    return closed
