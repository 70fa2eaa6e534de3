"""Passing a request under Wmo or Jeugdwet on to the municipality that is responsible."""

from __future__ import annotations

from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from events.errors import Refused
from people.request import ActingRequest
from referrals import access, actions
from referrals.access import about
from referrals.forms import OtherMunicipalityForm


@login_required
@require_http_methods(["GET", "POST"])
def residence(request: ActingRequest, pk: int) -> HttpResponse:
    """Choose the right municipality and its service; nothing of the person is opened, for nothing of it was yet."""
    actor = request.actor
    referral = access.get_referral(actor, pk)
    if "receiver" not in access.parties_of(referral, actor):
        raise PermissionDenied(_("Dit kan alleen de ontvanger van de verwijzing."))
    able = access.right_ones(referral)
    rightful = access.rightful(referral)
    likely = next((f"{one.pk}:{place}" for place, one in able if place == rightful), "")
    form = OtherMunicipalityForm(request.POST or None, able=able, rightful=rightful, initial={"service": likely})
    if request.method == "POST" and form.is_valid():
        place, service = form.cleaned_data["service"]
        actions.pass_to_municipality(
            referral=referral, service=service, municipality=place, note=form.cleaned_data["note"], by=actor
        )
        said = {"number": referral.number, "name": service.organisation.name}
        messages.success(request, _("%(number)s is doorgestuurd naar %(name)s.") % said)
        return redirect("referrals:thread", pk)
    if not able and referral.status != "requested":
        raise Refused(_("Deze verwijzing is al bekeken. Draag haar over met akkoord van de inwoner."))
    groups = [(place, [one for _place, one in found]) for place, found in groupby(able, key=lambda one: one[0])]
    context = {"referral": referral, "about": about(referral), "form": form, "groups": groups}
    return render(request, "referrals/residence.html", context)
