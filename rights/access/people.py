"""Who asks and who answers: the person or who acts for them, and whom a participant lets handle requests."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from events.actor import Actor
from people.models import Patient, Role
from trust.access import get_acted_for, scope_of

ANSWERING = (Role.PRIVACY_OFFICER, Role.MANAGER)
"""The roles that handle requests for a participant; they open no record for it."""


def acted_for(actor: Actor, key: str = "") -> Patient:
    """The patient in whose name a citizen asks: the own record, or by a mandate that lets act. Raises ``Http404`` for anybody else."""
    patient = get_acted_for(actor, key)
    if not scope_of(actor, patient).acts:
        raise PermissionDenied(_("U mag meekijken, maar niet namens deze persoon iets vragen."))
    return patient


def may_answer(actor: Actor) -> bool:
    """Whether the actor handles requests for the own organisation."""
    return actor.kind == "professional" and actor.organisation_id is not None and actor.role in ANSWERING


def need_answerer(actor: Actor) -> int:
    """The organisation for which the actor handles requests; for anybody else the page does not exist."""
    if not may_answer(actor) or actor.organisation_id is None:
        raise Http404
    return actor.organisation_id
