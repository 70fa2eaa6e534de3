"""What the receiver reports: findings and advice to who referred, with what the citizen reads of it."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from referrals.actions.moving import EVENTS, copy_report, judge, put_step
from referrals.models import Referral, Report, Step
from referrals.moves import Verb
from trust.access import Opening, need_unrestricted
from trust.categories import Category


@transaction.atomic
def report(
    *,
    opening: Opening | None,
    referral: Referral,
    text: str,
    plain: str = "",
    token: uuid.UUID | None = None,
    by: Actor,
) -> Referral:
    """Report to who referred while help runs; state and moment stay as they are (FHIR Composition; zib TextResult).

    ``text`` is for the sender, ``plain`` says the same to the citizen, who may read both. The same ``token`` twice reports once.
    Raises ``Refused`` when nothing was written.
    """
    locked, move = judge(referral, Verb.REPORT, by)
    if not text.strip():
        raise Refused(_("Schrijf het verslag."), field="text")
    try:
        with transaction.atomic():
            step = put_step(locked, move.verb, "", by)
            write(locked, step, opening, text=text, plain=plain, token=token, by=by)
    except IntegrityError:
        return locked
    record(EVENTS[move.verb], subject=locked, patient_id=locked.patient_id, data={"status": locked.status}, by=by)
    return locked


def write(
    referral: Referral,
    step: Step,
    opening: Opening | None,
    *,
    text: str,
    plain: str,
    token: uuid.UUID | None,
    by: Actor,
) -> None:
    """Keep a report with the step it belongs to, and a copy for the sender's own system; the record must be open."""
    if opening is None or opening.patient.pk != referral.patient_id:
        raise Refused(_("U kunt geen verslag schrijven: uw organisatie ziet deze inwoner niet meer."))
    need_unrestricted(referral.patient_id, by.organisation_id, Category(referral.sensitivity))
    Report.objects.create(
        step=step, token=token or uuid.uuid4(), referral=referral, patient_id=referral.patient_id,
        organisation_id=by.organisation_id, category=referral.sensitivity, text=text.strip(), plain=plain.strip(),
    )  # fmt: skip
    copy_report(referral, step, text.strip(), by)
