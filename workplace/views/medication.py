"""The medicines of a patient: the actual overview, with what stands beside it, on screen and on paper."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from dossier.access import person_of
from dossier.actions import ask_sources
from events.actor import act, own_transaction
from people.request import ActingRequest
from trust.access import open_record
from trust.categories import Category
from workplace.access.medication import BESIDE, LABS, MEDICINES, medication_page
from workplace.views.work import actor_of

OPENED = frozenset({Category.IDENTITY, Category.NETWORK, Category.WISHES}) | MEDICINES | BESIDE | LABS
"""What the page opens: the medicines, what stands beside them, and what every page of a person shows of them."""


@require_GET
@own_transaction
def medication(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """The medication overview; with ``sources`` the sources that were not asked yet are asked first."""
    actor = actor_of(request)
    if "sources" in request.GET:
        ask_sources(key=key, by=actor)
        if not request.htmx:
            return redirect("workplace:medication", key=key)
    with act(actor):
        opening = open_record(actor, key, OPENED)
        context = {"page": medication_page(opening, actor), "patient": opening.patient, "key": key}
        if request.htmx:
            return render(request, "workplace/_medication.html", {**context, "asked": True})
        return render(request, "workplace/medication.html", {**context, "person": person_of(opening, actor)})
