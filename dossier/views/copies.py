"""The pages of what goes back to the own system: a team's list, one text to copy, and what a system takes."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossier import access, actions
from dossier.access.copies import CHIPS, why
from dossier.forms.copies import WAYS, CopyingForm
from dossier.models import Copy, Source
from dossier.moves import TO_COPY, CopyStatus
from dossier.views.opened import opened
from events.actor import Actor
from people.models import Patient
from people.request import ActingRequest
from trust.categories import Category

PAGE = 50
AT_ONCE = 200
"""How many texts one press of the button tries again."""
VIEWS: dict[str, tuple[CopyStatus, ...]] = {
    "to_copy": TO_COPY,
    "waiting": (CopyStatus.WAITING,),
    "settled": (CopyStatus.ARRIVED, CopyStatus.COPIED),
}


@login_required
@require_safe
def copies(request: ActingRequest, pk: int | None = None) -> HttpResponse:
    """What of the own organisation is to be copied, waits, or stands in its systems; of one system when one is named."""
    actor = request.actor
    source = access.get_own_source(actor, pk) if pk else None
    all_of_it = access.copies_for(actor, source)
    view = request.GET.get("view", "")
    shown = VIEWS.get(view) or VIEWS["to_copy"]
    newest_first = "-settled_at" if view == "settled" else "made_at"
    page = Paginator(all_of_it.filter(status__in=shown).order_by(newest_first, "pk"), PAGE).get_page(
        request.GET.get("page")
    )
    found = list(page.object_list)
    figures = access.counted(actor)
    systems = access.systems_of(actor)
    context = {
        "rows": _rows(found, access.patients_of(found)),
        "page": page,
        "query": f"view={view}&" if view in VIEWS else "",
        "view": view if view in VIEWS else "to_copy",
        "tabs": _tabs(view, all_of_it),
        "source": source,
        "figures": figures,
        "systems": systems,
        "may_set": [one["source"].pk for one in systems if access.may_set(actor, one["source"])],
        "may_retry": view in {"", "to_copy"} and any(_may_retry(copy, systems) for copy in found),
    }
    return render(request, "dossier/copies.html", context)


def _tabs(view: str, found: QuerySet[Copy]) -> list[dict[str, Any]]:
    labels = {"to_copy": _("Zelf overnemen"), "waiting": _("Wacht"), "settled": _("Overgenomen")}
    counts = {name: found.filter(status__in=states).count() for name, states in VIEWS.items() if name != "settled"}
    current = view if view in VIEWS else "to_copy"
    return [
        {"url": f"?view={name}", "label": label, "count": counts.get(name), "current": name == current}
        for name, label in labels.items()
    ]


def _rows(found: list[Copy], patients: dict[int, Patient]) -> list[dict[str, Any]]:
    return [
        {
            "copy": copy,
            "patient": patients.get(copy.patient_id),
            "status": CHIPS[CopyStatus(copy.status)],
            "why": why(copy),
        }
        for copy in found
    ]


def _may_retry(copy: Copy, systems: list[dict[str, Any]]) -> bool:
    """Whether the system of a copy takes this kind by itself."""
    takes = {one["source"].pk: one["copying"].written for one in systems if one["copying"]}
    return copy.is_to_copy and copy.kind in takes.get(copy.source_id, [])


@login_required
@require_safe
def copy(request: ActingRequest, key: uuid.UUID, pk: int) -> HttpResponse:
    """One text with where its copy is; the words ready to copy as long as they are to be copied."""
    actor = request.actor
    found = access.get_copy(actor, pk)
    opening = opened(actor, key, access.FRAME | {Category(found.category)})
    if found.patient_id != opening.patient.pk:
        raise Http404
    return render(
        request,
        "dossier/copy.html",
        {
            "copy": found,
            "words": access.words_of(opening, found),
            "status": CHIPS[CopyStatus(found.status)],
            "why": why(found),
            "may_retry": _may_retry(found, access.systems_of(actor)),
            "person": access.person_of(opening, actor),
        },
    )


@login_required
@require_POST
def copy_step(request: ActingRequest, pk: int, step: str) -> HttpResponse:
    """Tick off what was copied by hand, put it back, or try once more to bring it."""
    actor = request.actor
    found = access.get_copy(actor, pk)
    if step == "done":
        actions.mark_copied(copy=found, by=actor)
        messages.success(request, _("Afgevinkt. Bij “Overgenomen” kunt u dit terugzetten."))
    elif step == "undo":
        actions.unmark_copied(copy=found, by=actor)
        messages.success(request, _("Het staat weer op de lijst."))
    elif step == "retry":
        actions.retry_copy(copy=found, by=actor)
        messages.success(request, _("Het wordt opnieuw geprobeerd."))
    else:
        raise Http404
    return redirect("dossier:copies_of", pk=found.source_id)


@login_required
@require_POST
def copies_retry(request: ActingRequest, pk: int) -> HttpResponse:
    """Try once more to bring everything to one system that did not get there."""
    actor = request.actor
    source = access.get_own_source(actor, pk)
    tried = _retry_all(actor, source)
    words = ngettext("%(n)s tekst wordt opnieuw geprobeerd.", "%(n)s teksten worden opnieuw geprobeerd.", tried) % {
        "n": tried
    }
    messages.success(request, words)
    return redirect("dossier:copies_of", pk=source.pk)


def _retry_all(actor: Actor, source: Source) -> int:
    systems = access.systems_of(actor)
    waiting = access.copies_for(actor, source).to_copy().order_by("pk")[:AT_ONCE]
    ready = [one for one in waiting if _may_retry(one, systems)]
    for one in ready:
        actions.retry_copy(copy=one, by=actor)
    return len(ready)


@login_required
@require_http_methods(["GET", "POST"])
def copying(request: ActingRequest, pk: int) -> HttpResponse:
    """State which kinds of text a system takes, for who manages the sources of the own organisation."""
    actor = request.actor
    source = access.get_own_source(actor, pk)
    if not access.may_set(actor, source):
        raise PermissionDenied(_("Dit stelt in wie de bronnen van uw organisatie beheert."))
    settings = next((one["copying"] for one in access.systems_of(actor) if one["source"].pk == source.pk), None)
    form = CopyingForm(request.POST or None, copying=settings)
    if request.method == "POST" and form.is_valid():
        actions.state_copying(source=source, by=actor, **form.values)
        messages.success(request, _("Bewaard. Het geldt voor wat vanaf nu wordt geschreven."))
        return redirect("dossier:copies_of", pk=source.pk)
    told = settings.abilities if settings and settings.abilities_at else {}
    takes = [name for name, ability in told.items() if ability.get("create")]
    return render(
        request,
        "dossier/copying.html",
        {
            "form": form,
            "source": source,
            "takes": takes,
            "asked_at": settings.abilities_at if settings else None,
            "ways": list(WAYS.values()),
        },
    )
