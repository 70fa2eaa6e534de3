"""The pages of signals and watches: what was found, one signal with its lines, and which records are watched."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oversight import sentences
from oversight.access import signal as access
from oversight.access.guard import get_officer
from oversight.actions import signal as actions
from oversight.actions.guard import note_lines
from oversight.forms.signal import SettleForm, SignalFilterForm, WatchForm
from oversight.moves import Status, Verb
from people.access import participants
from people.request import ActingRequest

PAGE = 25
LINES = 12
STATUS: dict[str, str] = {Status.NEW: "new", Status.EXPLAINED: "done", Status.FOLLOWED_UP: "ok"}


@require_safe
def signals(request: ActingRequest) -> HttpResponse:
    """The signals that were found, the new ones unless otherwise chosen."""
    actor = request.actor
    officer = get_officer(actor)
    query = request.GET.copy()
    shown = query.get("status", Status.NEW)
    form = SignalFilterForm(query, organisations=participants() if officer.regional else [])
    chosen = {name: value for name, value in form.chosen.items() if name != "status"}
    status = shown if shown in Status.values else ""
    page = Paginator(access.signals_for(actor, status=status, **chosen), PAGE).get_page(query.get("page"))
    query.pop("page", None)
    tabs = []
    for value, label in [*Status.choices, ("all", _("alle"))]:
        query["status"] = value
        tabs.append(
            {"url": f"?{query.urlencode()}", "label": str(label).capitalize(), "current": value == (status or "all")}
        )
    query["status"] = status or "all"
    rows = [(one, STATUS[one.status], sentences.signal(one.kind, one.lines)) for one in page]
    context = {
        "rows": rows,
        "page": page,
        "tabs": tabs,
        "form": form,
        "status": status or "all",
        "query": f"{query.urlencode()}&",
    }
    return render(request, "oversight/signals.html", context)


@require_http_methods(["GET", "POST"])
def signal(request: ActingRequest, pk: int) -> HttpResponse:
    """One signal: the pattern in plain words, the lines it rests on, and what was decided or can be."""
    actor = request.actor
    found = access.get_signal(actor, pk)
    form = SettleForm(request.POST or None, initial={"note": found.note})
    verb = request.POST.get("verb", "")
    if request.method == "POST" and verb in Verb.values and form.is_valid():
        settled = actions.settle(signal=found, verb=verb, note=form.cleaned_data["note"], by=actor)
        messages.success(request, _("Het signaal is nu: %(state)s.") % {"state": settled.get_status_display()})
        return redirect("oversight:signals")
    lines = access.lines_of(actor, found, limit=LINES)
    note_lines(about=found, shown=len(lines), by=actor)
    context = {
        "signal": found,
        "status": STATUS[found.status],
        "sentence": sentences.signal(found.kind, found.lines),
        "lines": [_line(line) for line in lines],
        "more": max(0, found.lines - len(lines)) if lines else 0,
        "verbs": [Verb(verb) for verb in access.verbs_for(actor, found)],
        "form": form,
    }
    return render(request, "oversight/signal.html", context)


def _line(line: Any) -> dict[str, Any]:
    words = {
        "record.opened": _("dossier geopend"),
        "record.denied": _("geweigerd"),
        "emergency.started": _("noodtoegang gestart"),
    }
    return {
        "at": line.at,
        "words": words.get(line.verb, line.verb),
        "status": "alert" if line.outcome == "denied" else "neutral",
        "patient": line.patient_id,
        "number": line.pk,
    }


@require_http_methods(["GET", "POST"])
def watches(request: ActingRequest) -> HttpResponse:
    """The records that are watched, and the place to watch another."""
    actor = request.actor
    found = access.watches_for(actor)
    form = WatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.place_watch(by=actor, **form.cleaned_data)
        messages.success(request, _("Elke inzage in dit dossier wordt nu een signaal."))
        return redirect("oversight:watches")
    now = timezone.now()
    rows = [(one, one.period.upper is None or one.period.upper > now) for one in found]
    return render(
        request, "oversight/watches.html", {"rows": rows, "form": form, "regional": get_officer(actor).regional}
    )


@require_POST
def end_watch(request: ActingRequest, pk: int) -> HttpResponse:
    """Stop watching a record."""
    actions.end_watch(watch=access.get_watch(request.actor, pk), by=request.actor)
    messages.success(request, _("Dit dossier wordt niet meer in de gaten gehouden."))
    return redirect("oversight:watches")
