"""Today: what waits for the team, for one person, or on others."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from events.actor import Actor
from people.models import CARE_ROLES
from people.request import ActingRequest
from workplace import access


def actor_of(request: ActingRequest) -> Actor:
    """Who acts, once it was chosen for which organisation."""
    actor = request.actor
    access.need_membership(actor)
    return actor


@require_GET
def today(request: ActingRequest) -> HttpResponse:
    """What waits for the team, for me, or on others."""
    actor = actor_of(request)
    view = request.GET.get("view", "team")
    work = access.work_of(actor, only_mine=view == "mine") if view != "others" else []
    others = access.waiting_on_others(actor) if view == "others" else []
    team, mine = (len(work), sum(line.mine for line in work)) if view == "team" else access.count_work(actor)
    url = reverse("workplace:today")
    tabs = [
        {
            "url": f"{url}?view=mine",
            "label": _("Van mij"),
            "count": mine,
            "current": view == "mine",
        },
        {"url": url, "label": _("Van het team"), "count": team, "current": view == "team"},
        {"url": f"{url}?view=others", "label": _("Wacht op anderen"), "count": None, "current": view == "others"},
    ]
    template = "workplace/_work.html" if request.htmx else "workplace/today.html"
    to_tend = access.count_pressing(actor) if not request.htmx and actor.role in CARE_ROLES else 0
    return render(request, template, {"work": work, "others": others, "tabs": tabs, "view": view, "to_tend": to_tend})
