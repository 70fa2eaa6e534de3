"""What changed: everything the log tells about choices, mandates, emergencies and requests."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from people.request import ActingRequest
from portal import access, actions
from portal.access import Standing
from portal.views.standing import in_record


@in_record
@require_safe
def changes(request: ActingRequest, standing: Standing) -> HttpResponse:
    """Everything that changed, newest first, with what is new since the citizen last read it."""
    access.need_acting(standing)
    opening = access.open_least(request.actor, standing)
    page, told = access.changes_for(request.actor, opening, page=request.GET.get("page"))
    if page.number == 1:
        actions.mark_read(patient=opening.patient, by=request.actor)
    new = sum(change.new for change in told)
    return render(request, "portal/changes.html", {"changes": told, "page": page, "new": new})
