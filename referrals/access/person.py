"""What the person may do with a referral, or who acts for the person, and which services may be asked without being referred."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils.translation import gettext as _

from events.actor import Actor
from events.errors import Refused
from events.models import WorkItem
from people.models import Patient
from referrals.access.offers import Person, get_offer, others_like
from referrals.access.parties import answers_by_link, moves_for, parties_of, steps_of, was
from referrals.models import Referral, Remark
from referrals.moves import SENSITIVITY, Verb
from square.models import HealthcareService
from trust.access import Opening
from trust.categories import Category

MOST_OTHERS = 6
SAID_WITH = frozenset({Verb.SAY, Verb.CANNOT, Verb.CANCEL})
"""Steps with which something may be said (``Remark``); without one of these nothing was."""


def person_acts(patient_id: int, sensitivity: int) -> bool:
    """Whether the citizen of this transaction acts here, in the own record or by a mandate that lets act; judged by the database."""
    with connection.cursor() as cursor:
        cursor.execute("select referrals_person_acts(%s, %s)", [patient_id, sensitivity])
        acts: bool = cursor.fetchone()[0]
    return acts


def may_ask_for(patient: Patient, service: HealthcareService) -> bool:
    """Whether the citizen of this transaction may ask this service for the person: it is a kind of help that a mandate covers."""
    return person_acts(patient.pk, SENSITIVITY.get(service.domain, Category.REFERRAL))


def person_moves(referral: Referral, actor: Actor) -> frozenset[Verb]:
    """The steps that the person can take now; none for who may only look."""
    if not person_acts(referral.patient_id, referral.sensitivity):
        return frozenset()
    return frozenset(move.verb for move in moves_for(referral, actor))


def need_own_offer(person: Person, service: HealthcareService) -> None:
    """``Refused`` where this service cannot be asked without being referred, or does not fit by age or place.

    An organisation that answers by a link in its mail is phoned: there is no referrer to give it the code of the letter.
    """
    offer = get_offer(person, service.pk)
    if not (service.active and service.self_referral):
        raise Refused(
            _("Bij “%(service)s” kunt u zich niet zelf aanmelden. Vraag uw huisarts.") % {"service": service.name}
        )
    if answers_by_link(service.organisation_id):
        raise Refused(
            _("%(who)s neemt aanmeldingen alleen aan de telefoon aan: %(phone)s.")
            % {"who": service.organisation.name, "phone": service.phone or service.organisation.phone}
        )
    if not service.open_for_new:
        raise Refused(_("“%(service)s” neemt nu geen nieuwe aanvragen aan.") % {"service": service.name})
    if offer is None or not offer.choosable:
        raise Refused(
            _("“%(service)s” past niet bij uw leeftijd of woonplaats.") % {"service": service.name}, field="service"
        )


def others_for(referral: Referral) -> list[HealthcareService]:
    """Services of the same kind that the person may ask instead, without being referred; at most ``MOST_OTHERS``."""
    return [one for one in others_like(referral, MOST_OTHERS) if not answers_by_link(one.organisation_id)]


def remarks_of(opening: Opening, referral: Referral) -> list[Remark]:
    """What was said, oldest first, as far as the opened record shows it."""
    if not was(referral, SAID_WITH):
        return []
    found = Remark.objects.filter(referral=referral, patient=opening.patient)
    return list(found.select_related("step__user", "step__organisation").order_by("step__at", "step_id"))


def said_so_far(referral: Referral) -> int:
    """How many messages there are since this receiver was asked, whoever may read them."""
    return sum(step.verb == Verb.SAY and step.round == referral.round for step in steps_of(referral))


def unheard_by(referral: Referral, actor: Actor) -> bool:
    """Whether something that the person said waits at the actor's organisation."""
    if not was(referral, SAID_WITH):
        return False
    waiting = WorkItem.objects.open().filter(kind="message", subject_type="referral", subject_id=referral.pk)
    return waiting.filter(organisation_id=actor.organisation_id).exists()


def need_heard(referral: Referral, actor: Actor) -> None:
    """``PermissionDenied`` for who is no party."""
    if not {"sender", "receiver"} & parties_of(referral, actor):
        raise PermissionDenied(_("Dit kan alleen wie bij deze verwijzing hoort."))
