"""For whom the citizen acts: using a code, choosing a person, going back to oneself, and stopping."""

from __future__ import annotations

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from events.errors import Refused
from people.access import greeting
from people.request import ActingRequest
from portal import access
from portal.forms import MandateCodeForm
from trust.actions import end_mandate, take_up
from trust.models import Mandate


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def acting(request: ActingRequest) -> HttpResponse:
    """For whom the citizen may act, with the field for a code; a code given before signing in waits in it."""
    if request.actor.kind != "citizen":
        raise Http404
    if request.method == "POST":
        limited = ratelimit.consume_or_429(request, action="mandate_code", user=request.user)
        if limited:
            return limited
    waiting = request.session.get("mandate_code", "")
    form = MandateCodeForm(request.POST if request.method == "POST" else None, initial={"code": waiting})
    if form.is_valid():
        try:
            mandate = take_up(code=form.cleaned_data["code"], by=request.actor)
        except Refused as refused:
            form.add_error("code", refused.message)
        else:
            return _begin(request, mandate)
    return render(
        request,
        "portal/acting.html",
        {
            "form": form,
            "waiting": waiting,
            "held": access.held_by(request.actor),
            "standings": access.standings(request.actor),
            "current": access.standing(request.actor, request.acted_for),
        },
        status=422 if form.is_bound else 200,
    )


def _begin(request: ActingRequest, mandate: Mandate) -> HttpResponse:
    request.session.pop("mandate_code", None)
    request.session["acted_for"] = str(mandate.patient.key)
    messages.success(request, _("Gelukt. Dit zijn de gegevens van %(name)s.") % {"name": greeting(mandate.patient)})
    return redirect("portal:home")


@login_required
@require_POST
def act_for(request: ActingRequest) -> HttpResponse:
    """Go and stand in the record of somebody who gave a mandate, or back in the own one."""
    key = request.POST.get("key", "")
    standing = access.standing(request.actor, key)
    if standing is None and (key or request.actor.kind != "citizen"):
        raise Http404
    if standing is None or standing.own:
        request.session.pop("acted_for", None)
        return redirect("portal:home" if standing else "portal:acting")
    request.session["acted_for"] = str(standing.patient.key)
    return redirect("portal:home")


@login_required
@require_POST
def give_back(request: ActingRequest, pk: int) -> HttpResponse:
    """Stop acting for somebody: the holder gives the mandate back."""
    mandate = access.get_held(request.actor, pk)
    end_mandate(mandate=mandate, by=request.actor)
    request.session.pop("acted_for", None)
    messages.success(request, _("U handelt niet meer voor %(name)s.") % {"name": greeting(mandate.patient)})
    return redirect("portal:acting")
