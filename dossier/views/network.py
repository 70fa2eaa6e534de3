"""The page of the contact persons and informal carers."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossier import actions
from dossier.access import person_of, related_persons_for
from dossier.forms import RelatedPersonForm
from dossier.views.opened import opened
from people.request import ActingRequest
from trust.categories import Category


@login_required
@require_http_methods(["GET", "POST"])
def contacts(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """The contact persons and informal carers, and adding one."""
    actor = request.actor
    opening = opened(actor, key, {Category.IDENTITY, Category.NETWORK, Category.WISHES, Category.ALERTS})
    if Category.NETWORK not in opening.own:
        raise PermissionDenied(_("De contactpersonen van deze inwoner zijn voor u niet te zien."))
    form = RelatedPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.add_related_person(opening=opening, by=actor, **form.cleaned_data)
        messages.success(request, _("De contactpersoon staat in het dossier."))
        return redirect("dossier:contacts", key)
    return render(
        request,
        "dossier/contacts.html",
        {"form": form, "persons": related_persons_for(opening), "person": person_of(opening, actor)},
    )
