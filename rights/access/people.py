"""Who asks and who answers: the person or who acts for them, and whom a participant lets handle requests."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models.functions import Now
from django.http import Http404
from django.utils.translation import gettext as _

from events.actor import Actor
from people.models import Domain, Membership, MembershipQuerySet, Patient, Role, User
from rights.models import Request
from trust.access import get_acted_for, oversees, scope_of
from trust.models import Mandate

ANSWERING = (Role.PRIVACY_OFFICER, Role.MANAGER)
"""The roles that handle requests for a participant; they open no record for it."""


def acted_for(actor: Actor, key: str = "") -> Patient:
    """The patient in whose name a citizen asks: the own record, or by a mandate that lets act. Raises ``Http404`` for anybody else."""
    patient = get_acted_for(actor, key)
    if not scope_of(actor, patient).acts:
        raise PermissionDenied(_("U mag meekijken, maar niet namens deze persoon iets vragen."))
    return patient


def acting_for(actor: Actor, key: str = "") -> Patient | None:
    """The patient in whose name a citizen acts; nobody for a professional, who reads what was addressed to the organisation."""
    return acted_for(actor, key) if actor.kind == "citizen" else None


def signed_by(request: Request, actor: Actor) -> str:
    """With which name a citizen signs in a request: the person's own, or that of who acts for them, and for whom."""
    if Patient.objects.filter(pk=request.patient_id, account_id=actor.user_id).exists():
        return request.name
    acts = Mandate.objects.filter(
        patient_id=request.patient_id, holder_id=actor.user_id, acts=True, period__contains=Now()
    )
    who = acts.order_by("pk").first()
    return _("%(who)s, namens %(person)s") % {"who": who.name, "person": request.name} if who else request.name


def may_answer(actor: Actor) -> bool:
    """Whether the actor handles requests for the own organisation."""
    return actor.works_for is not None and actor.role in ANSWERING


def answerers() -> MembershipQuerySet:
    """Who handles requests now, for every organisation that has somebody."""
    return Membership.objects.current().filter(role__in=ANSWERING, user__is_active=True)


def is_staffed(organisation_id: int) -> bool:
    """Whether the organisation has somebody who handles requests; else the region's privacy officer does."""
    return answerers().filter(organisation_id=organisation_id).exists()


def desk_of(organisation_id: int) -> list[User]:
    """Who handles the requests to an organisation: its own people, and where there are none the region's privacy officers."""
    desk = answerers().filter(organisation_id=organisation_id)
    if not desk.exists():
        desk = answerers().filter(organisation__domain=Domain.REGION, role=Role.PRIVACY_OFFICER)
    return [member.user for member in desk.select_related("user").order_by("user_id")]


def handles(actor: Actor, organisation_id: int) -> bool:
    """Whether the actor handles the requests to this organisation."""
    if not may_answer(actor):
        return False
    return organisation_id == actor.organisation_id or (oversees(actor) and not is_staffed(organisation_id))


def need_answerer(actor: Actor) -> int:
    """The organisation for which the actor handles requests; for anybody else the page does not exist."""
    if not may_answer(actor) or actor.organisation_id is None:
        raise Http404
    return actor.organisation_id
