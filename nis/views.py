"""The front door and the sign of life."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from events.actor import Actor, own_transaction


@login_not_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Bring everybody to where their day begins: today's list, the own portal, or the public square."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.kind == "citizen":
        return redirect("portal:home")
    if actor.kind == "professional":
        return redirect("workplace:today")
    return redirect("square:search")


@login_not_required
@require_GET
@own_transaction
def health(request: HttpRequest) -> JsonResponse:
    """Whether database and Redis answer; for the load balancer, without any data."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    cache.get("health")
    return JsonResponse({"status": "ok"})
