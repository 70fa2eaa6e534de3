"""Places on the meetings of a training: asking one, taking on who has one, telling who moves up, and noting who was there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actor import Actor
from events.clock import due_after
from events.errors import Refused
from referrals.access import roster_of
from referrals.actions.moving import EVENTS, PLACED, ask_receiver, judge, tell
from referrals.actions.steps import accept, complete
from referrals.models import Referral
from referrals.moves import PLAN_DAYS, Status, Urgency, Verb
from referrals.moves.training import ATTENDED, Attendance, Comes, Place, Placing
from referrals.terms import answer_by
from square.models import Session


@transaction.atomic
def enrol(*, referral: Referral, session: Session, who: str = Comes.PERSON, by: Actor) -> Referral:
    """Give a referral a place on a meeting, or a turn on its waiting list; a place on another meeting is given up.

    The sender and the person ask, and who receives it may give one, also after the last day for enrolling. Who has a place keeps it
    where the other meeting is full. Raises ``Refused`` for a meeting that has been, was called off, or is full for who has a place.
    """
    locked, _move = judge(referral, Verb.ENROL, by)
    if locked.status == Status.ACCEPTED:
        due = due_after(session.ends, 1)
    else:
        due = answer_by(locked.service.answer_days, locked.urgency, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("select referrals_enrol(%s, %s, %s, %s)", [locked.pk, session.pk, str(who), due])
        went: str | None = cursor.fetchone()[0]
    if went is None:
        raise Refused(_("Voor deze bijeenkomst kan niemand zich meer inschrijven. Kies een andere."), field="session")
    if went == "full":
        raise Refused(_("Deze bijeenkomst is intussen vol. De plek die er was, blijft staan."), field="session")
    if went == "double":
        raise Refused(
            _("Er is al een plek op deze training. Kies bij die aanmelding een andere dag, of meld daar af."),
            field="session",
        )
    locked = _now(locked)
    if locked.status == Status.ACCEPTED:
        ask_receiver(locked, gettext_noop("Training geven: %(service)s"), by)
    else:
        ask_receiver(locked, _TITLES[Place(went)], by)
    receives = by.kind == "professional" and by.organisation_id == locked.receiving_organisation_id
    tell(locked, PLACED if receives else EVENTS[Verb.ENROL], by, code=went)
    return locked


_TITLES = {
    Place.PLACED: gettext_noop("Aanmelding voor training: %(service)s"),
    Place.WAITING: gettext_noop("Wachtlijst voor training: %(service)s"),
}


@transaction.atomic
def take_on(*, session: Session, by: Actor) -> int:
    """Accept everybody who has a place on a meeting and waits for an answer; returns how many. Twice is harmless."""
    waiting = [one.referral for one in roster_of(by, session).to_accept]
    _hold(waiting)
    for referral in waiting:
        accept(referral=referral, by=by)
    return len(waiting)


@transaction.atomic
def attend(*, session: Session, noted: Mapping[int, str], by: Actor) -> int:
    """Note of each who was expected whether they were there; it closes their referral. Returns how many.

    ``noted`` is an :class:`Attendance` by number of the referral. That somebody called off can be noted beforehand, and frees the place;
    the rest once the meeting began. Raises ``Refused`` before it.
    """
    expected = {one.referral.pk: one.referral for one in roster_of(by, session).expected}
    found = {pk: Attendance(said) for pk, said in noted.items() if pk in expected}
    if session.starts > timezone.now() and set(found.values()) - {Attendance.CALLED_OFF}:
        raise Refused(_("De bijeenkomst moet nog beginnen; alleen wie afzegde kunt u nu al noteren."))
    _hold([expected[pk] for pk in found])
    for pk, said in sorted(found.items()):
        complete(referral=expected[pk], outcome=ATTENDED[said], by=by)
    return len(found)


@transaction.atomic
def move_up(*, session_id: int, by: Actor) -> int:
    """Give the places that came free to who waits longest, and tell them and the provider; for a worker. Returns how many."""
    session = Session.objects.select_related("service").get(pk=session_id)
    due = answer_by(session.service.answer_days, Urgency.ROUTINE, timezone.now())
    moved = _told("referrals_give_places", session_id, due)
    for referral in moved:
        ask_receiver(referral, gettext_noop("Plek vrij gekomen, aannemen: %(service)s"), by)
        tell(referral, PLACED, by, code=str(Placing.MOVED_UP))
    return len(moved)


@transaction.atomic
def follow_session(*, session_id: int, by: Actor) -> int:
    """Bring a change of a meeting to everybody who is enrolled, or that it was called off; for a worker. Returns how many were told."""
    session = Session.objects.get(pk=session_id)
    off = session.cancelled_at is not None
    due = due_after(timezone.now(), PLAN_DAYS) if off else due_after(max(session.ends, timezone.now()), 1)
    told = _told("referrals_follow_session", session_id, due)
    for referral in told:
        if off:
            ask_receiver(referral, gettext_noop("Bijeenkomst gaat niet door, geef een andere plek: %(service)s"), by)
        elif referral.status == Status.ACCEPTED:
            ask_receiver(referral, gettext_noop("Training geven: %(service)s"), by)
        code = Placing.CALLED_OFF if off else Placing.CHANGED
        tell(referral, PLACED, by, code=str(code))
    return len(told)


def _told(function: str, session_id: int, due: datetime) -> list[Referral]:
    with connection.cursor() as cursor:
        cursor.execute(f"select {function}(%s, %s)", [session_id, due])
        numbers = [row[0] for row in cursor.fetchall()]
    found = Referral.objects.filter(pk__in=numbers).select_related("service", "sending_organisation")
    return list(found.order_by("pk"))


def _hold(referrals: list[Referral]) -> None:
    """Hold them in one order, as workers do, so that none waits for the other."""
    list(Referral.objects.select_for_update().filter(pk__in=[one.pk for one in referrals]).order_by("pk"))


def _now(referral: Referral) -> Referral:
    return Referral.objects.select_related("service", "sending_organisation").get(pk=referral.pk)
