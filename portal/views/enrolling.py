"""What the citizen does with a training: take a place on a meeting, choose another, and leave."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from people.request import ActingRequest
from portal import access
from portal.access import Standing, open_in
from portal.forms import EnrolForm, MeetingForm
from portal.views.standing import in_record
from referrals import actions
from referrals.access import need_own_offer, place_of, sessions_to_choose
from referrals.models import Referral
from referrals.moves import Verb, WithdrawReason
from referrals.moves.training import Place
from square.models import HealthcareService, Session
from trust.categories import Category

NEEDED = frozenset({Category.IDENTITY, Category.REFERRAL, Category.APPOINTMENTS})
"""What is opened to take a place; nothing of the record goes along."""


def enrol_page(
    request: ActingRequest, standing: Standing, service: HealthcareService, sessions: list[Session]
) -> HttpResponse:
    """Take a place on a meeting of a training; what was chosen on the health square is chosen already."""
    if not standing.covers(Category.APPOINTMENTS):
        raise PermissionDenied(
            _("Een plek kiezen voor %(name)s hoort niet bij de machtiging: daarvoor zijn ook afspraken nodig.")
            % {"name": standing.name}
        )
    opening = open_in(request.actor, standing, NEEDED, Category.REFERRAL)
    need_own_offer(opening.patient, service)
    first = request.GET.get("session", "")
    form = EnrolForm(
        request.POST if request.method == "POST" else None, sessions=sessions, name="" if standing.own else standing.name,
        initial={"session": int(first) if first.isdecimal() and len(first) < 19 else sessions[0].pk},
    )  # fmt: skip
    if form.is_valid():
        said = form.cleaned_data
        made = actions.ask_for_help(
            opening=opening, service=service, question=said["question"], session=form.chosen, who=said["who"],
            token=said["token"], by=request.actor,
        )  # fmt: skip
        _told(request, made)
        return redirect("portal:referral", made.pk)
    context = {"service": service, "form": form, "standing": standing}
    return render(request, "portal/enrol.html", context, status=422 if form.is_bound else 200)


@in_record
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """Choose another meeting; a place that there was is given up."""
    access.need_acting(standing)
    story = access.get_story(standing, pk)
    if Verb.ENROL not in access.steps_for(request.actor, story.referral):
        raise Http404
    now = place_of(story.referral)
    able = [one for one in sessions_to_choose(story.referral.service) if now is None or one.pk != now.session_id]
    form = MeetingForm(request.POST if request.method == "POST" else None, sessions=able)
    if form.is_valid():
        who: dict[str, Any] = {"who": now.who} if now else {}
        actions.enrol(referral=story.referral, session=form.chosen, by=request.actor, **who)
        _told(request, story.referral)
        return redirect("portal:referral", pk)
    context = {"story": story, "form": form, "place": now, "able": able}
    return render(request, "portal/place.html", context, status=422 if form.is_bound else 200)


@in_record
@require_POST
def leave(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """Give up the place, and with it the request, in one press."""
    access.need_acting(standing)
    story = access.get_story(standing, pk)
    if place_of(story.referral) is None:
        raise Http404
    actions.withdraw(referral=story.referral, reason=WithdrawReason.OTHERWISE, by=request.actor)
    messages.success(request, _("U bent afgemeld. Uw plek is weer vrij voor een ander."))
    return redirect("portal:referral", pk)


def _told(request: ActingRequest, referral: Referral) -> None:
    now = place_of(referral)
    if now is not None and now.status == Place.WAITING:
        messages.success(request, _("Het is vol. U staat op de wachtlijst en krijgt bericht als er een plek is."))
    else:
        messages.success(request, _("U heeft een plek."))
