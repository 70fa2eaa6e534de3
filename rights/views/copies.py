"""The page of the complete copy: asked, being made with its progress, ready to take."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HTMX_STOP_POLLING

from people.request import ActingRequest
from rights import access, actions
from rights.readable import left_out


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: ActingRequest) -> HttpResponse:
    """Ask for a complete copy, see how far it is, and take it."""
    patient = access.acted_for(request.actor, request.acted_for)
    if request.method == "POST":
        actions.ask_copy(patient=patient, by=request.actor)
        return redirect("rights:export")
    copy = access.current_copy(request.actor, patient)
    return render(request, "rights/export.html", {"copy": copy, "left_out": left_out()})


@login_required
@require_safe
def progress(request: ActingRequest, pk: int) -> HttpResponse:
    """How far a copy is, for a page that stays open."""
    copy = access.get_copy(request.actor, pk, patient=access.acting_for(request.actor, request.acted_for))
    status = 200 if copy.unfinished else HTMX_STOP_POLLING
    return render(request, "rights/_copy.html", {"copy": copy}, status=status)


@login_required
@require_safe
def take(request: ActingRequest, pk: int) -> HttpResponse:
    """The file itself; taking it is a line in the log."""
    copy = access.get_copy(request.actor, pk, patient=access.acting_for(request.actor, request.acted_for))
    packed = access.file_of(copy)
    actions.take_copy(copy=copy, by=request.actor)
    name = f"mijn-gegevens-{timezone.localtime(copy.ready_at or copy.made_at):%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(packed, content_type="application/zip", headers=headers)
