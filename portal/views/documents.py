"""The content of a document in the citizen's own record: each reading opens the record first, and so writes its line in the log."""

from __future__ import annotations

from django.http import HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from dossier.access import KEPT_UNDER, content_of, get_document, headers_of
from dossier.actions import note_read
from people.request import ActingRequest
from portal.access import Standing, open_in
from portal.views.standing import in_record
from trust.categories import Category


@in_record
@require_GET
def document(request: ActingRequest, standing: Standing, category: int, pk: int) -> HttpResponseBase:
    """One document of the record, as a file to keep."""
    wanted = Category(category) if category in KEPT_UNDER else Category.DOCUMENTS
    opening = open_in(request.actor, standing, [wanted], wanted)
    found = get_document(opening, pk)
    content = content_of(found)
    note_read(opening=opening, document=found, shown=False, by=request.actor)
    return StreamingHttpResponse(content.steps(), headers=headers_of(found, shown=False))
