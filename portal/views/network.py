"""The citizen's page of who helps, and of the own contact persons: adding, changing, ending, and what others propose."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossier import actions
from dossier.access import network as around
from dossier.access import participants_for, register, related_persons_for
from dossier.access.meanwhile import in_the_register
from dossier.forms import EndForm, RelatedPersonForm
from dossier.models import Proposal, RelatedPerson
from people.request import ActingRequest
from portal import access
from portal.access import Standing, open_in
from portal.views.standing import in_record
from trust.access import Opening
from trust.categories import Category


def _opened(request: ActingRequest, standing: Standing, *, write: bool = True) -> Opening:
    if write:
        access.need_acting(standing)
    return open_in(request.actor, standing, [Category.IDENTITY, Category.NETWORK], Category.NETWORK)


@in_record
@require_safe
def network(request: ActingRequest, standing: Standing) -> HttpResponse:
    """Who helps the citizen, the contact persons, and what others propose about those."""
    opening = _opened(request, standing, write=False)
    team = participants_for(opening)
    proposed = [one for one in register.proposals_for(opening) if one.organisation_id is None]
    for one in proposed:
        one.told = register.told_by(one, one.entry)
    context = {
        "helpers": access.helpers_for(opening, team),
        "outside": [one for one in team if one.place is None],
        "related": related_persons_for(opening),
        "proposed": proposed,
        "standing": standing,
    }
    return render(request, "portal/network.html", context)


@in_record
@require_http_methods(["GET", "POST"])
def contact_new(request: ActingRequest, standing: Standing) -> HttpResponse:
    """Name a contact person oneself; the citizen keeps it."""
    opening = _opened(request, standing)
    form = RelatedPersonForm(request.POST or None, others=related_persons_for(opening), legal=False)
    if request.method == "POST" and form.is_valid():
        actions.add_related_person(opening=opening, values=form.values, other=form.is_other, by=request.actor)
        messages.success(request, _("De contactpersoon staat erbij. Wie u helpt, ziet dit."))
        return redirect("portal:network")
    return render(request, "portal/contact.html", {"form": form, "title": _("Contactpersoon toevoegen")})


@in_record
@require_http_methods(["GET", "POST"])
def contact_change(request: ActingRequest, standing: Standing, entry: uuid.UUID) -> HttpResponse:
    """Correct a contact person: from then on the citizen keeps it; about a representative by law it is asked."""
    opening = _opened(request, standing)
    here = around.get_related_person(opening, entry)
    form = _form_of(request, opening, here, request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = actions.change_entry(
            opening=opening,
            entry=here,
            seen=_seen(request),
            values=form.values,
            by=request.actor,
            why=request.POST.get("why", ""),
        )
        return _done(request, made)
    return _change_page(request, opening, here, form, EndForm())


def _form_of(request: ActingRequest, opening: Opening, here: RelatedPerson, typed: Any) -> RelatedPersonForm:
    meanwhile = in_the_register(opening, here, _seen(request)) if typed else None
    others = related_persons_for(opening)
    return RelatedPersonForm(typed, entry=here, others=others, legal=here.legal, meanwhile=meanwhile)


def _change_page(
    request: ActingRequest, opening: Opening, here: RelatedPerson, form: RelatedPersonForm, end: EndForm
) -> HttpResponse:
    direct = register.may_change(request.actor, opening, here)
    context: dict[str, Any] = {
        "form": form,
        "title": _("Wijzigen: %(who)s") % {"who": here.name},
        "entry": here,
        "keeper": register.keeper_of(here),
        "own": here.organisation_id is None,
        "direct": direct,
        "end": end if direct else None,
    }
    return render(request, "portal/contact.html", context, status=max(form.status, end.status))


@in_record
@require_POST
def contact_end(request: ActingRequest, standing: Standing, entry: uuid.UUID) -> HttpResponse:
    """Say that somebody is no contact person any more."""
    opening = _opened(request, standing)
    here = around.get_related_person(opening, entry)
    form = EndForm(request.POST, meanwhile=in_the_register(opening, here, _seen(request)))
    if not form.is_valid():
        return _change_page(request, opening, here, _form_of(request, opening, here, None), form)
    made = actions.end_entry(
        opening=opening, entry=here, seen=_seen(request), until=form.cleaned_data["until"], by=request.actor
    )
    return _done(request, made)


@in_record
@require_POST
def contact_proposal(request: ActingRequest, standing: Standing, pk: int, answer: str) -> HttpResponse:
    """Take over what somebody proposes about an own contact person, or leave it."""
    opening = _opened(request, standing)
    asked = register.get_proposal(opening, pk)
    if answer == "accept":
        actions.accept_proposal(opening=opening, proposal=asked, by=request.actor)
        messages.success(request, _("U heeft de wijziging overgenomen."))
    elif answer == "decline":
        actions.decline_proposal(opening=opening, proposal=asked, reply="", by=request.actor)
        messages.success(request, _("Het blijft zoals het was."))
    else:
        raise Http404
    return redirect("portal:network")


def _seen(request: ActingRequest) -> int:
    said = request.POST.get("version", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0


def _done(request: ActingRequest, made: object) -> HttpResponse:
    if isinstance(made, Proposal):
        who = made.organisation.name if made.organisation else ""
        messages.success(request, _("Uw voorstel is gestuurd naar %(who)s.") % {"who": who})
    else:
        messages.success(request, _("De wijziging is bewaard. Wie u helpt, ziet dit."))
    return redirect(reverse("portal:network"))
