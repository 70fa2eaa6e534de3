"""The colleagues in whose name somebody may refer, or to whom a draft may be left."""

from __future__ import annotations

from django.db.models import F
from django.db.models.functions import Now

from events.actor import Actor
from people.models import Membership
from referrals.access.parties import need_organisation
from trust.categories import Category
from trust.models import RoleNeed


def colleagues_for(actor: Actor) -> list[Membership]:
    """Who works for the actor's own organisation in a role that works with referrals, each once, by name; not the actor."""
    bit = F("categories").bitand(1 << Category.REFERRAL)
    roles = RoleNeed.objects.annotate(bit=bit).filter(period__contains=Now(), bit__gt=0).values("role")
    at_work = Membership.objects.current().filter(
        organisation_id=need_organisation(actor), role__in=roles, user__is_active=True
    )
    found = at_work.exclude(user_id=actor.user_id).select_related("user").order_by("user__name", "user_id", "id")
    return list({one.user_id: one for one in found}.values())
