"""The pages of who asks: the own requests, a new one by kind, and the person's steps in it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossier.access import entries_for, facts_for, when
from people.models import Organisation, Patient
from people.request import ActingRequest
from rights import access, actions
from rights.access.requests import Line
from rights.forms import RequestForm, TextForm, Thing
from rights.moves import OPEN, Kind
from rights.views.thread import opened, show
from rights.words import RIGHTS, about, state_of
from trust.access import Opening, open_record, scope_of
from trust.categories import Category, from_mask


def _patient(request: ActingRequest) -> Patient:
    return access.acted_for(request.actor, request.acted_for)


@login_required
@require_safe
def mine(request: ActingRequest) -> HttpResponse:
    """The own requests with how far each is, and a door to each right."""
    patient = _patient(request)
    rows = [
        {"request": one, "state": state_of(one, "person"), "open": one.status in OPEN, "about": about(one)}
        for one in access.requests_of(request.actor, patient)
    ]
    copy = access.current_copy(request.actor, patient)
    return render(request, "rights/mine.html", {"rows": rows, "rights": list(RIGHTS.values()), "copy": copy})


@dataclass(frozen=True)
class Start:
    """What a new request begins with: its kind, the opened record, what may be asked of whom, and a line of the log."""

    kind: Kind
    opening: Opening
    organisations: list[Organisation]
    things: list[Thing]
    line: Line | None


def _things(opening: Opening) -> list[Thing]:
    """What of the own record a correction can be about: what it says, of when it is and who holds it."""
    found = [
        Thing(f"entry:{e.pk}", Category(e.category), e.text[:200], when(e.on_date.isoformat()), str(e.organisation))
        for e in entries_for(opening)
    ]
    for fact in facts_for(opening):
        said = " · ".join(dict.fromkeys(filter(None, [fact.title, fact.detail])))
        kind, on = Category(fact.category), when(fact.on_date)
        found.append(Thing(f"fact:{fact.reference}", kind, said, on, str(fact.organisation)))
    return found


def _start(request: ActingRequest, kind: Kind) -> Start:
    patient = _patient(request)
    scope = scope_of(request.actor, patient).categories
    opening = open_record(request.actor, patient.key, scope if kind == Kind.CORRECTION else [Category.IDENTITY])
    asked = request.POST if request.method == "POST" else request.GET
    line = access.line_of(opening, asked.get("day", ""), asked.get("who", "")) if kind == Kind.QUESTION else None
    organisations = [line.organisation] if line else access.askable(opening)
    return Start(kind, opening, organisations, _things(opening) if kind == Kind.CORRECTION else [], line)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ActingRequest) -> HttpResponse:
    """A new request: the kind first, then the form of that kind; from the log it comes with the line it is about."""
    name = (request.POST if request.method == "POST" else request.GET).get("kind", "")
    if name not in Kind.values:
        _patient(request)
        return render(request, "rights/kinds.html", {"rights": list(RIGHTS.values())})
    start = _start(request, Kind(name))
    given = {"kind": start.kind, "organisations": start.organisations, "about": start.things}
    scope = scope_of(request.actor, start.opening.patient).categories
    if request.method == "POST":
        form = RequestForm(request.POST, scope=scope, **given)  # type: ignore[arg-type]
        if form.is_valid():
            return _send(request, start, form)
    else:
        chosen = request.GET.get("reference", "")
        form = RequestForm(initial={"reference": chosen}, scope=scope, **given)  # type: ignore[arg-type]
    context = {"form": form, "right": RIGHTS[start.kind], "line": start.line, "who": request.GET.get("who", "")}
    empty = not (start.things if start.kind == Kind.CORRECTION else start.organisations)
    return render(request, "rights/new.html", {**context, "nothing": empty})


def _send(request: ActingRequest, start: Start, form: RequestForm) -> HttpResponse:
    data = form.cleaned_data
    subject = access.subject_of(start.opening, data["reference"]) if "reference" in data else None
    made = actions.send(
        patient=start.opening.patient,
        organisation=subject.organisation if subject else data["organisation"],
        kind=start.kind,
        text=data["text"],
        categories=form.wanted,
        subject=subject,
        proposed=data.get("proposed", ""),
        about_day=start.line.day if start.line else None,
        about_user=start.line.user if start.line else None,
        token=data["token"],
        by=request.actor,
    )
    messages.success(request, _("Uw verzoek is verstuurd naar %(who)s.") % {"who": made.organisation})
    return redirect("rights:request", made.pk)


@login_required
@require_POST
def answer(request: ActingRequest, pk: int) -> HttpResponse:
    """Answer what the organisation asked."""
    form = TextForm(request.POST, label=_("Uw antwoord"))
    if not form.is_valid():
        return show(request, pk, form=form)
    actions.answer(request=opened(request, pk), text=form.cleaned_data["text"], by=request.actor)
    messages.success(request, _("Uw antwoord is verstuurd."))
    return redirect("rights:request", pk)


@login_required
@require_POST
def withdraw(request: ActingRequest, pk: int) -> HttpResponse:
    """Withdraw the own request."""
    actions.withdraw(request=opened(request, pk), by=request.actor)
    messages.success(request, _("Uw verzoek is ingetrokken."))
    return redirect("rights:mine")


@login_required
@require_POST
def statement(request: ActingRequest, pk: int) -> HttpResponse:
    """Put a statement beside what was not corrected."""
    form = TextForm(request.POST, label=_("Uw verklaring"))
    if not form.is_valid():
        return show(request, pk, form=form)
    asked = opened(request, pk)
    opening = open_record(request.actor, asked.patient.key, from_mask(asked.categories))
    actions.attach_statement(opening=opening, request=asked, text=form.cleaned_data["text"], by=request.actor)
    messages.success(request, _("Uw verklaring staat nu bij uw gegevens. Wie ze ziet, ziet ook uw verklaring."))
    return redirect("rights:request", pk)
