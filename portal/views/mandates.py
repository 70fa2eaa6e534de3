"""Who acts for the citizen: the list, giving somebody a mandate with a code to hand over, and ending it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people.request import ActingRequest
from portal import access
from portal.access import Standing
from portal.forms import MandateForm
from portal.views.standing import in_record
from trust.access import get_mandate
from trust.actions import end_mandate, give_mandate
from trust.models import Mandate


@in_record
@require_safe
def mandates(request: ActingRequest, standing: Standing) -> HttpResponse:
    """Who acts for the person now, whose code still waits, and who did before."""
    access.need_acting(standing)
    opening = access.open_least(request.actor, standing)
    return render(
        request,
        "portal/mandates.html",
        {
            "mandates": access.mandates_of(opening),
            "ended": access.ended_of(opening),
            "may_give": standing.own or standing.guards,
        },
    )


@in_record
@require_http_methods(["GET", "HEAD", "POST"])
def mandate_new(request: ActingRequest, standing: Standing) -> HttpResponse:
    """Give a mandate; the code to hand over is shown this one time, and kept nowhere."""
    access.need_giving(standing)
    opening = access.open_least(request.actor, standing)
    form = MandateForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        mandate, code = give_mandate(
            patient=opening.patient,
            kind=Mandate.Kind.CARER,
            name=form.called,
            categories=form.categories,
            acts=form.cleaned_data["acts"],
            by=request.actor,
            ends=form.ends,
        )
        return render(request, "portal/code.html", {"mandate": mandate, "code": code, "name": standing.name})
    return render(request, "portal/mandate.html", {"form": form}, status=422 if form.is_bound else 200)


@in_record
@require_POST
def mandate_end(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """End a mandate at once."""
    access.need_acting(standing)
    opening = access.open_least(request.actor, standing)
    mandate = get_mandate(opening, pk)
    access.need_ending(standing, mandate)
    end_mandate(mandate=mandate, by=request.actor)
    messages.success(request, _("%(name)s handelt niet meer voor u.") % {"name": mandate.name})
    return redirect("portal:mandates")
