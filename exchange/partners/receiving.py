"""What a system of a participant does with referrals: bring one, and take a step; through the same actions as a person on a page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from exchange import access, fhir
from exchange.partners.models import FhirConnection, PartnerTask
from exchange.partners.reading import Asked, Fault, Faulty, Wanted
from referrals import actions as referrals
from referrals.access import CONTENT, open_for_referral, steps_of
from referrals.models import Referral, Step
from referrals.moves import Status
from square.models import HealthcareService
from trust.access import Opening

PLACES = {
    "service": "ServiceRequest.performer",
    "questionnaire": "ServiceRequest.performer",
    "notice": "Task.description",
    "question": "ServiceRequest.reasonCode",
    "note": "Task.note",
    "outcome": "Task.output",
    "plain": "Task.output",
    "reason": "Task.statusReason",
}
"""Where a system said what an action refuses by the field of its form."""


class Stale(Exception):
    """The referral went on since the version that the system knows."""


@dataclass(frozen=True)
class Taken:
    """A referral that a system brought; ``again`` when it had brought the same before."""

    referral: Referral
    again: bool


def bring(*, asked: Asked, connection: FhirConnection, by: Actor) -> Taken:
    """Send a referral of the organisation whose system brings it, about somebody whom that organisation helps.

    The same under the same key gives the same referral; something else under it is ``Refused``. A person whom the network does
    not know, or whom this organisation does not help, is not made and not told apart: :class:`Faulty` at the subject, and a
    line in the log.
    """
    if known := _known(asked, connection, by):
        return known
    service = access.services().filter(pk=asked.service).first()
    if service is None:
        raise Faulty([Fault("not-found", PLACES["service"], _("Dit aanbod is er niet."))])
    opening = _open(asked, by)
    if opening is None:
        record("partner.unknown", subject=connection, by=by)
        words = _("Uw organisatie helpt deze inwoner niet in het netwerk.")
        raise Faulty([Fault("not-found", "ServiceRequest.subject", words)])
    return _send(asked, service, opening, connection, by)


def _known(asked: Asked, connection: FhirConnection, by: Actor) -> Taken | None:
    known = PartnerTask.objects.filter(connection=connection, system=asked.system, value=asked.value).first()
    if known is None:
        return None
    if known.digest != asked.digest:
        raise Refused(_("Onder deze identifier bracht uw systeem al een andere verwijzing."))
    return Taken(access.get_referral(by, known.referral_id), again=True)


@transaction.atomic
def _send(asked: Asked, service: HealthcareService, opening: Opening, connection: FhirConnection, by: Actor) -> Taken:
    """One at a time for each system, so that the same twice at once is one referral."""
    with database.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(750, %s)", [connection.pk])
    if known := _known(asked, connection, by):
        return known
    try:
        made = referrals.send(
            opening=opening, service=service, question=asked.question, wish=asked.wish, notice=asked.notice, agreed=True,
            urgency=asked.urgency, token=_token(connection, asked), by=by,
        )  # fmt: skip
    except Refused as refused:
        raise faulty_at(refused) from None
    PartnerTask.objects.create(
        connection=connection,
        referral=made,
        system=asked.system,
        value=asked.value,
        digest=asked.digest,
        remote=asked.remote,
    )
    return Taken(access.get_referral(by, made.pk), again=False)


def _token(connection: FhirConnection, asked: Asked) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{fhir.BASE} {connection.pk} {asked.system} {asked.value}")


def _open(asked: Asked, by: Actor) -> Opening | None:
    """The record of whom it is about; nothing where nobody is known by that name, or this organisation does not help."""
    if asked.bsn:
        access.need_bsn_right(by)
        with database.cursor() as cursor:
            cursor.execute("select exchange_partner_patient(%s)", [asked.bsn])
            key = cursor.fetchone()[0]
    else:
        key = asked.key
    try:
        return open_for_referral(by, uuid.UUID(str(key)), CONTENT)
    except (Http404, ValueError):
        return None


def faulty_at(refused: Refused, places: Mapping[str, str] = PLACES) -> Exception:
    """What an action refuses for something that the system said, at its place; else the moment is wrong."""
    place = places.get(refused.field)
    return Faulty([Fault("business-rule", place, refused.message)]) if place else refused


@transaction.atomic
def step(*, referral: Referral, wanted: Wanted, version: str, by: Actor) -> Referral:
    """Bring a referral to the state that a system wants, when it knows the newest version; raises :class:`Stale` when not.

    What is there already, without a new word, changes nothing. The rest is judged by the action of the step, as for a person.
    """
    now = _newest(referral, version, by)
    if wanted.status == fhir.TASK_STATUS[now.status] and not wanted.words:
        return now
    note = wanted.words
    common: dict[str, Any] = {"referral": now, "by": by}
    try:
        match wanted.status:
            case "accepted":
                _need_silence(note)
                referrals.accept(**common)
            case "rejected":
                referrals.reject(reason=wanted.reason, note=note, **common)
            case "received":
                if not note:
                    raise Refused(_("Stel uw vraag in een nieuwe note."), field="note")
                referrals.ask_back(note=note, reason=wanted.reason, **common)
            case "requested":
                if not note:
                    raise Refused(_("Geef het antwoord in een nieuwe note."), field="note")
                referrals.answer(note=note, **common)
            case "in-progress":
                _need_silence(note)
                referrals.start(**common)
            case "completed":
                referrals.complete(outcome=wanted.outcome, note=note, **common)
            case _:
                referrals.cancel(note=note, **common)
    except Refused as refused:
        raise faulty_at(refused) from None
    return access.get_referral(by, now.pk)


def _newest(referral: Referral, version: str, by: Actor) -> Referral:
    Referral.objects.select_for_update().filter(pk=referral.pk).first()
    now = access.get_referral(by, referral.pk)
    if version != version_of(steps_of(now)):
        raise Stale
    return now


@transaction.atomic
def seen(*, referral: Referral, version: str, by: Actor) -> Referral:
    """Keep that the organisation of a system has seen a request; raises :class:`Stale` as a step does. Twice is harmless."""
    now = _newest(referral, version, by)
    if now.status != Status.REQUESTED:
        return now
    referrals.pick_up(referral=now, by=by)
    return access.get_referral(by, now.pk)


def _need_silence(note: str) -> None:
    if note:
        raise Refused(_("Bij deze stap gaan geen woorden mee."), field="note")


def version_of(steps: list[Step]) -> str:
    """The version of a referral: every step makes another."""
    return str(steps[-1].pk) if steps else "0"
