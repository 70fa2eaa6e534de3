"""The place of a referral on a meeting of a training, the list of who takes part, and for which meetings one can still enrol."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.actor import Actor
from people.models import Patient
from referrals.access.parties import about, name_known, patients_of
from referrals.models import Referral, Seat
from referrals.moves import HELPING, RUNNING, Status
from referrals.moves.training import Place
from square.access import open_sessions_of, own_sessions
from square.models import HealthcareService, Session

RUNS = (Place.PLACED, Place.WAITING)


@dataclass(frozen=True)
class Participant:
    """One line of the list of a meeting: by name from acceptance on, before it by age, gender and municipality."""

    seat: Seat
    referral: Referral
    patient: Patient | None
    about: str

    @property
    def to_accept(self) -> bool:
        """Whether there is a place, and the provider has still to take the person on."""
        return self.seat.status == Place.PLACED and self.referral.status == Status.REQUESTED

    @property
    def expected(self) -> bool:
        """Whether it can be noted if this person was there."""
        return self.seat.status == Place.PLACED and self.referral.status in HELPING


@dataclass(frozen=True)
class Roster:
    """Who takes part in a meeting, who waits for a place, in order, and who was there or fell away."""

    session: Session
    placed: list[Participant]
    waiting: list[Participant]
    ended: list[Participant]

    @property
    def to_accept(self) -> list[Participant]:
        """Who has a place and is still to be taken on."""
        return [one for one in self.placed if one.to_accept]

    @property
    def expected(self) -> list[Participant]:
        """Of whom can be noted whether they were there."""
        return [one for one in self.placed if one.expected]


def is_training(service: HealthcareService) -> bool:
    """Whether a request to a service is an enrolment."""
    return service.process == HealthcareService.Process.TRAINING


def sessions_to_choose(service: HealthcareService) -> list[Session]:
    """The meetings of a training for which one can enrol now; none for any other service."""
    return open_sessions_of(service) if is_training(service) else []


def place_of(referral: Referral) -> Seat | None:
    """The place that a referral has, or its turn for one; ``None`` for any other referral."""
    if not is_training(referral.service):
        return None
    found = Seat.objects.filter(referral=referral, status__in=RUNS)
    return found.select_related("session").first()


def meeting_words(session: Session) -> str:
    """When and where a meeting is, and how many places are free, in one line."""
    starts, ends = timezone.localtime(session.starts), timezone.localtime(session.ends)
    when = _("%(day)s, %(from)s tot %(to)s uur") % {
        "day": capfirst(date_format(starts, "l j F")), "from": date_format(starts, "H.i"), "to": date_format(ends, "H.i"),
    }  # fmt: skip
    return " · ".join([when, _("online") if session.online else session.place, free_words(session)])


def free_words(session: Session) -> str:
    """How many places are free, or that there is a waiting list."""
    if session.free:
        return ngettext("nog %(n)s plek", "nog %(n)s plekken", session.free) % {"n": session.free}
    return _("vol, er is een wachtlijst")


def get_session(actor: Actor, pk: int) -> Session:
    """One meeting of a training of the actor's own organisation; anything else does not exist."""
    session = own_sessions(actor).filter(pk=pk).first()
    if session is None:
        raise Http404
    return session


def roster_of(actor: Actor, session: Session) -> Roster:
    """Who takes part, for who receives the referrals; names only of who was taken on and is still reached."""
    found = list(
        Seat.objects.filter(session=session).select_related("referral__service", "referral__sending_organisation")
    )
    referrals = [one.referral for one in found]
    known = patients_of(referrals, actor)
    lines = [
        Participant(
            one,
            one.referral,
            known.get(one.patient_id) if name_known(one.referral, actor) else None,
            about(one.referral),
        )
        for one in found
    ]
    placed = [one for one in lines if one.seat.status == Place.PLACED and one.referral.status in RUNNING]
    waiting = [one for one in lines if one.seat.status == Place.WAITING]
    shown = {one.seat.pk for one in (*placed, *waiting)}
    return Roster(session, placed, waiting, [one for one in lines if one.seat.pk not in shown])


def sessions_to_fill(referral_id: int) -> list[int]:
    """The meetings that are still to come on which a referral gave up a place, and on which somebody waits; for a worker."""
    given_up = Seat.objects.filter(referral_id=referral_id, status=Place.LEFT, session__waiting__gt=0)
    ahead = given_up.filter(session__cancelled_at=None, session__starts__gt=timezone.now())
    return sorted(set(ahead.values_list("session_id", flat=True)))
