"""The page of legal holds, for the privacy officer of the region."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from events.errors import Refused
from people.access import participants
from people.request import ActingRequest
from rights import access, actions
from rights.forms import HoldForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def holds(request: ActingRequest) -> HttpResponse:
    """What may not be removed now, what was held before, and a form to place a hold."""
    found = access.holds_for(request.actor)
    form = HoldForm(request.POST or None, organisations=participants())
    if request.method == "POST" and form.is_valid():
        try:
            actions.place_hold(by=request.actor, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("De bewaarplicht geldt vanaf nu."))
            return redirect("rights:holds")
    now = timezone.now()
    rows = [{"hold": hold, "current": now in hold.period} for hold in found]
    return render(request, "rights/holds.html", {"form": form, "rows": rows})


@login_required
@require_POST
def end(request: ActingRequest, pk: int) -> HttpResponse:
    """End a hold."""
    actions.end_hold(hold=get_object_or_404(access.holds_for(request.actor), pk=pk), by=request.actor)
    messages.success(request, _("De bewaarplicht is beëindigd. Wat over zijn termijn is, wordt vannacht verwijderd."))
    return redirect("rights:holds")
