"""Referring a group: asked once, sent one by one by a worker as the person who asked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import override

from events.actions import finish_extract, make_extract, note_extract, record, wake
from events.actor import Actor, act
from events.errors import Refused
from people.models import Membership, Patient
from referrals.access import (
    MOST_TOGETHER,
    get_offer,
    naming_fault,
    need_organisation,
    open_for_referral,
    service_for_batch,
    someone,
)
from referrals.actions.sending import send
from referrals.models import Batch, BatchPatient, Referral
from referrals.moves import Urgency
from square.models import HealthcareService
from trust.access import need_role
from trust.categories import Category

TASK = "referrals.tasks.send_batches"
OPENED = frozenset({Category.IDENTITY})
"""Nothing of a record goes along with a group, so nothing of it is opened but who it is."""


@transaction.atomic
def ask_batch(
    *,
    service: HealthcareService,
    patients: Iterable[Patient],
    question: str,
    agreed: bool,
    urgency: str = Urgency.ROUTINE,
    token: uuid.UUID | None = None,
    by: Actor,
) -> Batch:
    """Ask a worker to refer each of these citizens to a service with one question; nothing of their records goes along.

    ``agreed`` states that it was discussed with each of them (art. 7:457 BW; AVG art. 13). The same ``token`` twice gives the group that
    was already asked. Raises ``Refused`` when something is missing, ``PermissionDenied`` for who may not refer.
    """
    need_organisation(by)
    need_role(by, Category.REFERRAL)
    group = list(patients)
    if not agreed:
        raise Refused(
            _("Bespreek de verwijzing eerst met ieder van hen; zonder akkoord gaat er niets weg."), field="agreed"
        )
    if not question.strip():
        raise Refused(_("Schrijf wat er aan de hand is en wat u vraagt."), field="question")
    if fault := naming_fault(question, None):
        raise Refused(fault, field="question")
    if not group or len(group) > MOST_TOGETHER:
        raise Refused(_("Kies een tot %(most)s inwoners.") % {"most": MOST_TOGETHER}, field="patients")
    if service_for_batch(str(service.pk)) is None:
        raise Refused(
            _("“%(service)s” neemt nu geen nieuwe aanvragen aan.") % {"service": service.name}, field="service"
        )
    made, new = Batch.objects.get_or_create(
        token=token or uuid.uuid4(),
        defaults={
            "user_id": by.user_id, "organisation_id": by.organisation_id, "role": by.role, "request_id": by.request_id,
            "service": service, "question": question, "urgency": urgency,
        },
    )  # fmt: skip
    if not new:
        return made
    BatchPatient.objects.bulk_create(BatchPatient(batch=made, patient=patient) for patient in group)
    record("batch.asked", subject=made, data={"service": service.pk, "patients": len(group)}, by=by)
    transaction.on_commit(partial(wake, TASK))
    return made


def send_next(*, by: Actor) -> bool:
    """Send the group that waits longest; tells whether there was one. Runs outside a transaction.

    Each citizen is referred in a transaction of its own by the right of this moment; what was done already is not done
    again, so that a worker that dies halfway leaves no double and nobody out.
    """
    return make_extract(Batch, partial(_send, by=by), by=by) is not None


def _send(batch: Batch, *, by: Actor) -> None:
    person = Actor(
        "professional", batch.user_id, batch.organisation_id, batch.role, "TREAT", request_id=batch.request_id, place="batch"
    )  # fmt: skip
    with act(person):
        left = list(batch.patients.filter(referral=None, refusal="").order_by("pk").values_list("pk", flat=True))
        everybody = batch.patients.count()
    for place, number in enumerate(left, start=everybody - len(left) + 1):
        with act(person) as actor, override(settings.LANGUAGE_CODE):
            _send_one(number, batch, actor)
        note_extract(batch, by=by, progress=100 * place // (everybody + 1))
    with act(person) as actor:
        finish_extract(batch, size=batch.patients.exclude(referral=None).count(), by=actor)


def _send_one(number: int, batch: Batch, by: Actor) -> None:
    here = Membership.objects.current().filter(
        user_id=batch.user_id, organisation_id=batch.organisation_id, role=batch.role, user__is_active=True
    )
    if not here.exists():
        raise Refused("membership")
    one = BatchPatient.objects.select_for_update().get(pk=number)
    if one.referral_id or one.refusal:
        return
    try:
        one.referral = _refer(one, batch, by)
    except (Refused, PermissionDenied, Http404) as error:
        said = error.message if isinstance(error, Refused) else str(error)
        one.refusal = said[:300] or _("Deze inwoner is niet meer in beeld bij uw organisatie.")
    one.save(update_fields=["referral", "refusal"])


def _refer(one: BatchPatient, batch: Batch, by: Actor) -> Referral:
    patient = Patient.objects.filter(pk=one.patient_id).first()
    if patient is None:
        raise Http404
    opening = open_for_referral(by, patient.key, OPENED)
    service = batch.service
    token = uuid.uuid5(batch.token, str(patient.key))
    if Referral.objects.running().filter(service=service, patient=patient).exclude(token=token).exists():
        raise Refused(_("Er loopt al een verwijzing naar dit aanbod."))
    offer = get_offer(someone(opening), service.pk)
    if offer is None or not offer.choosable:
        raise Refused(_("Dit aanbod past niet bij de leeftijd of de woonplaats, of neemt niemand meer aan."))
    return send(
        opening=opening, service=offer.service, question=batch.question, agreed=True, urgency=batch.urgency, token=token, by=by
    )  # fmt: skip


def drop_batches(*, by: Actor) -> int:
    """Drop the groups whose referrals were sent thirty days ago, or that never were; the referrals stay. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("select referrals_drop_batches()")
        dropped: int = cursor.fetchone()[0]
    return dropped
