"""The pages of a document of a source: what is known of it, and its content, fetched when somebody asks for it and kept by nobody."""

from __future__ import annotations

import uuid

from allauth.core import ratelimit
from csp.decorators import csp_replace, csp_update
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_safe

from dossier import access, actions
from dossier.access import FRAME, person_of
from dossier.views.documents import category_of
from dossier.views.opened import opened
from events.actor import act, own_transaction
from events.errors import Refused
from people.access import need_professional
from people.request import ActingRequest


@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
@login_required
@require_safe
def source_document(request: ActingRequest, key: uuid.UUID, category: int, number: int, mark: str) -> HttpResponse:
    """What a source told of one of its documents, with a frame in which its content arrives."""
    actor, kept_under = request.actor, category_of(category)
    opening = opened(actor, key, FRAME | {kept_under})
    source = access.get_source(opening, actor.works_for, number)
    if closed := access.why_closed(source, opening, kept_under, actor.works_for):
        raise PermissionDenied(access.said_of_content(closed, source))
    fact = access.get_document_elsewhere(opening, source, kept_under, mark)
    return render(
        request,
        "dossier/source_document.html",
        {"fact": fact, "patient": opening.patient, "person": person_of(opening, actor)},
    )


@csp_replace({"frame-ancestors": ["'self'"]})  # type: ignore[arg-type]
@xframe_options_sameorigin
@own_transaction
@login_required
@require_GET
def source_content(
    request: ActingRequest, key: uuid.UUID, category: int, number: int, mark: str, how: str
) -> HttpResponseBase:
    """The content, shown by the browser or handed out as a file; else words that say why not, within the frame or as a page."""
    actor, kept_under, shown = request.actor, category_of(category), how == "shown"
    need_professional(actor)
    file = reverse("dossier:source_file", args=[key, category, number, mark])
    if limited := ratelimit.consume_or_429(request, action="source_content", limit_get=True):
        return limited if not shown else _framed(request, file, _OFTEN, "no_answer", 429)
    found = actions.bring_content(key=key, number=number, category=kept_under, mark=mark, shown=shown, by=actor)
    received = found.received
    if received and (not shown or received.format in access.SHOWN):
        headers = access.headers_for(received.format, received.size, received.name, shown=shown)
        return StreamingHttpResponse(received.content.steps(), headers=headers)
    if received:
        received.content.close()
    said = "" if received else access.said_of_content(found.reason, found.source)
    closed = found.reason.startswith(access.CLOSED)
    if not shown:
        raise PermissionDenied(said) if closed else Refused(said)
    status = 200 if received else 403 if closed else 409
    return _framed(request, file, said, "no_consent" if closed else "no_answer", status)


_OFTEN = gettext_lazy("U opende kort na elkaar veel documenten van bronnen. Wacht een paar minuten.")


def _framed(request: ActingRequest, file: str, said: object, kind: str, status: int) -> HttpResponse:
    """What stands in the frame in place of the content."""
    with act(request.actor):
        context = {"said": said, "kind": kind, "file": file}
        return render(request, "dossier/source_content.html", context, status=status)
