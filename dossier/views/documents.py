"""The pages of the documents of a record: all of them, one with its versions, adding one, and the content itself."""

from __future__ import annotations

import uuid
from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dossier import access, actions
from dossier.access import FRAME, person_of
from dossier.access.documents import documents_withheld
from dossier.access.meanwhile import Meanwhile, among_versions
from dossier.documents import scanner
from dossier.documents.upload import takes_file, was_too_large
from dossier.forms.documents import DocumentForm
from dossier.models import Document
from dossier.views.opened import opened
from events.actor import act, own_transaction
from people.request import ActingRequest
from trust.access import Opening
from trust.categories import Category

PAGE = 50


@login_required
@require_safe
def documents(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """All documents of the record, own ones and those that participants keep in their own systems."""
    actor = request.actor
    opening = opened(actor, key, FRAME | set(access.KEPT_UNDER))
    page = Paginator(access.documents_for(opening), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "dossier/documents.html",
        {
            "page": page,
            "elsewhere": access.documents_elsewhere(opening),
            "withheld": documents_withheld(opening, actor.organisation_id),
            "may_add": bool(_writable(opening)),
            "patient": opening.patient,
            "person": person_of(opening, actor),
        },
    )


@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
@login_required
@require_safe
def document(request: ActingRequest, key: uuid.UUID, category: int, pk: int) -> HttpResponse:
    """One version of a document: what it is, its content where a browser can show it, and its other versions."""
    actor = request.actor
    opening = opened(actor, key, FRAME | {category_of(category)})
    found = access.get_document(opening, pk)
    versions = access.versions_of(found)
    return render(
        request,
        "dossier/document.html",
        {
            "document": found,
            "versions": versions,
            "newest": versions[0],
            "may_replace": found.category in opening.own and versions[0].pk == found.pk,
            "is_picture": found.format in access.PICTURES,
            "is_shown": found.format in access.SHOWN,
            "patient": opening.patient,
            "person": person_of(opening, actor),
        },
    )


@login_required
@require_safe
def document_content(request: ActingRequest, key: uuid.UUID, category: int, pk: int, how: str) -> HttpResponseBase:
    """The content: shown by the browser, or handed out as a file. Each reading is an opening and a line of its own."""
    actor = request.actor
    opening = opened(actor, key, {category_of(category)})
    found = access.get_document(opening, pk)
    shown = how == "shown"
    headers = access.headers_of(found, shown=shown)
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    content = access.content_of(found)
    actions.note_read(opening=opening, document=found, shown=shown, by=actor)
    return StreamingHttpResponse(content.steps(), headers=headers)


@own_transaction
@takes_file
@login_required
@require_http_methods(["GET", "POST"])
def document_new(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Add a document. The file comes in and is judged outside any transaction, for both may take a while."""
    actor = request.actor
    with act(actor):
        kinds = _need_writable(opened(actor, key, FRAME | set(access.KEPT_UNDER)))
    form = DocumentForm(
        *_typed(request), categories=kinds, too_large=was_too_large(request), initial=_chosen(request, kinds)
    )
    ready = request.method == "POST" and form.is_valid()
    with act(actor):
        opening = opened(actor, key, FRAME | set(access.KEPT_UNDER))
        if ready and form.received:
            made = actions.add_document(opening=opening, received=form.received, by=actor, **form.cleaned_data)
            messages.success(request, _("Het document staat in het dossier."))
            return redirect("dossier:document", key, made.category, made.pk)
        context = {"form": form, "person": person_of(opening, actor), "patient": opening.patient}
        return render(request, "dossier/document_new.html", {**context, "is_scanned": scanner.is_connected()})


@own_transaction
@takes_file
@login_required
@require_http_methods(["GET", "POST"])
def document_replace(request: ActingRequest, key: uuid.UUID, category: int, pk: int) -> HttpResponse:
    """Add a newer version of a document; the older one stays."""
    actor, kept_under = request.actor, category_of(category)
    with act(actor):
        opening = opened(actor, key, FRAME | {kept_under})
        former, meanwhile = _need_replaceable(opening, pk)
    form = DocumentForm(
        *_typed(request),
        categories=None,
        too_large=was_too_large(request),
        initial={"title": former.title},
        meanwhile=meanwhile,
    )
    ready = request.method == "POST" and form.is_valid()
    with act(actor):
        opening = opened(actor, key, FRAME | {kept_under})
        former, later = _need_replaceable(opening, former.pk)
        if ready and later:
            form.overtake(later)
        elif ready and form.received:
            made = actions.replace_document(
                opening=opening, document=former, received=form.received, by=actor, **form.cleaned_data
            )
            messages.success(request, _("De nieuwe versie staat in het dossier. De oude blijft te lezen."))
            return redirect("dossier:document", key, made.category, made.pk)
        context = {"form": form, "former": former, "person": person_of(opening, actor), "patient": opening.patient}
        context["is_scanned"] = scanner.is_connected()
        return render(request, "dossier/document_new.html", context, status=form.status)


def _typed(request: ActingRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def category_of(number: int) -> Category:
    """The category that an address names; opening judges it. Another number is nobody's, and opens no more than documents."""
    return Category(number) if number in access.KEPT_UNDER else Category.DOCUMENTS


def _chosen(request: ActingRequest, kinds: list[Category]) -> dict[str, Any]:
    asked = request.GET.get("category", "")
    return {"category": int(asked) if asked in {str(int(kind)) for kind in kinds} else int(kinds[0])}


def _writable(opening: Opening) -> list[Category]:
    return [category for category in access.KEPT_UNDER if category in opening.own]


def _need_writable(opening: Opening) -> list[Category]:
    found = _writable(opening)
    if not found:
        raise PermissionDenied(_("In dit dossier schrijft u niet: daarvoor is uw rol of betrokkenheid niet bedoeld."))
    return found


def _need_replaceable(opening: Opening, pk: int) -> tuple[Document, Meanwhile | None]:
    """The newest version, and what changed since the one that was on the page."""
    found = access.get_document(opening, pk)
    if found.category not in opening.own:
        raise PermissionDenied(_("Dit onderdeel van het dossier is voor uw rol of organisatie niet te wijzigen."))
    versions = access.versions_of(found)
    return versions[0], among_versions(versions, pk)
