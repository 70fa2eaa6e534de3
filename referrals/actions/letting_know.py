"""Having a person without the portal told: what waits for whom, what was done, and by which channel."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_noop

from events.actions import ask, done
from events.actor import Actor
from events.clock import due_after
from referrals.access import teller_of
from referrals.models import Referral
from referrals.moves import ON_PAPER, TELL_DAYS, TOLD_BY, Channel, Origin, Verb

PAPER, TELL = "paper", "tell"
"""The kinds of work: a paper to give, and something to say."""

_TITLES = {
    PAPER: gettext_noop("Kopie voor de inwoner op papier: %(service)s"),
    TELL: gettext_noop("Inwoner laten weten: %(service)s"),
}


def let_know(referral: Referral, verb: str | None, by: Actor) -> None:
    """Put on the list of who tells the person what a step makes to tell; nothing where the person reads it in the portal.

    What the person did needs no telling.
    """
    if referral.channel != Channel.PAPER or by.kind == "citizen":
        return
    if verb in {Verb.REDIRECT, Verb.PASS_ON} and by.organisation_id:
        # It was spoken of, or is not the own to tell any more.
        done(subject=referral, kind=TELL, organisation_id=by.organisation_id, by=by)
    if verb in ON_PAPER:
        ask_to_tell(referral, PAPER, verb, by, user_id=None if by.by_machine else by.user_id)
    elif verb in TOLD_BY:
        ask_to_tell(referral, TELL, verb, by)


def ask_to_tell(referral: Referral, kind: str, verb: str, by: Actor, *, user_id: int | None = None) -> None:
    """Ask the organisation that tells the person of this step, once for all that waits.

    Who referred from its own system hears every step there, and tells the person from there.
    """
    organisation_id = teller_of(referral, verb)
    sent_it = organisation_id == referral.sending_organisation_id
    if organisation_id is None or (sent_it and referral.origin == Origin.SYSTEM):
        return
    holder = referral.sender_id if sent_it else referral.receiver_id
    ask(
        kind, subject=referral, organisation_id=organisation_id, patient_id=referral.patient_id,
        user_id=user_id if organisation_id == by.organisation_id and user_id else holder,
        title=_TITLES[kind] % {"service": referral.service.name}, due=due_after(timezone.now(), TELL_DAYS), by=by,
    )  # fmt: skip
