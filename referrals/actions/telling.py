"""Stating that a person without the portal was told, and choosing how the person is told."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from events.actions import done, record
from events.actor import Actor
from events.errors import Refused
from referrals.access import need_choosing, patients_of, steps_of, to_tell
from referrals.actions.letting_know import PAPER, TELL, ask_to_tell
from referrals.actions.moving import EVENTS, judge, put_step, tell
from referrals.models import Referral
from referrals.moves import Channel, Told, Verb

CHOSEN = "referral.channel_chosen"
"""The event that the person is told in another way from now on."""


@transaction.atomic
def tell_person(*, referral: Referral, how: str, by: Actor) -> Referral:
    """State that the paper was given or posted, or that the person was told what happened since. Twice is harmless.

    Where nothing waits for the own organisation, nothing is written: nobody tells for another.
    """
    locked, move = judge(referral, Verb.TELL, by)
    told = Told(how)
    waiting = to_tell(locked, steps_of(locked), by)
    if not (waiting.steps if told == Told.SAID else waiting.paper):
        return locked
    put_step(locked, move.verb, "", by, code=str(told))
    done(subject=locked, kind=TELL if told == Told.SAID else PAPER, organisation_id=by.organisation_id, by=by)
    tell(locked, EVENTS[move.verb], by, how=str(told))
    return locked


@transaction.atomic
def choose_channel(*, referral: Referral, channel: str, by: Actor) -> Referral:
    """Have the person told in another way from now on: by who gives the copy, while it runs.

    Raises ``Refused`` for the portal where the person has no account there.
    """
    locked, _move = judge(referral, Verb.TELL, by)
    need_choosing(locked, by)
    patient = patients_of([locked], by).get(locked.patient_id)
    if channel not in Channel.values or (channel == Channel.PORTAL and (patient is None or patient.account_id is None)):
        raise Refused(_("Deze inwoner heeft geen Mijn Netwerk. Kies papier, of geen kopie."), field="channel")
    if locked.channel == channel:
        return locked
    locked.channel = Channel(channel)
    locked.save(update_fields=["channel"])
    for kind in (PAPER, TELL):
        done(subject=locked, kind=kind, by=by)
    waiting = to_tell(locked, steps_of(locked), by)
    if waiting.paper:
        ask_to_tell(locked, PAPER, Verb.SEND, by, user_id=by.user_id)
    for step in waiting.steps[-1:]:
        ask_to_tell(locked, TELL, step.verb, by)
    record(CHOSEN, subject=locked, patient_id=locked.patient_id, data={"channel": str(channel)}, by=by)
    return locked
