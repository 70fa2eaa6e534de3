"""The whole number of a person, shown when asked for and nowhere else."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from dossier.access import bsn_of, person_of
from people.request import ActingRequest
from trust.access import open_record
from workplace.actions import show_bsn
from workplace.views.parts import ALWAYS
from workplace.views.work import actor_of


@require_http_methods(["GET", "POST"])
def bsn(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Ask for the whole BSN, and see it once; within a page it takes the place of the masked one until the next page."""
    actor = actor_of(request)
    opening = open_record(actor, key, ALWAYS)
    number = bsn_of(opening, actor)
    if request.method == "POST":
        show_bsn(patient=opening.patient, by=actor)
        if request.htmx:
            return render(request, "components/bsn.html", {"shown": number})
    context = {"person": person_of(opening, actor), "bsn": number if request.method == "POST" else ""}
    return render(request, "workplace/bsn.html", context)
