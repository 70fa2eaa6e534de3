"""The own page of one part of the overview, and how somebody wants the overview arranged."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dossier.access import FRAME, person_of
from people.models import Domain, Role
from people.request import ActingRequest
from trust.access import Opening, open_record
from trust.categories import Category
from workplace import access
from workplace.access.layout import Arrangement
from workplace.actions import arrange, forget_layout
from workplace.models import OUT_OF_HOURS
from workplace.views.work import actor_of

ALWAYS = FRAME | {Category.NETWORK}
"""What every page of a person opens: who it is, what must be known at a glance, and who may be named as keeping something."""


@require_GET
def part(request: ActingRequest, key: uuid.UUID, name: str) -> HttpResponse:
    """Everything that stands in one part, a page at a time; within the overview it takes the place of the short list."""
    actor = actor_of(request)
    chosen = access.BY_KEY.get(name)
    if chosen is None:
        raise Http404
    if name == "timeline":
        return _timeline(request, key)
    opening = open_record(actor, key, {*ALWAYS, *chosen.categories})
    code = request.GET.get("test", "")[:120]
    listed = access.part_page(opening, actor, chosen, request.GET.get("page", "1"), code)
    context = {
        "listed": listed,
        "part": chosen,
        "patient": opening.patient,
        "key": key,
        "code": code,
        "not_needed": chosen.categories <= opening.not_needed,
        "query": urlencode({"test": code}) + "&" if code else "",
        "points": [{"label": _short(fact.on_date), "value": fact.value} for fact in listed.course],
    }
    if request.htmx:
        return render(request, "workplace/_part_list.html", context)
    return render(request, "workplace/part.html", {**context, "person": person_of(opening, actor)})


def _short(on_date: str) -> str:
    return "-".join(reversed(on_date[:10].split("-")))


def _timeline(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """The time line, sifted by domain, kind and period, a page at a time."""
    actor = actor_of(request)
    opening: Opening = open_record(actor, key, Category)
    sift = access.Sift.read(request.GET.dict())
    before = request.GET.get("before", "")
    moments, following = access.timeline(opening, actor.organisation_id, sift, before)
    context = {
        "moments": moments,
        "next_moments": following,
        "sift": sift,
        "before": before,
        "patient": opening.patient,
        "key": key,
        **sifts(),
    }
    if request.htmx:
        template = "workplace/_moments.html" if before else "workplace/_timeline.html"
        return render(request, template, context)
    return render(request, "workplace/timeline.html", {**context, "person": person_of(opening, actor)})


def sifts() -> dict[str, Any]:
    """By what the time line can be sifted, for its form."""
    return {
        "domains": [
            ("", _("Alle domeinen")),
            *((name, str(words)) for name, (words, _domains) in access.DOMAINS.items()),
            (access.OWN, _("Eigen organisatie")),
        ],
        "each_domain": [(value, str(label)) for value, label in Domain.choices if value != Domain.REGION],
        "kinds": [("", _("Alles")), *((name, str(words)) for name, (words, _categories) in access.KINDS.items())],
        "periods": [("", _("Hele periode")), *((name, str(words)) for name, (words, _days) in access.PERIODS.items())],
    }


@require_http_methods(["GET", "POST"])
def layout(request: ActingRequest) -> HttpResponse:
    """Put the parts in one's own order, hide or close them, each with one press; or go back to what the role has.

    With ``for=out_of_hours`` it is about the layout for who must act now for somebody they do not know.
    """
    actor = actor_of(request)
    typed = request.POST if request.method == "POST" else request.GET
    out_of_hours = typed.get("for") == OUT_OF_HOURS
    arrangement: Arrangement = access.layout_of(actor, emergency=out_of_hours)
    back = _back(typed.get("back", ""))
    query = urlencode(
        {name: value for name, value in (("back", back), ("for", OUT_OF_HOURS if out_of_hours else "")) if value}
    )
    if request.method == "POST":
        if "reset" in request.POST:
            forget_layout(situation=arrangement.situation, by=actor)
        else:
            step, _colon, name = request.POST.get("step", "").partition(":")
            arrange(arrangement=arrangement, part=name, step=step, by=actor)
        if not request.htmx:
            return redirect(f"{reverse('workplace:layout')}?{query}")
        arrangement = access.layout_of(actor, emergency=out_of_hours)
    context = {
        "arrangement": arrangement,
        "back": back,
        "out_of_hours": out_of_hours,
        "query": query,
        "role": _("waarneming en noodtoegang") if out_of_hours else str(Role(actor.role).label),
        "tabs": [
            {"url": _tab(back, ""), "label": capfirst(Role(actor.role).label), "current": not out_of_hours, "count": None},
            {
                "url": _tab(back, OUT_OF_HOURS), "label": _("Waarneming en noodtoegang"), "current": out_of_hours, "count": None,
            },
        ],
    }  # fmt: skip
    return render(request, "workplace/_layout.html" if request.htmx else "workplace/layout.html", context)


def _tab(back: str, situation: str) -> str:
    query = urlencode({name: value for name, value in (("back", back), ("for", situation)) if value})
    return f"{reverse('workplace:layout')}?{query}"


def _back(typed: str) -> str:
    """The key of the patient to go back to; nothing for what is no key."""
    try:
        return str(uuid.UUID(typed)) if typed else ""
    except ValueError:
        return ""
