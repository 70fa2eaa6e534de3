"""The health square: anybody finds help nearby; a provider keeps its own offer right."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from people.access import participants as admitted_participants
from people.request import ActingRequest
from square import access, actions, facets
from square.forms import SearchForm, ServiceForm, WaitingTimeForm
from square.map import draw
from square.models import HealthcareService

PAGE = 20


@login_not_required
@require_safe
def search(request: ActingRequest) -> HttpResponse:
    """Search the offer by everyday words, place and filters; open to everybody."""
    form = SearchForm(request.GET)
    form.is_valid()
    wanted = form.wanted()
    found = access.services_for(wanted)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    services = list(page.object_list)
    waiting = access.waiting_times(services)
    kept = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    context = {
        "form": form, "wanted": wanted, "page": page, "query": f"{urlencode(kept)}&" if kept else "", "facets": _facets(form, kept),
        "entries": [{"service": s, "number": number, "waiting": waiting.get(s.pk)} for number, s in enumerate(services, 1)],
        "map": draw(services, wanted.near), "bare": reverse("square:search"), "manages": _manages(request),
    }  # fmt: skip
    return render(request, "square/_results.html" if _is_part(request) else "square/search.html", context)


def _manages(request: ActingRequest) -> bool:
    membership = request.membership
    return membership is not None and access.may_manage(request.actor, membership.organisation)


def _is_part(request: ActingRequest) -> bool:
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not getattr(htmx, "boosted", False)


SIFTED = ("domain", "law", "age", "way", "language")


def _facets(form: SearchForm, kept: dict[str, str]) -> list[dict[str, Any]]:
    """The filters with how many services each would leave, given the words, the place and the other filters."""
    said = form.cleaned_data
    base = access.services_for(access.Wanted(words=said.get("q", ""), near=said.get("where"))).order_by()
    rows = list(base.values(*facets.COLUMNS))
    shown = []
    for name in SIFTED:
        sifts = []
        rest = {key: text for key, text in kept.items() if key != name}
        for value, label, count in facets.counted(rows, said, name):
            current = said.get(name) == value
            url = f"{reverse('square:search')}?{urlencode(rest if current else {**rest, name: value})}"
            sifts.append({"url": url, "label": label, "count": count, "current": current, "remove": current})
        shown.append({"label": facets.LABELS[name], "sifts": sifts, "name": name})
    return shown


@login_not_required
@require_safe
def service(request: ActingRequest, pk: int) -> HttpResponse:
    """One service: for whom, what it costs, how long the wait is, and what to do next."""
    shown = access.get_service(pk)
    actor = request.actor
    reports = list(shown.waiting_times.all()[:12])[::-1]
    return render(
        request,
        "square/service.html",
        {
            "service": shown,
            "waiting": access.waiting_times([shown]).get(pk),
            "points": [{"label": f"{report.measured_on:%d-%m}", "value": report.days} for report in reports],
            "manages": access.may_manage(actor, shown.organisation),
            "professional": actor.kind == "professional" and actor.organisation_id is not None,
            "review_old": access.review_due(shown),
            "stopped": access.stopped_words(shown) if shown.stopped_until else "",
            "languages": access.languages_of(shown),
            "map": draw([shown], None),
            "sessions": access.sessions_of(shown) if shown.process == HealthcareService.Process.TRAINING else [],
        },
    )


@login_not_required
@require_safe
def participants(request: ActingRequest) -> HttpResponse:
    """The published list of participants (ViSD 4.2.1)."""
    listed = admitted_participants().order_by("domain", "name")
    groups: dict[str, list[Any]] = {}
    for organisation in listed:
        groups.setdefault(organisation.get_domain_display(), []).append(organisation)
    return render(request, "square/participants.html", {"groups": groups, "total": len(listed)})


@require_safe
def own(request: ActingRequest) -> HttpResponse:
    """The offer of the own organisation, with what needs a look on top."""
    services = list(access.own_services(request.actor))
    waiting = access.waiting_times(services)
    entries = [{"service": s, "waiting": waiting.get(s.pk), "review_old": access.review_due(s)} for s in services]
    return render(request, "square/own.html", {"entries": entries})


def edit(request: ActingRequest, pk: int) -> HttpResponse:
    """The provider edits its own service and states a waiting time."""
    actor = request.actor
    edited = access.get_own_service(actor, pk)
    form = ServiceForm(request.POST or None, instance=edited)
    if request.method == "POST" and form.is_valid():
        actions.edit_service(service=edited, values=form.cleaned_data, by=actor)
        messages.success(request, _("Opgeslagen. Iedereen ziet het nu zo."))
        return redirect("square:service", pk)
    return _editing(request, access.get_own_service(actor, pk), form, WaitingTimeForm())


@require_POST
def waiting_time(request: ActingRequest, pk: int) -> HttpResponse:
    """The provider states a waiting time."""
    actor = request.actor
    edited = access.get_own_service(actor, pk)
    form = WaitingTimeForm(request.POST)
    if not form.is_valid():
        return _editing(request, edited, ServiceForm(instance=edited), form)
    actions.report_waiting_time(service=edited, by=actor, **form.cleaned_data)
    messages.success(request, _("Wachttijd opgegeven."))
    return redirect("square:service", pk)


@require_POST
def review(request: ActingRequest, pk: int) -> HttpResponse:
    """The provider says that everything still holds."""
    actor = request.actor
    actions.review_service(service=access.get_own_service(actor, pk), by=actor)
    messages.success(request, _("Nagekeken. De datum van vandaag staat er nu bij."))
    return redirect("square:own")


def _editing(
    request: ActingRequest, edited: HealthcareService, form: ServiceForm, waiting_form: WaitingTimeForm
) -> HttpResponse:
    waiting = access.waiting_times([edited]).get(edited.pk)
    return render(
        request, "square/edit.html", {"service": edited, "form": form, "waiting_form": waiting_form, "waiting": waiting}
    )
