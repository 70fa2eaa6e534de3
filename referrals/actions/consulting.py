"""Ending a request that goes on as a consultation of the same receiver."""

from __future__ import annotations

from django.db import transaction

from events.actor import Actor
from referrals.actions.moving import closed, judge
from referrals.models import Referral
from referrals.moves import Outcome, Verb


@transaction.atomic
def become_consultation(*, referral: Referral, by: Actor) -> Referral:
    """The sender asks the question as a consultation: the request ends with that outcome, and nothing of it opens to whom it went.

    Called where the consultation begins, in one transaction with it.
    """
    locked, move = judge(referral, Verb.CONSULT, by)
    locked.outcome, locked.ask_reason = Outcome.CONSULTED, ""
    closed(locked, move, "", by, "outcome", "ask_reason")
    return locked
