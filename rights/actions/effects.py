"""What granting a request does: one action behind each kind, in the transaction of the decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

import consultations.access
import consultations.actions
import dossier.actions
import referrals.access
import referrals.actions
from events.actions import ask as ask_work
from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Patient, Role
from rights.access.holds import is_held
from rights.models import Request
from rights.moves import Kind
from trust.actions import choose, restrict
from trust.categories import Category, to_mask


@dataclass(frozen=True)
class Decision:
    """What goes with a decision: the coded reason of what is refused, and for what was granted which part and how.

    ``categories`` is the part that is granted where it is granted partly; ``corrected`` how an entry is to read;
    ``ends`` the last day of a restriction, without one it lasts until it is lifted.
    """

    reason: str = ""
    categories: frozenset[Category] = field(default_factory=frozenset)
    corrected: str = ""
    ends: date | None = None


Granted = frozenset[Category]


def carry_out(*, request: Request, categories: Granted, decision: Decision, by: Actor) -> Request:
    """Do what was granted; ``carried_out_at`` is set when all of it stands, ``result`` says what was done in codes and counts.

    A correction of a fact stands when the source shows it, and a copy when it is made; both follow later.
    """
    stands = _EFFECTS[Kind(request.kind)](request, categories, decision, by)
    fields = ["result"]
    if stands:
        request.carried_out_at = timezone.now()
        fields.append("carried_out_at")
    request.save(update_fields=fields)
    if stands:
        _told(request, by)
    return request


def _told(request: Request, by: Actor) -> None:
    data = {"kind": str(request.kind), "organisation": request.organisation_id}
    record("request.carried_out", subject=request, patient_id=request.patient_id, data=data, by=by)


def _explain(request: Request, categories: Granted, decision: Decision, by: Actor) -> bool:
    return True


def _copy(request: Request, categories: Granted, decision: Decision, by: Actor) -> bool:
    """A worker makes the copy for who asked, and tells when it is ready; hearing of the decision starts it."""
    request.result = {"copy": "asked"}
    return False


def _correct(request: Request, categories: Granted, decision: Decision, by: Actor) -> bool:
    kind, _colon, rest = request.reference.partition(":")
    if kind == "fact":
        request.result = {"source": "told"}
        ask_work(
            "request", subject=request, organisation_id=request.organisation_id, patient_id=request.patient_id,
            title=gettext_noop("Verbeteren in uw eigen systeem"), by=by,
        )  # fmt: skip
        return False
    if not decision.corrected.strip():
        raise Refused(_("Schrijf hoe het er voortaan moet staan."), field="corrected")
    made = dossier.actions.correct_entry(
        patient_id=request.patient_id,
        entry_id=int(rest),
        text=decision.corrected.strip(),
        reference=f"request:{request.pk}",
        role=str(Role(by.role).label),
        by=by,
    )
    request.result = {"entry": made}
    return True


def _object(request: Request, categories: Granted, decision: Decision, by: Actor) -> bool:
    choice = choose(
        patient=Patient(pk=request.patient_id),
        permit=False,
        categories=categories,
        holder_organisation=request.organisation,
        established=f"objection:{request.pk}",
        by=by,
    )
    request.result = {"choice": choice.pk, "categories": to_mask(categories)}
    return True


def _restrict(request: Request, categories: Granted, decision: Decision, by: Actor) -> bool:
    made = restrict(
        patient=Patient(pk=request.patient_id),
        organisation=request.organisation,
        categories=categories,
        reference=f"restriction:{request.pk}",
        ends=decision.ends,
        by=by,
    )
    request.result = {"restriction": made.pk, "categories": to_mask(categories)}
    return True


def _delete(request: Request, categories: Granted, decision: Decision, by: Actor) -> bool:
    """Remove what this organisation holds in these categories; what still runs stays until it has ended, and is counted."""
    if is_held(request.patient_id, request.organisation_id):
        raise Refused(
            _(
                "Er geldt een bewaarplicht door een zaak: nu mag niets worden verwijderd. Weiger het verzoek of verleng de termijn."
            )
        )
    if request.organisation_id != by.organisation_id:
        raise PermissionDenied
    part = {
        "patient_id": request.patient_id,
        "organisation_id": request.organisation_id,
        "categories": categories,
        "by": by,
    }
    removed = {
        "record": dossier.actions.erase(**part),  # type: ignore[arg-type]
        "referrals": referrals.actions.erase(**part),  # type: ignore[arg-type]
        "consultations": consultations.actions.erase(**part),  # type: ignore[arg-type]
    }
    running = referrals.access.running_of(request.patient_id, request.organisation_id)
    running += consultations.access.running_of(request.patient_id, request.organisation_id)
    request.result = {"removed": removed, "running": running, "categories": to_mask(categories)}
    data = {"organisation": request.organisation_id, "categories": to_mask(categories), "removed": removed}
    record("deletion.done", subject=request, patient_id=request.patient_id, data=data, by=by)
    return True


_EFFECTS: dict[Kind, Callable[[Request, Granted, Decision, Actor], bool]] = {
    Kind.QUESTION: _explain,
    Kind.INSIGHT: _copy,
    Kind.CORRECTION: _correct,
    Kind.OBJECTION: _object,
    Kind.RESTRICTION: _restrict,
    Kind.DELETION: _delete,
}
