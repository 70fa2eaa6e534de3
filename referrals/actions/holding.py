"""Who at the receiver has a referral in hand: picking up, giving to a colleague, putting back with the team."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import pick_up as pick_up_work
from events.actor import Actor
from events.errors import Refused
from referrals.access import colleagues_for, hands_of
from referrals.actions.moving import EVENTS, judge, put_step, tell
from referrals.models import Referral
from referrals.moves import Verb


@transaction.atomic
def pick_up(*, referral: Referral, by: Actor) -> Referral:
    """Take a referral in hand; what has been asked and by when stays. A system does so for its organisation, in nobody's name.

    Raises ``Refused`` while a colleague who is at work has it: taking it over is asked for by name (:func:`assign`).
    """
    locked, _move = judge(referral, Verb.PICK_UP, by)
    if by.by_machine:
        if locked.picked_up_at is None:
            _hold(locked, None, Verb.PICK_UP, by)
        return locked
    if locked.receiver_id == by.user_id:
        return locked
    if locked.receiver is not None and locked.receiver_id in hands_of(by).present:
        raise Refused(
            _("%(name)s heeft deze verwijzing al opgepakt. Overleg even, of kies “aan een collega geven”.")
            % {"name": locked.receiver}
        )
    _hold(locked, by.user_id, Verb.PICK_UP, by)
    return locked


@transaction.atomic
def assign(*, referral: Referral, to: int | None, by: Actor) -> Referral:
    """Give a referral to a colleague of the receiving organisation who works with referrals, or put it back with the team.

    Anybody there who may take steps does so; who gets it is told, and its reminders go to that person.
    """
    locked, _move = judge(referral, Verb.ASSIGN, by)
    if to not in {None, by.user_id, *(one.user_id for one in colleagues_for(by))}:
        raise Refused(_("Kies een collega die met verwijzingen werkt."), field="to")
    if locked.receiver_id != to:
        _hold(locked, to, Verb.ASSIGN, by)
    return locked


def _hold(referral: Referral, user_id: int | None, verb: Verb, by: Actor) -> None:
    referral.receiver_id = user_id
    referral.picked_up_at = timezone.now() if user_id or verb == Verb.PICK_UP else None
    referral.save(update_fields=["receiver", "picked_up_at"])
    put_step(referral, verb, "", by, code="" if user_id or verb == Verb.PICK_UP else "team")
    pick_up_work(subject=referral, user_id=user_id, by=by)
    tell(referral, EVENTS[verb], by, to=user_id)
