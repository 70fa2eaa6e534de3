"""Which steps a referral knows: states, verbs, who may take them and whose turn it is then."""

from __future__ import annotations

from typing import Literal, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models import Domain
from trust.categories import Category

Party = Literal["sender", "receiver", "explorer", "person", "self", "nobody"]
"""The sides of a referral. *Explorer* is who said yes to a talk with others.
 *Person* is whom it is about, or who acts for that person; *self* the same where nobody referred, so
that what waits for a sender waits for the person."""


class Origin(models.TextChoices):
    """How a referral came about; *self* and *walk_in* have no sender, *system* one without a person."""

    SENT = "sent", _("verwijzing")
    SELF = "self", _("zelf aangemeld")
    WALK_IN = "walk_in", _("binnengelopen")
    CONSULTATION = "consultation", _("uit een consult")
    SYSTEM = "system", _("uit een ander systeem")


class Taker(models.TextChoices):
    """Who takes a step: a professional for an organisation, the person, who acts for the person, or a system."""

    ORGANISATION = "organisation", _("organisatie")
    CITIZEN = "citizen", _("inwoner")
    CARER = "carer", _("wie voor de inwoner handelt")
    SYSTEM = "system", _("systeem")


class Status(models.TextChoices):
    """The state of a referral, named after FHIR Task.status where it has a name."""

    REQUESTED = "requested", _("verstuurd")
    ASKED_BACK = "asked_back", _("teruggevraagd")
    ACCEPTED = "accepted", _("geaccepteerd")
    IN_PROGRESS = "in_progress", _("gestart")
    COMPLETED = "completed", _("afgerond")
    REJECTED = "rejected", _("afgewezen")
    CANCELLED = "cancelled", _("ingetrokken")


class Verb(models.TextChoices):
    """What a party does."""

    SEND = "send", _("versturen")
    ACCEPT = "accept", _("accepteren")
    REJECT = "reject", _("afwijzen")
    ASK = "ask", _("terugvragen")
    ANSWER = "answer", _("vraag beantwoorden")
    SUPPLEMENT = "supplement", _("aanvullen")
    NO_LETTER = "no_letter", _("laten weten dat de brief niet komt")
    PLAN = "plan", _("afspraak maken")
    CALL_OFF = "call_off", _("afspraak afzeggen")
    NO_SHOW = "no_show", _("niet verschenen")
    REPORT = "report", _("verslag doen")
    START = "start", _("starten")
    CONTINUE = "continue", _("laten doorlopen")
    COMPLETE = "complete", _("afronden")
    SETTLE = "settle", _("gezien")
    CANCEL = "cancel", _("intrekken")
    PICK_UP = "pick_up", _("oppakken")
    ASSIGN = "assign", _("aan een collega geven")
    PROPOSE = "propose", _("ander aanbod voorstellen")
    REDIRECT = "redirect", _("naar ander aanbod sturen")
    PASS_ON = "pass_on", _("overdragen aan een ander")
    ENGAGE = "engage", _("een deel uitbesteden")
    ADVISE = "advise", _("advies geven")
    SAY = "say", _("bericht schrijven")
    CANNOT = "cannot", _("niet kunnen op de afspraak")
    TELL = "tell", _("de inwoner laten weten")
    ENROL = "enrol", _("plek op een bijeenkomst")
    CONSULT = "consult", _("als consult vragen")


class Move(NamedTuple):
    """One step: from these states, by this verb of this party, to this state, whose turn comes next."""

    sources: tuple[Status, ...]
    verb: Verb
    by: Party
    target: Status
    turn: Party


TURNS: dict[Status, Party] = dict(
    zip(Status, ("receiver", "sender", "receiver", "receiver", "nobody", "sender", "nobody"), strict=True)
)
"""Whose turn it is in each state."""
_WRITES = (Verb.SUPPLEMENT, Verb.NO_LETTER)
_AT_WORK, _IN_HAND = (Verb.PLAN, Verb.CALL_OFF, Verb.NO_SHOW, Verb.REPORT), (Verb.PICK_UP, Verb.ASSIGN)
HELPING = (Status.ACCEPTED, Status.IN_PROGRESS)
"""States in which the receiver helps."""
RUNNING = (Status.REQUESTED, Status.ASKED_BACK, *HELPING)
"""States of a request that has not ended."""
OVER = (Status.COMPLETED, Status.REJECTED, Status.CANCELLED)
"""States of a request that has ended; who referred may still look further after a refusal."""
MOVES = (
    Move((), Verb.SEND, "sender", Status.REQUESTED, "receiver"),
    Move((), Verb.SEND, "receiver", Status.IN_PROGRESS, "receiver"),  # who came by himself is helped at once
    Move((Status.REQUESTED,), Verb.ACCEPT, "receiver", Status.ACCEPTED, "receiver"),
    Move((Status.REQUESTED,), Verb.REJECT, "receiver", Status.REJECTED, "sender"),
    Move((Status.REQUESTED,), Verb.ASK, "receiver", Status.ASKED_BACK, "sender"),
    Move((Status.ASKED_BACK,), Verb.ANSWER, "sender", Status.REQUESTED, "receiver"),
    *(Move((at,), verb, "sender", at, turn) for verb in _WRITES for at, turn in TURNS.items() if at in RUNNING),
    *(Move((at,), verb, "receiver", at, "receiver") for verb in _AT_WORK for at in HELPING),
    Move((Status.ACCEPTED,), Verb.START, "receiver", Status.IN_PROGRESS, "receiver"),
    Move((Status.IN_PROGRESS,), Verb.CONTINUE, "receiver", Status.IN_PROGRESS, "receiver"),
    Move((Status.ACCEPTED, Status.IN_PROGRESS), Verb.COMPLETE, "receiver", Status.COMPLETED, "nobody"),
    Move((Status.REJECTED,), Verb.SETTLE, "sender", Status.REJECTED, "nobody"),
    Move((Status.REQUESTED, Status.ASKED_BACK, Status.ACCEPTED), Verb.CANCEL, "sender", Status.CANCELLED, "nobody"),
    *(Move((at,), verb, "receiver", at, "receiver") for verb in _IN_HAND for at in (Status.REQUESTED, *HELPING)),
    Move((Status.REQUESTED,), Verb.PROPOSE, "receiver", Status.ASKED_BACK, "sender"),
    Move((Status.ASKED_BACK, Status.REJECTED), Verb.REDIRECT, "sender", Status.REQUESTED, "receiver"),
    Move((Status.ACCEPTED, Status.IN_PROGRESS), Verb.PASS_ON, "receiver", Status.REQUESTED, "receiver"),
    Move((Status.REQUESTED,), Verb.PASS_ON, "receiver", Status.REQUESTED, "receiver"),
    Move((Status.REQUESTED,), Verb.ADVISE, "receiver", Status.COMPLETED, "nobody"),
    *(Move((at,), Verb.ENGAGE, "receiver", at, "receiver") for at in HELPING),
    *(Move((at,), Verb.SAY, "sender", at, turn) for at, turn in TURNS.items() if at in RUNNING),
    *(Move((at,), Verb.SAY, "receiver", at, "receiver") for at in HELPING),
    *(Move((at,), Verb.SAY, "person", at, turn) for at, turn in TURNS.items() if at in RUNNING),
    *(Move((at,), Verb.CANNOT, "person", at, "receiver") for at in HELPING),
    Move((Status.REQUESTED, Status.ASKED_BACK, Status.ACCEPTED), Verb.CANCEL, "person", Status.CANCELLED, "nobody"),
    Move((Status.REQUESTED,), Verb.ENROL, "sender", Status.REQUESTED, "receiver"),
    Move((Status.REQUESTED,), Verb.ENROL, "receiver", Status.REQUESTED, "receiver"),
    Move((Status.ACCEPTED,), Verb.ENROL, "receiver", Status.ACCEPTED, "receiver"),
    Move((Status.REQUESTED,), Verb.ENROL, "person", Status.REQUESTED, "receiver"),
    Move((Status.ACCEPTED,), Verb.ENROL, "person", Status.ACCEPTED, "receiver"),
    Move((Status.REQUESTED, Status.ASKED_BACK), Verb.CONSULT, "sender", Status.COMPLETED, "nobody"),
    Move((), Verb.SEND, "self", Status.REQUESTED, "receiver"),
    Move((Status.ASKED_BACK,), Verb.ANSWER, "self", Status.REQUESTED, "receiver"),
    Move((Status.ASKED_BACK, Status.REJECTED), Verb.REDIRECT, "self", Status.REQUESTED, "receiver"),
    Move((Status.REJECTED,), Verb.SETTLE, "self", Status.REJECTED, "nobody"),
    *(Move((at,), Verb.TELL, "sender", at, turn) for at, turn in TURNS.items()),
    *(Move((at,), Verb.TELL, "receiver", at, "receiver") for at in HELPING),
)
STAYS = frozenset(
    {
        Verb.ENGAGE,
        *_WRITES,
        Verb.REPORT,
        Verb.PICK_UP,
        Verb.ASSIGN,
        Verb.SAY,
        Verb.TELL,
        Verb.ENROL,
    }
)
"""Verbs that leave the state and whose turn it is as they were; by when too, but for a place at another moment."""


class Urgency(models.TextChoices):
    """How soon the receiver should answer; see RESPONSE_DAYS."""

    ROUTINE = "routine", _("gewoon")
    SOON = "soon", _("snel")


RESPONSE_DAYS = {Urgency.ROUTINE: 5, Urgency.SOON: 1}
"""Working days within which the receiver accepts, asks back or rejects."""

START_DAYS = {Urgency.ROUTINE: 10, Urgency.SOON: 3}
"""Working days after acceptance within which the first contact takes place, where the service has no longer norm of its own."""

REVIEW_DAYS = 90
"""Days after which the receiver looks whether help that began still runs, and lets it run on or closes it."""


class Level(models.IntegerChoices):
    """Who was told that a referral is overdue."""

    NOBODY = 0, _("niemand")
    HOLDER = 1, _("wie aan zet is")
    TEAM = 2, _("het hele team")
    COORDINATOR = 3, _("de coördinator van de regio")


TOLD_AFTER = {
    Urgency.ROUTINE: {Level.HOLDER: 0, Level.TEAM: 1, Level.COORDINATOR: 2},
    Urgency.SOON: {Level.HOLDER: 0, Level.TEAM: 0, Level.COORDINATOR: 1},
}
"""Working days beyond the moment by which somebody should have acted, after which each of these is told."""


class Channel(models.TextChoices):
    """How the person gets to know what was asked, and what becomes of it."""

    PORTAL = "portal", _("in Mijn Netwerk")
    PAPER = "paper", _("op papier")
    NONE = "none", _("geen kopie gewenst")


class Told(models.TextChoices):
    """How a person without the portal was told."""

    GIVEN = "given", _("meegegeven")
    POSTED = "posted", _("op de post gedaan")
    SAID = "said", _("verteld")


ON_PAPER = frozenset({Verb.SEND, Verb.SUPPLEMENT, Verb.REDIRECT})
"""Steps after which the paper is out of date, so that a new one is given: what was sent, and to whom."""

TOLD_BY: dict[str, Party] = {
    **dict.fromkeys((Verb.PLAN, Verb.CALL_OFF, Verb.ENROL), "receiver"),
    **dict.fromkeys(
        (Verb.REJECT, Verb.PASS_ON, Verb.ADVISE, Verb.COMPLETE, Verb.CANCEL, Verb.CONSULT, Verb.NO_LETTER), "sender"
    ),
}
"""Steps that a person without the portal must be told, by the party that has the relation then."""

TELL_DAYS = 2
"""Working days within which a person without the portal has the paper, or was told."""


class RejectionReason(models.TextChoices):
    """Why a receiver cannot take a referral."""

    NO_CAPACITY = "no_capacity", _("geen plek")
    CANNOT_DELIVER = "cannot_deliver", _("wij bieden dit niet")
    NOT_ELIGIBLE = "not_eligible", _("voldoet niet aan de voorwaarden")
    NOT_REACHABLE = "not_reachable", _("inwoner niet bereikbaar")
    OTHERWISE = "otherwise", _("anders")


class WithdrawReason(models.TextChoices):
    """Why a person takes a request back; the parties read it."""

    NOT_NEEDED = "not_needed", _("niet meer nodig")
    UNWANTED = "unwanted", _("wil deze hulp niet")
    ELSEWHERE = "elsewhere", _("heeft andere hulp gevonden")
    TOO_LONG = "too_long", _("het duurt te lang")
    OTHERWISE = "otherwise", _("anders")


MOST_OWN = 10
"""How many requests of one's own a person has running at most."""


class AskReason(models.TextChoices):
    """Why a receiver gives a referral back to its sender before deciding."""

    QUESTION = "question", _("vraag")
    INCOMPLETE = "incomplete", _("onvolledig")
    UNCLEAR = "unclear", _("onduidelijk wat de vraag is")
    OTHER = "other", _("anders")
    ELSEWHERE = "elsewhere", _("past beter bij ander aanbod")
    CONSULT = "consult", _("past beter als consult")


OTHER_MUNICIPALITY = "residence"
"""The one reason for which a request under Wmo or Jeugdwet is passed on before it was looked at (woonplaatsbeginsel)."""

BY_RESIDENCE = frozenset({"wmo", "jeugdwet"})
"""Laws under which one municipality is responsible."""


class RoundStatus(models.TextChoices):
    """How far one asked receiver is; of the current one the state of the referral tells the rest."""

    WAITING = "waiting", _("nog niet gevraagd")
    CURRENT = "current", _("nu gevraagd")
    REJECTED = "rejected", _("afgewezen")
    REDIRECTED = "redirected", _("door de verwijzer elders gevraagd")
    PASSED_ON = "passed_on", _("overgedragen")
    LAPSED = "lapsed", _("niet meer nodig")


MOST_CHOICES = 3
"""How many services a sender may name in order when sending; they are asked one after another (ADR 0026)."""


class Outcome(models.TextChoices):
    """With what result a referral was closed."""

    HELPED = "helped", _("geholpen")
    ONGOING = "ongoing", _("blijft in zorg of ondersteuning")
    ADVISED = "advised", _("advies gegeven")
    ELSEWHERE = "elsewhere", _("elders verder geholpen")
    STOPPED = "stopped", _("inwoner zag ervan af")
    NOT_COME = "not_come", _("inwoner kwam niet")
    MOVED = "moved", _("inwoner is verhuisd")
    DECEASED = "deceased", _("inwoner is overleden")
    MENTAL_HEALTH = "mental_health", _("verder bij de ggz")
    SOCIAL = "social", _("verder bij het sociaal domein")
    BOTH = "both", _("verder bij ggz en sociaal domein samen")
    BACK_TO_GP = "back_to_gp", _("terug naar de huisarts")
    SELF_HELP = "self_help", _("zelf aan de slag, met hulp uit de buurt of online")
    NO_HELP = "no_help", _("geen verdere hulp nodig")
    OTHER = "other", _("iets anders")
    DELIVERED = "delivered", _("uitgevoerd of geleverd")
    TRAINED = "trained", _("training gevolgd")
    CONSULTED = "consulted", _("verder als consult")


TALK_OUTCOMES = (
    Outcome.MENTAL_HEALTH, Outcome.SOCIAL, Outcome.BOTH, Outcome.BACK_TO_GP, Outcome.SELF_HELP, Outcome.NO_HELP, Outcome.OTHER,
)  # fmt: skip
"""To what an exploratory talk that was held led."""
NOT_HELD = (Outcome.STOPPED, Outcome.NOT_COME, Outcome.MOVED, Outcome.DECEASED)
"""Why an exploratory talk was not held, or led to nothing."""
ORDER_OUTCOMES = (Outcome.DELIVERED, Outcome.ONGOING, Outcome.ELSEWHERE, *NOT_HELD)
"""With what an order closes: what was asked is done or delivered, goes on, or was not done."""
TRAINING_OUTCOMES = (Outcome.TRAINED, Outcome.ONGOING, Outcome.ELSEWHERE, *NOT_HELD)
"""With what a training closes."""
NOT_TAKEN_ON = (Outcome.ADVISED, Outcome.CONSULTED)
"""Outcomes with which a request may close that nobody took on: who was asked keeps and reads nothing."""
OUTCOMES = tuple(
    outcome
    for outcome in Outcome
    if outcome not in {*TALK_OUTCOMES, Outcome.DELIVERED, Outcome.TRAINED, Outcome.CONSULTED}
)
"""With what any other referral closes."""


class AppointmentStatus(models.TextChoices):
    """How far an appointment is (FHIR AppointmentStatus)."""

    BOOKED = "booked", _("gepland")
    FULFILLED = "fulfilled", _("geweest")
    CANCELLED = "cancelled", _("afgezegd")
    NO_SHOW = "noshow", _("niet verschenen")


class Way(models.TextChoices):
    """In what way two people meet (zib Contact; FHIR Encounter.class)."""

    VISIT = "AMB", _("bij de zorgverlener")
    HOME = "HH", _("thuis")
    VIRTUAL = "VR", _("met beeldbellen")
    PHONE = "PHONE", _("per telefoon")


PLAN_DAYS = 2
"""Working days within which an appointment that fell through is planned anew."""

FURTHEST_PLANNED = 730
"""Days ahead for which an appointment can be made at most."""

READABLE = (Status.ACCEPTED, Status.IN_PROGRESS, Status.COMPLETED)
"""States in which the receiver may open name and letter; before acceptance and after a refusal only the index is seen."""

ANSWER_DAYS = 2
"""Working days within which the sender answers a question, or looks further after a refusal."""

LETTER_DAYS = 2
"""Working days within which a letter follows that was not yet there when the referral was sent; one when it is urgent."""

DRAFT_DAYS = 30
"""Days for which a referral that was not sent yet is kept after it was last changed."""

ONGOING_DAYS = 365
"""Days after which the relation ends for who stays in care or support, unless it is stated anew."""

DEFAULTS: dict[str, frozenset[Category]] = {
    Domain.GP: frozenset({Category.NETWORK, Category.PROBLEMS, Category.MEDICATION, Category.ALLERGIES, Category.WISHES}),
    Domain.HOME_CARE: frozenset(
        {
            Category.NETWORK, Category.FUNCTIONING, Category.MEDICATION, Category.ALLERGIES, Category.ALERTS, Category.WISHES,
            Category.PLAN,
        }
    ),
    Domain.MENTAL_HEALTH: frozenset({Category.NETWORK, Category.MEDICATION, Category.ALERTS, Category.PLAN}),
    Domain.HOSPITAL: frozenset(
        {Category.PROBLEMS, Category.MEDICATION, Category.ALLERGIES, Category.ALERTS, Category.WISHES}
    ),
    Domain.PHARMACY: frozenset({Category.MEDICATION, Category.ALLERGIES}),
    Domain.SOCIAL: frozenset({Category.NETWORK, Category.FUNCTIONING, Category.ALERTS, Category.PLAN}),
    Domain.MUNICIPALITY: frozenset({Category.NETWORK, Category.FUNCTIONING}),
    Domain.WELFARE: frozenset({Category.NETWORK}),
}  # fmt: skip
"""What is ticked at first for a receiver of each domain: the least with which a first contact can be made safely.

Medicines and allergies go where treatment begins; alerts where treatment begins or somebody comes to the door (so not to
support that is given elsewhere, :mod:`referrals.access.along`); how
somebody lives where support is arranged; a welfare activity needs no more than whom to call. All else the sender chooses.
"""

SENSITIVITY: dict[str, Category] = {
    Domain.MENTAL_HEALTH: Category.MENTAL_HEALTH,
    Domain.SOCIAL: Category.SOCIAL,
    Domain.MUNICIPALITY: Category.SOCIAL,
}
"""The category under which others than the parties see that a referral to this domain exists; else that of referrals."""
