"""The appointments of a referral, and the entry of one in a calendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event

from referrals.models import Appointment, Referral
from referrals.moves import AppointmentStatus


def booked_of(referral: Referral) -> Appointment | None:
    """The appointment that stands, as far as who acts may know of it."""
    return Appointment.objects.filter(referral=referral, status=AppointmentStatus.BOOKED).first()


def appointment_of(referral: Referral) -> Appointment | None:
    """The appointment that was made or changed last, whatever became of it."""
    return Appointment.objects.filter(referral=referral).order_by("-changed_at", "-id").first()


def booked_among(referrals: Iterable[Referral]) -> dict[int, Appointment]:
    """The appointments that stand, by number of the referral; one query."""
    found = Appointment.objects.filter(referral__in=list(referrals), status=AppointmentStatus.BOOKED)
    return {made.referral_id: made for made in found}


def calendar_of(appointment: Appointment, *, title: str, place: str, url: str) -> bytes:
    """One appointment as a calendar takes it over, moves it or removes it (RFC 5545; RFC 5546, 3.2.1 and 3.2.5).

    ``title`` names neither person nor care: a calendar is often shared, and shows on a locked screen. Moments are in UTC, so that
    no calendar has to know of summer time.
    """
    stands = appointment.status in {AppointmentStatus.BOOKED, AppointmentStatus.FULFILLED}
    entry = Event()
    entry.add("uid", str(appointment.uid))
    entry.add("sequence", appointment.sequence)
    entry.add("dtstamp", timezone.now().astimezone(UTC))
    entry.add("last-modified", appointment.changed_at.astimezone(UTC))
    entry.add("dtstart", appointment.starts.astimezone(UTC))
    entry.add("dtend", appointment.ends.astimezone(UTC))
    entry.add("summary", title)
    entry.add("status", "CONFIRMED" if stands else "CANCELLED")
    entry.add("class", "PRIVATE")
    entry.add("url", f"{settings.ADDRESS}{url}")
    if place:
        entry.add("location", place)
    calendar = Calendar()
    calendar.add("prodid", "-//Netwerk-Informatiesysteem//NL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH" if stands else "CANCEL")
    calendar.add_component(entry)
    return bytes(calendar.to_ical())
