"""The page on which an organisation says when it can be reached, who covers, and who is away."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dossier import actions
from dossier.access.cover import reach_of_own
from dossier.access.network import colleagues
from dossier.forms import AbsenceForm, HoursForm, StandingCoverForm
from people.request import ActingRequest


@login_required
@require_http_methods(["GET", "POST"])
def cover(request: ActingRequest) -> HttpResponse:
    """Opening hours, standing cover, and absences of the own organisation; each form has its own button."""
    reach = reach_of_own(request.actor)
    own, people = reach.organisation.pk, colleagues(request.actor)
    said = request.POST.get("form", "") if request.method == "POST" else ""
    standing = (
        {name: getattr(reach.standing, name) for name in ("covered_by", "name", "phone")} if reach.standing else {}
    )
    hours = HoursForm(request.POST if said == "hours" else None, hours=reach.hours)
    cover_form = StandingCoverForm(request.POST if said == "cover" else None, own=own, initial=standing)
    absence = AbsenceForm(
        request.POST if said == "absence" else None, own=own, people=people, auto_id="absence_%s"
    )  # its cover and its telephone number stand beside those of the other form
    if said == "hours" and hours.is_valid():
        actions.state_hours(hours=hours.hours, by=request.actor)
    elif said == "cover" and cover_form.is_valid():
        actions.state_standing_cover(**cover_form.cleaned_data, by=request.actor)
    elif said == "absence" and absence.is_valid():
        actions.add_absence(**absence.cleaned_data, by=request.actor)
    else:
        context = {"reach": reach, "hours": hours, "cover": cover_form, "absence": absence}
        return render(request, "dossier/cover.html", context)
    messages.success(request, _("Het is bewaard en overal meteen te zien."))
    return redirect("dossier:cover")


@login_required
@require_POST
def absence_drop(request: ActingRequest, pk: int) -> HttpResponse:
    """Take an absence or closing away."""
    actions.drop_absence(pk=pk, by=request.actor)
    messages.success(request, _("Het is weggehaald."))
    return redirect("dossier:cover")
