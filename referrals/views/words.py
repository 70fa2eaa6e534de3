"""How a referral reads on a screen: its state seen from one side, who it is about, and what the citizen reads."""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.actor import Actor
from people.models import Organisation
from referrals.access import parties_of, turn_of
from referrals.models import Appointment, Referral, Round, Step
from referrals.moves import (
    BY_RESIDENCE,
    OTHER_MUNICIPALITY,
    RESPONSE_DAYS,
    AskReason,
    Origin,
    RejectionReason,
    RoundStatus,
    Status,
    Told,
    Urgency,
    Verb,
    WithdrawReason,
)
from referrals.moves.training import Placing
from square.models import HealthcareService

DID = {
    Verb.SEND: gettext_lazy("verstuurde de verwijzing"),
    Verb.ACCEPT: gettext_lazy("accepteerde"),
    Verb.REJECT: gettext_lazy("wees af"),
    Verb.ASK: gettext_lazy("vroeg iets terug"),
    Verb.ANSWER: gettext_lazy("beantwoordde de vraag"),
    Verb.SUPPLEMENT: gettext_lazy("stuurde informatie na"),
    Verb.NO_LETTER: gettext_lazy("liet weten dat de brief niet komt"),
    Verb.REPORT: gettext_lazy("deed verslag"),
    Verb.PLAN: gettext_lazy("maakte een afspraak"),
    Verb.CALL_OFF: gettext_lazy("zei de afspraak af"),
    Verb.NO_SHOW: gettext_lazy("zag niemand op de afspraak"),
    Verb.START: gettext_lazy("startte de hulp"),
    Verb.CONTINUE: gettext_lazy("liet de hulp doorlopen"),
    Verb.COMPLETE: gettext_lazy("rondde af"),
    Verb.SETTLE: gettext_lazy("las de afwijzing"),
    Verb.CANCEL: gettext_lazy("trok de verwijzing in"),
    Verb.PICK_UP: gettext_lazy("pakte de verwijzing op"),
    Verb.ASSIGN: gettext_lazy("gaf de verwijzing aan een collega"),
    Verb.PROPOSE: gettext_lazy("stelde ander aanbod voor"),
    Verb.REDIRECT: gettext_lazy("vroeg ander aanbod"),
    Verb.PASS_ON: gettext_lazy("droeg de verwijzing over"),
    Verb.ENGAGE: gettext_lazy("besteedde een deel uit"),
    Verb.ADVISE: gettext_lazy("gaf advies"),
    Verb.SAY: gettext_lazy("schreef een bericht"),
    Verb.CANNOT: gettext_lazy("kan niet op de afspraak"),
    Verb.TELL: gettext_lazy("liet het de inwoner weten"),
    Verb.ENROL: gettext_lazy("vroeg een plek op een bijeenkomst"),
    Verb.CONSULT: gettext_lazy("stelde de vraag als consult"),
}
"""What somebody did, as it reads after a name."""


PLACED = {
    Placing.PLACED: gettext_lazy("nam een plek op een bijeenkomst"),
    Placing.WAITING: gettext_lazy("plaatste op de wachtlijst van een bijeenkomst"),
    Placing.MOVED_UP: gettext_lazy("gaf de plek die vrij kwam"),
    Placing.CHANGED: gettext_lazy("vertelde dat de bijeenkomst is gewijzigd"),
    Placing.CALLED_OFF: gettext_lazy("vertelde dat de bijeenkomst niet doorgaat"),
}
"""How a step around a place reads after a name."""


def did(step: Step) -> str:
    """What somebody did in a step, with the reason or the offer that belongs to it."""
    if step.verb == Verb.PASS_ON and step.code == OTHER_MUNICIPALITY and step.service:
        return _("stuurde de verwijzing door naar de verantwoordelijke gemeente: %(service)s") % {
            "service": step.service.name
        }
    if step.verb == Verb.SEND and step.code == Origin.WALK_IN:
        return _("schreef in wie zelf kwam")
    if step.verb == Verb.ASSIGN and step.code:
        return _("legde de verwijzing terug bij het team")
    if step.verb == Verb.SUPPLEMENT and step.code == "form":
        return _("wijzigde de aanvraag")
    if step.verb == Verb.TELL and step.code != Told.SAID:
        posted = step.code == Told.POSTED
        return _("stuurde de inwoner de kopie per post") if posted else _("gaf de inwoner de kopie op papier")
    if step.verb == Verb.ENROL and step.code in Placing.values:
        return str(PLACED[Placing(step.code)])
    words = str(DID[Verb(step.verb)])
    more = step.service.name if step.service else ""
    if step.verb == Verb.ASK and step.code == AskReason.CONSULT:
        return _("stelde een consult voor")
    if step.verb == Verb.ASK and step.code in {AskReason.INCOMPLETE, AskReason.UNCLEAR}:
        words, more = _("stuurde de verwijzing terug"), str(AskReason(step.code).label)
    if step.verb == Verb.CANCEL and step.code in WithdrawReason.values:
        more = str(WithdrawReason(step.code).label)
    if step.verb == Verb.REJECT and step.code in RejectionReason.values:
        more = str(RejectionReason(step.code).label)
    return f"{words}: {more}" if more else words


def state(referral: Referral, actor: Actor, made: Appointment | None = None) -> tuple[str, str]:
    """The state of a chip and its words, from the actor's own side: whose turn it is, the appointment ``made``, or how it ended."""
    turn = turn_of(referral)
    late = referral.due is not None and referral.due < timezone.now()
    if turn == "nobody" or referral.status == Status.REJECTED:
        label = referral.get_status_display()
        if referral.status == Status.REJECTED:
            label = _("afgewezen: %(reason)s") % {"reason": referral.get_rejection_reason_display()}
        if referral.status == Status.COMPLETED:
            label = _("afgerond: %(outcome)s") % {"outcome": referral.get_outcome_display()}
        if turn in parties_of(referral, actor):
            return ("late" if late else "ours"), label
        return ("done" if referral.status == Status.COMPLETED else "off"), label
    ours = turn in parties_of(referral, actor)
    label = _running(referral, made, ours)
    if late:
        return "late", label
    if referral.status == Status.IN_PROGRESS:
        return ("ok" if ours else "theirs"), label
    return ("ours" if ours else "theirs"), label


def _running(referral: Referral, made: Appointment | None, ours: bool) -> str:
    if referral.status == Status.REQUESTED:
        return _("wacht op ons") if ours else _("wacht op ontvanger")
    if referral.status == Status.ASKED_BACK:
        return _asked(referral, ours)
    if referral.status == Status.IN_PROGRESS:
        return _("gestart")
    if made is None:
        return _("geaccepteerd")
    return _("afspraak %(moment)s") % {"moment": date_format(timezone.localtime(made.starts), "D j b H:i")}


def _asked(referral: Referral, ours: bool) -> str:
    if referral.ask_reason == AskReason.CONSULT:
        return _("voorstel aan ons: als consult vragen") if ours else _("consult voorgesteld")
    if referral.ask_reason == AskReason.ELSEWHERE:
        return _("voorstel aan ons: ander aanbod") if ours else _("ander aanbod voorgesteld")
    if referral.ask_reason in {AskReason.INCOMPLETE, AskReason.UNCLEAR}:
        reason = {"reason": referral.get_ask_reason_display()}
        return (_("teruggestuurd aan ons: %(reason)s") if ours else _("teruggestuurd: %(reason)s")) % reason
    return _("vraag aan ons") if ours else _("vraag aan verwijzer")


def for_citizen(service: HealthcareService, sender: Organisation) -> list[str]:
    """What the citizen reads about the referral, in plain words (B1)."""
    names = {"sender": sender.name, "receiver": service.organisation.name, "service": service.name}
    days = {"routine": RESPONSE_DAYS[Urgency.ROUTINE], "soon": RESPONSE_DAYS[Urgency.SOON]}
    return [
        _("%(sender)s vraagt %(receiver)s om u te helpen. Het gaat om: %(service)s.") % names,
        _("%(receiver)s laat binnen %(routine)s werkdagen weten of dat kan. Bij spoed is dat %(soon)s werkdag.")
        % {**names, **days},
        _(
            "%(receiver)s ziet uw naam en uw gegevens pas als zij ja zeggen. Zij zien alleen wat in stap 3 is aangevinkt."
        )
        % names,
        *(
            [_("Is een andere gemeente hiervoor verantwoordelijk? Dan gaat de aanvraag daarheen, met alles erbij.")]
            if service.law in BY_RESIDENCE
            else []
        ),
        _("U kunt zelf zien hoe het ervoor staat in Mijn Netwerk."),
    ]


def ended_words(one: Round) -> str:
    """How a round of the own organisation ended, as that organisation reads it."""
    if one.status == RoundStatus.REJECTED and one.reason in RejectionReason.values:
        return _("door u afgewezen: %(reason)s") % {"reason": RejectionReason(one.reason).label}
    if one.status == RoundStatus.REJECTED:
        return _("door u afgewezen")
    if one.status == RoundStatus.PASSED_ON and one.reason == OTHER_MUNICIPALITY:
        return _("door u doorgestuurd: een andere gemeente is verantwoordelijk")
    if one.status == RoundStatus.PASSED_ON:
        return _("door u overgedragen")
    if one.reason == AskReason.ELSEWHERE:
        return _("elders gevraagd door de verwijzer, na uw voorstel")
    return _("elders gevraagd door de verwijzer")
