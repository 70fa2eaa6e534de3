"""Care relations: registering a citizen, relations that a process brings, and a practice's own to confirm or end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.access import may_manage_admission
from people.models import Organisation, Patient
from trust.access import may_tend
from trust.actions.call import call
from trust.models import CareRelation


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
            _("U heeft te vaak een BSN geprobeerd dat niet klopt. Probeer het over een uur opnieuw."), field="bsn"
        )
    if outcome == "differs":
        raise Refused(
            _("Dit BSN hoort niet bij deze naam en geboortedatum. Controleer het identiteitsbewijs."), field="bsn"
        )
    patient = Patient.objects.get(key=key)
    record("relation.stated", subject=patient, patient_id=patient.pk, by=by)
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
def merge_organisations(*, organisation: Organisation, into: Organisation, by: Actor) -> Organisation:
    """Join a participant to another that takes over its care: members, care relations and systems go over, and it ends.

    An objection against the one that merged counts for the successor; a permission for it does not, because nobody chose
    this reader: it has to be asked again. Raises ``Refused`` while work waits at the one that merges, and when the two do
    not fit: another field of care, or a successor that may not process the BSN.
    """
    if not may_manage_admission(by):
        raise PermissionDenied(_("Alleen de beheerder van het netwerk beslist over deelname."))
    told = {
        "same": _("Kies een andere organisatie."),
        "gone": _("Deze organisatie neemt niet meer deel."),
        "unfit": _("Samenvoegen kan alleen met een toegelaten deelnemer in hetzelfde domein."),
        "open_work": _("Er staat nog werk open bij deze organisatie. Rond dat eerst af of draag het over."),
    }
    outcome = call("trust_merge", organisation.pk, into.pk)
    if outcome in told:
        raise Refused(told[outcome], field="into")
    organisation.refresh_from_db()
    record("organisation.merged", subject=organisation, data={"into": into.pk}, by=by)
    return organisation


def _tend(relation: CareRelation, by: Actor, *, end: bool) -> bool:
    if not may_tend(by, relation):
        raise PermissionDenied(_("Deze relatie hoort bij een verwijzing, overleg of klantreis en eindigt daarmee."))
    return bool(call("trust_tend_relation", relation.pk, end))


@transaction.atomic
def confirm_relation(*, relation: CareRelation, by: Actor) -> CareRelation:
    """Confirm that the own organisation still cares for this patient; raises ``Refused`` when the relation has ended."""
    if not _tend(relation, by, end=False):
        raise Refused(_("Deze relatie is al beëindigd."))
    relation.refresh_from_db()
    record("relation.confirmed", subject=relation, patient_id=relation.patient_id, by=by)
    return relation


@transaction.atomic
def close_relation(*, relation: CareRelation, by: Actor, reason: str = "") -> None:
    """End a relation of the own organisation; access that rests on it ends the same moment. Ending twice is harmless."""
    if _tend(relation, by, end=True):
        record("relation.ended", subject=relation, patient_id=relation.patient_id, data={"reason": reason}, by=by)
