"""The front door and the sign of life."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET
from guardian.core import ObjectPermissionChecker

from events.actor import own_transaction
from people.models import CARE_ROLES, Membership, Role
from people.request import ActingRequest
from portal.access import standing
from rights.access import inbox_for, may_answer


@login_not_required
@require_GET
def home(request: ActingRequest) -> HttpResponse:
    """Bring everybody to where their day begins: today's list, the own portal, or the public square."""
    actor = request.actor
    if actor.kind == "citizen":
        return redirect("portal:home" if standing(actor, request.acted_for) else "portal:acting")
    if actor.kind == "professional":
        membership = request.membership
        if membership is None or membership.role in CARE_ROLES:
            return redirect("workplace:today")
        if membership.role == Role.PRIVACY_OFFICER:
            return redirect("oversight:home")
        return redirect(_of_the_desk(request, membership))
    return redirect("square:search")


def _of_the_desk(request: ActingRequest, membership: Membership) -> str:
    """Where who meets no patients begins: figures, requests that wait, the policy to keep, or else the square."""
    rights = ObjectPermissionChecker(membership.user).get_user_perms(membership.organisation)
    if "see_dashboards" in rights:
        return "dashboards:waiting_times"
    if may_answer(request.actor) and inbox_for(request.actor).running().exists():
        return "rights:inbox"
    if "manage_policy" in rights or "manage_rules" in rights:
        return "oversight:policies"
    if "manage_sources" in rights:
        return "exchange:sources"
    return "rights:inbox" if may_answer(request.actor) else "square:search"


@login_not_required
@require_GET
@own_transaction
def health(request: ActingRequest) -> JsonResponse:
    """Whether database and Redis answer; for the load balancer, without any data."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    cache.get("health")
    return JsonResponse({"status": "ok"})
