"""Referring a group: choose an offer, choose who, ask once; and how far it is."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from people.request import ActingRequest
from referrals import access, actions
from referrals.forms import BatchForm, GroupForm
from referrals.models import Batch
from square.models import HealthcareService

STOP_POLLING = 286


@login_required
@require_http_methods(["GET", "POST"])
def batches(request: ActingRequest) -> HttpResponse:
    """Choose an offer and who of the own citizens; with ``service`` the second is shown, and sent by post."""
    said = request.GET
    access.need_organisation(request.actor)
    service = access.service_for_batch(said.get("service", ""))
    if service is None:
        words = said.get("q", "")[:120]
        context = {
            "words": words, "services": access.services_for_batch(words),
            "former": access.batches_for(request.actor)[:10], "gone": bool(said.get("service")),
        }  # fmt: skip
        return render(request, "referrals/batches.html", context)
    return _chosen(request, service)


def _chosen(request: ActingRequest, service: HealthcareService) -> HttpResponse:
    usual = access.usual_group(service)
    looked = {name: request.GET[name] for name in GroupForm.base_fields if name in request.GET}
    group = GroupForm({"lowest": usual.lowest, "highest": usual.highest, "municipality": usual.municipality, **looked})
    group.is_valid()
    found, more = access.candidates(request.actor, service, group.group())
    if request.method == "POST":
        form = BatchForm(request.POST, candidates=found)
        if form.is_valid():
            values = form.cleaned_data
            chosen = set(values["patients"])
            made = actions.ask_batch(
                service=service, patients=[one.patient for one in found if str(one.patient.key) in chosen], question=values["question"],
                agreed=values["agreed"], urgency=values["urgency"], token=values["token"], by=request.actor,
            )  # fmt: skip
            return redirect("referrals:batch", made.pk)
    else:
        form = BatchForm(candidates=found, initial={"token": uuid.uuid4()})
    context = {
        "service": service, "group": group, "form": form, "candidates": found, "more": more, "most": access.MOST_TOGETHER,
        "ticked": request.POST.getlist("patients"), "able": sum(not one.running for one in found),
    }  # fmt: skip
    return render(request, "referrals/batch_new.html", context)


@login_required
@require_safe
def batch(request: ActingRequest, pk: int) -> HttpResponse:
    """How a group stands: how far, and how it went with each."""
    return render(request, "referrals/batch.html", _state(access.get_batch(request.actor, pk)))


@login_required
@require_safe
def batch_state(request: ActingRequest, pk: int) -> HttpResponse:
    """The same, asked again while the worker is busy."""
    made = access.get_batch(request.actor, pk)
    status = 200 if made.unfinished else STOP_POLLING
    return render(request, "referrals/_batch.html", _state(made), status=status)


def _state(made: Batch) -> dict[str, object]:
    people = access.people_of(made)
    return {
        "batch": made,
        "patients": people,
        "sent": sum(one.referral_id is not None for one, _patient in people),
        "refused": sum(bool(one.refusal) for one, _patient in people),
    }
