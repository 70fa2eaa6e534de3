"""The sealed files of the log: ask for one, see how far it is, and fetch it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from events.access import Search
from oversight import words
from oversight.access import exports as access
from oversight.actions import exports as actions
from oversight.views.log import KEPT
from people.request import ActingRequest

SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: ActingRequest) -> HttpResponse:
    """The files of the own organisation; posting asks for the lines of the search that is shown."""
    if request.method == "POST":
        actions.ask_export(search=Search.of(request.session.get(KEPT, {})), by=request.actor)
        return redirect("oversight:exports")
    found = list(access.exports_for(request.actor)[:SHOWN])
    busy = any(one.unfinished for one in found)
    rows = [
        {
            "export": one,
            "asked": [words.FIELDS[name] for name in Search.of(one.query).named],
            "why": words.failure(one.reason),
        }
        for one in found
    ]
    whole = not request.htmx
    return render(
        request, "oversight/exports.html" if whole else "oversight/_exports.html", {"rows": rows, "busy": busy}
    )


@require_safe
def export_file(request: ActingRequest, pk: int) -> HttpResponse:
    """The file itself; fetching it is a line in the log."""
    export = access.get_ready(request.actor, pk)
    response = HttpResponse(actions.fetch(export=export, by=request.actor), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="logboek-{export.made_at:%Y%m%d}-{export.pk}.zip"'
    return response
