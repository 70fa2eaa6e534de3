"""Everything that changes a referral: its steps from sending to closing, and telling who is late."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from dossier.access import Item
from dossier.actions import copy_back
from dossier.models import CopyKind
from events.actions import ask as ask_work
from events.actions import done, next_number, record
from events.actor import Actor
from events.clock import due_after, is_working_day
from events.errors import Refused
from people.models import Organisation
from referrals.access import naming_fault, parties_of, patients_of, selection_for
from referrals.models import Letter, LetterItem, Referral, Step
from referrals.moves import (
    ANSWER_DAYS,
    MOVES,
    ONGOING_DAYS,
    SENSITIVITY,
    Level,
    Move,
    Outcome,
    RejectionReason,
    Status,
    Urgency,
    Verb,
)
from referrals.terms import answer_by, begin_by, level_of, overdue, review_by
from square.access import waiting_times
from square.models import HealthcareService
from trust.access import Opening, need_role, need_unrestricted
from trust.actions import end_relation, start_relation
from trust.categories import Category, to_mask


@transaction.atomic
def send(
    *,
    opening: Opening,
    service: HealthcareService,
    question: str,
    agreed: bool,
    wish: str = "",
    urgency: str = Urgency.ROUTINE,
    notice: str = "",
    items: Iterable[str] = (),
    token: uuid.UUID | None = None,
    by: Actor,
) -> Referral:
    """Send a referral with the question and what was ticked of the record, in one transaction with the receiver's work.

    The receiver first sees the need, the urgency, the notice, and age, gender and municipality; name and letter come with
    acceptance. ``items`` are references of :func:`dossier.access.items_for`. The same ``token`` twice gives the referral that
    was already sent. Raises ``Refused`` when the patient was not asked (art. 7:457 BW; AVG art. 13), when the service takes
    nobody new, when the notice names the patient, or when something is ticked that may not go to this receiver.
    """
    patient, moment = opening.patient, timezone.now()
    if by.organisation_id is None or by.user_id is None:
        raise PermissionDenied(_("Verwijzen doet u namens een organisatie."))
    if not agreed:
        raise Refused(
            _("Bespreek de verwijzing eerst met de inwoner; zonder akkoord gaat er niets weg."), field="agreed"
        )
    if not (service.active and service.takes_referrals and service.open_for_new):
        raise Refused(
            _("“%(service)s” neemt nu geen nieuwe aanvragen aan.") % {"service": service.name}, field="service"
        )
    if fault := naming_fault(notice, patient):
        raise Refused(fault, field="notice")
    sensitivity = SENSITIVITY.get(service.domain, Category.REFERRAL)
    need_unrestricted(patient.pk, by.organisation_id, sensitivity)
    chosen = _chosen(opening, service, items, by)
    try:
        with transaction.atomic():
            made = Referral.objects.create(
                number=next_number("V", "referrals_number"), token=token or uuid.uuid4(), patient=patient, service=service,
                sending_organisation_id=by.organisation_id, receiving_organisation_id=service.organisation_id, sender_id=by.user_id,
                urgency=urgency, sensitivity=sensitivity, age=patient.age,
                gender=patient.gender, municipality=patient.municipality, notice=notice, sent_at=moment,
                due=answer_by(service.answer_days, urgency, moment),
            )  # fmt: skip
    except IntegrityError:
        former = Referral.objects.filter(token=token, sender_id=by.user_id, patient=patient).first()
        if former is None:
            raise Refused(_("Dit formulier is al gebruikt. Open het opnieuw om te verwijzen.")) from None
        return former
    Letter.objects.create(
        referral=made, patient=patient, organisation_id=by.organisation_id, category=made.sensitivity, question=question,
        wish=wish, agreed=agreed,
    )  # fmt: skip
    LetterItem.objects.bulk_create(
        LetterItem(
            referral=made, patient=patient, organisation_id=by.organisation_id, category=item.kind, kind=item.kind,
            title=item.title[:300], detail=item.detail[:600], on_date=item.on_date[:25], origin=item.origin[:160],
        )
        for item in chosen
    )  # fmt: skip
    _step(made, Verb.SEND, "", by)
    _ask_receiver(made, gettext_noop("Verwijzing: %(service)s"), by)
    data = {"service": service.pk, "urgency": str(urgency), "items": len(chosen)}
    record("referral.sent", subject=made, patient_id=patient.pk, data=data, by=by)
    return made


def _chosen(opening: Opening, service: HealthcareService, refs: Iterable[str], by: Actor) -> list[Item]:
    wanted = set(refs)
    with override(settings.LANGUAGE_CODE):  # what goes along is kept in Dutch, whatever the sender reads
        groups = selection_for(by, opening, service)
    chosen = [item for group in groups if not group.reason for item in group.items if item.ref in wanted]
    if len(chosen) != len(wanted):
        raise Refused(
            _("Wat mee kan is veranderd, of een onderdeel mag niet naar deze ontvanger. Kijk opnieuw wat er meegaat."),
            field="items",
        )
    return chosen


@transaction.atomic
def accept(*, referral: Referral, by: Actor) -> Referral:
    """Take the referral on: the care relation begins, and with it the right to open name and letter."""
    locked, move = _judge(referral, Verb.ACCEPT, by)
    locked.accepted_at, locked.receiver_id = timezone.now(), by.user_id
    told = waiting_times([locked.service]).get(locked.service_id)
    days = max(locked.service.norm_days or 0, told.days if told else 0)
    locked.due = begin_by(days, locked.urgency, locked.sent_at, locked.accepted_at)
    _moved(locked, move, "", by, "accepted_at", "receiver")
    receiver = Organisation.objects.get(pk=locked.receiving_organisation_id)
    start_relation(
        patient_id=locked.patient_id, organisation=receiver, source="referral", reference=_reference(locked), by=by
    )
    _ask_receiver(locked, gettext_noop("Eerste contact: %(service)s"), by)
    return locked


@transaction.atomic
def reject(*, referral: Referral, reason: str, note: str = "", by: Actor) -> Referral:
    """Turn the referral down with a coded reason; the receiver keeps nothing, the sender is asked to look further."""
    locked, move = _judge(referral, Verb.REJECT, by)
    _clean(note, locked, by)
    locked.rejection_reason = RejectionReason(reason)
    _closed(locked, move, note, by, "rejection_reason", due=due_after(timezone.now(), ANSWER_DAYS))
    _ask_sender(locked, gettext_noop("Afgewezen, zoek verder: %(service)s"), by)
    return locked


@transaction.atomic
def ask_back(*, referral: Referral, note: str, by: Actor) -> Referral:
    """Ask the sender something before deciding; the clock of the receiver stops."""
    locked, move = _judge(referral, Verb.ASK, by)
    _clean(note, locked, by)
    locked.due = due_after(timezone.now(), ANSWER_DAYS)
    _moved(locked, move, note, by)
    done(subject=locked, organisation_id=locked.receiving_organisation_id, by=by)
    _ask_sender(locked, gettext_noop("Vraag over verwijzing: %(service)s"), by)
    return locked


@transaction.atomic
def answer(*, referral: Referral, note: str, by: Actor) -> Referral:
    """Answer what the receiver asked; the receiver's clock begins anew. The note is read before the name is known."""
    locked, move = _judge(referral, Verb.ANSWER, by)
    _clean(note, locked, by)
    locked.due = answer_by(locked.service.answer_days, locked.urgency, timezone.now())
    _moved(locked, move, note, by)
    done(subject=locked, organisation_id=locked.sending_organisation_id, by=by)
    _ask_receiver(locked, gettext_noop("Verwijzing, vraag beantwoord: %(service)s"), by)
    return locked


@transaction.atomic
def start(*, referral: Referral, by: Actor) -> Referral:
    """State that the first contact has been and help has begun."""
    locked, move = _judge(referral, Verb.START, by)
    locked.started_at = timezone.now()
    locked.due = review_by(locked.started_at)
    _moved(locked, move, "", by, "started_at")
    _ask_receiver(locked, gettext_noop("Loopt, af te ronden: %(service)s"), by)
    return locked


@transaction.atomic
def let_run(*, referral: Referral, by: Actor) -> Referral:
    """State that help still runs; the receiver looks again after ``REVIEW_DAYS``."""
    locked, move = _judge(referral, Verb.CONTINUE, by)
    locked.due = review_by(timezone.now())
    _moved(locked, move, "", by)
    _ask_receiver(locked, gettext_noop("Loopt, af te ronden: %(service)s"), by)
    return locked


@transaction.atomic
def complete(*, referral: Referral, outcome: str, note: str = "", by: Actor) -> Referral:
    """Close the referral with its outcome. The receiver's access that came from it ends the same moment.

    Who stays in care or support keeps the relation for another year at most; after that the organisation states it anew.
    """
    locked, move = _judge(referral, Verb.COMPLETE, by)
    _clean(note, locked, by)
    locked.outcome = Outcome(outcome)
    _closed(locked, move, note, by, "outcome")
    end_relation(reference=_reference(locked), patient_id=locked.patient_id, by=by)
    if locked.outcome == Outcome.ONGOING:
        start_relation(
            patient_id=locked.patient_id,
            organisation=Organisation.objects.get(pk=locked.receiving_organisation_id),
            source="referral",
            reference=_reference(locked),
            ends=timezone.now() + timedelta(days=ONGOING_DAYS),
            by=by,
        )
    return locked


@transaction.atomic
def cancel(*, referral: Referral, note: str = "", by: Actor) -> Referral:
    """Withdraw the referral; what the receiver could see through it is closed the same moment."""
    locked, move = _judge(referral, Verb.CANCEL, by)
    _clean(note, locked, by)
    _closed(locked, move, note, by)
    end_relation(reference=_reference(locked), patient_id=locked.patient_id, by=by)
    return locked


@transaction.atomic
def acknowledge(*, referral: Referral, by: Actor) -> Referral:
    """The sender has seen that the referral was turned down, and takes it off the list; nobody is reminded of it any more."""
    if "sender" not in parties_of(referral, by):
        raise PermissionDenied(_("Dit kan alleen de organisatie die verwees."))
    if referral.status != Status.REJECTED:
        raise Refused(_("Deze verwijzing loopt nog; zij blijft op de lijst staan."))
    done(subject=referral, organisation_id=by.organisation_id, by=by)
    if referral.settled_at is None:
        referral.settled_at, referral.due, referral.level = timezone.now(), None, Level.NOBODY
        referral.save(update_fields=["settled_at", "due", "level"])
    return referral


def tell_late(*, by: Actor, most: int = 500) -> int:
    """Tell of referrals whose moment passed: who holds it, then the team, then the coordinator (``moves.TOLD_AFTER``).

    On working days, at most so many at a time, what is late longest first. Each is told once, whoever runs this and how
    often: the database keeps the level only where nobody else did and the referral still waits for the same moment.
    """
    now = timezone.now()
    if not is_working_day(timezone.localtime(now).date()):
        return 0
    told = 0
    for referral in Referral.objects.filter(overdue(now)).order_by("due", "id")[:most]:
        if referral.due is None:
            continue
        level = level_of(referral.due, referral.urgency, now)
        with connection.cursor() as cursor:
            cursor.execute("select referrals_told(%s, %s, %s::smallint)", [referral.pk, referral.due, int(level)])
            first: bool = cursor.fetchone()[0]
        if first:
            record(LATE[level], subject=referral, patient_id=referral.patient_id, data={"level": int(level)}, by=by)
            told += 1
    return told


LATE = {Level.HOLDER: "referral.reminded", Level.TEAM: "referral.overdue", Level.COORDINATOR: "referral.stuck"}
"""The event by which each is told that a referral is late."""

EVENTS = {
    Verb.ACCEPT: "referral.accepted",
    Verb.REJECT: "referral.rejected",
    Verb.ASK: "referral.asked_back",
    Verb.ANSWER: "referral.answered",
    Verb.START: "referral.started",
    Verb.CONTINUE: "referral.continued",
    Verb.COMPLETE: "referral.completed",
    Verb.CANCEL: "referral.cancelled",
}
"""The event of each step; sending records ``referral.sent``."""


def _judge(referral: Referral, verb: Verb, by: Actor) -> tuple[Referral, Move]:
    need_role(by, Category.REFERRAL)
    parts = ("service", "sending_organisation")
    locked = Referral.objects.select_for_update(of=("self",)).select_related(*parts).get(pk=referral.pk)
    move = next(move for move in MOVES if move.verb == verb)
    if by.kind != "professional" or move.by not in parties_of(locked, by):
        raise PermissionDenied(
            _("Dit kan alleen de organisatie die verwees.")
            if move.by == "sender"
            else _("Dit kan alleen de ontvanger van de verwijzing.")
        )
    if locked.status not in move.sources:
        raise Refused(_too_late(locked))
    return locked, move


def _too_late(referral: Referral) -> str:
    """Who did what, and when, so that this step no longer fits; in words for the page."""
    step = referral.steps.select_related("user").last()
    if step is None:
        return _("Dit kan nu niet bij deze verwijzing.")
    at = timezone.localtime(step.at)
    moment = date_format(at, "H:i") if at.date() == timezone.localdate() else date_format(at, _("j b Y H:i"))
    words = {
        Verb.SEND: _("%(name)s heeft deze verwijzing verstuurd om %(moment)s; zij wacht nog op de ontvanger."),
        Verb.ACCEPT: _("%(name)s heeft deze verwijzing al geaccepteerd om %(moment)s."),
        Verb.REJECT: _("%(name)s heeft deze verwijzing al afgewezen om %(moment)s."),
        Verb.ASK: _("%(name)s heeft bij deze verwijzing een vraag gesteld om %(moment)s; die wacht op antwoord."),
        Verb.ANSWER: _("%(name)s heeft de vraag al beantwoord om %(moment)s."),
        Verb.START: _("%(name)s heeft de hulp al gestart om %(moment)s."),
        Verb.CONTINUE: _("%(name)s liet de hulp doorlopen om %(moment)s."),
        Verb.COMPLETE: _("%(name)s heeft deze verwijzing al afgerond om %(moment)s."),
        Verb.CANCEL: _("%(name)s heeft deze verwijzing ingetrokken om %(moment)s."),
    }
    return words[Verb(step.verb)] % {"name": step.user, "moment": moment}


def _clean(note: str, referral: Referral, by: Actor) -> None:
    if fault := naming_fault(note, patients_of([referral], by).get(referral.patient_id)):
        raise Refused(fault, field="note")


def _moved(referral: Referral, move: Move, note: str, by: Actor, *fields: str) -> None:
    referral.status, referral.level = move.target, Level.NOBODY
    referral.save(update_fields=["status", "due", "level", *fields])
    _step(referral, move.verb, note, by)
    record(
        EVENTS[move.verb], subject=referral, patient_id=referral.patient_id, data={"status": str(move.target)}, by=by
    )


def _closed(referral: Referral, move: Move, note: str, by: Actor, *fields: str, due: datetime | None = None) -> None:
    referral.closed_at, referral.due = timezone.now(), due
    _moved(referral, move, note, by, "closed_at", *fields)
    done(subject=referral, by=by)


def _step(referral: Referral, verb: Verb, note: str, by: Actor) -> None:
    step = Step.objects.create(
        referral=referral, patient_id=referral.patient_id, verb=verb, status=referral.status, note=note[:300],
        organisation_id=by.organisation_id, user_id=by.user_id,
    )  # fmt: skip
    if verb in _REPLIES:
        _copy(referral, step, by)


_REPLIES = frozenset({Verb.ACCEPT, Verb.REJECT, Verb.ASK, Verb.ANSWER, Verb.COMPLETE, Verb.CANCEL})


def _copy(referral: Referral, step: Step, by: Actor) -> None:
    """Put what was said of the referral ready for the own system of the sender, and of the receiver once that one knows the name."""
    with override(settings.LANGUAGE_CODE):
        reason = referral.get_rejection_reason_display() if step.verb == Verb.REJECT else ""
        outcome = referral.get_outcome_display() if step.verb == Verb.COMPLETE else ""
        said = ": ".join(filter(None, [str(Status(step.status).label), str(reason or outcome)]))
        title = _("Verwijzing %(number)s, %(service)s: %(state)s") % {
            "number": referral.number, "service": referral.service.name, "state": said,
        }  # fmt: skip
    copy_back(
        patient_id=referral.patient_id,
        organisations=[referral.sending_organisation_id]
        + ([referral.receiving_organisation_id] if referral.accepted_at else []),
        kind=CopyKind.REPLY,
        category=Category.REFERRAL,
        reference=f"{_reference(referral)}:step:{step.pk}",
        title=title,
        text="\n".join(filter(None, [title, step.note])),
        by=by,
    )


def _ask_receiver(referral: Referral, title: str, by: Actor) -> None:
    taken = referral.status in {Status.ACCEPTED, Status.IN_PROGRESS}
    ask_work(
        "referral", subject=referral, organisation_id=referral.receiving_organisation_id, patient_id=referral.patient_id,
        user_id=referral.receiver_id if taken else None, title=title % {"service": referral.service.name},
        sender=_name(referral.sending_organisation_id), due=referral.due, by=by,
    )  # fmt: skip


def _ask_sender(referral: Referral, title: str, by: Actor) -> None:
    ask_work(
        "referral", subject=referral, organisation_id=referral.sending_organisation_id, patient_id=referral.patient_id,
        user_id=referral.sender_id, title=title % {"service": referral.service.name}, sender=_name(referral.receiving_organisation_id),
        due=referral.due, by=by,
    )  # fmt: skip


def _name(organisation_id: int) -> str:
    return Organisation.objects.values_list("name", flat=True).get(pk=organisation_id)


def _reference(referral: Referral) -> str:
    return f"referral:{referral.pk}"


def erase(*, patient_id: int, organisation_id: int, categories: Iterable[int], by: Actor) -> int:
    """Remove what an organisation wrote in referrals that have ended.

    That there was one stays, without what was said. Only for a granted request or an ended term, never under a hold; the
    database judges. Returns how many rows went.
    """
    with connection.cursor() as cursor:
        cursor.execute("select referrals_erase(%s, %s, %s)", [patient_id, organisation_id, to_mask(categories)])
        removed: int = cursor.fetchone()[0]
    return removed
