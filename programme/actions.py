"""Everything that changes the roll-out: bring a participant to another phase of a process."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation
from people.moves import Admission
from programme import access
from programme.models import Participation, Process
from programme.moves import MOVES


@transaction.atomic
def move(*, organisation: Organisation, process: Process, verb: str, phase: str, note: str, by: Actor) -> Participation:
    """Bring a participant one phase on or back, or begin; a note says on what the transfer criteria were judged (LIS 4.2).

    ``phase`` is the one the manager saw, empty before the beginning: when somebody else moved meanwhile nothing changes.
    Raises ``PermissionDenied`` for whom does not manage the network, ``Refused`` when the step does not fit.
    """
    if not access.may_manage(by):
        raise PermissionDenied(_("Alleen de beheerder van het netwerk beslist over de fasen."))
    place = Organisation.objects.select_for_update().get(pk=organisation.pk)
    part = Participation.objects.select_for_update().filter(organisation=place, process=process).first()
    if place.admission != Admission.ADMITTED or (process.domains and place.domain not in process.domains):
        raise Refused(_("Deze organisatie doet niet mee aan dit proces."))
    now = part.phase if part else None
    step = next((move for move in MOVES if move.verb == verb and move.source == now and (now or "") == phase), None)
    if step is None:
        raise Refused(_("Dit kan niet meer: de fase is intussen veranderd. Ga terug en bekijk de stand opnieuw."))
    part = part or Participation(organisation=place, process=process)
    part.phase, part.since, part.note = step.target, timezone.localdate(), note
    part.save()
    record(f"participation.{verb}", subject=part, data={"from": now or "", "to": step.target.value}, by=by)
    return part
