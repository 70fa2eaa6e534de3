"""The auditor's pages of the log: searching it, and one line in full. Looking here is itself written down."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from events.access import Mark, Search
from oversight import lines, words
from oversight.access import log as access
from oversight.actions import log as actions
from oversight.forms.log import LogSearchForm
from people.models import User
from people.request import ActingRequest

KEPT = "log_search"
"""Where the session keeps what is searched for: a person or a citizen is never named in an address."""


@require_http_methods(["GET", "HEAD", "POST"])
def log(request: ActingRequest) -> HttpResponse:
    """Search the log; a search is posted, kept in the session, and its lines are then read page by page."""
    organisations, bsn = access.organisations_for(request.actor), access.may_use_bsn(request.actor)
    if request.method == "POST":
        if "clear" in request.POST:
            request.session.pop(KEPT, None)
            return redirect("oversight:log")
        name = request.POST.get("person", "").replace("\0", "").strip()
        people = access.professionals_named(request.actor, name) if name else []
        form = LogSearchForm(request.POST, organisations=organisations, people=people, bsn=bsn)
        if form.is_valid():
            number = _citizen(request, form)
            if form.is_valid():
                request.session[KEPT] = form.search(patient_id=number).kept()
                return redirect("oversight:log")
        return render(request, "oversight/log.html", {"form": form, "asked": []}, status=422)
    search = Search.of(request.session.get(KEPT, {}))
    after = Mark.of(request.GET["after"]) if request.GET.get("after") else None
    found = access.lines_for(request.actor, search, after=after)
    actions.note_search(search=search, found=found, by=request.actor)
    names = access.names_in(found.lines)
    person = User.objects.filter(pk=search.user_id).first() if search.user_id else None
    form = LogSearchForm(
        initial={**search.kept(), "person": person.name if person else ""},
        organisations=organisations,
        people=[person] if person else [],
        bsn=bsn,
    )
    return render(
        request,
        "oversight/log.html",
        {
            "form": form,
            "asked": [words.FIELDS[name] for name in search.named],
            "rows": [lines.told(line, names) for line in found.lines],
            "older": found.older,
            "reached": found.reached,
            "further": after is not None,
            "regional": len(organisations) > 1,
        },
    )


def _citizen(request: ActingRequest, form: LogSearchForm) -> int | None:
    """The number of the citizen that is asked for, as typed or as found by BSN; marks the form when there is none."""
    given: dict[str, Any] = form.cleaned_data
    if not given.get("bsn"):
        number: int | None = given["patient_id"]
        return number
    found = actions.find_patient(bsn=given["bsn"], birth_date=given["birth_date"], by=request.actor)
    if found is None:
        form.add_error("bsn", _("Geen regels over iemand met dit BSN en deze geboortedatum binnen uw bereik."))
    return found


@require_safe
def line(request: ActingRequest, pk: int) -> HttpResponse:
    """One line with every field of NEN 7513:2018, and the versions of need and policy it rested on."""
    found = access.get_line(request.actor, pk)
    actions.note_opened(line=found, by=request.actor)
    names = access.names_in([found])
    _need, holders = lines.grounds(found, names)
    return render(
        request,
        "oversight/log_line.html",
        {"told": lines.told(found, names), "fields": lines.in_full(found, names), "holders": holders},
    )
