"""The pages of who handles requests for a participant: the list by due date, and the steps in a request."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from people.request import ActingRequest
from rights import access, actions
from rights.moves import OPEN, Kind
from rights.views.thread import ask_form, decision_form, extend_form, show
from rights.words import about, state_of
from trust.categories import Category

PAGE = 50


@login_required
@require_safe
def inbox(request: ActingRequest) -> HttpResponse:
    """The requests to the own organisation: what is due first on top, or what was closed with the newest on top."""
    closed = request.GET.get("state") == "closed"
    found = access.inbox_for(request.actor)
    page = Paginator(found.closed() if closed else found.running(), PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "url": reverse("rights:request", args=[one.pk]),
            "request": one,
            "place": one.organisation if access.stands_in(one, request.actor) else "",
            "what": str(one.get_kind_display()).capitalize(),
            "about": about(one),
            "state": state_of(one, "organisation"),
            "open": one.status in OPEN,
        }
        for one in page.object_list
    ]
    tabs = [
        {
            "url": reverse("rights:inbox"),
            "label": _("Te doen"),
            "current": not closed,
            "count": found.running().count(),
        },
        {"url": f"{reverse('rights:inbox')}?state=closed", "label": _("Afgesloten"), "current": closed},
    ]
    query = "state=closed&" if closed else ""
    return render(
        request, "rights/inbox.html", {"rows": rows, "tabs": tabs, "page": page, "closed": closed, "query": query}
    )


@login_required
@require_POST
def take_up(request: ActingRequest, pk: int) -> HttpResponse:
    """Take a request in hand."""
    actions.take_up(request=access.open_request(request.actor, pk), by=request.actor)
    messages.success(request, _("U behandelt dit verzoek. De inwoner ziet dat."))
    return redirect("rights:request", pk)


@login_required
@require_POST
def ask_back(request: ActingRequest, pk: int) -> HttpResponse:
    """Ask the person something."""
    form = ask_form(request.POST)
    if not form.is_valid():
        return show(request, pk, form=form, on="ask_back")
    actions.ask_back(request=access.open_request(request.actor, pk), text=form.cleaned_data["text"], by=request.actor)
    messages.success(request, _("Uw vraag is verstuurd."))
    return redirect("rights:request", pk)


@login_required
@require_POST
def extend(request: ActingRequest, pk: int) -> HttpResponse:
    """Take two months more, once."""
    form = extend_form(request.POST)
    if not form.is_valid():
        return show(request, pk, form=form, on="extend")
    actions.extend(request=access.open_request(request.actor, pk), text=form.cleaned_data["text"], by=request.actor)
    messages.success(request, _("De termijn is verlengd. De inwoner leest waarom."))
    return redirect("rights:request", pk)


@login_required
@require_POST
def decide(request: ActingRequest, pk: int) -> HttpResponse:
    """Decide, and carry out what is granted."""
    asked = access.open_request(request.actor, pk)
    form = decision_form(request, asked, access.messages_of(asked), request.POST)
    if not form.is_valid():
        return show(request, pk, form=form, on="decide")
    data = form.cleaned_data
    decision = actions.Decision(
        reason=data["reason"],
        categories=frozenset(Category(int(number)) for number in data.get("categories", [])),
        corrected=data.get("corrected", ""),
        ends=data.get("ends"),
    )
    actions.decide(request=asked, verb=data["verb"], text=data["text"], decision=decision, by=request.actor)
    said = _("Uw besluit is vastgelegd en uitgevoerd. De inwoner leest het meteen.")
    if asked.kind == Kind.QUESTION:
        said = _("Uw antwoord is verstuurd. De inwoner leest het meteen.")
    messages.success(request, said)
    return redirect("rights:request", pk)


@login_required
@require_POST
def lift(request: ActingRequest, pk: int) -> HttpResponse:
    """Lift the restriction that the request led to."""
    actions.lift(request=access.open_request(request.actor, pk), by=request.actor)
    messages.success(request, _("De gegevens mogen weer worden gebruikt."))
    return redirect("rights:request", pk)
