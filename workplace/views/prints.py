"""A chosen part of an overview on paper: choose, see it ready to print, or have a document made and take it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HTMX_STOP_POLLING

from dossier.access import person_of
from people.request import ActingRequest
from trust.access import open_record
from trust.categories import Category
from workplace import access, actions
from workplace.access.prints import PRINTABLE, categories_of, contents, document_of, get_print, prints_of, sift_of
from workplace.forms import PrintForm
from workplace.views.parts import ALWAYS, sifts
from workplace.views.work import actor_of

A_YEAR = "365"
"""The period of the time line that is offered at first."""


@require_http_methods(["GET", "POST"])
def choose_print(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Choose parts and an aim; then see the page ready to print, or ask for a document. Only what is chosen is opened."""
    actor = actor_of(request)
    if request.method == "POST":
        form = PrintForm(request.POST, offered=PRINTABLE, sifts=sifts())
        if form.is_valid():
            chosen = [access.BY_KEY[name] for name in form.cleaned_data["parts"]]
            what: dict[str, Any] = {
                "parts": form.cleaned_data["parts"],
                "sift": form.sift,
                "aim": form.cleaned_data["aim"],
            }
            opening = open_record(actor, key, categories_of(chosen, form.sift))
            if "document" in request.POST:
                made = actions.ask_print(patient=opening.patient, **what, by=actor)
                return redirect("workplace:print_state", key=key, pk=made.pk)
            actions.show_print(patient=opening.patient, **what, by=actor)
            printed = contents(opening, actor, chosen, form.sift, aim=form.cleaned_data["aim"])
            return render(request, "workplace/print_page.html", {"printed": printed, "key": key})
    opening = open_record(actor, key, ALWAYS)
    offered = [part for part in PRINTABLE if not part.categories or part.categories - opening.not_needed]
    if request.method == "POST":
        form = PrintForm(request.POST, offered=offered, sifts=sifts())
        form.is_valid()
    else:
        shown = [name for name in request.GET.getlist("part") if name in access.BY_KEY]
        sift = access.Sift.read(request.GET.dict())
        line = vars(sift if sift else access.Sift(period=A_YEAR))
        form = PrintForm(offered=offered, sifts=sifts(), initial={"parts": shown, "aim": "care", **line})
    context = {"form": form, "person": person_of(opening, actor), "prints": prints_of(opening, actor), "key": key}
    return render(request, "workplace/print.html", context)


@require_safe
def print_state(request: ActingRequest, key: uuid.UUID, pk: int) -> HttpResponse:
    """How far a document is, for a page that stays open; then where to take it."""
    actor = actor_of(request)
    opening = open_record(actor, key, ALWAYS)
    made = get_print(opening, actor, pk)
    context = {"print": made, "titles": [str(access.BY_KEY[name]) for name in made.parts], "key": key}
    if request.htmx:
        status = 200 if made.unfinished else HTMX_STOP_POLLING
        return render(request, "workplace/_print_state.html", context, status=status)
    return render(request, "workplace/print_state.html", {**context, "person": person_of(opening, actor)})


@require_safe
def print_file(request: ActingRequest, key: uuid.UUID, pk: int) -> HttpResponse:
    """The document itself, as far as everything in it may still be seen; taking it is a line in the log."""
    actor = actor_of(request)
    made = get_print(open_record(actor, key, [Category.IDENTITY]), actor, pk)
    open_record(actor, key, categories_of((access.BY_KEY[name] for name in made.parts), sift_of(made)))
    packed = document_of(made)
    actions.take_print(taken=made, by=actor)
    name = f"{_('overzicht')}-{timezone.localtime(made.ready_at or made.made_at):%Y-%m-%d-%H%M}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(packed, content_type="application/pdf", headers=headers)
