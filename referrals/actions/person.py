"""What the person does with a referral, or who acts for the person by a mandate; the database judges and does each step."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossier.access import responsible_for
from events.actions import done, next_number, record
from events.actor import Actor
from events.clock import due_after
from events.errors import Refused
from referrals.access import Filled, booked_of, need_own_offer, proposed_for
from referrals.actions.along import chosen_of
from referrals.actions.answering import need_along, need_form
from referrals.actions.enrolling import enrol
from referrals.actions.moving import EVENTS, WITHDRAWN, ask_receiver, clean, judge, tell
from referrals.actions.placing import asked_place, need_no_place
from referrals.actions.turning import TURNED, turn
from referrals.models import Referral
from referrals.moves import PLAN_DAYS, Status, Urgency, Verb, WithdrawReason
from referrals.moves.training import Comes
from referrals.terms import answer_by
from square.models import HealthcareService, Session
from trust.access import Opening
from trust.categories import to_mask


@transaction.atomic
def ask_for_help(
    *,
    opening: Opening,
    service: HealthcareService,
    question: str,
    wish: str = "",
    items: Iterable[str] = (),
    session: Session | None = None,
    who: str = Comes.PERSON,
    answers: Filled | None = None,
    token: uuid.UUID | None = None,
    by: Actor,
) -> Referral:
    """Ask a service for help without anybody who refers; from there on it goes as any referral.

    ``answers`` are those to the form of the service, where it has one; then the question may stay empty.

    The receiver sees the need, age, gender and municipality; name, question and what was ticked of the record come with
    acceptance. How urgent it is, is not the person's to judge: it is usual. With a ``session`` of a training it takes a place
    there, or the first turn for one; ``who`` says who comes. The same ``token`` twice asks once. Raises ``Refused`` where the
    service takes nobody this way now, or is asked already.
    """
    if by.kind != "citizen":
        raise PermissionDenied(_("Zelf aanmelden doet de inwoner, of wie voor de inwoner handelt."))
    need_own_offer(opening.patient, service)
    need_form(service, answers, later=session is not None)
    question = question.strip() or asked_place(session)
    if not question and answers is None:
        raise Refused(_("Schrijf waar u hulp bij wilt."), field="question")
    chosen = chosen_of(opening, service, items, by)
    need_along(service, answers, chosen)
    along = [
        {
            "kind": int(one.kind), "title": one.title, "detail": one.detail, "on_date": one.on_date, "origin": one.origin,
        }
        for one in chosen
    ]  # fmt: skip
    residence = responsible_for(opening, law=service.law, kind=service.kind, on=timezone.localdate())
    number = next_number("V", "referrals_number")
    due = answer_by(service.answer_days, Urgency.ROUTINE, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            "select referrals_refer_self(%s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s::jsonb, %s)",
            [
                number,
                token or uuid.uuid4(),
                opening.patient.pk,
                service.pk,
                question,
                wish,
                json.dumps(along),
                due,
                residence.municipality if residence else "",
                answers.key if answers else "",
                json.dumps(answers.answers if answers else []),
                to_mask(answers.kinds) if answers else 0,
            ],
        )
        pk: int | None = cursor.fetchone()[0]
    if pk is None:
        raise Refused(
            _("U heeft “%(service)s” al gevraagd, of er lopen te veel aanvragen. Kijk bij Mijn verwijzingen.")
            % {"service": service.name},
            field="question",
        )
    made = Referral.objects.select_related("service").get(pk=pk)
    if made.number == number:
        ask_receiver(made, gettext_noop("Zelf aangemeld: %(service)s"), by)
        data = {"service": service.pk, "urgency": str(Urgency.ROUTINE), "items": len(along)}
        record("referral.sent", subject=made, patient_id=made.patient_id, data=data, by=by)
        if session is not None:
            made = enrol(referral=made, session=session, who=who, by=by)
    return made


@transaction.atomic
def cannot(*, referral: Referral, text: str = "", token: uuid.UUID | None = None, by: Actor) -> Referral:
    """Say that the appointment that lies ahead does not suit; it is called off, and the receiver plans a new one.

    ``text`` says when it does, or why not. Raises ``Refused`` where no appointment lies ahead.
    """
    locked, _move = judge(referral, Verb.CANNOT, by)
    need_no_place(locked)
    made = booked_of(locked)
    if made is None or made.starts <= timezone.now():
        raise Refused(_("Er staat geen afspraak die u kunt afzeggen. Bel als u niet kunt."))
    due = due_after(timezone.now(), PLAN_DAYS)
    locked = _stepped(locked, Verb.CANNOT, by, text=text, token=token, due=due)
    title = gettext_noop("Inwoner kan niet, nieuwe afspraak: %(service)s")
    if locked.status == Status.ACCEPTED:
        ask_receiver(locked, title, by)
    else:
        ask_receiver(locked, title, by, kind="appointment", due=due)
    tell(locked, EVENTS[Verb.CANNOT], by)
    return locked


@transaction.atomic
def withdraw(*, referral: Referral, reason: str, text: str = "", token: uuid.UUID | None = None, by: Actor) -> Referral:
    """Take the request back before help began; what the receiver could see through it is closed the same moment.

    Both parties read the reason; what is said besides only who referred, for the receiver reads nothing any more.
    """
    locked, _move = judge(referral, Verb.CANCEL, by)
    if reason not in WithdrawReason.values:
        raise Refused(_("Kies waarom u de aanvraag intrekt."), field="reason")
    locked = _stepped(locked, Verb.CANCEL, by, code=reason, text=text, token=token)
    done(subject=locked, by=by)
    tell(locked, WITHDRAWN, by)
    return locked


@transaction.atomic
def reply(*, referral: Referral, note: str, by: Actor) -> Referral:
    """Answer what the receiver asked, where nobody referred; the receiver reads it before it knows who it is about."""
    locked, _move = judge(referral, Verb.ANSWER, by)
    clean(note, locked, by)
    if not note.strip():
        raise Refused(_("Schrijf uw antwoord."), field="note")
    due = answer_by(locked.service.answer_days, locked.urgency, timezone.now())
    locked = _stepped(locked, Verb.ANSWER, by, note=note, due=due)
    ask_receiver(locked, gettext_noop("Verwijzing, vraag beantwoord: %(service)s"), by)
    tell(locked, EVENTS[Verb.ANSWER], by)
    return locked


@transaction.atomic
def let_go(*, referral: Referral, by: Actor) -> Referral:
    """The person has seen that the receiver cannot help, and looks no further under this number. Twice is harmless."""
    locked, _move = judge(referral, Verb.SETTLE, by)
    if locked.settled_at is None:
        locked = _stepped(locked, Verb.SETTLE, by)
        tell(locked, EVENTS[Verb.SETTLE], by)
    return locked


@transaction.atomic
def look_further(*, referral: Referral, service: HealthcareService | None = None, by: Actor) -> Referral:
    """Ask another service under the same number, after a question, a proposal or a no; without a service, the proposed one.

    Raises ``Refused`` where that one cannot be asked without a referral, or the no was put away already.
    """
    locked, _move = judge(referral, Verb.REDIRECT, by)
    if locked.status == Status.REJECTED and locked.settled_at:
        raise Refused(_("U heeft deze aanvraag al afgesloten. Zoek nieuwe hulp en meld u opnieuw aan."))
    service = service or proposed_for(locked)
    if service is None:
        raise Refused(_("Kies eerst welke hulp u wilt vragen."), field="service")
    need_own_offer(locked, service)
    former = locked.receiving_organisation_id
    turn(locked, service, Verb.REDIRECT, by)
    locked = _stepped(locked, Verb.REDIRECT, by, service=service)
    tell(locked, EVENTS[Verb.REDIRECT], by, former=former)
    done(subject=locked, kind="referral", by=by)
    ask_receiver(locked, gettext_noop("Zelf aangemeld: %(service)s"), by)
    tell(locked, TURNED, by)
    return locked


def say_as_person(referral: Referral, text: str, token: uuid.UUID | None, by: Actor) -> bool:
    """Say something in the thread; false where this form said it before."""
    return _made(referral, Verb.SAY, text=text, token=token) is not None


def _stepped(
    referral: Referral,
    verb: Verb,
    by: Actor,
    *,
    code: str = "",
    note: str = "",
    text: str = "",
    token: uuid.UUID | None = None,
    service: HealthcareService | None = None,
    due: datetime | None = None,
) -> Referral:
    """Take a step and give the referral as it stands then."""
    _made(referral, verb, code=code, note=note, text=text, token=token, service=service, due=due)
    return Referral.objects.select_related("service", "sending_organisation").get(pk=referral.pk)


def _made(
    referral: Referral,
    verb: Verb,
    *,
    code: str = "",
    note: str = "",
    text: str = "",
    token: uuid.UUID | None = None,
    service: HealthcareService | None = None,
    due: datetime | None = None,
) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select referrals_person_step(%s, %s, %s, %s, %s, %s, %s, %s)",
            [referral.pk, str(verb), code, note, text, token or uuid.uuid4(), service.pk if service else None, due],
        )
        made: int | None = cursor.fetchone()[0]
    return made
