"""Finding a patient, or one whom this person or team works with, and registering one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from events.actor import Actor
from events.errors import Refused
from people.models import CARE_ROLES, Organisation, Patient
from people.request import ActingRequest
from trust.access import recent_patients, search_patients, worked_with
from trust.actions import register_patient
from workplace.forms import RegisterForm, SearchForm
from workplace.views.work import actor_of

SHOWN = 25
CARRIED = ("bsn", "birth_date", "postcode", "own_name")
"""What was typed to find somebody goes along to where they are registered, in the body."""


@sensitive_post_parameters("q", "name", "birth_date", "postcode", "bsn")
@require_http_methods(["GET", "POST"])
def patients(request: ActingRequest) -> HttpResponse:
    """Find a citizen within reach; what is typed travels in the body, never in an address.

    Before anything was typed it shows whose records this person opened last, and whom they or their team work with.
    """
    actor = actor_of(request)
    form = SearchForm(request.POST if request.method == "POST" else None)
    found: list[Patient] | None = None
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            found = _search(actor, form)
        except Refused as refused:
            form.add_error(None, refused.message)
            status = 429
        else:
            typed = form.cleaned_data
            if len(found) == 1 and (typed.get("bsn") or (typed["names"] and typed.get("birth_date"))):
                return redirect("workplace:patient", key=found[0].key)
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    context: dict[str, Any] = {
        "form": SearchForm() if form.apart else form,
        "fields": form if form.apart else SearchForm(auto_id="apart_%s"),
        "sought": form,
        "found": None if found is None else found[:SHOWN],
        "more": bool(found and len(found) > SHOWN),
        "may_register": organisation.may_process_bsn and actor.role in CARE_ROLES,
        "carried": _carried(form) if found is not None else {},
    }
    if found is None:
        context |= _known(request, actor)
    return render(request, "workplace/patients.html", context, status=status)


def _search(actor: Actor, form: SearchForm) -> list[Patient]:
    typed = form.cleaned_data
    return search_patients(
        actor,
        names=typed["names"],
        birth_date=typed.get("birth_date"),
        postcode=typed.get("postcode", ""),
        bsn=typed.get("bsn", ""),
        limit=SHOWN + 1,
    )


def _carried(form: SearchForm) -> dict[str, str]:
    typed = form.cleaned_data
    born = typed.get("birth_date")
    names = [name for name in typed["names"] if len(name) > 1]
    return {
        "bsn": typed.get("bsn", ""),
        "birth_date": f"{born:%d-%m-%Y}" if born else "",
        "postcode": typed.get("postcode", ""),
        "own_name": names[-1].capitalize() if names else "",
    }


def _known(request: ActingRequest, actor: Actor) -> dict[str, Any]:
    """Whom this person knows already: opened last, worked with, or worked with by the team; one of the three at a time."""
    view = request.GET.get("view", "")
    url = reverse("workplace:patients")
    recent = recent_patients(actor, 12) if view not in {"mine", "team"} else []
    if not view and not recent:
        view = "mine"
    known = recent if view not in {"mine", "team"} else worked_with(actor, mine=view == "mine")
    tabs = [
        {"url": f"{url}?view=recent", "label": _("Kort geleden geopend"), "current": view not in {"mine", "team"}},
        {"url": f"{url}?view=mine", "label": _("Mijn patiënten"), "current": view == "mine"},
        {"url": f"{url}?view=team", "label": _("Van het team"), "current": view == "team"},
    ]
    return {"known": known, "tabs": [{**tab, "count": None} for tab in tabs], "view": view or "recent"}


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def register(request: ActingRequest) -> HttpResponse:
    """Register a citizen, or state a care relation with one whom the network knows; what was typed to find them stands there."""
    actor = actor_of(request)
    if not Organisation.objects.get(pk=actor.organisation_id).may_process_bsn:
        raise Refused(_("Uw organisatie mag het BSN niet gebruiken en kan daarom geen inwoner inschrijven."))
    if request.POST.get("do") == "carry":
        form = RegisterForm(initial={name: request.POST.get(name, "")[:80] for name in CARRIED})
        return render(request, "workplace/register.html", {"form": form})
    form = RegisterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            key = register_patient(registration=form.registration(), by=actor)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("De inwoner is ingeschreven bij uw organisatie."))
            return redirect("workplace:patient", key=key)
    return render(request, "workplace/register.html", {"form": form}, status=200)
