"""The list of care relations to confirm or to end."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from people.request import ActingRequest
from trust import actions
from workplace import access
from workplace.forms import TendForm
from workplace.views.work import actor_of


@require_http_methods(["GET", "POST"])
def relations(request: ActingRequest) -> HttpResponse:
    """Which relations are worth a look and why, 50 on a page in a fixed number of queries; confirm or end a number at once."""
    actor = actor_of(request)
    cause = request.GET.get("cause", "")
    cause = cause if cause in access.CAUSES else ""
    here = reverse("workplace:relations")
    form = TendForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        _tend(form, request)
        return redirect(f"{here}?{urlencode({'cause': cause})}" if cause else here)
    marks = access.worth_a_look(actor)
    counts = access.count_causes(marks)
    chosen = [mark for mark in marks if not cause or cause in mark.causes]
    page, lines = access.relations_to_tend(chosen, page=request.GET.get("page"))
    sifts = [{"url": here, "label": _("alle"), "count": len(marks), "current": not cause}]
    sifts += [
        {"url": f"{here}?cause={name}", "label": label, "count": counts[name], "current": cause == name}
        for name, label in access.CAUSES.items()
        if counts[name] or cause == name
    ]
    return render(
        request,
        "workplace/relations.html",
        {
            "form": form,
            "page": page,
            "lines": [(line, [access.CAUSES[name] for name in line.causes]) for line in lines],
            "sifts": sifts,
            "query": f"cause={cause}&" if cause else "",
            "chosen": set(request.POST.getlist("relations")),
            "total": len(marks),
        },
    )


def _tend(form: TendForm, request: ActingRequest) -> None:
    chosen = access.chosen_relations(request.actor, form.cleaned_data["relations"])
    for relation in chosen:
        if form.cleaned_data["do"] == "end":
            actions.close_relation(relation=relation, reason=form.cleaned_data["reason"], by=request.actor)
        else:
            actions.confirm_relation(relation=relation, by=request.actor)
    if not chosen:
        messages.info(request, _("Deze relaties waren al beëindigd."))
    elif form.cleaned_data["do"] == "end":
        said = ngettext("%(n)s relatie is beëindigd.", "%(n)s relaties zijn beëindigd.", len(chosen))
        messages.success(request, said % {"n": len(chosen)})
    else:
        said = ngettext("%(n)s relatie is bevestigd.", "%(n)s relaties zijn bevestigd.", len(chosen))
        messages.success(request, said % {"n": len(chosen)})
