"""The terms of the network: stating a policy, what a role needs, and restricting what is held."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation, Patient
from trust.access import has_permission
from trust.actions.call import call
from trust.actions.consent import end_of
from trust.categories import to_mask
from trust.models import Policy, PolicyLine, Restriction, RoleNeed

PURPOSES = ("TREAT", "COC", "ETREAT")
"""The purposes (v3-ActReason) for which participants offer data to each other: treatment, coordination, emergency."""


def _begin(starts: datetime | None) -> datetime | None:
    if starts is not None and starts < timezone.now():
        raise Refused(_("Beleid gaat nu in of later, niet in het verleden."), field="starts")
    return starts


@transaction.atomic
def state_policy(
    *, organisation: Organisation, lines: Iterable[PolicyLine], note: str, by: Actor, starts: datetime | None = None
) -> Policy:
    """State a new version of what a participant offers (ViSD 4.2.2), from now or a later moment; it replaces what was to come.

    The lines are unsaved ones; without any, nothing is offered. By who holds ``people.manage_policy`` on the organisation.
    """
    if not has_permission(by, organisation, "manage_policy"):
        raise PermissionDenied(_("U beheert het beleid van deze organisatie niet."))
    rows = [
        {
            "categories": line.categories,
            "purposes": [purpose for purpose in line.purposes if purpose in PURPOSES],
            "reader_domain": line.reader_domain,
            "reader_organisation": line.reader_organisation_id,
            "roles": list(line.roles),
            "relations": list(line.relations),
        }
        for line in lines
    ]
    number = call("trust_state_policy", organisation.pk, json.dumps(rows), note[:300], _begin(starts))
    policy = Policy.objects.get(pk=number)
    record("policy.stated", subject=policy, data={"version": policy.version}, by=by)
    return policy


@transaction.atomic
def state_need(
    *, role: str, categories: Iterable[int], note: str, by: Actor, starts: datetime | None = None
) -> RoleNeed:
    """State which categories a role needs from now or a later moment on (AVG art. 5(1)(c)); by who manages the region's rules."""
    region = Organisation.objects.filter(pk=by.organisation_id, domain="region").first()
    if region is None or not has_permission(by, region, "manage_rules"):
        raise PermissionDenied(_("U beheert de regels van het netwerk niet."))
    if role not in dict(RoleNeed._meta.get_field("role").flatchoices):
        raise Refused(_("Deze rol bestaat niet."), field="role")
    number = call("trust_state_need", role, to_mask(categories), note[:300], _begin(starts))
    need = RoleNeed.objects.get(pk=number)
    record("need.stated", subject=need, data={"role": role}, by=by)
    return need


@transaction.atomic
def restrict(
    *,
    patient: Patient,
    organisation: Organisation,
    categories: Iterable[int],
    reference: str,
    by: Actor,
    ends: date | None = None,
) -> Restriction:
    """Keep what the own organisation holds about a patient from use for a while (AVG art. 18); only the patient still sees it.

    ``reference`` is the granted request that asked for it, ``restriction:<number>``; the database judges it.
    """
    if by.organisation_id != organisation.pk:
        raise PermissionDenied(_("U beperkt alleen wat uw eigen organisatie bewaart."))
    number = call("trust_restrict", patient.pk, organisation.pk, to_mask(categories), reference[:60], end_of(ends))
    made = Restriction.objects.get(pk=number)
    record("restriction.placed", subject=made, patient_id=patient.pk, by=by)
    return made


@transaction.atomic
def lift(*, restriction: Restriction, by: Actor) -> None:
    """End a restriction. Twice is harmless."""
    if call("trust_lift", restriction.pk):
        record("restriction.lifted", subject=restriction, patient_id=restriction.patient_id, by=by)
