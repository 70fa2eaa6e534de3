"""What a system of a participant writes and plans with a referral, read strictly, and done by the same actions as on the pages."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from events.actor import Actor
from events.errors import Refused
from exchange import fhir
from exchange.fhir_process import PLAIN
from exchange.partners.models import FhirConnection
from exchange.partners.reading import LONGEST_TEXT, Fault, Faulty, Reader, valid
from exchange.partners.receiving import faulty_at
from referrals import access as seen
from referrals import actions as referrals
from referrals.models import Appointment, Referral, Report, Supplement
from referrals.moves import AppointmentStatus, Way

_COMMUNICATION = {"identifier", "basedOn", "status", "category", "subject", "sent", "sender", "recipient", "payload"}
_APPOINTMENT = {
    "identifier", "status", "appointmentType", "start", "end", "basedOn", "patientInstruction", "participant", "minutesDuration",
}  # fmt: skip
_COMMUNICATED = {"text": "Communication.payload", "plain": "Communication.payload"}
_PLANNED = {
    "starts": "Appointment.start", "place": "Appointment.participant", "note": "Appointment.patientInstruction",
}  # fmt: skip
LONGEST_PLACE, LONGEST_NOTE, MOST_HOURS = 160, 300, 24


@dataclass(frozen=True)
class Said:
    """Something that a system writes with a referral, under its own key; ``plain`` says it to the person."""

    referral: int
    system: str
    value: str
    text: str
    plain: str


@dataclass(frozen=True)
class Planned:
    """An appointment as a system wants it."""

    referral: int
    status: str
    starts: datetime
    minutes: int
    way: str
    place: str
    note: str


def _based_on(resource: Mapping[str, Any], kind: str, read: Reader) -> int:
    found = str(read.single(resource, "basedOn", kind).get("reference", "")).removeprefix(f"{fhir.BASE}/")
    name, _slash, number = found.partition("/")
    if name != "ServiceRequest" or not (number.isascii() and number.isdecimal() and len(number) < 19):
        read.fault(f"{kind}.basedOn", _("Noem de verwijzing: ServiceRequest/<nummer> van dit netwerk."))
        return 0
    return int(number)


def read_communication(body: Any) -> Said:
    """A text of at most one payload for professionals and one in plain words; raises :class:`Faulty`."""
    valid(body, "Communication")
    read = Reader()
    read.known(body, _COMMUNICATION, "Communication")
    read.one_of(body, "status", "Communication", ["completed"])
    referral = _based_on(body, "Communication", read)
    identifier = read.single(body, "identifier", "Communication")
    system = read.text(identifier.get("system"), "Communication.identifier.system", 200, needed=True)
    value = read.text(identifier.get("value"), "Communication.identifier.value", 200, needed=True)
    texts: dict[bool, str] = {}
    for one in body.get("payload", []):
        plain = any(each.get("url") == PLAIN and each.get("valueBoolean") is True for each in one.get("extension", []))
        if "contentString" not in one or plain in texts:
            read.fault(
                "Communication.payload",
                _("Alleen tekst, één voor professionals en hoogstens één voor de inwoner."),
                "not-supported",
            )
        texts[plain] = read.text(one.get("contentString"), "Communication.payload", LONGEST_TEXT)
    if not texts.get(False):
        read.fault("Communication.payload", _("Dit is verplicht."), "required")
    read.end()
    return Said(referral, system, value, texts.get(False, ""), texts.get(True, ""))


def read_appointment(body: Any, made: Appointment | None = None) -> Planned:
    """An appointment, new, or ``made`` as it should become; raises :class:`Faulty`."""
    valid(body, "Appointment")
    read = Reader()
    read.known(body, _APPOINTMENT, "Appointment")
    known = [AppointmentStatus.BOOKED.value]
    if made is not None:
        known += [AppointmentStatus.CANCELLED.value, AppointmentStatus.NO_SHOW.value]
        if body.get("id") != str(made.pk):
            read.fault("Appointment.id", _("Dit is een andere afspraak dan in het adres."))
    status = read.one_of(body, "status", "Appointment", known)
    referral = _based_on(body, "Appointment", read)
    if made is not None and referral != made.referral_id:
        read.fault("Appointment.basedOn", _("Een afspraak blijft bij haar verwijzing."))
    starts, ends = (_moment(body.get(name), f"Appointment.{name}", read) for name in ("start", "end"))
    lasts = (ends - starts) if starts and ends else timedelta(0)
    if starts and ends and not timedelta(0) < lasts <= timedelta(hours=MOST_HOURS):
        read.fault("Appointment.end", _("Een afspraak duurt langer dan niets en hoogstens een dag."))
    codes = [
        one.get("code") for one in body.get("appointmentType", {}).get("coding", []) if one.get("code") in Way.values
    ]
    places = [
        one["actor"].get("display", "")
        for one in body.get("participant", [])
        if one.get("actor", {}).get("type") == "Location"
    ]
    place = read.text(places[0] if places else "", "Appointment.participant", LONGEST_PLACE)
    note = read.text(body.get("patientInstruction"), "Appointment.patientInstruction", LONGEST_NOTE)
    read.end()
    minutes = max(int(lasts.total_seconds() // 60), 1)
    return Planned(
        referral, status, starts or timezone.now(), minutes, str(codes[0]) if codes else Way.VISIT, place, note
    )


def _moment(value: Any, place: str, read: Reader) -> datetime | None:
    found = parse_datetime(value) if isinstance(value, str) else None
    if found is None or found.tzinfo is None:
        read.fault(place, _("Hier hoort een moment met tijdzone."), "required")
        return None
    return found


@transaction.atomic
def write(*, said: Said, referral: Referral, connection: FhirConnection, by: Actor) -> Supplement | Report:
    """Add to a referral as who referred, or report on it as who helps; the same under the same key is written once.

    Something else under that key is ``Refused``.
    """
    token = uuid.uuid5(uuid.NAMESPACE_URL, f"{fhir.BASE} {connection.pk} {said.system} {said.value}")
    sender = "sender" in seen.parties_of(referral, by)
    try:
        if sender:
            opening = seen.open_for_referral(by, seen.need_supplement(referral, by).key, seen.CONTENT)
            referrals.supplement(opening=opening, referral=referral, text=said.text, token=token, by=by)
        else:
            read = seen.open_referral(by, referral)
            referrals.report(opening=read, referral=referral, text=said.text, plain=said.plain, token=token, by=by)
    except Refused as refused:
        raise faulty_at(refused, _COMMUNICATED) from None
    kept = Supplement if sender else Report
    rows = kept.objects.select_related("step", "organisation")
    found: Supplement | Report | None = rows.filter(token=token, referral=referral).first()
    if found is None or (found.text and found.text != said.text.strip()):
        raise Refused(_("Onder deze identifier bracht uw systeem al een andere tekst."))
    return found


def plan(*, asked: Planned, referral: Referral, by: Actor) -> Appointment:
    """Make the appointment; one that stands is changed by its own address."""
    standing = seen.booked_of(referral)
    if standing is not None:
        if standing.starts == asked.starts:
            return standing
        raise Refused(_("Er staat al een afspraak; verander die."))
    return _plan(asked, referral, by)


def _plan(asked: Planned, referral: Referral, by: Actor) -> Appointment:
    try:
        referrals.plan(
            referral=referral, starts=asked.starts, minutes=asked.minutes, way=asked.way, place=asked.place, note=asked.note, by=by
        )  # fmt: skip
    except Refused as refused:
        raise faulty_at(refused, _PLANNED) from None
    made = seen.booked_of(referral)
    if made is None:
        raise Faulty([Fault("not-found", "Appointment", _("Er staat geen afspraak."))])
    return made


def change(*, asked: Planned, made: Appointment, referral: Referral, by: Actor) -> Appointment:
    """Move an appointment, call it off, or say that nobody came."""
    if made.status != AppointmentStatus.BOOKED:
        raise Refused(_("Deze afspraak is al voorbij of afgezegd."))
    if asked.status == AppointmentStatus.BOOKED:
        return _plan(asked, referral, by)
    step = referrals.call_off if asked.status == AppointmentStatus.CANCELLED else referrals.not_shown
    step(referral=referral, by=by)
    made.refresh_from_db()
    return made
