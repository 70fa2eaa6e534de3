"""The desk's own page for room: stop for new until a day, open again, and how many places there are."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from people.request import ActingRequest
from referrals import access
from referrals.forms import PlacesForm, StopForm
from square import actions
from square.access import stopped_words
from square.models import HealthcareService
from trust.access import need_role
from trust.categories import Category

_STOP, _PLACES = "stop%s_%%s", "places%s_%%s"
"""The ids of the fields of each service: a label is of its own."""


@login_required
@require_http_methods(["GET", "POST"])
def room(request: ActingRequest) -> HttpResponse:
    """The services of the own organisation that take requests, each with its room; ``do`` says what is changed of which."""
    actor = request.actor
    need_role(actor, Category.REFERRAL)
    own = HealthcareService.objects.filter(organisation_id=access.need_organisation(actor), active=True)
    offered = list(own.filter(takes_referrals=True).order_by("name", "pk"))
    stop, places, wrong = StopForm(), PlacesForm(), 0
    if request.method == "POST":
        number = request.POST.get("service", "")
        service = get_object_or_404(own, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)
        doing, wrong = request.POST.get("do", ""), service.pk
        if doing == "reopen":
            actions.reopen_service(service=service, by=actor)
            messages.success(request, _("“%(name)s” neemt weer nieuwe aanvragen aan.") % {"name": service.name})
            return redirect("referrals:room")
        if doing == "stop" and (stop := StopForm(request.POST, auto_id=_STOP % wrong)).is_valid():
            actions.stop_for_new(service=service, by=actor, **stop.cleaned_data)
            messages.success(
                request, _("“%(name)s” is gestopt; op die dag gaat het vanzelf open.") % {"name": service.name}
            )
            return redirect("referrals:room")
        if doing == "places" and (places := PlacesForm(request.POST, auto_id=_PLACES % wrong)).is_valid():
            actions.state_places(service=service, by=actor, **places.cleaned_data)
            messages.success(request, _("Het aantal plaatsen van “%(name)s” staat er.") % {"name": service.name})
            return redirect("referrals:room")
    free = access.free_places(offered)
    entries = [
        {
            "service": one,
            "stopped": stopped_words(one),
            "free": free.get(one.pk),
            "stop": stop if one.pk == wrong and stop.is_bound else StopForm(auto_id=_STOP % one.pk),
            "places": places
            if one.pk == wrong and places.is_bound
            else PlacesForm(auto_id=_PLACES % one.pk, initial={"places": one.places}),
            "open": one.pk == wrong,
        }
        for one in offered
    ]
    return render(request, "referrals/room.html", {"entries": entries})
