"""The state of a referral as plain steps for the citizen: what happened, what happens now, and what comes then."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from referrals.models import Appointment, Referral, Step
from referrals.moves import (
    OTHER_MUNICIPALITY,
    RUNNING,
    AppointmentStatus,
    AskReason,
    Origin,
    Outcome,
    RejectionReason,
    RoundStatus,
    Status,
    Taker,
    Told,
    Verb,
)
from referrals.moves.training import Placing
from square.models import HealthcareService


@dataclass(frozen=True)
class Line:
    """One step as the page shows it."""

    status: Literal["done", "now", "next", "stopped"]
    word: str
    note: str = ""
    more: str = ""


@dataclass(frozen=True)
class Story:
    """A referral told to the person it is about; ``running`` is false once nobody has to do anything any more, ``appointment`` is
    the one that lies ahead, ``seen`` how far the thread is."""

    referral: Referral
    title: str
    now: str
    late: bool
    running: bool
    appointment: Appointment | None = None
    seen: str = ""
    lines: list[Line] = field(default_factory=list)

    @property
    def own(self) -> bool:
        """Whether nobody referred: the person asked for it self."""
        return self.referral.origin == Origin.SELF


REASONS: dict[str, Callable[[], str]] = {
    RejectionReason.NO_CAPACITY: lambda: _("Er is nu geen plek."),
    RejectionReason.CANNOT_DELIVER: lambda: _("Zij geven deze hulp niet."),
    RejectionReason.NOT_ELIGIBLE: lambda: _("Deze hulp past niet bij uw situatie."),
    RejectionReason.NOT_REACHABLE: lambda: _("Zij konden u niet bereiken."),
    RejectionReason.OTHERWISE: lambda: "",
}
OUTCOMES: dict[str, Callable[[], str]] = {
    Outcome.HELPED: lambda: _("U bent geholpen."),
    Outcome.ONGOING: lambda: _("De hulp gaat door."),
    Outcome.ADVISED: lambda: _("U kreeg advies."),
    Outcome.NOT_COME: lambda: _("U kwam niet."),
    Outcome.MOVED: lambda: _("U bent verhuisd."),
    Outcome.DECEASED: lambda: "",
    Outcome.ELSEWHERE: lambda: _("U wordt ergens anders verder geholpen."),
    Outcome.STOPPED: lambda: _("U zag ervan af."),
    Outcome.MENTAL_HEALTH: lambda: _("U gaat verder bij de ggz."),
    Outcome.SOCIAL: lambda: _("U gaat verder bij het sociaal team of de gemeente."),
    Outcome.BOTH: lambda: _("U gaat verder bij de ggz en bij het sociaal team."),
    Outcome.BACK_TO_GP: lambda: _("U gaat verder bij uw huisarts."),
    Outcome.SELF_HELP: lambda: _("U gaat zelf aan de slag. U weet waar u hulp vindt."),
    Outcome.NO_HELP: lambda: _("U heeft nu geen andere hulp nodig."),
    Outcome.OTHER: lambda: "",
    Outcome.CONSULTED: lambda: "",
    Outcome.TRAINED: lambda: _("De training is gevolgd."),
    Outcome.DELIVERED: lambda: _("Wat voor u is aangevraagd, is gedaan."),
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


UNTOLD = frozenset({Verb.PICK_UP, Verb.ASSIGN, Verb.SAY})
"""Who at the receiver has it in hand changes nothing for the person; what was said stands in its own place."""

APPOINTED = frozenset({Verb.PLAN, Verb.CALL_OFF, Verb.NO_SHOW, Verb.CANNOT})
"""Steps that say that there is, or was, an appointment."""

ASKED: dict[str, Callable[[], str]] = {
    AskReason.INCOMPLETE: lambda: _("%(receiver)s mist nog iets en vraagt %(sender)s om aanvulling."),
    AskReason.CONSULT: lambda: _("%(receiver)s stelt %(sender)s voor om samen mee te denken."),
    AskReason.UNCLEAR: lambda: _("%(receiver)s vraagt %(sender)s om uitleg."),
}


UNSENT: dict[str, dict[str, Callable[[], str]]] = {
    Origin.SELF: {
        Verb.SEND: lambda: _("U heeft zich aangemeld bij %(receiver)s."),
        Verb.ASK: lambda: _("%(receiver)s stelde u een vraag."),
        Verb.ANSWER: lambda: _("U heeft de vraag beantwoord."),
        Verb.SETTLE: lambda: _("U weet dat %(receiver)s u niet kan helpen."),
        Verb.REDIRECT: lambda: _("U vraagt het nu aan %(receiver)s."),
        Verb.REPORT: lambda: _("%(receiver)s schreef een verslag."),
        Verb.ADVISE: lambda: _("%(receiver)s gaf u advies. Lees het hieronder."),
    },
    Origin.WALK_IN: {
        Verb.SEND: lambda: _("U kwam langs bij %(receiver)s."),
        Verb.REPORT: lambda: _("%(receiver)s schreef een verslag."),
    },
}
"""What reads otherwise where nobody referred."""


PLACED = {
    Placing.PLACED: lambda: _("Er is een plek op de training."),
    Placing.WAITING: lambda: _("De training is vol. U staat op de wachtlijst."),
    Placing.MOVED_UP: lambda: _("Er kwam een plek vrij. Die is nu voor u."),
    Placing.CHANGED: lambda: _("De bijeenkomst is gewijzigd. Kijk bij uw plek wanneer en waar die is."),
    Placing.CALLED_OFF: lambda: _("De bijeenkomst gaat niet door. U kunt een andere dag kiezen."),
}
"""What happened around a place on a training."""


def _asked_then(step: Step, referral: Referral) -> str:
    """Who was asked when this step was taken."""
    asked = [one.organisation.name for one in referral.rounds.all() if one.position == step.round]
    return asked[0] if asked else referral.receiving_organisation.name


def happened(step: Step, referral: Referral) -> Line:
    sender, receiver = referral.referrer, _asked_then(step, referral)
    names = {"sender": sender, "receiver": receiver, "service": step.service.name if step.service else ""}
    words = {
        Verb.SEND: _("%(sender)s heeft u aangemeld bij %(receiver)s."),
        Verb.ACCEPT: _("%(receiver)s gaat u helpen."),
        Verb.REJECT: _("%(receiver)s kan u niet helpen."),
        Verb.ASK: _("%(receiver)s stelde een vraag aan %(sender)s."),
        Verb.ANSWER: _("%(sender)s heeft de vraag beantwoord."),
        Verb.SUPPLEMENT: _("%(sender)s stuurde nog informatie na."),
        Verb.NO_LETTER: _("%(sender)s stuurt de brief niet meer. %(receiver)s weet dat."),
        Verb.REPORT: _("%(receiver)s schreef een verslag aan %(sender)s."),
        Verb.PLAN: _("%(receiver)s heeft een afspraak met u gemaakt."),
        Verb.CALL_OFF: _("%(receiver)s heeft de afspraak afgezegd."),
        Verb.NO_SHOW: _("U was niet op de afspraak. %(receiver)s maakt een nieuwe."),
        Verb.START: _("De hulp is begonnen."),
        Verb.CONTINUE: _("De hulp gaat door."),
        Verb.COMPLETE: _("De hulp is afgerond."),
        Verb.SETTLE: _("%(sender)s weet dat %(receiver)s u niet kan helpen."),
        Verb.CANCEL: _("%(sender)s heeft de aanvraag ingetrokken.")
        if step.party == Taker.ORGANISATION
        else _("De aanvraag is door u of voor u ingetrokken."),
        Verb.ENROL: "",
        Verb.CONSULT: _("%(sender)s vraagt %(receiver)s om mee te denken. %(sender)s helpt u verder."),
        Verb.CANNOT: _("U kon niet op de afspraak. %(receiver)s maakt een nieuwe."),
        Verb.PROPOSE: _("%(receiver)s denkt dat andere hulp beter past: %(service)s."),
        Verb.REDIRECT: _("%(sender)s vraagt het nu aan %(receiver)s."),
        Verb.ADVISE: _("%(receiver)s gaf advies aan %(sender)s."),
        Verb.ENGAGE: _("%(receiver)s laat een deel door een ander doen: %(service)s."),
        Verb.PASS_ON: _("%(receiver)s heeft de aanvraag overgedragen, zoals met u besproken."),
        Verb.TELL: _("U kreeg een kopie op papier.")
        if step.code != Told.SAID
        else _("U heeft gehoord hoe het ermee staat."),
    }
    verb = Verb(step.verb)
    if referral.sending_organisation is None:
        words |= {each: said() for each, said in UNSENT[Origin(referral.origin)].items()}
    more = ""
    if verb == Verb.ASK and step.code in ASKED:
        words[verb] = ASKED[AskReason(step.code)]()
    if verb == Verb.PASS_ON and step.code == OTHER_MUNICIPALITY:
        words[verb] = _("%(receiver)s is niet uw gemeente voor deze hulp en stuurde de aanvraag door naar de goede.")
    if verb == Verb.ENROL:
        words[verb] = PLACED[Placing(step.code)]()
    reason = step.code or referral.rejection_reason
    if verb == Verb.REJECT and reason:
        more = REASONS[RejectionReason(reason)]()
    if verb == Verb.COMPLETE and referral.outcome:
        more = OUTCOMES[Outcome(referral.outcome)]()
    if verb == Verb.ADVISE and referral.sending_organisation is not None:
        more = _("Lees hieronder wat dat voor u is.")
    if verb == Verb.NO_LETTER:
        more = _("De reden: %(why)s") % {"why": step.note}
    if verb == Verb.SEND and referral.letter_due:
        more = _("De brief met de vraag komt later.")
    status: Literal["done", "stopped"] = "stopped" if verb in {Verb.REJECT, Verb.CANCEL} else "done"
    return Line(status, words[verb] % names, " ".join(filter(None, [more, _day(step.at)])), more)


def _ahead(referral: Referral, made: Appointment | None) -> tuple[str, list[str]]:
    """What happens now, and what comes then."""
    sender, receiver = referral.referrer, referral.receiving_organisation.name
    names = {"sender": sender, "receiver": receiver}
    now, then = {
        Status.REQUESTED: (
            _("%(receiver)s bekijkt de aanvraag."),
            [_("%(receiver)s neemt contact met u op."), _("De hulp begint.")],
        ),
        Status.ASKED_BACK: (
            _("%(sender)s kijkt welke hulp beter past.")
            if referral.ask_reason == AskReason.ELSEWHERE
            else _("%(sender)s beantwoordt een vraag van %(receiver)s."),
            [_("De aanvraag wordt bekeken."), _("De hulp begint.")]
            if referral.ask_reason == AskReason.ELSEWHERE
            else [_("%(receiver)s bekijkt de aanvraag."), _("De hulp begint.")],
        ),
        Status.ACCEPTED: (_("%(receiver)s neemt contact met u op voor een eerste gesprek."), [_("De hulp begint.")]),
        Status.IN_PROGRESS: (_("%(receiver)s helpt u."), [_("U rondt het samen af.")]),
        Status.REJECTED: (
            _("Vraag %(sender)s wat nu het beste is.")
            if referral.sending_organisation
            else _("U kunt andere hulp kiezen. Of vraag uw huisarts wat nu het beste is."),
            [],
        ),
        Status.CANCELLED: (_("Vragen? Bel %(sender)s.") if referral.sending_organisation else "", []),
        Status.COMPLETED: ("", []),
    }[Status(referral.status)]
    if referral.service.process == HealthcareService.Process.TRAINING and referral.status in TRAINING:
        now, then = TRAINING[Status(referral.status)](), [_("De training is geweest.")]
    if made is not None:
        now = _("U heeft een afspraak bij %(receiver)s.")
    if referral.sending_organisation is None and referral.status == Status.ASKED_BACK:
        now = (
            _("%(receiver)s denkt dat andere hulp beter past. Kiest u?")
            if referral.ask_reason == AskReason.ELSEWHERE
            else _("%(receiver)s wil iets van u weten.")
        )
    return now % names, [word % names for word in then]


TRAINING = {
    Status.REQUESTED: lambda: _("%(receiver)s bekijkt de aanmelding."),
    Status.ACCEPTED: lambda: _("%(receiver)s neemt contact met u op over de training."),
}
"""What happens now where what is asked is a training."""


def story_of(referral: Referral, steps: Iterable[Step]) -> Story:
    """The whole story of one referral, in the order in which it happens; who may not know of its appointments reads of none."""
    told = list(referral.appointments.all())
    booked = [one for one in told if one.status == AppointmentStatus.BOOKED]
    made = next((one for one in booked if one.ends > timezone.now()), None)
    now, then = _ahead(referral, made)
    running = Status(referral.status) in RUNNING
    waits = running and referral.status != Status.IN_PROGRESS
    late = bool(waits and referral.due and referral.due < timezone.now())
    lines = []
    known = 1
    taken = 0
    for step in steps:
        taken += 1
        if step.round != known and step.verb != Verb.REDIRECT:
            lines.append(Line("done", _("%(receiver)s is nu gevraagd.") % {"receiver": _asked_then(step, referral)}))
        known = step.round
        if step.verb not in UNTOLD and (told or step.verb not in APPOINTED):
            lines.append(happened(step, referral))
    if running and referral.round != known:
        lines.append(
            Line("done", _("%(receiver)s is nu gevraagd.") % {"receiver": referral.receiving_organisation.name})
        )
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
        after = [one.organisation.name for one in referral.rounds.all() if one.status == RoundStatus.WAITING]
        if after and referral.status in {Status.REQUESTED, Status.ASKED_BACK}:
            lines.append(Line("next", _("Lukt het daar niet? Dan vragen wij %(next)s.") % {"next": after[0]}))
        lines += [Line("next", word) for word in then]
    return Story(referral, referral.service.name, now, late, running, made, str(taken), lines)
