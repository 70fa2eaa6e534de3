"""What may still be done after a decision: a statement beside what was not corrected, and lifting a restriction."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

import dossier.actions
from dossier.models import Statement
from events.actions import record
from events.actor import Actor
from events.errors import Refused
from rights.access.people import signed_by
from rights.access.requests import may_grant, party_of
from rights.access.standing import restriction_of, statement_possible
from rights.models import Request
from trust.access import Opening
from trust.actions import lift as lift_restriction
from trust.categories import from_mask


@transaction.atomic
def attach_statement(*, opening: Opening, request: Request, text: str, by: Actor) -> Statement:
    """Put the person's statement beside what was not, or not wholly, corrected, whatever the organisation thinks of it (Wgbo
    art. 7:454 lid 2 BW). Once for each request. ``opening`` holds the category of the thing."""
    locked = Request.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=request.pk)
    if party_of(locked, by) != "person" or locked.patient_id != opening.patient.pk:
        raise PermissionDenied(_("Een verklaring komt van de inwoner zelf."))
    if not statement_possible(locked):
        raise Refused(_("Een verklaring toevoegen kan hier niet, of is al gedaan."))
    category = next(iter(from_mask(locked.categories)))
    return dossier.actions.attach_statement(
        opening=opening,
        organisation=locked.organisation,
        category=category,
        text=text,
        reference=locked.reference,
        name=signed_by(locked, by),
        by=by,
    )


@transaction.atomic
def lift(*, request: Request, by: Actor) -> None:
    """Lift the restriction that a request led to; the person is told before it ends, by the line in the own log (AVG art. 18(3))."""
    locked = Request.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=request.pk)
    if party_of(locked, by) != "organisation" or not may_grant(locked, by):
        raise PermissionDenied(_("Dit kan alleen wie bij de organisatie verzoeken behandelt."))
    restriction = restriction_of(locked)
    if restriction is None:
        raise Refused(_("Deze gegevens mogen al weer worden gebruikt."))
    lift_restriction(restriction=restriction, by=by)
    record(
        "request.lifted",
        subject=locked,
        patient_id=locked.patient_id,
        data={"kind": str(locked.kind), "organisation": locked.organisation_id},
        by=by,
    )
