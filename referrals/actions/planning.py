"""The appointment of a referral: made, moved, called off, missed, and over when the referral is."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actions import done
from events.actor import Actor
from events.clock import due_after
from events.errors import Refused
from referrals.access import booked_of
from referrals.actions.moving import ask_receiver, clean, judge, moved
from referrals.actions.placing import need_no_place
from referrals.actions.talks import tell_explorers
from referrals.models import Appointment, Referral
from referrals.moves import FURTHEST_PLANNED, PLAN_DAYS, AppointmentStatus, Move, Status, Verb, Way


@transaction.atomic
def plan(
    *,
    referral: Referral,
    starts: datetime,
    minutes: int,
    way: str = Way.VISIT,
    place: str = "",
    note: str = "",
    by: Actor,
) -> Referral:
    """Make the appointment of a referral, or move the one that stands; the citizen is told.

    ``starts`` is a moment, ``minutes`` how long it takes. The citizen reads ``place`` and ``note``, which name nobody. Until
    help has begun, the receiver has until the working day after the appointment to say how it went. Raises ``Refused`` for a
    moment that has passed or lies more than two years ahead.
    """
    locked, move = judge(referral, Verb.PLAN, by)
    need_no_place(locked)
    now = timezone.now()
    if starts <= now:
        raise Refused(_("Dit moment is al voorbij."), field="starts")
    if starts > now + timedelta(days=FURTHEST_PLANNED):
        raise Refused(_("Kies een moment binnen twee jaar."), field="starts")
    clean(note, locked, by)
    clean(place, locked, by, field="place")
    made = booked_of(locked) or Appointment(
        referral=locked, patient_id=locked.patient_id, organisation_id=by.organisation_id
    )
    made.starts, made.ends = starts, starts + timedelta(minutes=minutes)
    made.way, made.place, made.note, made.made_by_id = Way(way), place, note, by.user_id or 0
    _keep(made)
    done(subject=locked, kind="appointment", organisation_id=by.organisation_id, by=by)
    if locked.status == Status.ACCEPTED:
        locked.due = due_after(made.ends, 1)
    _moved(locked, move, "", by)
    return locked


@transaction.atomic
def call_off(*, referral: Referral, note: str = "", by: Actor) -> Referral:
    """Call the appointment off; the receiver plans a new one. Raises ``Refused`` when none stands."""
    return _fell_through(referral, Verb.CALL_OFF, AppointmentStatus.CANCELLED, note, by)


@transaction.atomic
def not_shown(*, referral: Referral, note: str = "", by: Actor) -> Referral:
    """State that nobody came to the appointment; the receiver plans a new one. Raises ``Refused`` before it began."""
    return _fell_through(referral, Verb.NO_SHOW, AppointmentStatus.NO_SHOW, note, by)


def _fell_through(referral: Referral, verb: Verb, status: AppointmentStatus, note: str, by: Actor) -> Referral:
    locked, move = judge(referral, verb, by)
    need_no_place(locked)
    clean(note, locked, by)
    made = booked_of(locked)
    if made is None:
        raise Refused(_("Er staat geen afspraak."))
    if status == AppointmentStatus.NO_SHOW and made.starts > timezone.now():
        raise Refused(_("De afspraak moet nog beginnen."))
    made.status = status
    _keep(made)
    if locked.status == Status.ACCEPTED:
        locked.due = due_after(timezone.now(), PLAN_DAYS)
    _moved(locked, move, note, by)
    return locked


def appointment_over(referral: Referral, *, also_ahead: bool = True) -> None:
    """An appointment that lies behind has been; one that lies ahead is called off, when the referral ends or goes elsewhere."""
    made = booked_of(referral)
    if made is None:
        return
    behind = made.starts <= timezone.now()
    if behind or also_ahead:
        made.status = AppointmentStatus.FULFILLED if behind else AppointmentStatus.CANCELLED
        _keep(made)


CHANGES = ["starts", "ends", "way", "place", "note", "status", "sequence", "made_by", "changed_at"]


def _keep(made: Appointment) -> None:
    made.changed_at = timezone.now()
    if made._state.adding:
        made.save(force_insert=True)
        return
    made.sequence += 1
    made.save(update_fields=CHANGES)


def _moved(referral: Referral, move: Move, note: str, by: Actor) -> None:
    moved(referral, move, note, by)
    tell_explorers(referral, by)
    if referral.status == Status.ACCEPTED:
        ask_receiver(referral, gettext_noop("Eerste contact: %(service)s"), by)
