"""Writing down who came by himself: help begins at once, and nobody referred."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actions import next_number, record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation
from referrals.access import usual_channel
from referrals.actions.letting_know import let_know
from referrals.actions.moving import ask_receiver, put_step, reference_of
from referrals.models import Letter, Referral
from referrals.moves import SENSITIVITY, Origin, Status, Verb
from referrals.terms import review_by
from square.models import HealthcareService
from trust.access import Opening, need_role, need_unrestricted
from trust.actions import start_relation
from trust.categories import Category


@transaction.atomic
def walk_in(
    *,
    opening: Opening,
    service: HealthcareService,
    agreed: bool,
    question: str = "",
    token: uuid.UUID | None = None,
    by: Actor,
) -> Referral:
    """Write down that the person of an opened record came by himself to a service of the own organisation, and is helped.

    The relation of this help begins with the stated agreement of the person (art. 7:457 BW) and ends with it. The same ``token``
    twice writes it down once. Raises ``Refused`` without agreement, or for a service that is not the own or takes nobody.
    """
    need_role(by, Category.REFERRAL)
    patient, moment = opening.patient, timezone.now()
    if by.organisation_id is None or by.user_id is None or opening.lent:
        raise PermissionDenied(_("Inschrijven doet u namens de organisatie die helpt."))
    if service.organisation_id != by.organisation_id or not service.active:
        raise Refused(_("Kies aanbod van uw eigen organisatie."), field="service")
    if not agreed:
        raise Refused(_("Vraag eerst of de inwoner wil dat u dit inschrijft."), field="agreed")
    sensitivity = Category(SENSITIVITY.get(service.domain, Category.REFERRAL))
    need_unrestricted(patient.pk, by.organisation_id, sensitivity)
    try:
        with transaction.atomic():
            made = Referral.objects.create(
                number=next_number("V", "referrals_number"), token=token or uuid.uuid4(), origin=Origin.WALK_IN, patient=patient,
                service=service, receiving_organisation_id=by.organisation_id, entered_by_id=by.user_id, receiver_id=by.user_id,
                status=Status.IN_PROGRESS, sensitivity=sensitivity, age=patient.age, gender=patient.gender,
                municipality=patient.municipality, sent_at=moment, picked_up_at=moment, accepted_at=moment, started_at=moment,
                due=review_by(moment), channel=usual_channel(opening, by),
            )  # fmt: skip
    except IntegrityError:
        former = Referral.objects.filter(token=token, entered_by_id=by.user_id, patient=patient).first()
        if former is None:
            raise Refused(_("Dit formulier is al gebruikt. Open het opnieuw.")) from None
        return former
    start_relation(
        patient_id=patient.pk, organisation=Organisation.objects.get(pk=by.organisation_id), source="referral",
        reference=reference_of(made), by=by,
    )  # fmt: skip
    if question.strip():
        Letter.objects.create(
            referral=made, patient=patient, organisation_id=by.organisation_id, category=made.sensitivity,
            question=question.strip(), agreed=agreed,
        )  # fmt: skip
    put_step(made, Verb.SEND, "", by, code=Origin.WALK_IN)
    ask_receiver(made, gettext_noop("Loopt, af te ronden: %(service)s"), by)
    record("referral.walked_in", subject=made, patient_id=patient.pk, data={"service": service.pk}, by=by)
    let_know(made, Verb.SEND, by)
    return made
