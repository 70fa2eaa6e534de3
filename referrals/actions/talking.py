"""What the parties and the person say to each other in the thread of a referral."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actions import done
from events.actor import Actor
from events.clock import due_after
from events.errors import Refused
from referrals.access import need_heard
from referrals.actions.moving import EVENTS, add_remark, ask_receiver, ask_sender, judge, put_step, tell
from referrals.actions.person import say_as_person
from referrals.models import Referral
from referrals.moves import ANSWER_DAYS, Verb
from trust.access import Opening


@transaction.atomic
def say(
    *, referral: Referral, text: str, opening: Opening | None = None, token: uuid.UUID | None = None, by: Actor
) -> Referral:
    """Say something in the thread; state, turn and moment stay. The person, the sender, and the receiver since it accepted, read it.

    What the person says is asked to be answered within ``ANSWER_DAYS``: by the receiver once it may read it, else by the sender. An
    organisation that says something has answered. The same ``token`` twice says it once. Raises ``Refused`` for nothing said.
    """
    locked, _move = judge(referral, Verb.SAY, by)
    if not text.strip():
        raise Refused(_("Schrijf uw bericht."), field="text")
    if by.kind == "citizen":
        if not say_as_person(locked, text, token, by):
            return locked
        title, due = gettext_noop("Bericht van de inwoner: %(service)s"), due_after(timezone.now(), ANSWER_DAYS)
        asked = ask_receiver if locked.taken_on else ask_sender
        asked(locked, title, by, kind="message", due=due)
    else:
        if opening is None or opening.patient.pk != locked.patient_id:
            raise Refused(_("U kunt geen bericht schrijven: uw organisatie ziet deze inwoner niet meer."))
        try:
            with transaction.atomic():
                add_remark(locked, put_step(locked, Verb.SAY, "", by), text, by, token)
        except IntegrityError:
            return locked
        done(subject=locked, kind="message", organisation_id=by.organisation_id, by=by)
    tell(locked, EVENTS[Verb.SAY], by)
    return locked


@transaction.atomic
def heard(*, referral: Referral, by: Actor) -> None:
    """The own organisation read what the person said, and need not answer; it leaves the list."""
    need_heard(referral, by)
    done(subject=referral, kind="message", organisation_id=by.organisation_id, by=by)
