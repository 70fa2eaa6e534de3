"""Sending a referral: with its question and what was ticked of the record."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from dossier.access import Item
from events.actions import next_number, record
from events.actor import Actor
from events.errors import Refused
from referrals.access import naming_fault, selection_for
from referrals.actions.moving import ask_receiver, put_step
from referrals.models import Letter, LetterItem, Referral
from referrals.moves import (
    SENSITIVITY,
    Urgency,
    Verb,
)
from referrals.terms import answer_by
from square.models import HealthcareService
from trust.access import Opening, need_unrestricted
from trust.categories import Category


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
    put_step(made, Verb.SEND, "", by)
    ask_receiver(made, gettext_noop("Verwijzing: %(service)s"), by)
    data = {"service": service.pk, "urgency": str(urgency), "items": len(chosen)}
    record("referral.sent", subject=made, patient_id=patient.pk, data=data, by=by)
    return made


def _chosen(opening: Opening, service: HealthcareService, refs: Iterable[str], by: Actor) -> list[Item]:
    wanted = set(refs)
    if not wanted:
        return []
    with override(settings.LANGUAGE_CODE):  # what goes along is kept in Dutch, whatever the sender reads
        groups = selection_for(by, opening, service)
    chosen = [item for group in groups if not group.reason for item in group.items if item.ref in wanted]
    if len(chosen) != len(wanted):
        raise Refused(
            _("Wat mee kan is veranderd, of een onderdeel mag niet naar deze ontvanger. Kijk opnieuw wat er meegaat."),
            field="items",
        )
    return chosen
