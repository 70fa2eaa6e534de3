"""Who watches over the agreements: a privacy officer for the own organisation, that of the region for the whole network."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from events.actor import Actor
from people.access import need_professional
from people.models import Organisation, Role
from trust.access import oversees


@dataclass(frozen=True)
class Officer:
    """A privacy officer at work (AVG art. 37 to 39): for one organisation or, at the region's, for all of them."""

    organisation: Organisation
    regional: bool


def get_officer(actor: Actor) -> Officer:
    """Let pass who acts as privacy officer, and say for whom.

    Raises ``Http404`` for whoever is no professional at work for an organisation, ``PermissionDenied`` for another role.
    """
    organisation = own_organisation(actor)
    if not is_officer(actor):
        raise PermissionDenied(_("Toezicht is voor de functionaris gegevensbescherming."))
    return Officer(organisation, oversees(actor))


def is_officer(actor: Actor) -> bool:
    """Whether somebody acts as privacy officer; to another role a single emergency, signal or watch does not exist."""
    return actor.kind == "professional" and actor.role == Role.PRIVACY_OFFICER


def own_organisation(actor: Actor) -> Organisation:
    """The organisation that a professional acts for; for anybody else the page does not exist."""
    return get_object_or_404(Organisation, pk=need_professional(actor))
