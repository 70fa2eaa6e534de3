"""Where somebody lives, lived or stays, and which municipality is responsible by that."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossier import actions
from dossier.access import FRAME, person_of, residences_for, responsible_for
from people.request import ActingRequest
from square.models import HealthcareService
from trust.access import open_record
from trust.categories import Category
from workplace.forms.residences import ResidenceForm
from workplace.views.work import actor_of

LAWS = (HealthcareService.Law.YOUTH, HealthcareService.Law.WMO)


@require_http_methods(["GET", "POST"])
def residences(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """The history of addresses, who is responsible by it today, and writing an address down or taking one back."""
    actor = actor_of(request)
    opening = open_record(actor, key, FRAME)
    if request.method == "POST" and "drop" in request.POST:
        number = request.POST["drop"]
        actions.drop_residence(opening=opening, residence=int(number) if number.isdecimal() else 0, by=actor)
        messages.success(request, _("Het adres is weggehaald."))
        return redirect("workplace:residences", key)
    form = ResidenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.add_residence(opening=opening, by=actor, **form.cleaned_data)
        messages.success(request, _("Het adres staat in het dossier."))
        return redirect("workplace:residences", key)
    today = timezone.localdate()
    found = [(law.label, responsible_for(opening, law=law, kind="", on=today)) for law in LAWS]
    context = {
        "person": person_of(opening, actor),
        "rows": residences_for(opening),
        "found": found,
        "form": form,
        "own": actor.works_for,
        "may_write": Category.IDENTITY in opening.own and not opening.lent,
    }
    return render(request, "workplace/residences.html", context)
