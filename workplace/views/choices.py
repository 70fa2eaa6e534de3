"""Recording for a patient: a choice about who may see what, and who acts for the patient, with the letter that tells them how."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dossier.access import person_of
from events.errors import Refused
from people.models import Organisation
from people.request import ActingRequest
from trust import actions
from trust.access import Opening, get_mandate, open_record
from workplace import access
from workplace.forms import ChoiceForm, MandateForm
from workplace.letter import pdf
from workplace.views.parts import ALWAYS
from workplace.views.work import actor_of


def _opened(request: ActingRequest, key: uuid.UUID) -> Opening:
    opening = open_record(actor_of(request), key, ALWAYS)
    access.need_care(opening)
    return opening


@require_http_methods(["GET", "POST"])
def consent(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Record a choice that the patient makes here and now, and see what was chosen already and by whom (Wabvpz art. 15a)."""
    opening = _opened(request, key)
    own = Organisation.objects.get(pk=request.actor.organisation_id)
    form = ChoiceForm(request.POST if request.method == "POST" else None, own=own, others=access.readers())
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.choose(patient=opening.patient, by=request.actor, **form.choice())
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _said(made.awaits))
            return redirect("workplace:consent", key=key)
    context = {"form": form, "choices": access.choices_for(opening), "own": own}
    return render(request, "workplace/consent.html", {**context, **_person(opening, request)})


def _said(awaits: bool) -> str:
    if awaits:
        return _("De keuze is vastgelegd en geldt zodra een ouder of voogd haar bevestigt.")
    return _("De keuze is vastgelegd en geldt meteen. De inwoner krijgt bericht.")


@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def mandates(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Who acts for the patient; register one more with a document. The code shows once, on the answer itself, and is kept nowhere."""
    opening = _opened(request, key)
    form = MandateForm(request.POST if request.method == "POST" else None)
    given: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            mandate, code = actions.give_mandate(patient=opening.patient, by=request.actor, **form.mandate())
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            given = {"mandate": mandate, "code": code}
            form = MandateForm()
    context = {
        "form": form,
        "given": given,
        "representatives": access.representatives_for(opening.patient, request.actor),
    }
    return render(request, "workplace/mandates.html", {**context, **_person(opening, request)})


@require_POST
def mandate_end(request: ActingRequest, key: uuid.UUID, pk: int) -> HttpResponse:
    """End a mandate that the own organisation registered; from now on nobody acts on it."""
    opening = _opened(request, key)
    mandate = get_mandate(opening, pk)
    access.need_ours(mandate, request.actor)
    actions.end_mandate(mandate=mandate, by=request.actor)
    messages.success(request, _("De machtiging van %(name)s is beëindigd.") % {"name": mandate.name})
    return redirect("workplace:mandates", key=key)


@sensitive_post_parameters("code")
@require_POST
def mandate_letter(request: ActingRequest, key: uuid.UUID, pk: int) -> HttpResponse:
    """The letter with the code for the representative; made only with the code itself, which nobody kept."""
    opening = _opened(request, key)
    mandate = get_mandate(opening, pk)
    code = request.POST.get("code", "")
    response = HttpResponse(
        pdf(mandate, opening.patient, code, request.build_absolute_uri("/")), content_type="application/pdf"
    )
    response["Content-Disposition"] = 'inline; filename="machtiging.pdf"'
    return response


def _person(opening: Opening, request: ActingRequest) -> dict[str, Any]:
    return {"patient": opening.patient, "person": person_of(opening, request.actor)}
