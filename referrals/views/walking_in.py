"""Writing down who came by himself, on one page."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossier.access import FRAME, person_of
from people.request import ActingRequest
from referrals import access, actions
from referrals.forms import WalkInForm
from square.models import HealthcareService


@login_required
@require_http_methods(["GET", "POST"])
def walk_in(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """For what, in a word, and with the agreement of who stands there; help has begun then."""
    actor = request.actor
    opening = access.open_for_referral(actor, key, FRAME)
    own = HealthcareService.objects.filter(organisation_id=access.need_organisation(actor), active=True).order_by(
        "name"
    )
    services = {one.pk: one for one in own}
    form = WalkInForm(request.POST or None, services=services.values(), initial={"token": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        made = actions.walk_in(
            opening=opening, service=services[typed["service"]], question=typed["question"], agreed=typed["agreed"],
            token=typed["token"], by=actor,
        )  # fmt: skip
        messages.success(request, _("Ingeschreven onder %(number)s. De hulp loopt.") % {"number": made.number})
        return redirect("referrals:thread", made.pk)
    context = {"form": form, "person": person_of(opening, actor), "services": services}
    return render(request, "referrals/walk_in.html", context)
