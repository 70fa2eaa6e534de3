"""The state of a referral as plain steps for the citizen: what happened, what happens now, and what comes then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from referrals.models import Appointment, Referral, Step
from referrals.moves import AppointmentStatus, Outcome, RejectionReason, Status, Verb


@dataclass(frozen=True)
class Line:
    """One step as the page shows it."""

    status: Literal["done", "now", "next", "stopped"]
    word: str
    note: str = ""


@dataclass(frozen=True)
class Story:
    """A referral told to the person it is about; ``running`` is false once nobody has to do anything any more, ``appointment`` is
    the one that lies ahead."""

    referral: Referral
    title: str
    now: str
    late: bool
    running: bool
    appointment: Appointment | None = None
    lines: list[Line] = field(default_factory=list)


REASONS = {
    RejectionReason.NO_CAPACITY: lambda: _("Er is nu geen plek."),
    RejectionReason.CANNOT_DELIVER: lambda: _("Zij geven deze hulp niet."),
    RejectionReason.NOT_ELIGIBLE: lambda: _("Deze hulp past niet bij uw situatie."),
    RejectionReason.NOT_REACHABLE: lambda: _("Zij konden u niet bereiken."),
    RejectionReason.OTHERWISE: lambda: "",
}
OUTCOMES = {
    Outcome.HELPED: lambda: _("U bent geholpen."),
    Outcome.ONGOING: lambda: _("De hulp gaat door."),
    Outcome.ELSEWHERE: lambda: _("U wordt ergens anders verder geholpen."),
    Outcome.STOPPED: lambda: _("U zag ervan af."),
}


def _day(moment: datetime | None) -> str:
    return capfirst(date_format(timezone.localtime(moment), "l j F Y")) if moment else ""


def moment_of(appointment: Appointment) -> str:
    """Day and time of an appointment as people say it."""
    return capfirst(
        _("%(day)s om %(time)s uur")
        % {
            "day": date_format(timezone.localtime(appointment.starts), "l j F"),
            "time": date_format(timezone.localtime(appointment.starts), "H.i"),
        }
    )


def _by(moment: datetime | None) -> str:
    return _("Uiterlijk %(day)s.") % {"day": date_format(timezone.localtime(moment), "l j F")} if moment else ""


def _happened(step: Step, referral: Referral) -> Line:
    sender, receiver = referral.sending_organisation.name, referral.receiving_organisation.name
    names = {"sender": sender, "receiver": receiver}
    words = {
        Verb.SEND: _("%(sender)s heeft u aangemeld bij %(receiver)s."),
        Verb.ACCEPT: _("%(receiver)s gaat u helpen."),
        Verb.REJECT: _("%(receiver)s kan u niet helpen."),
        Verb.ASK: _("%(receiver)s stelde een vraag aan %(sender)s."),
        Verb.ANSWER: _("%(sender)s heeft de vraag beantwoord."),
        Verb.SUPPLEMENT: _("%(sender)s stuurde nog informatie na."),
        Verb.PLAN: _("%(receiver)s heeft een afspraak met u gemaakt."),
        Verb.CALL_OFF: _("%(receiver)s heeft de afspraak afgezegd."),
        Verb.NO_SHOW: _("U was niet op de afspraak. %(receiver)s maakt een nieuwe."),
        Verb.START: _("De hulp is begonnen."),
        Verb.CONTINUE: _("De hulp gaat door."),
        Verb.COMPLETE: _("De hulp is afgerond."),
        Verb.SETTLE: _("%(sender)s weet dat %(receiver)s u niet kan helpen."),
        Verb.CANCEL: _("%(sender)s heeft de aanvraag ingetrokken."),
    }
    verb = Verb(step.verb)
    more = ""
    if verb == Verb.REJECT and referral.rejection_reason:
        more = REASONS[RejectionReason(referral.rejection_reason)]()
    if verb == Verb.COMPLETE and referral.outcome:
        more = OUTCOMES[Outcome(referral.outcome)]()
    if verb == Verb.SEND and referral.letter_due:
        more = _("De brief met de vraag komt later.")
    status: Literal["done", "stopped"] = "stopped" if verb in {Verb.REJECT, Verb.CANCEL} else "done"
    return Line(status, words[verb] % names, " ".join(filter(None, [more, _day(step.at)])))


def _ahead(referral: Referral, made: Appointment | None) -> tuple[str, list[str]]:
    """What happens now, and what comes then."""
    sender, receiver = referral.sending_organisation.name, referral.receiving_organisation.name
    names = {"sender": sender, "receiver": receiver}
    now, then = {
        Status.REQUESTED: (
            _("%(receiver)s bekijkt de aanvraag."),
            [_("%(receiver)s neemt contact met u op."), _("De hulp begint.")],
        ),
        Status.ASKED_BACK: (
            _("%(sender)s beantwoordt een vraag van %(receiver)s."),
            [_("%(receiver)s bekijkt de aanvraag."), _("De hulp begint.")],
        ),
        Status.ACCEPTED: (_("%(receiver)s neemt contact met u op voor een eerste gesprek."), [_("De hulp begint.")]),
        Status.IN_PROGRESS: (_("%(receiver)s helpt u."), [_("U rondt het samen af.")]),
        Status.REJECTED: (_("Vraag %(sender)s wat nu het beste is."), []),
        Status.CANCELLED: (_("Vragen? Bel %(sender)s."), []),
        Status.COMPLETED: ("", []),
    }[Status(referral.status)]
    if made is not None:
        now = _("U heeft een afspraak bij %(receiver)s.")
    return now % names, [word % names for word in then]


RUNNING = {Status.REQUESTED, Status.ASKED_BACK, Status.ACCEPTED, Status.IN_PROGRESS}


def tell(referral: Referral, steps: Iterable[Step]) -> Story:
    """The whole story of one referral, in the order in which it happens."""
    booked = [one for one in referral.appointments.all() if one.status == AppointmentStatus.BOOKED]
    made = next((one for one in booked if one.ends > timezone.now()), None)
    now, then = _ahead(referral, made)
    running = Status(referral.status) in RUNNING
    waits = running and referral.status != Status.IN_PROGRESS
    late = bool(waits and referral.due and referral.due < timezone.now())
    lines = [_happened(step, referral) for step in steps]
    if running:
        note = (
            moment_of(made)
            if made
            else (
                _("Dit duurt langer dan afgesproken. U mag gerust bellen.")
                if late
                else _by(referral.due)
                if waits
                else ""
            )
        )
        lines.append(Line("now", now, note))
        lines += [Line("next", word) for word in then]
    return Story(referral, referral.service.name, now, late, running, made, lines)
