"""The first page of a privacy officer: what waits, and where to look."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from oversight import sentences
from oversight.access import waiting
from people.request import ActingRequest


@require_safe
def home(request: ActingRequest) -> HttpResponse:
    """What waits for me as privacy officer, and the places to look further."""
    found = waiting.waiting_for(request.actor)
    return render(
        request,
        "oversight/home.html",
        {
            "waiting": found,
            "signals": [(signal, sentences.signal(signal.kind, signal.lines)) for signal in found.first_signals],
            "sentence": sentences.waiting(found.emergencies, found.signals, found.requests),
        },
    )
