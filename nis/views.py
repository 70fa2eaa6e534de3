"""The front door and the sign of life."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from events.actor import own_transaction
from people.models import CARE_ROLES, Role
from people.request import ActingRequest
from portal.access import standing


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
        sees_figures = request.user.has_perm("people.see_dashboards", membership.organisation)
        return redirect("dashboards:waiting_times" if sees_figures else "square:search")
    return redirect("square:search")


@login_not_required
@require_GET
@own_transaction
def health(request: ActingRequest) -> JsonResponse:
    """Whether database and Redis answer; for the load balancer, without any data."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    cache.get("health")
    return JsonResponse({"status": "ok"})
