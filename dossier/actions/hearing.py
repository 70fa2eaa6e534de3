"""Hearing the national consent service before a source is asked: over HTTP outside any transaction, and keeping its answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from dossier.models import Source
from events.actor import Actor, act
from people.models import Membership, Organisation
from trust.access import open_record
from trust.actions import keep_national_answer
from trust.categories import Category
from trust.national import client


@dataclass(frozen=True)
class Hear:
    """A question for the national service: the number to ask by, who asks, since when, and the categories that depend on it.

    In an ``emergency`` a refusal counts as ever, and a service that gives no answer keeps nobody waiting.
    """

    bsn: str
    reader: Organisation
    at: datetime
    categories: frozenset[Category]
    emergency: bool


def hear(*, source: Source, key: uuid.UUID, question: Hear, by: Actor) -> str:
    """Ask the national service about the holder of a source and this reader; returns "" when the source's turn has come.

    A whole answer is kept, and from then on it counts at every door. Without one nothing is kept, and the word that comes
    back says why; what was refused all the same is kept in an emergency, where the rest goes on.
    """
    membership = Membership.objects.filter(user_id=by.user_id, organisation_id=by.organisation_id, role=by.role).first()
    if not connection.in_atomic_block:
        connection.close()  # who waits for another system holds no connection
    answer = client.ask(
        bsn=question.bsn,
        holder=source.organisation,
        reader=question.reader,
        role=by.role,
        uzi=membership.uzi if membership else "",
        request_id=by.request_id,
    )
    whole = not answer.unknown
    if not whole and not question.emergency:
        return answer.reason or "indeterminate"
    if whole or answer.refused:
        lasting = timedelta(minutes=settings.NATIONAL_CONSENT_KEPT_MINUTES if whole else 0)
        with act(by) as actor:
            opening = open_record(actor, key, [Category.IDENTITY])
            keep_national_answer(
                patient=opening.patient,
                holder=source.organisation,
                reader=question.reader,
                permitted=answer.permitted,
                refused=answer.refused,
                asked_at=question.at,
                until=question.at + lasting,
                by=actor,
            )
    return ""
