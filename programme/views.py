"""The pages of the programme: progress per process, the matrix, one participation, and the admission of participants."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from events.actor import Actor
from events.errors import Refused
from people.actions import move_admission
from people.models import Domain, Organisation
from people.moves import MOVES as ADMISSION_MOVES
from people.moves import Admission
from people.request import ActingRequest
from programme import access, actions
from programme.forms import DomainForm, MergeForm, MoveForm
from programme.models import Participation
from programme.moves import MOVES, Phase, Verb
from trust.actions import merge_organisations

ADMISSION_VERBS = {
    "test": gettext_lazy("Toetsing afronden"),
    "admit": gettext_lazy("Toelaten"),
    "suspend": gettext_lazy("Schorsen"),
    "end": gettext_lazy("Beëindigen"),
}
LOSES_ACCESS = {"suspend", "end"}
ADMISSION_STATUS: dict[str, str] = {
    Admission.APPLIED: "ours", Admission.TESTED: "ours", Admission.ADMITTED: "ok", Admission.SUSPENDED: "stuck", Admission.ENDED: "off",
}  # fmt: skip


def _tabs(current: str) -> list[dict[str, Any]]:
    names = [("programme:overview", _("Voortgang")), ("programme:admission", _("Deelname"))]
    return [{"url": reverse(name), "label": label, "current": name == current} for name, label in names]


@require_GET
def overview(request: ActingRequest) -> HttpResponse:
    """How far the network is with each process, and each participant in a matrix."""
    actor = request.actor
    form = DomainForm(request.GET or None)
    domain = form.cleaned_data["domain"] if form.is_bound and form.is_valid() else ""
    processes, lines = access.matrix(actor, domain=domain)
    found = access.progress(actor)
    bars = [{"label": one.process.name, "value": one.whole.percent} for one in found]
    by_domain = [{share.domain: share for share in one.shares} for one in found]
    domains = [
        (label, [(one.process.name, shares.get(domain)) for one, shares in zip(found, by_domain, strict=True)])
        for domain, label in Domain.choices
        if any(domain in shares for shares in by_domain)
    ]
    context = {
        "processes": processes,
        "lines": lines,
        "progress": found,
        "bars": bars,
        "domains": domains,
        "form": form,
        "goal": access.GOAL,
    }
    return render(request, "programme/overview.html", {**context, "tabs": _tabs("programme:overview")})


@require_http_methods(["GET", "POST"])
def participation(request: ActingRequest, organisation: int, process: int) -> HttpResponse:
    """One participant with one process: the phase, since when and why, and the next move."""
    actor = request.actor
    place, what = access.get_organisation(actor, organisation), access.get_process(actor, process)
    form = MoveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        part = actions.move(organisation=place, process=what, by=actor, **form.cleaned_data)
        words = {"name": place.name, "phase": part.get_phase_display(), "process": what.name}
        messages.success(request, _("%(name)s is nu bij “%(phase)s” van %(process)s.") % words)
        return redirect("programme:overview")
    known = Participation.objects.filter(organisation=place, process=what).first()
    now = Phase(known.phase) if known else None
    reached = list(Phase).index(now) if now else -1
    steps = [
        {"status": "now" if i == reached else "done" if i < reached else "next", "word": phase.label, "note": ""}
        for i, phase in enumerate(Phase)
    ]
    moves = (
        [(Verb(move.verb), move.target.label) for move in MOVES if move.source == now]
        if access.may_manage(actor)
        else []
    )
    context = {
        "organisation": place,
        "process": what,
        "participation": known,
        "steps": steps,
        "moves": moves,
        "form": form,
        "phase": now or "",
    }
    return render(request, "programme/participation.html", context)


@require_GET
def admission(request: ActingRequest) -> HttpResponse:
    """Every organisation with the state of its admission and, for who decides, the next step."""
    actor = request.actor
    rows = [
        {
            "organisation": organisation,
            "status": ADMISSION_STATUS[organisation.admission],
            "next": next(
                ((verb, words) for verb, words, loses_access in _verbs(organisation, actor) if not loses_access), None
            ),
        }
        for organisation in access.admissions(actor)
    ]
    context = {"rows": rows, "may_manage": access.may_manage(actor), "tabs": _tabs("programme:admission")}
    return render(request, "programme/admission.html", context)


@require_http_methods(["GET", "POST"])
def organisation(request: ActingRequest, pk: int) -> HttpResponse:
    """One organisation on its way into, in or out of the network, with what can be decided about it now."""
    actor = request.actor
    found = access.get_organisation(actor, pk)
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        if found.pk == actor.organisation_id and verb in LOSES_ACCESS:
            raise Refused(_("U kunt de organisatie waarvoor u nu werkt niet schorsen of beëindigen."))
        moved = move_admission(organisation=found, verb=verb, by=actor)
        messages.success(
            request, _("%(name)s is nu: %(state)s.") % {"name": moved.name, "state": moved.get_admission_display()}
        )
        return redirect("programme:admission")
    return _organisation_page(request, found)


def _organisation_page(request: ActingRequest, found: Organisation, merging: MergeForm | None = None) -> HttpResponse:
    actor = request.actor
    may = access.may_manage(actor)
    leaving = found.admission in {Admission.ADMITTED, Admission.SUSPENDED} and found.pk != actor.organisation_id
    context = {
        "organisation": found,
        "status": ADMISSION_STATUS[found.admission],
        "verbs": _verbs(found, actor) if may else [],
        "merging": (merging or MergeForm(organisation=found)) if may and leaving else None,
    }
    return render(request, "programme/organisation.html", context)


@require_http_methods(["POST"])
def merge(request: ActingRequest, pk: int) -> HttpResponse:
    """Join an organisation to another participant."""
    found = access.get_organisation(request.actor, pk)
    form = MergeForm(request.POST, organisation=found)
    if form.is_valid():
        into = form.cleaned_data["into"]
        try:
            merge_organisations(organisation=found, into=into, by=request.actor)
        except Refused as refused:
            form.add_error("into", refused.message)
        else:
            messages.success(request, _("%(name)s is opgegaan in %(into)s.") % {"name": found.name, "into": into.name})
            return redirect("programme:organisation", pk=into.pk)
    return _organisation_page(request, found, form)


def _verbs(organisation: Organisation, actor: Actor) -> list[tuple[str, str, bool]]:
    """What can be decided about an organisation now, in words, and whether it loses access by it; nobody shuts the own door."""
    verbs = [
        (step.verb, str(ADMISSION_VERBS[step.verb]), step.verb in LOSES_ACCESS)
        for step in ADMISSION_MOVES
        if organisation.admission in step.sources
    ]
    return [verb for verb in verbs if not (verb[2] and organisation.pk == actor.organisation_id)]
