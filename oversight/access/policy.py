"""What each participant offers of its systems to the others, in which version, and who may state it anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Now
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actor import Actor
from oversight.access.guard import own_organisation
from people.access import need_professional, participants
from people.models import Organisation
from trust.access import has_permission
from trust.models import Policy, PolicyLine


@dataclass(frozen=True)
class Offer:
    """One participant with its policy in force; without one it gives nothing to anybody."""

    organisation: Organisation
    policy: Policy | None


@dataclass(frozen=True)
class Version:
    """One version of a policy, and how it stands in time: ``now``, ``ahead`` or ``over``."""

    policy: Policy
    stands: str


def _policies() -> QuerySet[Policy]:
    lines = Prefetch("lines", PolicyLine.objects.select_related("reader_organisation").order_by("pk"))
    return Policy.objects.select_related("organisation", "stated_by").prefetch_related(lines)


def offers(actor: Actor) -> list[Offer]:
    """What every participant gives and on which terms, for each professional to read (ViSD 4.2.2)."""
    need_professional(actor)
    held = {policy.organisation_id: policy for policy in _policies().filter(period__contains=Now())}
    return [Offer(place, held.get(place.pk)) for place in participants().caring()]


def get_participant(actor: Actor, pk: int) -> Organisation:
    """One admitted participant, or the own organisation while it is on its way in or out."""
    own = own_organisation(actor)
    return own if own.pk == pk else get_object_or_404(participants(), pk=pk)


def versions(actor: Actor, organisation: Organisation) -> list[Version]:
    """Every version that a participant stated, the latest first; one that was replaced before it began counts as over."""
    need_professional(actor)
    now = timezone.now()
    return [Version(policy, _stands(policy, now)) for policy in _policies().filter(organisation=organisation)]


def _stands(policy: Policy, now: datetime) -> str:
    period = policy.period
    if period.isempty or (period.upper is not None and period.upper <= now):
        return "over"
    return "ahead" if period.lower is not None and period.lower > now else "now"


def may_manage(actor: Actor) -> bool:
    """Whether the actor is the data owner: may state the policy of the organisation acted for."""
    if actor.works_for is None:
        return False
    return has_permission(actor, own_organisation(actor), "manage_policy")


def get_own(actor: Actor) -> Offer:
    """The own organisation with its policy in force, for who may state it anew; ``PermissionDenied`` for another."""
    organisation = own_organisation(actor)
    if not has_permission(actor, organisation, "manage_policy"):
        raise PermissionDenied(_("Het beleid van uw organisatie wijzigt wie uw organisatie daarvoor heeft aangewezen."))
    return Offer(organisation, _policies().filter(organisation=organisation, period__contains=Now()).first())
