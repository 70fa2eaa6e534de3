"""The pages of journeys: which there are, and which citizens of the own organisation are in one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from journeys import access, actions
from journeys.moves import MOVES
from people.request import ActingRequest

PAGE = 50


@require_GET
def index(request: ActingRequest) -> HttpResponse:
    """The journeys with their steps, and how many citizens the own organisation included."""
    actor = request.actor
    return render(request, "journeys/list.html", {"journeys": access.journeys_for(actor)})


@require_GET
def journey(request: ActingRequest, pk: int) -> HttpResponse:
    """One journey: for whom it is, its steps, and the citizens whom the own organisation follows in it."""
    actor = request.actor
    found = access.get_journey(actor, pk)
    ended = request.GET.get("state") == "ended"
    page = Paginator(access.enrolments_for(actor, found, ended=ended), PAGE).get_page(request.GET.get("page"))
    here = reverse("journeys:journey", args=[pk])
    running, included = found.running, found.included  # type: ignore[attr-defined]
    tabs = [
        {"url": here, "label": _("In de klantreis"), "count": running, "current": not ended},
        {"url": f"{here}?state=ended", "label": _("Beëindigd"), "count": included - running, "current": ended},
    ]
    verbs = [move.verb for move in MOVES if found.status in move.sources] if access.may_manage(actor) else []
    context = {
        "journey": found,
        "people": access.included(found, list(page)),
        "page": page,
        "tabs": tabs,
        "ended": ended,
        "verbs": verbs,
    }
    return render(request, "journeys/journey.html", {**context, "query": "state=ended&" if ended else ""})


@require_POST
def end(request: ActingRequest, pk: int) -> HttpResponse:
    """Stop following a citizen in a journey."""
    actor = request.actor
    enrolment = actions.end(enrolment=access.get_enrolment(actor, pk), by=actor)
    messages.success(request, _("De inwoner volgt deze klantreis niet meer."))
    return redirect("journeys:journey", enrolment.journey_id)


@require_POST
def move(request: ActingRequest, pk: int) -> HttpResponse:
    """Take a journey into use, or end it."""
    actor = request.actor
    moved = actions.move(journey=access.get_journey(actor, pk), verb=request.POST.get("verb", ""), by=actor)
    messages.success(request, _("De klantreis is nu: %(status)s.") % {"status": moved.get_status_display()})
    return redirect("journeys:list")
