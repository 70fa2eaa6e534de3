"""The colleagues in whose name somebody may refer, or to whom a draft may be left."""

from __future__ import annotations

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from events.actor import Actor
from people.models import Membership
from referrals.access.parties import need_organisation
from trust.categories import Category
from trust.models import RoleNeed


def colleagues_for(actor: Actor) -> list[Membership]:
    """Who works for the actor's own organisation in a role that works with referrals, each once, by name; not the actor."""
    at_work = working_with_referrals(need_organisation(actor)).exclude(user_id=actor.user_id)
    found = at_work.select_related("user").order_by("user__name", "user_id", "id")
    return list({one.user_id: one for one in found}.values())


def working_with_referrals(organisation_id: int) -> QuerySet[Membership]:
    """Who works for an organisation in a role that works with referrals; somebody with two such roles twice."""
    bit = F("categories").bitand(1 << Category.REFERRAL)
    roles = RoleNeed.objects.annotate(bit=bit).filter(period__contains=Now(), bit__gt=0).values("role")
    return Membership.objects.current().filter(organisation_id=organisation_id, role__in=roles, user__is_active=True)
