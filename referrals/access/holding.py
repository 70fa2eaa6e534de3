"""Who at the receiver has what in hand: the own work with that of whom one stands in for, and the colleagues to give it to."""

from __future__ import annotations

from django.utils import timezone

from dossier.access import at_work
from events.actor import Actor
from referrals.access.lists import Hands, Sift, next_request
from referrals.access.parties import need_organisation
from referrals.models import Referral


def hands_of(actor: Actor) -> Hands:
    """Who has work in hand at the actor's organisation now."""
    there = at_work(need_organisation(actor))
    return Hands(there.stands_in_for(actor.user_id or 0), there.held)


def next_to_accept(actor: Actor, sift: Sift | None = None) -> Referral | None:
    """The next request of the list that waits for a first answer, in the order of that list and with what it was narrowed to."""
    organisation = need_organisation(actor)
    return next_request(organisation, sift or Sift(), timezone.now(), hands_of(actor))
