"""Answering a request with advice to who referred, in the place of taking it on."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import done
from events.actor import Actor
from events.errors import Refused
from referrals.actions.moving import EVENTS, clean, copy_report, judge, put_step, tell
from referrals.models import Referral, Report
from referrals.moves import Level, Outcome, Verb
from trust.access import need_unrestricted
from trust.categories import Category


@transaction.atomic
def advise(*, referral: Referral, text: str, plain: str, token: uuid.UUID | None = None, by: Actor) -> Referral:
    """Close a request with advice: ``text`` to who referred, ``plain`` to the citizen, who may read both.

    The receiver never learns whom it is about, so neither text names anybody; it keeps nothing. Raises ``Refused`` where one is
    missing or names somebody.
    """
    locked, move = judge(referral, Verb.ADVISE, by)
    for field, said in (("text", text), ("plain", plain)):
        if not said.strip():
            raise Refused(_("Schrijf het advies, ook in gewone woorden voor de inwoner."), field=field)
        clean(said, locked, by, field)
    need_unrestricted(locked.patient_id, by.organisation_id, Category(locked.sensitivity))
    locked.status, locked.outcome, locked.level = move.target, Outcome.ADVISED, Level.NOBODY
    locked.closed_at, locked.due, locked.letter_due = timezone.now(), None, None
    step = put_step(locked, Verb.ADVISE, "", by)
    Report.objects.create(
        step=step, token=token or uuid.uuid4(), referral=locked, patient_id=locked.patient_id,
        organisation_id=by.organisation_id, category=locked.sensitivity, text=text.strip(), plain=plain.strip(),
    )  # fmt: skip
    locked.save(update_fields=["status", "outcome", "level", "closed_at", "due", "letter_due"])
    done(subject=locked, by=by)
    tell(locked, EVENTS[Verb.ADVISE], by)
    copy_report(locked, step, text.strip(), by)
    return locked
