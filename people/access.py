"""Who may see and manage participants and memberships."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import get_object_or_404

from events.actor import Actor
from people.models import Membership, Organisation, OrganisationQuerySet, User


def participants() -> OrganisationQuerySet:
    """The published list of participants (ViSD 4.2.1): everybody may see who was admitted."""
    return Organisation.objects.admitted()


def memberships_for(user: User) -> list[Membership]:
    """The memberships in which this person may act now, for choosing one after signing in."""
    return list(
        Membership.objects.current()
        .filter(user=user)
        .select_related("organisation")
        .order_by("organisation__name", "role")
    )


def get_membership(user: User, pk: int) -> Membership:
    """One of the person's own current memberships; anything else does not exist."""
    return get_object_or_404(Membership.objects.current().select_related("organisation"), user=user, pk=pk)


def need_professional(actor: Actor) -> int:
    """The organisation that a professional acts for; for anybody else the page does not exist."""
    if actor.works_for is None:
        raise Http404
    return actor.works_for


def may_manage_admission(actor: Actor) -> bool:
    """Whether the actor may take decisions about participants in the name of the region."""
    user = User.objects.filter(pk=actor.user_id).first()
    region = Organisation.objects.filter(pk=actor.organisation_id).first()
    return bool(user and region and user.has_perm("people.manage_admission", region))
