"""What every step of a referral does: judge who may take it now, write it, tell its event, and ask for the work that follows."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from dossier.actions import copy_back
from dossier.models import CopyKind
from events.actions import ask as ask_work
from events.actions import done, record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation
from referrals.access import naming_fault, parties_of, patients_of
from referrals.models import Referral, Step
from referrals.moves import (
    MOVES,
    STAYS,
    Level,
    Move,
    Status,
    Verb,
)
from trust.access import need_role
from trust.categories import Category

EVENTS = {
    Verb.ACCEPT: "referral.accepted",
    Verb.REJECT: "referral.rejected",
    Verb.ASK: "referral.asked_back",
    Verb.ANSWER: "referral.answered",
    Verb.SUPPLEMENT: "referral.supplemented",
    Verb.PLAN: "referral.planned",
    Verb.CALL_OFF: "referral.called_off",
    Verb.NO_SHOW: "referral.not_shown",
    Verb.START: "referral.started",
    Verb.CONTINUE: "referral.continued",
    Verb.COMPLETE: "referral.completed",
    Verb.SETTLE: "referral.settled",
    Verb.CANCEL: "referral.cancelled",
}
"""The event of each step; sending records ``referral.sent``."""


def judge(referral: Referral, verb: Verb, by: Actor) -> tuple[Referral, Move]:
    need_role(by, Category.REFERRAL)
    parts = ("service", "sending_organisation")
    locked = Referral.objects.select_for_update(of=("self",)).select_related(*parts).get(pk=referral.pk)
    moves = [move for move in MOVES if move.verb == verb]
    if by.kind != "professional" or moves[0].by not in parties_of(locked, by):
        raise PermissionDenied(
            _("Dit kan alleen de organisatie die verwees.")
            if moves[0].by == "sender"
            else _("Dit kan alleen de ontvanger van de verwijzing.")
        )
    for move in moves:
        if locked.status in move.sources:
            return locked, move
    raise Refused(_too_late(locked))


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
    }
    return words[Verb(step.verb)] % {"name": step.user, "moment": moment}


def clean(note: str, referral: Referral, by: Actor, field: str = "note") -> None:
    if fault := naming_fault(note, patients_of([referral], by).get(referral.patient_id)):
        raise Refused(fault, field=field)


def moved(referral: Referral, move: Move, note: str, by: Actor, *fields: str) -> None:
    referral.status, referral.level = move.target, Level.NOBODY
    referral.save(update_fields=["status", "due", "level", *fields])
    put_step(referral, move.verb, note, by)
    record(
        EVENTS[move.verb], subject=referral, patient_id=referral.patient_id, data={"status": str(move.target)}, by=by
    )


def closed(referral: Referral, move: Move, note: str, by: Actor, *fields: str, due: datetime | None = None) -> None:
    referral.closed_at, referral.due, referral.letter_due = timezone.now(), due, None
    moved(referral, move, note, by, "closed_at", "letter_due", *fields)
    done(subject=referral, by=by)


def put_step(referral: Referral, verb: Verb, note: str, by: Actor) -> Step:
    step = Step.objects.create(
        referral=referral, patient_id=referral.patient_id, verb=verb, status=referral.status, note=note[:300],
        organisation_id=by.organisation_id, user_id=by.user_id,
    )  # fmt: skip
    if verb in _REPLIES:
        _copy(referral, step, by)
    return step


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
        reference=f"{reference_of(referral)}:step:{step.pk}",
        title=title,
        text="\n".join(filter(None, [title, step.note])),
        by=by,
    )


def ask_receiver(referral: Referral, title: str, by: Actor) -> None:
    taken = referral.status in {Status.ACCEPTED, Status.IN_PROGRESS}
    ask_work(
        "referral", subject=referral, organisation_id=referral.receiving_organisation_id, patient_id=referral.patient_id,
        user_id=referral.receiver_id if taken else None, title=title % {"service": referral.service.name},
        sender=_name(referral.sending_organisation_id), due=referral.due, by=by,
    )  # fmt: skip


def ask_sender(
    referral: Referral, title: str, by: Actor, *, kind: str = "referral", due: datetime | None = None
) -> None:
    ask_work(
        kind, subject=referral, organisation_id=referral.sending_organisation_id, patient_id=referral.patient_id,
        user_id=referral.sender_id, title=title % {"service": referral.service.name}, sender=_name(referral.receiving_organisation_id),
        due=due or referral.due, by=by,
    )  # fmt: skip


def _name(organisation_id: int) -> str:
    return Organisation.objects.values_list("name", flat=True).get(pk=organisation_id)


def reference_of(referral: Referral) -> str:
    return f"referral:{referral.pk}"
