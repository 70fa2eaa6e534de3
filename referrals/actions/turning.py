"""Another receiver under the same number: proposed by who is asked, chosen by the sender, passed on, or the next one named."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actions import done
from events.actor import Actor, act, system
from events.clock import due_after
from events.errors import Refused
from referrals.access import patients_of, proposed_for, right_ones, rightful, turnable
from referrals.actions.moving import EVENTS, ask_receiver, ask_sender, clean, judge, moved, put_step, tell
from referrals.actions.parts import need_no_part
from referrals.actions.planning import appointment_over
from referrals.actions.talks import tell_explorers
from referrals.models import Referral
from referrals.moves import ANSWER_DAYS, MOST_CHOICES, OTHER_MUNICIPALITY, AskReason, Status, Verb
from referrals.terms import answer_by
from square.models import HealthcareService
from trust.access import decide, need_unrestricted
from trust.categories import Category

NEXT = system("referrals", purpose="TREAT")
"""Who asks the next service after a no: it knows whom the sender named, and who said no does not."""
TURNED = "referral.turned"
"""The event that another receiver is asked, whoever brought it there; that receiver and the person hear of it."""


@transaction.atomic
def propose(*, referral: Referral, service: HealthcareService, note: str = "", by: Actor) -> Referral:
    """Give the referral back with another service that fits better; the sender says yes in one press, or looks further."""
    locked, move = judge(referral, Verb.PROPOSE, by)
    clean(note, locked, by)
    _need_askable(locked, service)
    locked.ask_reason = AskReason.ELSEWHERE
    locked.due = due_after(timezone.now(), ANSWER_DAYS)
    moved(locked, move, note, by, "ask_reason", service=service)
    done(subject=locked, kind="referral", organisation_id=locked.receiving_organisation_id, by=by)
    ask_sender(locked, gettext_noop("Ander aanbod voorgesteld: %(service)s"), by)
    return locked


@transaction.atomic
def redirect(*, referral: Referral, service: HealthcareService | None = None, agreed: bool, by: Actor) -> Referral:
    """Have another service asked under the same number, after a question, a proposal or a rejection; without a service, the
    proposed one. What was sent goes along as far as that receiver may get it; the answer clock begins anew.

    Raises ``Refused`` without the agreement of the person (art. 7:457 BW), while what the sender holds of the person is restricted
    (AVG art. 18), when the service cannot be asked, and when the rejection was taken off the list already.
    """
    locked, _move = judge(referral, Verb.REDIRECT, by)
    need_unrestricted(locked.patient_id, by.organisation_id, Category(locked.sensitivity))
    if locked.status == Status.REJECTED and locked.settled_at:
        raise Refused(_("Deze afwijzing is al van uw lijst gehaald. Maak een nieuwe verwijzing."))
    service = service or proposed_for(locked)
    if service is None:
        raise Refused(_("Kies eerst een aanbod."), field="service")
    patient = patients_of([locked], by).get(locked.patient_id)
    if patient is None or decide(by, patient, {Category.REFERRAL}).lent:
        raise PermissionDenied(_("Verwijzen kan alleen wie deze inwoner zelf zorg of ondersteuning geeft."))
    _need_agreement(agreed)
    _need_askable(locked, service)
    former = locked.receiving_organisation_id
    turn(locked, service, Verb.REDIRECT, by)
    put_step(locked, Verb.REDIRECT, "", by, service=service)
    tell(locked, EVENTS[Verb.REDIRECT], by, former=former)
    _ask_anew(locked, by)
    if locked.letter_due:  # a letter that was still to come when it was rejected, is still to come
        ask_sender(locked, gettext_noop("Brief nasturen: %(service)s"), by, kind="letter", due=locked.letter_due)
    return locked


@transaction.atomic
def pass_on(*, referral: Referral, service: HealthcareService, agreed: bool, note: str = "", by: Actor) -> Referral:
    """Hand what was taken on to another service, with the stated agreement of the person; the own access ends this moment.

    The letter and what was sent go along as far as that receiver may get them, and open with its acceptance.
    """
    locked, move = judge(referral, Verb.PASS_ON, by)
    if locked.status == Status.REQUESTED:
        raise Refused(_("Neem de verwijzing eerst aan. Ander aanbod voorstellen kan wel."))
    need_no_part(locked)
    clean(note, locked, by)
    _need_agreement(agreed)
    _need_askable(locked, service)
    if not patients_of([locked], by):
        raise PermissionDenied(_("Uw organisatie heeft geen relatie meer met deze inwoner."))
    appointment_over(locked)
    tell_explorers(locked, by)
    locked.status = move.target
    put_step(locked, Verb.PASS_ON, note, by, service=service)
    tell(locked, EVENTS[Verb.PASS_ON], by)
    turn(locked, service, Verb.PASS_ON, by)
    _ask_anew(locked, by)
    return locked


@transaction.atomic
def pass_to_municipality(
    *, referral: Referral, service: HealthcareService, municipality: str, note: str = "", by: Actor
) -> Referral:
    """Send a request under Wmo or Jeugdwet on to the municipality that is responsible (Jeugdwet art. 1.1; Wmo 2015 art. 1.2.1).

    The receiver does so before looking at it, for this reason alone; that it may be needed was said when the person agreed.
    To another municipality than the rule gave when it was sent, only with the reason. Raises ``Refused`` without it, and where the
    service is not of that municipality or cannot be asked.
    """
    locked, _move = judge(referral, Verb.PASS_ON, by)
    if locked.status != Status.REQUESTED:
        raise Refused(_("Deze verwijzing is al bekeken. Draag haar over met akkoord van de inwoner."))
    clean(note, locked, by)
    if (municipality, service) not in right_ones(locked):
        raise Refused(_("Kies aanbod van de gemeente die verantwoordelijk is."), field="service")
    if municipality != rightful(locked) and not note.strip():
        raise Refused(_("Schrijf waarom deze gemeente verantwoordelijk is."), field="note")
    put_step(locked, Verb.PASS_ON, note, by, service=service, code=OTHER_MUNICIPALITY)
    tell(locked, EVENTS[Verb.PASS_ON], by, code=OTHER_MUNICIPALITY)
    turn(locked, service, Verb.PASS_ON, by, reason=OTHER_MUNICIPALITY, place=municipality)
    locked.responsible = municipality
    _ask_anew(locked, by)
    return locked


def ask_next(referral: Referral, note: str, by: Actor) -> bool:
    """Say no and have the next service asked that the sender named; nothing is done where there is none that can be asked.

    Whom the sender named is not for who says no: the machinery looks that up and asks.
    """
    with act(NEXT), connection.cursor() as cursor:
        cursor.execute("select referrals_after(%s)", [referral.pk])
        number: int | None = cursor.fetchone()[0]
    if number is None:
        return False
    reason, referral.status = referral.rejection_reason, Status.REJECTED
    put_step(referral, Verb.REJECT, note, by, code=reason)
    tell(referral, EVENTS[Verb.REJECT], by)
    with act(NEXT) as worker:
        turn(referral, HealthcareService.objects.get(pk=number), Verb.REJECT, worker, reason=reason)
        _ask_anew(referral, worker)
    return True


def name_next(referral: Referral, services: Sequence[HealthcareService]) -> None:
    """Keep which services are asked next, in this order, each when the one before says no: another one each time, and one that
    can be asked now."""
    numbers = [service.pk for service in services]
    if len(services) >= MOST_CHOICES or len({*numbers, referral.service_id}) != len(numbers) + 1:
        raise Refused(_("Kies hoogstens twee andere mogelijkheden, elk één keer."), field="then")
    for service in services:
        _need_askable(referral, service, field="then")
    with connection.cursor() as cursor:
        cursor.execute("select referrals_shortlist(%s, %s)", [referral.pk, numbers])


def _need_agreement(agreed: bool) -> None:
    if not agreed:
        raise Refused(
            _("Bespreek het eerst met de inwoner; zonder akkoord gaat er niets naar een ander."), field="agreed"
        )


def _need_askable(referral: Referral, service: HealthcareService, field: str = "service") -> None:
    if not turnable(referral, service):
        raise Refused(
            _("“%(service)s” kan nu niet gevraagd worden: het past niet bij deze inwoner of neemt niemand aan.")
            % {"service": service.name},
            field=field,
        )


def turn(
    referral: Referral, service: HealthcareService, verb: Verb, by: Actor, reason: str = "", place: str = ""
) -> None:
    """Move it in the database, which judges all of it, and have the object say the same: the former receiver reads it no more."""
    due = answer_by(service.answer_days, referral.urgency, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            "select referrals_turn(%s, %s, %s, %s, true, %s, %s)",
            [referral.pk, service.pk, str(verb), reason, due, place],
        )
        if not cursor.fetchone()[0]:
            raise Refused(_("“%(service)s” neemt nu geen nieuwe aanvragen aan.") % {"service": service.name})
    moved_on = Referral.objects.filter(pk=referral.pk).only("round", "letter_due").first()
    referral.service, referral.receiving_organisation_id = service, service.organisation_id
    referral.status, referral.due, referral.receiver_id = Status.REQUESTED, due, None
    referral.rejection_reason = referral.ask_reason = ""
    referral.accepted_at = referral.started_at = referral.closed_at = referral.picked_up_at = None
    if moved_on:
        referral.round, referral.letter_due = moved_on.round, moved_on.letter_due


def _ask_anew(referral: Referral, by: Actor) -> None:
    done(subject=referral, kind="referral", by=by)
    ask_receiver(referral, gettext_noop("Verwijzing: %(service)s"), by)
    tell(referral, TURNED, by)
