"""What the citizen does with help that was asked for: say something, not be able to come, take it back, ask for it oneself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dossier.access import when
from dossier.access.questionnaires import QuestionnaireForm
from people.request import ActingRequest
from portal import access, words
from portal.access import Standing, open_in
from portal.forms import CannotForm, ElsewhereForm, HelpForm, ReplyForm, SayForm, WithdrawForm
from portal.views.enrolling import enrol_page
from portal.views.record import referral_page
from portal.views.standing import in_record
from referrals import actions
from referrals.access import (
    Story,
    filled_in,
    form_of,
    may_ask_for,
    need_own_offer,
    others_for,
    proposed_for,
    selection_for,
    sessions_to_choose,
    ticked_as,
    to_fill,
)
from referrals.moves import Verb
from square.access import get_service
from square.models import HealthcareService
from trust.access import Opening
from trust.categories import EVERYTHING, Category


def _at(request: ActingRequest, standing: Standing, pk: int, verb: Verb) -> Story:
    """The referral, for who may take this step now; who may only look, hears so."""
    access.need_acting(standing)
    story = access.get_story(standing, pk)
    if verb not in access.steps_for(request.actor, story.referral):
        raise Http404
    return story


@in_record
@require_POST
def say(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """Say something in the thread."""
    access.need_acting(standing)
    story = access.get_story(standing, pk)
    open_in(request.actor, standing, [Category.REFERRAL, Category(story.referral.sensitivity)], Category.REFERRAL)
    form = SayForm(request.POST)
    if not form.is_valid():
        return referral_page(request, standing, story, say=form)
    actions.say(referral=story.referral, by=request.actor, **form.cleaned_data)
    messages.success(request, _("Uw bericht is verstuurd."))
    return redirect("portal:referral", pk)


@in_record
@require_http_methods(["GET", "HEAD", "POST"])
def cannot(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """Say that one cannot come to the appointment."""
    story = _at(request, standing, pk, Verb.CANNOT)
    form = CannotForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.cannot(referral=story.referral, text=form.text, token=form.cleaned_data["token"], by=request.actor)
        messages.success(request, _("De afspraak is afgezegd. U krijgt een nieuwe afspraak."))
        return redirect("portal:referral", pk)
    context = {"story": story, "form": form}
    return render(request, "portal/cannot.html", context, status=422 if form.is_bound else 200)


@in_record
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """Take the request back before help began."""
    story = _at(request, standing, pk, Verb.CANCEL)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.withdraw(referral=story.referral, by=request.actor, **form.cleaned_data)
        messages.success(request, _("De aanvraag is ingetrokken."))
        return redirect("portal:referral", pk)
    context = {"story": story, "form": form}
    return render(request, "portal/withdraw.html", context, status=422 if form.is_bound else 200)


@in_record
@require_POST
def reply(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """Answer what is asked, where nobody referred."""
    access.need_acting(standing)
    story = access.get_story(standing, pk)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return referral_page(request, standing, story, reply=form)
    actions.reply(referral=story.referral, note=form.cleaned_data["note"], by=request.actor)
    messages.success(request, _("Uw antwoord is verstuurd."))
    return redirect("portal:referral", pk)


@in_record
@require_POST
def let_go(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """Look no further after a no."""
    access.need_acting(standing)
    story = access.get_story(standing, pk)
    actions.let_go(referral=story.referral, by=request.actor)
    messages.success(request, _("De aanvraag is afgesloten."))
    return redirect("portal:referrals")


@in_record
@require_http_methods(["GET", "HEAD", "POST"])
def elsewhere(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """Ask another under the same number, where nobody referred."""
    story = _at(request, standing, pk, Verb.REDIRECT)
    proposed, others = proposed_for(story.referral), others_for(story.referral)
    offered = ([proposed] if proposed else []) + [one for one in others if one != proposed]
    form = ElsewhereForm(request.POST if request.method == "POST" else None, services=offered, proposed=proposed)
    if form.is_valid():
        chosen = next(one for one in offered if str(one.pk) == form.cleaned_data["service"])
        actions.look_further(referral=story.referral, service=chosen, by=request.actor)
        messages.success(request, _("Uw aanvraag gaat naar %(who)s.") % {"who": chosen.organisation.name})
        return redirect("portal:referral", pk)
    context = {"story": story, "form": form, "offered": offered}
    return render(request, "portal/elsewhere.html", context, status=422 if form.is_bound else 200)


@in_record
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """Ask for help oneself, with what goes along shown one by one."""
    access.need_acting(standing)
    service = get_service(pk)
    if not may_ask_for(standing.patient, service):
        raise PermissionDenied(
            _("Deze hulp vragen voor %(name)s hoort niet bij de machtiging.") % {"name": standing.name}
        )
    if request.method != "POST" and (running := access.asked_already(standing, service)):
        messages.info(request, _("Deze aanvraag loopt al. Hier leest u hoe het ermee staat."))
        return redirect("portal:referral", running.pk)
    sessions = sessions_to_choose(service)
    if sessions and "apart" not in request.GET:
        return enrol_page(request, standing, service, sessions)
    opening = open_in(request.actor, standing, EVERYTHING)
    need_own_offer(opening.patient, service)
    filling, changed = _filling(request, opening, service)
    if request.htmx and request.POST.get("do") == "form":
        return render(request, "portal/_form.html", {"filling": filling, "changed": changed, "url": request.path})
    sent = request.method == "POST"
    form = HelpForm(request.POST if sent else None, with_form=filling is not None)
    sound = filling is None or (filling.is_bound and filling.is_valid())
    if form.is_valid() and sound:
        made = actions.ask_for_help(
            opening=opening, service=service, by=request.actor, items=request.POST.getlist("items"),
            answers=filled_in(filling) if filling else None, **form.cleaned_data,
        )  # fmt: skip
        messages.success(request, _("Uw aanmelding is verstuurd aan %(who)s.") % {"who": service.organisation.name})
        return redirect("portal:referral", made.pk)
    context = {
        "service": service, "form": form, "filling": filling, "changed": changed, "url": request.path,
        "faults": [one for one in (filling, form) if one is not None and one.is_bound and one.errors],
        **_along(request, opening, service), "standing": standing,
    }  # fmt: skip
    return render(request, "portal/ask.html", context, status=422 if sent else 200)


def _filling(
    request: ActingRequest, opening: Opening, service: HealthcareService
) -> tuple[QuestionnaireForm | None, bool]:
    """The form of the service as it stands now, judged by the version that was opened; and whether that one is not there any more.

    Of the record nothing is filled in that was not opened, such as what a mandate leaves out.
    """
    key = request.POST.get("questionnaire", "")
    opened, newest = (form_of(service, key) if key else None), form_of(service)
    if newest is None:
        return None, False
    if request.method != "POST":
        return to_fill(request.actor, opening, service, newest), False
    filled = to_fill(request.actor, opening, service, opened or newest, data=request.POST)
    if opened is None or request.POST.get("do") == "form":
        return to_fill(request.actor, opening, service, opened or newest, given=filled.typed), opened is None
    return filled, False


def _along(request: ActingRequest, opening: Opening, service: HealthcareService) -> dict[str, Any]:
    """What can go along, in the words of the portal; what was ticked before stays so."""
    groups = selection_for(request.actor, opening, service)
    if request.method == "POST":
        groups = ticked_as(groups, request.POST.getlist("items"))
    return {
        "groups": [
            {
                "name": str(words.CATEGORIES[group.category]),
                "ticked": bool(group.ticked),
                "items": [(item, when(item.on_date), item.ref in group.ticked) for item in group.items],
            }
            for group in groups
            if not group.reason
        ],
        "not_along": [str(words.CATEGORIES[group.category]) for group in groups if group.reason],
    }
