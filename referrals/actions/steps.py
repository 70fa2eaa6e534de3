"""The steps of a referral after it was sent, from accepting to closing."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actions import done
from events.actor import Actor
from events.clock import due_after
from events.errors import Refused
from people.models import Organisation
from referrals.actions.moving import (
    ask_receiver,
    ask_sender,
    clean,
    closed,
    done_sender,
    judge,
    moved,
    put_step,
    reference_of,
)
from referrals.actions.parts import need_no_part
from referrals.actions.placing import book, held_by, need_place
from referrals.actions.planning import appointment_over
from referrals.actions.reporting import write
from referrals.actions.talks import lead_joins, need_domains, need_outcome, tell_explorers
from referrals.actions.turning import ask_next
from referrals.models import Referral
from referrals.moves import (
    ANSWER_DAYS,
    ONGOING_DAYS,
    AskReason,
    Outcome,
    RejectionReason,
    Verb,
)
from referrals.terms import answer_by, begin_by, review_by
from square.access import waiting_times
from trust.access import Opening
from trust.actions import end_relation, start_relation


@transaction.atomic
def accept(*, referral: Referral, by: Actor) -> Referral:
    """Take the referral on: the care relation begins, and with it the right to open name and letter.

    Who has a place on a meeting has its appointment from then on. Raises ``Refused`` for who waits for a place.
    """
    locked, move = judge(referral, Verb.ACCEPT, by)
    place = need_place(locked)
    moment = timezone.now()
    locked.accepted_at, locked.receiver_id = moment, locked.receiver_id or (None if by.by_machine else by.user_id)
    locked.picked_up_at = locked.picked_up_at or moment
    told = waiting_times([locked.service]).get(locked.service_id)
    days = max(locked.service.norm_days or 0, told.days if told else 0)
    locked.due = begin_by(days, locked.urgency, locked.asked_at or locked.sent_at, moment)
    if place is not None:
        locked.due = held_by(place)
    moved(locked, move, "", by, "accepted_at", "receiver", "picked_up_at")
    receiver = Organisation.objects.get(pk=locked.receiving_organisation_id)
    start_relation(
        patient_id=locked.patient_id, organisation=receiver, source="referral", reference=reference_of(locked), by=by
    )
    if place is not None:
        book(locked, place, by)
    ask_receiver(
        locked,
        gettext_noop("Training geven: %(service)s") if place else gettext_noop("Eerste contact: %(service)s"),
        by,
    )
    lead_joins(locked, receiver, by)
    return locked


@transaction.atomic
def reject(*, referral: Referral, reason: str, note: str = "", by: Actor) -> Referral:
    """Turn the referral down with a coded reason; the receiver keeps nothing.

    The next service that the sender named is asked; where there is none (any more), the sender is asked to look further.
    """
    locked, move = judge(referral, Verb.REJECT, by)
    clean(note, locked, by)
    locked.rejection_reason = RejectionReason(reason)
    if ask_next(locked, note, by):
        return locked
    closed(locked, move, note, by, "rejection_reason", due=due_after(timezone.now(), ANSWER_DAYS), code=str(reason))
    ask_sender(locked, gettext_noop("Afgewezen, zoek verder: %(service)s"), by)
    return locked


@transaction.atomic
def ask_back(*, referral: Referral, note: str, reason: str = AskReason.QUESTION, by: Actor) -> Referral:
    """Ask the sender something before deciding, with a coded reason; the clock of the receiver stops.

    *Incomplete* is a referral sent back because something is missing. What fits better elsewhere is proposed, not asked.
    """
    locked, move = judge(referral, Verb.ASK, by)
    clean(note, locked, by)
    if reason not in set(AskReason.values) - {AskReason.ELSEWHERE}:
        raise Refused(_("Kies een reden; de verwijzer en de inwoner lezen die."), field="reason")
    own = locked.sending_organisation_id in {None, locked.receiving_organisation_id}
    if reason == AskReason.CONSULT and own:
        raise Refused(_("Een consult is er tussen twee organisaties; hier verwees geen andere."), field="reason")
    locked.ask_reason = AskReason(reason)
    locked.due = due_after(timezone.now(), ANSWER_DAYS)
    moved(locked, move, note, by, "ask_reason", code=str(reason))
    done(subject=locked, kind="referral", organisation_id=locked.receiving_organisation_id, by=by)
    titles = {
        AskReason.INCOMPLETE: gettext_noop("Teruggestuurd, onvolledig: %(service)s"),
        AskReason.UNCLEAR: gettext_noop("Teruggestuurd, onduidelijk: %(service)s"),
        AskReason.CONSULT: gettext_noop("Voorstel om dit als consult te vragen: %(service)s"),
    }
    ask_sender(locked, titles.get(AskReason(reason), gettext_noop("Vraag over verwijzing: %(service)s")), by)
    return locked


@transaction.atomic
def answer(*, referral: Referral, note: str, by: Actor) -> Referral:
    """Answer what the receiver asked; the receiver's clock begins anew. The note is read before the name is known."""
    locked, move = judge(referral, Verb.ANSWER, by)
    clean(note, locked, by)
    locked.due, locked.ask_reason = answer_by(locked.service.answer_days, locked.urgency, timezone.now()), ""
    moved(locked, move, note, by, "ask_reason")
    done_sender(locked, by, kind="referral")
    ask_receiver(locked, gettext_noop("Verwijzing, vraag beantwoord: %(service)s"), by)
    return locked


@transaction.atomic
def start(*, referral: Referral, by: Actor) -> Referral:
    """State that the first contact has been and help has begun."""
    locked, move = judge(referral, Verb.START, by)
    need_domains(locked)
    locked.started_at = timezone.now()
    locked.due = review_by(locked.started_at)
    appointment_over(locked, also_ahead=False)
    moved(locked, move, "", by, "started_at")
    ask_receiver(locked, gettext_noop("Loopt, af te ronden: %(service)s"), by)
    return locked


@transaction.atomic
def let_run(*, referral: Referral, by: Actor) -> Referral:
    """State that help still runs; the receiver looks again after ``REVIEW_DAYS``."""
    locked, move = judge(referral, Verb.CONTINUE, by)
    locked.due = review_by(timezone.now())
    moved(locked, move, "", by)
    ask_receiver(locked, gettext_noop("Loopt, af te ronden: %(service)s"), by)
    return locked


@transaction.atomic
def complete(
    *,
    referral: Referral,
    outcome: str,
    note: str = "",
    text: str = "",
    plain: str = "",
    opening: Opening | None = None,
    by: Actor,
) -> Referral:
    """Close the referral with its outcome, and with the report (``text``, ``plain``) that goes along. The receiver's access that
    came from it ends the same moment.

    Who stays in care or support keeps the relation for another year at most; after that the organisation states it anew.
    Raises ``Refused`` while a part that was given to another still runs.
    """
    locked, move = judge(referral, Verb.COMPLETE, by)
    need_no_part(locked)
    clean(note, locked, by)
    need_outcome(locked, outcome, plain)
    tell_explorers(locked, by)
    locked.outcome = Outcome(outcome)
    if said := text.strip() or plain.strip():
        write(locked, put_step(locked, Verb.REPORT, "", by), opening, text=said, plain=plain, token=None, by=by)
    appointment_over(locked)
    closed(locked, move, note, by, "outcome")
    end_relation(reference=reference_of(locked), patient_id=locked.patient_id, by=by)
    if locked.outcome == Outcome.ONGOING:
        start_relation(
            patient_id=locked.patient_id,
            organisation=Organisation.objects.get(pk=locked.receiving_organisation_id),
            source="referral",
            reference=reference_of(locked),
            ends=timezone.now() + timedelta(days=ONGOING_DAYS),
            by=by,
        )
    return locked


@transaction.atomic
def cancel(*, referral: Referral, note: str = "", by: Actor) -> Referral:
    """Withdraw the referral; what the receiver could see through it is closed the same moment."""
    locked, move = judge(referral, Verb.CANCEL, by)
    clean(note, locked, by)
    tell_explorers(locked, by)
    appointment_over(locked)
    closed(locked, move, note, by)
    end_relation(reference=reference_of(locked), patient_id=locked.patient_id, by=by)
    return locked


@transaction.atomic
def settle(*, referral: Referral, by: Actor) -> Referral:
    """The sender has seen the refusal and takes it off the list; nobody is reminded of it any more. Twice is harmless."""
    locked, move = judge(referral, Verb.SETTLE, by)
    if locked.settled_at is None:
        locked.settled_at, locked.due = timezone.now(), None
        moved(locked, move, "", by, "settled_at")
        done_sender(locked, by)
    return locked
