"""Who may see and manage participants and memberships, and how a person is addressed."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from events.actor import Actor
from people.models import Gender, Membership, Organisation, OrganisationQuerySet, Patient, User


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


ADULT = 18
"""From this age somebody is addressed by the surname."""


def greeting(patient: Patient) -> str:
    """How the person is addressed: ``mevrouw De Vries``, a child by its first name; else initials and surname."""
    if patient.call_name and patient.age < ADULT:
        return patient.call_name
    surname = patient.surname[:1].upper() + patient.surname[1:]
    titles = {Gender.FEMALE: _("mevrouw"), Gender.MALE: _("meneer")}
    title = titles.get(Gender(patient.gender)) if patient.gender in Gender.values else None
    return f"{title} {surname}" if title else patient.name
