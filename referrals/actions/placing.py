"""What a place on a meeting of a training means for the other steps of a referral: its appointment is that of the meeting."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from events.actor import Actor
from events.clock import due_after
from events.errors import Refused
from referrals.access import place_of
from referrals.models import Appointment, Referral, Seat
from referrals.moves import Way
from referrals.moves.training import Place
from square.models import Session


def need_place(referral: Referral) -> Seat | None:
    """The place of who is about to be taken on; ``Refused`` for who waits for one, ``None`` where there is no meeting."""
    found = place_of(referral)
    if found is not None and found.status == Place.WAITING:
        raise Refused(
            _(
                "Deze inwoner staat op de wachtlijst. Aannemen kan als er een plek vrijkomt, of als u er plekken bij maakt."
            )
        )
    return found


def need_no_place(referral: Referral) -> None:
    """``Refused`` where the appointment is that of a meeting, and so is not made, moved or called off by itself."""
    if place_of(referral) is not None:
        raise Refused(_("Deze afspraak hoort bij een bijeenkomst. Kies een andere bijeenkomst, of meld af."))


def asked_place(session: Session | None) -> str:
    """What a request for a place asks where nothing else was written; empty without a meeting."""
    if session is None:
        return ""
    with override(settings.LANGUAGE_CODE):
        day = date_format(timezone.localtime(session.starts), "j F Y H.i")
        return _("Plek op de training “%(service)s” van %(day)s uur.") % {"service": session.service.name, "day": day}


def held_by(place: Seat) -> datetime:
    """By when is noted who was there: the working day after the meeting."""
    return due_after(max(place.session.ends, timezone.now()), 1)


def book(referral: Referral, place: Seat, by: Actor) -> None:
    """Make the appointment of who was taken on and has a place."""
    session = place.session
    Appointment.objects.create(
        referral=referral, patient_id=referral.patient_id, organisation_id=by.organisation_id, starts=session.starts, ends=session.ends,
        way=Way.VIRTUAL if session.online else Way.VISIT, place=session.place, note=session.note, made_by_id=session.made_by_id,
    )  # fmt: skip
