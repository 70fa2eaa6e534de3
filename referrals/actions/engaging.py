"""Giving a part of a request that was taken on to another: main and sub-contractor, each with what it needs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from events.actor import Actor
from events.errors import Refused
from referrals.actions.moving import EVENTS, judge, put_step, tell
from referrals.actions.sending import send
from referrals.models import Referral, Step
from referrals.moves import Urgency, Verb
from square.models import HealthcareService
from trust.access import Opening


@transaction.atomic
def engage(
    *,
    opening: Opening,
    referral: Referral,
    service: HealthcareService,
    question: str,
    agreed: bool,
    notice: str = "",
    urgency: str = Urgency.ROUTINE,
    items: Iterable[str] = (),
    token: uuid.UUID | None = None,
    by: Actor,
) -> Referral:
    """Have another do a part of what was taken on, under a number of its own (FHIR ServiceRequest.basedOn); returns the part.

    Only what is ticked goes along, of what the record shows and of what came with the whole; the other reads nothing else of
    the whole. Raises ``Refused`` without the agreement of the person, for a part of a part, and within the own walls.
    """
    locked, _move = judge(referral, Verb.ENGAGE, by)
    if opening.patient.pk != locked.patient_id:
        raise PermissionDenied(_("Dit gaat over een andere inwoner."))
    if locked.based_on_id is not None:
        raise Refused(_("Een deel besteedt u niet verder uit. Geef het terug aan wie het u gaf."))
    if service.organisation_id == by.organisation_id:
        raise Refused(_("Kies aanbod van een andere organisatie."), field="service")
    part = send(
        opening=opening, service=service, question=question, agreed=agreed, notice=notice, urgency=urgency, items=items,
        token=token, whole=locked, by=by,
    )  # fmt: skip
    if not Step.objects.filter(referral=locked, verb=Verb.ENGAGE, code=part.number).exists():
        put_step(locked, Verb.ENGAGE, "", by, service=service, code=part.number)
        tell(locked, EVENTS[Verb.ENGAGE], by, part=part.number)
    return part
