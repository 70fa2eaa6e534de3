"""Everything that changes who may see what: care relations and consent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation, Patient
from trust.categories import to_mask
from trust.models import CareRelation, Consent


@dataclass(frozen=True)
class Registration:
    """What is needed to put a citizen in the network: identity as checked with a document, and why care is given."""

    bsn: str
    birth_date: date
    initials: str
    own_prefix: str
    own_name: str
    gender: str
    street: str
    house_number: str
    postcode: str
    place: str
    municipality: str
    reason: str


def register_patient(*, registration: Registration, by: Actor) -> str:
    """Register a citizen, or state a care relation with one who is already known; returns the key of the record.

    The relation is stated by the professional (art. 7:457 BW) and logged, also for the citizen to see. Raises
    ``Refused`` when the BSN belongs to somebody with another name or birth date: nothing is changed then, and the try is
    logged.
    """
    values = registration
    with connection.cursor() as cursor:
        cursor.execute(
            "select key, outcome from trust_register(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                values.bsn,
                values.birth_date,
                values.initials,
                values.own_prefix,
                values.own_name,
                values.gender,
                values.street,
                values.house_number,
                values.postcode,
                values.place,
                values.municipality,
                values.reason,
            ],
        )
        key, outcome = cursor.fetchone()
    if outcome == "too_often":
        raise Refused(
            _("U hebt te vaak een BSN geprobeerd dat niet klopt. Probeer het over een uur opnieuw."), field="bsn"
        )
    if outcome == "differs":
        raise Refused(
            _("Dit BSN hoort niet bij deze naam en geboortedatum. Controleer het identiteitsbewijs."), field="bsn"
        )
    return str(key)


@transaction.atomic
def start_relation(
    *, patient_id: int, organisation: Organisation, source: str, reference: str, by: Actor, ends: datetime | None = None
) -> None:
    """Begin a care relation that follows from a process, such as an accepted referral; beginning it twice is harmless."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select trust_start_relation(%s, %s, %s, %s, %s)", [patient_id, organisation.pk, source, reference, ends]
        )


def end_relation(*, reference: str, patient_id: int, by: Actor) -> None:
    """End the care relations that a process began; access that rested on them ends the same moment."""
    with connection.cursor() as cursor:
        cursor.execute("select trust_end_relation(%s, %s)", [patient_id, reference])


@transaction.atomic
def choose(
    *,
    patient: Patient,
    permit: bool,
    categories: Iterable[int],
    by: Actor,
    reader_domain: str = "",
    reader_organisation: Organisation | None = None,
    established: str = "",
) -> Consent:
    """Keep a choice of the patient about who may see what; it ends the former choice for the same reader."""
    now = timezone.now()
    mask = to_mask(categories)
    former = Consent.objects.select_for_update().filter(
        patient=patient, reader_domain=reader_domain, reader_organisation=reader_organisation, period__contains=now
    )
    for choice in former:
        left = choice.categories & ~mask
        if left:
            Consent.objects.create(
                patient=patient, permit=choice.permit, categories=left, reader_domain=reader_domain,
                reader_organisation=reader_organisation, set_by_id=choice.set_by_id, established=choice.established,
                period=DateTimeTZRange(now, choice.period.upper),
            )  # fmt: skip
        choice.period = DateTimeTZRange(choice.period.lower, now)
        choice.save(update_fields=["period"])
    made = Consent.objects.create(
        patient=patient, permit=permit, categories=mask, reader_domain=reader_domain,
        reader_organisation=reader_organisation, set_by_id=by.user_id, established=established,
        period=DateTimeTZRange(now, None),
    )  # fmt: skip
    record("consent.chosen", subject=made, patient_id=patient.pk, by=by)
    return made


__all__ = ["CareRelation", "Registration", "choose", "end_relation", "register_patient", "start_relation"]
