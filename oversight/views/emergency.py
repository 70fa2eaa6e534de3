"""The pages of emergencies: which wait for review, what was looked at in one, and the review itself."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from oversight.access import emergency as access
from oversight.actions.guard import note_lines
from oversight.forms.emergency import ReviewForm
from people.request import ActingRequest
from trust.actions import review_emergency
from trust.models import Emergency

PAGE = 25
OUTCOME_STATUS: dict[str, str] = {
    "": "ours", Emergency.Review.JUSTIFIED: "done", Emergency.Review.AVOIDABLE: "soon", Emergency.Review.UNJUSTIFIED: "alert",
}  # fmt: skip


@require_safe
def emergencies(request: ActingRequest) -> HttpResponse:
    """Emergencies that wait for review, or those that were reviewed with their outcome."""
    actor = request.actor
    reviewed = request.GET.get("show") == "reviewed"
    waiting = access.emergencies_to_review(actor)
    shown = access.emergencies_for(actor).exclude(review="") if reviewed else waiting
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    here = reverse("oversight:emergencies")
    tabs = [
        {"url": here, "label": _("Te beoordelen"), "count": waiting.count(), "current": not reviewed},
        {"url": f"{here}?show=reviewed", "label": _("Beoordeeld"), "current": reviewed},
    ]
    rows = [(one, OUTCOME_STATUS[one.review], one.get_review_display() or _("te beoordelen")) for one in page]
    context = {
        "rows": rows,
        "page": page,
        "tabs": tabs,
        "reviewed": reviewed,
        "query": "show=reviewed&" if reviewed else "",
    }
    return render(request, "oversight/emergencies.html", context)


@require_http_methods(["GET", "POST"])
def emergency(request: ActingRequest, pk: int) -> HttpResponse:
    """One emergency: who, when, why and what was looked at; with the review, or the place to write it."""
    actor = request.actor
    found = access.get_emergency(actor, pk)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        review_emergency(emergency=found, by=actor, **form.cleaned_data)
        messages.success(request, _("Uw oordeel is vastgelegd. De inwoner kan het lezen."))
        return redirect("oversight:emergencies")
    looks = access.looks_in(actor, found)
    note_lines(about=found, shown=sum(look.times for look in looks), by=actor)
    context = {
        "emergency": found,
        "status": OUTCOME_STATUS[found.review],
        "looks": looks,
        "may_review": access.may_review(actor, found),
        "form": form,
    }
    return render(request, "oversight/emergency.html", context)
