"""What every step of a referral does: judge who may take it now, write it, tell its event, and ask for the work that follows."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from dossier.actions import copy_back
from dossier.models import CopyKind
from events.actions import ask as ask_work
from events.actions import done, record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation
from referrals.access import invitation_of, naming_fault, parties_of, patients_of
from referrals.actions.letting_know import let_know
from referrals.models import Referral, Remark, Round, Step
from referrals.moves import (
    MOVES,
    STAYS,
    Level,
    Move,
    Status,
    Taker,
    Verb,
)
from square.models import HealthcareService
from trust.access import need_role, need_unrestricted
from trust.categories import Category

EVENTS = {
    Verb.ACCEPT: "referral.accepted",
    Verb.REJECT: "referral.rejected",
    Verb.ASK: "referral.asked_back",
    Verb.ANSWER: "referral.answered",
    Verb.SUPPLEMENT: "referral.supplemented",
    Verb.NO_LETTER: "referral.no_letter",
    Verb.REPORT: "referral.reported",
    Verb.PLAN: "referral.planned",
    Verb.CALL_OFF: "referral.called_off",
    Verb.NO_SHOW: "referral.not_shown",
    Verb.START: "referral.started",
    Verb.CONTINUE: "referral.continued",
    Verb.COMPLETE: "referral.completed",
    Verb.SETTLE: "referral.settled",
    Verb.CANCEL: "referral.cancelled",
    Verb.PICK_UP: "referral.picked_up",
    Verb.ASSIGN: "referral.assigned",
    Verb.PROPOSE: "referral.proposed",
    Verb.REDIRECT: "referral.redirected",
    Verb.PASS_ON: "referral.passed_on",
    Verb.ENGAGE: "referral.engaged",
    Verb.ADVISE: "referral.advised",
    Verb.SAY: "referral.said",
    Verb.CANNOT: "referral.cannot",
    Verb.TELL: "referral.told",
    Verb.ENROL: "referral.enrolled",
    Verb.CONSULT: "referral.consulted",
}
"""The event of each step; sending records ``referral.sent``."""

PLACED = "referral.placed"
"""The event that others changed the place of somebody on a meeting: the provider, or the waiting list that went on."""

_VERBS = {event: verb for verb, event in EVENTS.items() if verb != Verb.ENROL} | {PLACED: Verb.ENROL}

ASKED_PERSON = "referral.asked_person"
"""The event that something is asked of the person, where nobody referred."""

WITHDRAWN = "referral.withdrawn"
"""The event that the person, or who acts for the person, takes a request back; both parties hear of it."""


def judge(referral: Referral, verb: Verb, by: Actor) -> tuple[Referral, Move]:
    """The referral, held for the rest of the transaction, and the step that this verb is for this actor now.

    ``PermissionDenied`` for the wrong side, ``Refused`` for the wrong moment.
    """
    locked = _held(referral, by)
    sides = parties_of(locked, by)
    moves = [move for move in MOVES if move.verb == verb]
    mine = [move for move in moves if move.by in sides]
    if by.kind not in {"professional", "citizen"} or not mine:
        allowed = {move.by for move in moves}
        if not allowed & {"sender", "receiver"}:
            raise PermissionDenied(_("Dit kan alleen de inwoner, of wie voor de inwoner handelt."))
        raise PermissionDenied(
            _("Dit kan alleen de organisatie die verwees.")
            if "sender" in allowed
            else _("Dit kan alleen de ontvanger van de verwijzing.")
        )
    for move in mine:
        if locked.status in move.sources:
            return locked, move
    raise Refused(_too_late(locked))


def _held(referral: Referral, by: Actor) -> Referral:
    if by.kind == "citizen":
        with connection.cursor() as cursor:
            cursor.execute("select referrals_person_holds(%s)", [referral.pk])
            acts: bool = cursor.fetchone()[0]
        mine = Referral.objects.filter(pk=referral.pk).first()
        if mine is None:
            raise Referral.DoesNotExist
        if not acts:
            raise PermissionDenied(_("De machtiging is om te bekijken. Dingen regelen hoort er niet bij."))
        return mine
    need_role(by, Category.REFERRAL)
    # Locked without a join: who waited reads the row again, and by then it may be with another service.
    locked = Referral.objects.select_for_update().filter(pk=referral.pk).first()
    if locked is None and Round.objects.filter(referral_id=referral.pk, organisation_id=by.organisation_id).exists():
        raise Refused(_("Deze verwijzing ligt niet meer bij u: er is intussen een ander gevraagd."))
    if locked is None and invitation_of(referral, by):
        raise PermissionDenied(_("Dit kan alleen wie het gesprek leidt."))
    if locked is None:
        raise Referral.DoesNotExist
    return locked


def _too_late(referral: Referral) -> str:
    """Who did what, and when, so that this step no longer fits; in words for the page."""
    step = referral.steps.exclude(verb__in=STAYS).select_related("user").last()
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
        Verb.PLAN: _("%(name)s heeft een afspraak gemaakt om %(moment)s."),
        Verb.CALL_OFF: _("%(name)s heeft de afspraak afgezegd om %(moment)s."),
        Verb.NO_SHOW: _("%(name)s gaf om %(moment)s aan dat de inwoner niet verscheen."),
        Verb.START: _("%(name)s heeft de hulp al gestart om %(moment)s."),
        Verb.CONTINUE: _("%(name)s liet de hulp doorlopen om %(moment)s."),
        Verb.COMPLETE: _("%(name)s heeft deze verwijzing al afgerond om %(moment)s."),
        Verb.SETTLE: _("%(name)s heeft de afwijzing gezien om %(moment)s; deze verwijzing is klaar."),
        Verb.CANCEL: _("%(name)s heeft deze verwijzing ingetrokken om %(moment)s."),
        Verb.PROPOSE: _("%(name)s heeft ander aanbod voorgesteld om %(moment)s; dat wacht op de verwijzer."),
        Verb.REDIRECT: _(
            "%(name)s heeft deze verwijzing om %(moment)s naar ander aanbod gestuurd; zij wacht op de ontvanger."
        ),
        Verb.ADVISE: _("%(name)s heeft deze verwijzing om %(moment)s met advies beantwoord."),
        Verb.CONSULT: _("%(name)s heeft de vraag om %(moment)s als consult gesteld."),
        Verb.PASS_ON: _("%(name)s heeft deze verwijzing overgedragen om %(moment)s; zij wacht op de ontvanger."),
        Verb.CANNOT: _("%(name)s zei om %(moment)s niet te kunnen; er komt een nieuwe afspraak."),
    }
    return capfirst(words[Verb(step.verb)] % {"name": step.taker, "moment": moment})


def clean(note: str, referral: Referral, by: Actor, field: str = "note") -> None:
    if fault := naming_fault(note, patients_of([referral], by).get(referral.patient_id)):
        raise Refused(fault, field=field)


def moved(
    referral: Referral,
    move: Move,
    note: str,
    by: Actor,
    *fields: str,
    code: str = "",
    service: HealthcareService | None = None,
) -> None:
    """Write the step with the reason or the offer that belongs to it, and tell its event."""
    referral.status, referral.level = move.target, Level.NOBODY
    referral.save(update_fields=["status", "due", "level", *fields])
    put_step(referral, move.verb, note, by, code=code, service=service)
    told = {"code": code} if move.verb == Verb.ASK else {}
    tell(referral, EVENTS[move.verb], by, **told)


def tell(referral: Referral, event: str, by: Actor, **data: Any) -> None:
    """Record an event of a referral, with the service that is asked now, and have a person without the portal told of it."""
    known = {"status": str(referral.status), "service": referral.service_id}
    record(event, subject=referral, patient_id=referral.patient_id, data={**known, **data}, by=by)
    let_know(referral, _VERBS.get(event), by)


def closed(
    referral: Referral, move: Move, note: str, by: Actor, *fields: str, due: datetime | None = None, code: str = ""
) -> None:
    referral.closed_at, referral.due, referral.letter_due = timezone.now(), due, None
    done(subject=referral, by=by)
    moved(referral, move, note, by, "closed_at", "letter_due", *fields, code=code)


def put_step(
    referral: Referral, verb: Verb, note: str, by: Actor, *, code: str = "", service: HealthcareService | None = None
) -> Step:
    step = Step.objects.create(
        referral=referral, patient_id=referral.patient_id, verb=verb, status=referral.status, note=note[:300],
        party=Taker.SYSTEM if by.by_machine else Taker.ORGANISATION, organisation_id=by.organisation_id,
        user_id=None if by.by_machine else by.user_id, round=referral.round, code=code, service=service,
    )  # fmt: skip
    if verb in _REPLIES:
        _copy(referral, step, by)
    return step


_REPLIES = frozenset(
    {
        Verb.ACCEPT,
        Verb.REJECT,
        Verb.ASK,
        Verb.ANSWER,
        Verb.COMPLETE,
        Verb.CANCEL,
        Verb.PROPOSE,
        Verb.REDIRECT,
        Verb.PASS_ON,
    }
)


_WORDS = {Verb.REDIRECT: gettext_lazy("naar ander aanbod gestuurd"), Verb.PASS_ON: gettext_lazy("overgedragen")}


def _copy(referral: Referral, step: Step, by: Actor) -> None:
    """Put what was said of the referral ready for the own system of the sender, and of the receiver once that one knows the name."""
    with override(settings.LANGUAGE_CODE):
        reason = referral.get_rejection_reason_display() if step.verb == Verb.REJECT else ""
        outcome = referral.get_outcome_display() if step.verb == Verb.COMPLETE else ""
        asked = referral.get_ask_reason_display() if step.verb in {Verb.ASK, Verb.PROPOSE} else ""
        word = _WORDS[Verb(step.verb)] if step.verb in _WORDS else Status(step.status).label
        said = ": ".join(filter(None, [str(word), str(reason or outcome or asked)]))
        title = _("Verwijzing %(number)s, %(service)s: %(state)s") % {
            "number": referral.number, "service": referral.service.name, "state": said,
        }  # fmt: skip
    receiver = referral.receiving_organisation_id if referral.accepted_at else None
    _put_ready(referral, step, title, step.note, receiver, by)


def copy_report(referral: Referral, step: Step, text: str, by: Actor) -> None:
    """Put a report ready for the own system of the sender."""
    with override(settings.LANGUAGE_CODE):
        title = _("Verslag bij %(number)s, %(service)s") % {"number": referral.number, "service": referral.service.name}
    _put_ready(referral, step, title, text, None, by)


def _put_ready(referral: Referral, step: Step, title: str, text: str, receiver: int | None, by: Actor) -> None:
    copy_back(
        patient_id=referral.patient_id,
        organisations=[place for place in (referral.sending_organisation_id, receiver) if place is not None],
        kind=CopyKind.REPLY,
        category=Category.REFERRAL,
        reference=f"{reference_of(referral)}:step:{step.pk}",
        title=title,
        text="\n".join(filter(None, [title, text])),
        by=by,
    )


def add_remark(referral: Referral, step: Step, text: str, by: Actor, token: uuid.UUID | None = None) -> None:
    """Keep what an organisation said, with its step; the record must be open."""
    need_unrestricted(referral.patient_id, by.organisation_id, Category(referral.sensitivity))
    Remark.objects.create(
        step=step, token=token or uuid.uuid4(), referral=referral, patient_id=referral.patient_id,
        organisation_id=by.organisation_id, category=referral.sensitivity, text=text.strip(),
    )  # fmt: skip


def ask_receiver(
    referral: Referral, title: str, by: Actor, *, kind: str = "referral", due: datetime | None = None
) -> None:
    """Put it on the list of the receiver: of who has it in hand, else of the team."""
    ask_work(
        kind, subject=referral, organisation_id=referral.receiving_organisation_id, patient_id=referral.patient_id,
        user_id=referral.receiver_id, title=title % {"service": referral.service.name},
        sender=referral.referrer, due=due or referral.due, by=by,
    )  # fmt: skip


def ask_sender(
    referral: Referral, title: str, by: Actor, *, kind: str = "referral", due: datetime | None = None
) -> None:
    """Put it on the list of the sender; where nobody referred, the person is told of what is asked, and has no list."""
    if referral.sending_organisation_id is None:
        if referral.status == Status.ASKED_BACK and by.kind != "citizen":
            tell(referral, ASKED_PERSON, by)
        return
    ask_work(
        kind, subject=referral, organisation_id=referral.sending_organisation_id, patient_id=referral.patient_id,
        user_id=referral.sender_id, title=title % {"service": referral.service.name}, sender=_name(referral.receiving_organisation_id),
        due=due or referral.due, by=by,
    )  # fmt: skip


def done_sender(referral: Referral, by: Actor, *, kind: str = "") -> None:
    """Take it off the list of the sender, where there is one."""
    if referral.sending_organisation_id is not None:
        done(subject=referral, kind=kind, organisation_id=referral.sending_organisation_id, by=by)


def _name(organisation_id: int) -> str:
    return Organisation.objects.values_list("name", flat=True).get(pk=organisation_id)


def reference_of(referral: Referral) -> str:
    return f"referral:{referral.pk}"
