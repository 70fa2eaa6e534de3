"""The pages of a provider's trainings: its meetings with their places, who takes part in one, and the place on the page of a referral."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events.actor import Actor
from events.errors import Refused
from people.request import ActingRequest
from referrals import access, actions
from referrals.forms import PlaceForm, SessionForm
from referrals.models import Referral
from referrals.moves import Verb
from referrals.moves.training import Attendance, Place
from referrals.views.planning import PLANNING
from square import actions as offer
from square.access import own_sessions, own_trainings, sessions_of
from square.models import HealthcareService, Session

PAGE = 50


@login_required
@require_safe
def sessions(request: ActingRequest) -> HttpResponse:
    """The meetings of the own trainings that are to come, soonest first, or those that have been, newest first."""
    actor = request.actor
    trainings = own_trainings(actor)
    past = request.GET.get("state") == "past"
    found, now = own_sessions(actor), timezone.now()
    shown = found.filter(starts__lte=now).order_by("-starts", "-pk") if past else found.filter(starts__gt=now)
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    tabs = [
        {"url": request.path, "label": _("Komende"), "current": not past},
        {"url": f"{request.path}?state=past", "label": _("Geweest"), "current": past},
    ]
    context = {"page": page, "trainings": trainings, "tabs": tabs, "past": past}
    return render(request, "referrals/sessions.html", {**context, "query": "state=past&" if past else ""})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def session_new(request: ActingRequest, pk: int) -> HttpResponse:
    """Plan a meeting of one of the own trainings."""
    actor = request.actor
    service = next((one for one in own_trainings(actor) if one.pk == pk), None)
    if service is None:
        raise Http404
    form = SessionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = offer.plan_session(service=service, values=form.values, by=actor)
        messages.success(request, _("De bijeenkomst staat op het Gezondheidsplein; mensen kunnen zich inschrijven."))
        return redirect("referrals:session", made.pk)
    return _form(request, form, service, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def session_change(request: ActingRequest, pk: int) -> HttpResponse:
    """Change a meeting; everybody on it is told."""
    found = access.get_session(request.actor, pk)
    form = SessionForm(request.POST) if request.method == "POST" else SessionForm.of(found)
    if form.is_bound and form.is_valid():
        offer.change_session(session=found, values=form.values, by=request.actor)
        messages.success(request, _("Opgeslagen. Wie een plek heeft of op de wachtlijst staat, krijgt bericht."))
        return redirect("referrals:session", pk)
    return _form(request, form, found.service, found)


def _form(request: ActingRequest, form: SessionForm, service: HealthcareService, found: Session | None) -> HttpResponse:
    context = {"form": form, "service": service, "session": found}
    return render(request, "referrals/session_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: ActingRequest, pk: int) -> HttpResponse:
    """Who takes part in a meeting; ``do`` takes everybody on who waits for an answer, notes who was there, or calls it off."""
    actor = request.actor
    found = access.get_session(actor, pk)
    if request.method == "POST":
        messages.success(request, _done(request, found, actor))
        return redirect("referrals:session", pk)
    roster = access.roster_of(actor, found)
    begun = found.starts <= timezone.now()
    context = {
        "session": found,
        "roster": roster,
        "begun": begun,
        "ahead": not begun and found.cancelled_at is None,
        "choices": [choice for choice in Attendance if begun or choice == Attendance.CALLED_OFF],
    }
    return render(request, "referrals/session.html", context)


def _done(request: ActingRequest, found: Session, actor: Actor) -> str:
    doing = request.POST.get("do", "")
    if doing == "accept":
        taken = actions.take_on(session=found, by=actor)
        return ngettext("%(n)s aanmelding aangenomen.", "%(n)s aanmeldingen aangenomen.", taken) % {"n": taken}
    if doing == "attend":
        noted = {
            int(name.removeprefix("at-")): value
            for name, value in request.POST.items()
            if name.startswith("at-") and name[3:].isdecimal() and len(name) < 22 and value in Attendance.values
        }
        closed = actions.attend(session=found, noted=noted, by=actor)
        return ngettext("Genoteerd van %(n)s deelnemer.", "Genoteerd van %(n)s deelnemers.", closed) % {"n": closed}
    if doing == "cancel":
        offer.cancel_session(session=found, by=actor)
        return _("De bijeenkomst is afgezegd. Iedereen krijgt bericht; geef wie dat wil een andere plek.")
    raise Http404


@login_required
@require_POST
def place(request: ActingRequest, pk: int) -> HttpResponse:
    """Give a referral a place on a meeting, or another one."""
    referral = access.get_referral(request.actor, pk)
    form = PlaceForm(request.POST, sessions=_able(referral, request.actor))
    if not form.is_valid():
        field, found = next(iter(form.errors.items()))
        raise Refused(str(found[0]), field=field)
    actions.enrol(referral=referral, session=form.chosen, who=form.cleaned_data["who"], by=request.actor)
    now = access.place_of(referral)
    waits = now is not None and now.status == Place.WAITING
    messages.success(request, _("De inwoner staat op de wachtlijst.") if waits else _("De inwoner heeft een plek."))
    return redirect("referrals:thread", pk)


def _able(referral: Referral, actor: Actor) -> list[Session]:
    """The meetings on which a place can be given; the receiver also gives one after the last day for enrolling."""
    if not access.is_training(referral.service):
        return []
    receives = "receiver" in access.parties_of(referral, actor)
    return sessions_of(referral.service) if receives else access.sessions_to_choose(referral.service)


def place_shown(referral: Referral, actor: Actor, possible: Collection[Verb]) -> dict[str, Any]:
    """What the page of a referral shows of a training: its place, and the meetings that can be chosen; nothing for any other one."""
    if not access.is_training(referral.service):
        return {}
    now = access.place_of(referral)
    others = [one for one in _able(referral, actor) if now is None or one.pk != now.session_id]
    may = Verb.ENROL in possible and bool(others)
    who = {"who": now.who} if now else {}
    return {
        "training": True,
        "place": now,
        "place_form": PlaceForm(sessions=others, initial=who) if may else None,
        "is_receiver": "receiver" in access.parties_of(referral, actor),
    }


def without_planning(possible: Collection[Verb], shown: dict[str, Any]) -> list[Verb]:
    """The steps that stay where there is a place: no appointment beside that of the meeting, no acceptance from the waiting list."""
    now = shown.get("place")
    if now is None:
        return list(possible)
    away = {*PLANNING, Verb.START, *([Verb.ACCEPT] if now.status == Place.WAITING else [])}
    return [verb for verb in possible if verb not in away]
