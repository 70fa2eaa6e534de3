"""The page of notifications: what somebody was told, and at which rhythm they want to hear."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from exchange import access, actions
from exchange.forms import RhythmForm
from exchange.mail import address_of, words_of
from people.request import ActingRequest

PAGE = 20


@require_http_methods(["GET", "POST"])
def notifications(request: ActingRequest) -> HttpResponse:
    """What I was told in the last 90 days, and how I want to hear."""
    actor = request.actor
    told = access.notifications_for(actor)
    form = RhythmForm(request.POST or None, initial=access.choices_for(actor), kinds=access.kinds_for(actor))
    if request.method == "POST" and form.is_valid():
        actions.choose(rhythms=form.cleaned_data, by=actor)
        messages.success(request, _("Uw keuze is bewaard."))
        return redirect("exchange:notifications")
    page = Paginator(told, PAGE).get_page(request.GET.get("page"))
    lines = [{"words": words_of(one), "url": address_of(one), "made_at": one.made_at} for one in page]
    return render(request, "exchange/notifications.html", {"form": form, "lines": lines, "page": page})
