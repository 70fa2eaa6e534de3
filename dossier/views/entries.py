"""The pages on which an entry of the network's own record is written, and a newer version of it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossier import actions
from dossier.access import person_of, put_copies_beside
from dossier.access.meanwhile import among_versions
from dossier.forms import EntryForm
from dossier.models import Entry
from dossier.views.opened import opened
from people.request import ActingRequest
from trust.access import Opening
from trust.categories import Category

KINDS = [kind for kind in Entry.Kind if kind != Entry.Kind.CONCLUSION]
"""What a person adds by hand; a conclusion comes from its consultation."""

WRITTEN_IN = {Category.IDENTITY, Category.ALERTS, *(actions.CATEGORIES[kind] for kind in KINDS)}


@login_required
@require_http_methods(["GET", "POST"])
def entry_new(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Add an entry of a kind that the own role writes."""
    actor = request.actor
    opening = opened(actor, key, WRITTEN_IN)
    kinds = [kind.value for kind in KINDS if actions.CATEGORIES[kind] in opening.own]
    if not kinds:
        raise PermissionDenied(_("In dit dossier schrijft u niet: daarvoor is uw rol of betrokkenheid niet bedoeld."))
    form = EntryForm(request.POST or None, kinds=kinds, initial={"kind": request.GET.get("kind", "")})
    if request.method == "POST" and form.is_valid():
        actions.add_entry(opening=opening, by=actor, **{"kind": kinds[0], **form.cleaned_data})
        messages.success(request, _("Het staat in het dossier."))
        return redirect("workplace:patient", key)
    return render(request, "dossier/entry_new.html", {"form": form, "person": person_of(opening, actor)})


@login_required
@require_http_methods(["GET", "POST"])
def entry_replace(request: ActingRequest, key: uuid.UUID, pk: int) -> HttpResponse:
    """Change an entry by a newer version; the older ones stay readable below."""
    actor = request.actor
    opening = opened(actor, key, WRITTEN_IN | {Category.MEDICATION})
    entry, *older = _versions(opening, pk)
    put_copies_beside([entry])
    may_change = Category(entry.category) in opening.own
    form = EntryForm(
        request.POST or None,
        kinds=[entry.kind],
        meanwhile=among_versions([entry, *older], pk),
        initial={"text": entry.text, "on_date": entry.on_date, "done": entry.done},
    )
    if request.method == "POST" and form.is_valid():
        actions.replace_entry(opening=opening, entry=entry, by=actor, **form.cleaned_data)
        messages.success(request, _("De nieuwe versie staat in het dossier."))
        return redirect("workplace:patient", key)
    if entry.pk != pk and request.method == "GET":
        return redirect("dossier:entry_replace", key, entry.pk)
    context = {
        "form": form,
        "entry": entry,
        "older": older,
        "may_change": may_change,
        "person": person_of(opening, actor),
    }
    return render(request, "dossier/entry_replace.html", context, status=form.status)


def _versions(opening: Opening, pk: int) -> list[Entry]:
    """All versions of the entry that ``pk`` is a version of, the newest first; one query."""
    asked = Entry.objects.filter(patient=opening.patient, pk=pk).first()
    if asked is None:
        raise Http404
    same = list(
        Entry.objects.filter(patient=opening.patient, kind=asked.kind, category=asked.category).select_related(
            "organisation"
        )
    )
    by_number = {entry.pk: entry for entry in same}
    newer = {entry.replaces_id: entry for entry in same if entry.replaces_id}
    newest = by_number[asked.pk]
    while newest.pk in newer:
        newest = newer[newest.pk]
    versions = [newest]
    while versions[-1].replaces_id in by_number:
        versions.append(by_number[versions[-1].replaces_id])
    return versions
