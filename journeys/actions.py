"""Everything that changes journeys: take one into use or end it, include a citizen, end the inclusion."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from journeys import access
from journeys.models import Enrolment, Journey
from journeys.moves import MOVES, Status
from referrals.models import Referral
from trust.actions import end_relation, start_relation
from trust.categories import to_mask


@transaction.atomic
def enrol(*, referral_id: int, by: Actor) -> list[Enrolment]:
    """Include the citizen of an accepted referral in every live journey that its kind of service leads to.

    Done by a worker. A citizen is in a journey once at a time, whatever the number of referrals, and one referral
    includes once, also after the inclusion has ended; so hearing of the acceptance twice changes nothing. Returns what is
    new.
    """
    if by.kind != "system":
        raise PermissionDenied
    referral = Referral.objects.select_related("service").get(pk=referral_id)
    made = []
    for journey in (
        Journey.objects.live()
        .filter(triggers__service_kind=referral.service.kind)
        .select_for_update(of=("self",))
        .order_by("pk")
    ):
        known = Enrolment.objects.filter(journey=journey)
        if (
            known.filter(referral_number=referral.number).exists()
            or known.running().filter(patient_id=referral.patient_id).exists()
        ):
            continue
        enrolment = Enrolment.objects.create(
            patient_id=referral.patient_id, organisation_id=referral.receiving_organisation_id, journey=journey,
            category=referral.sensitivity, referral_number=referral.number, started_at=referral.accepted_at or timezone.now(),
        )  # fmt: skip
        start_relation(
            patient_id=referral.patient_id,
            organisation=enrolment.organisation,
            source="enrolment",
            reference=f"enrolment:{enrolment.pk}",
            by=by,
        )
        record(
            "journey.enrolled", subject=enrolment, patient_id=referral.patient_id, data={"journey": journey.pk}, by=by
        )
        made.append(enrolment)
    return made


@transaction.atomic
def end(*, enrolment: Enrolment, by: Actor) -> Enrolment:
    """End the inclusion of a citizen; only the organisation that included may."""
    locked = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if by.kind != "professional" or locked.organisation_id != by.organisation_id:
        raise PermissionDenied(_("Dit kan alleen de organisatie die de inwoner volgt."))
    if locked.ended_at is not None:
        raise Refused(_("Deze inwoner volgt de klantreis niet meer."))
    locked.ended_at = timezone.now()
    locked.save(update_fields=["ended_at"])
    end_relation(reference=f"enrolment:{locked.pk}", patient_id=locked.patient_id, by=by)
    record("journey.left", subject=locked, patient_id=locked.patient_id, data={"journey": locked.journey_id}, by=by)
    return locked


@transaction.atomic
def move(*, journey: Journey, verb: str, by: Actor) -> Journey:
    """Take a version of a journey into use, which ends the former version, or end it; who is in it stays in it."""
    if not access.may_manage(by):
        raise PermissionDenied(_("Alleen de beheerder van het netwerk beslist over klantreizen."))
    versions = {one.pk: one for one in Journey.objects.select_for_update().filter(name=journey.name).order_by("pk")}
    locked = versions[journey.pk]
    step = next((move for move in MOVES if move.verb == verb and locked.status in move.sources), None)
    if step is None:
        raise Refused(_("Dit kan niet in de huidige staat van deze klantreis."))
    if step.target == Status.LIVE:
        if not locked.steps.exists() or not locked.triggers.exists():
            raise Refused(_("Een klantreis gaat pas lopen als er stappen zijn en bekend is welk aanbod erbij hoort."))
        for former in versions.values():
            if former.status == Status.LIVE:
                former.status = Status.ENDED
                former.save(update_fields=["status"])
                record("journey.end", subject=former, by=by)
    locked.status = step.target
    locked.save(update_fields=["status"])
    record(f"journey.{verb}", subject=locked, by=by)
    return locked


def erase(*, patient_id: int, organisation_id: int, categories: Iterable[int], by: Actor) -> int:
    """Remove the enrolments of a citizen at an organisation that have ended.

    Only for a granted request or an ended term, never under a hold; the database judges. Returns how many rows went.
    """
    with connection.cursor() as cursor:
        cursor.execute("select journeys_erase(%s, %s, %s)", [patient_id, organisation_id, to_mask(categories)])
        removed: int = cursor.fetchone()[0]
    return removed
