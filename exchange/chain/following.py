"""The step of a referral that follows from a message, taken by the party whose step it is; where nobody can, it waits as work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actions import ask, done, record
from events.actor import Actor, act
from events.errors import Refused
from exchange.chain import codes
from exchange.chain.access import acting_for
from exchange.chain.models import Assignment, ChainMessage
from people.models import Organisation
from referrals import actions as referrals
from referrals.access import right_ones
from referrals.models import Referral
from referrals.moves import Status
from square.models import HealthcareService


def to_municipality(*, referral: Referral, service: str, municipality: str, by: Actor) -> Referral:
    """Send it on to the municipality that the answer names (WJ759, 8; IV095), as who does so on the page."""
    chosen = HealthcareService.objects.select_related("organisation").get(pk=service)
    why = _("Zo staat het in het antwoord op het verzoek om toewijzing.")
    return referrals.pass_to_municipality(referral=referral, service=chosen, municipality=municipality, note=why, by=by)


STEPS: dict[str, Any] = {
    "accept": referrals.accept,
    "reject": referrals.reject,
    "pass_on": to_municipality,
    "start": referrals.start,
    "complete": referrals.complete,
}


@dataclass(frozen=True)
class Step:
    """A step that follows: by its name, of which organisation, with what it needs."""

    verb: str
    organisation_id: int
    values: dict[str, str] = field(default_factory=dict)


def step_of(message: ChainMessage, referral: Referral | None) -> Step | None:
    """What follows for the referral; nothing where it is there already, or where no step of a referral says this.

    All these steps are the receiver's. A municipality that received the request accepts by its assignment and refuses by its
    answer, or sends it on to the municipality that this answer names; help that began or ended is told to whoever the receiver
    is. A pause (20) is no step.
    """
    if referral is None:
        return None
    rows = list(Assignment.objects.filter(referral=referral, law=message.law).exclude(status=Assignment.Status.REMOVED))
    receiver, status = referral.receiving_organisation_id, referral.status
    by_municipality = any(one.organisation_id == receiver for one in rows)
    if status == Status.REQUESTED and by_municipality:
        if any(one.status == Assignment.Status.ASSIGNED for one in rows):
            return Step("accept", receiver)
        refused = [one for one in rows if one.status == Assignment.Status.REFUSED]
        if rows and len(refused) == len(rows):
            if elsewhere := _right_municipality(refused[0], referral):
                return Step("pass_on", receiver, elsewhere)
            return Step("reject", receiver, {"reason": codes.REFUSALS[refused[0].refusal][1]})
    if status == Status.ACCEPTED and any(one.periods for one in rows):
        return Step("start", receiver)
    if status == Status.IN_PROGRESS:
        told = [period for one in rows for period in one.periods]
        if told and all(period["ended"] for period in told):
            last = max(told, key=lambda period: str(period["ended"]))
            outcome = codes.ENDINGS[message.law][last["reason"]][1]  # type: ignore[index]
            if outcome:
                return Step("complete", receiver, {"outcome": outcome})
    return None


def _right_municipality(refused: Assignment, referral: Referral) -> dict[str, str] | None:
    """Where a refusal for the place of residence says that the request belongs, as far as that municipality can be asked here."""
    if refused.refusal != codes.OTHER_MUNICIPALITY or not refused.municipality_code:
        return None
    place = Organisation.objects.filter(municipality_code=refused.municipality_code).first()
    able = [(name, one) for name, one in right_ones(referral) if place and name == place.municipality]
    return {"service": str(able[0][1].pk), "municipality": able[0][0]} if able else None


def take(referral: Referral, step: Step, *, by: Actor) -> bool:
    """Take the step in the name of whom acts; tells whether it could be taken."""
    try:
        with act(by) as actor:
            STEPS[step.verb](referral=referral, by=actor, **step.values)
    except (Refused, PermissionDenied, Http404):
        return False
    return True


@transaction.atomic
def follow(message: ChainMessage, *, by: Actor, person: Actor | None = None) -> ChainMessage:
    """Take every step that follows, as ``person`` or in the name that the organisation gave for it; what cannot be waits there as work."""
    referral = Referral.objects.filter(pk=message.referral_id).first()
    while step := step_of(message, referral):
        whose = (
            person if person and person.organisation_id == step.organisation_id else acting_for(step.organisation_id)
        )
        if referral is None or whose is None or not take(referral, step, by=whose):
            message.status = ChainMessage.Status.WAITING
            message.save(update_fields=["status"])
            ask(
                "chain_step", subject=message, organisation_id=step.organisation_id, patient_id=message.patient_id,
                title=gettext_noop("Bericht verwerken"), sender=str(message.sender), by=by,
            )  # fmt: skip
            return message
        referral = Referral.objects.filter(pk=referral.pk).first()  # who passed it on does not see it any more
    if message.direction == ChainMessage.Direction.IN and message.sealed is not None:
        done(subject=message, kind="chain_step", by=by)
        return message  # somebody still has to look at what is in it
    return settle(message, by=by, user_id=person.user_id if person else None)


def settle(message: ChainMessage, *, by: Actor, user_id: int | None = None) -> ChainMessage:
    """Nothing waits for this message any more; of what was understood no text is kept. News of it stays until somebody saw it."""
    if message.direction == ChainMessage.Direction.IN and message.status == ChainMessage.Status.WAITING:
        message.status = ChainMessage.Status.HANDLED
    message.handled_at, message.handled_by_id = timezone.now(), user_id
    message.sealed, message.key_id, message.kept_until = None, "", None
    message.save(update_fields=["status", "handled_at", "handled_by", "sealed", "key_id", "kept_until"])
    done(subject=message, kind="chain_step", by=by)
    record("chain.handled", subject=message, patient_id=message.patient_id, by=by)
    return message
