"""The documents of an opened record: what there is, one of them with its former versions, and its content on the way out."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db.models import Count, Window
from django.http import Http404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from dossier.access.sources import likely_sources
from dossier.access.withheld import Why, why_withheld
from dossier.documents import sealing
from dossier.documents.spool import Spool
from dossier.models import Document, DocumentPart, Fact
from events.errors import Refused
from trust.access import Opening
from trust.categories import Category

log = logging.getLogger(__name__)

KEPT_UNDER = (
    Category.DOCUMENTS,
    Category.PLAN,
    Category.WISHES,
    Category.RESULTS,
    Category.MEDICATION,
    Category.FUNCTIONING,
    Category.MENTAL_HEALTH,
    Category.SOCIAL,
    Category.FINANCIAL,
)
"""Under which categories a document may be kept; the category decides who may see it."""

CONTENT_TYPES: dict[str, str] = {
    Document.Format.PDF: "application/pdf",
    Document.Format.PNG: "image/png",
    Document.Format.JPEG: "image/jpeg",
    Document.Format.WEBP: "image/webp",
    Document.Format.HEIC: "image/heic",
    Document.Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Document.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Document.Format.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    Document.Format.ODT: "application/vnd.oasis.opendocument.text",
    Document.Format.TEXT: "text/plain; charset=utf-8",
}
PICTURES = frozenset({Document.Format.PNG, Document.Format.JPEG, Document.Format.WEBP})
SHOWN = PICTURES | {Document.Format.PDF, Document.Format.TEXT}
"""The forms that a browser shows by itself; of the others only the file is handed out."""


def documents_for(opening: Opening, limit: int | None = None) -> list[Document]:
    """The newest version of each document that the opened record shows, the newest first; one query.

    Each tells in ``total`` how many there are, also when no more than ``limit`` are given.
    """
    found = (
        Document.objects.filter(patient=opening.patient, replaced_by=None)
        .select_related("organisation")
        .defer("wrapped_key")
        .annotate(total=Window(Count("*")))
        .order_by("-on_date", "-at", "-pk")
    )
    return list(found[:limit])


def get_document(opening: Opening, pk: int) -> Document:
    """One version of a document of the opened record; of another record, or kept back, it does not exist."""
    found = (
        Document.objects.filter(patient=opening.patient, pk=pk).select_related("organisation", "replaced_by").first()
    )
    if found is None:
        raise Http404
    return found


def versions_of(document: Document) -> list[Document]:
    """All versions of the document that this is one of and that the opened record shows, the newest first."""
    same = list(
        Document.objects.filter(patient=document.patient_id, category=document.category)
        .select_related("organisation")
        .defer("wrapped_key")
    )
    by_number = {one.pk: one for one in same}
    newer = {one.replaces_id: one for one in same if one.replaces_id}
    newest = by_number[document.pk]
    while newest.pk in newer:
        newest = newer[newest.pk]
    versions = [newest]
    while (former := versions[-1].replaces_id) in by_number:
        versions.append(by_number[former])
    return versions


def documents_elsewhere(opening: Opening) -> list[Fact]:
    """What the systems of participants told about documents that they hold, the newest first; their content stays there."""
    return list(
        Fact.objects.filter(patient=opening.patient, category=Category.DOCUMENTS, expires_at__gt=timezone.now())
        .select_related("source", "organisation")
        .defer("resource", "original", "line")
        .order_by(*Fact.ORDER)
    )


def documents_withheld(opening: Opening, organisation_id: int | None) -> list[str]:
    """Why the systems of others do not tell of their documents, in a sentence per reason; no holder is named."""
    words = {
        Why.NOT_OFFERED: _("Een andere zorgverlener stelt documenten niet beschikbaar."),
        Why.OBJECTION: _("Documenten van een andere zorgverlener zijn dicht door bezwaar of beperking."),
        Why.NO_CONSENT: _("De inwoner gaf geen toestemming om documenten van een andere zorgverlener te tonen."),
    }
    kept = {
        why
        for source in likely_sources(opening, organisation_id)
        for why, categories in why_withheld(source, opening, organisation_id).items()
        if Category.DOCUMENTS in categories
    }
    return [said for why, said in words.items() if why in kept]


def content_of(document: Document) -> Spool:
    """The content, opened and found whole before the first byte leaves; who asks for it reads and closes it.

    Raises ``Refused`` when it does not open: its key is gone from the settings, or somebody changed what is kept.
    """
    parts = DocumentPart.objects.filter(document=document).order_by("number").values_list("sealed", flat=True)
    content = Spool(settings.FILE_UPLOAD_TEMP_DIR)
    try:
        wrapped = sealing.Wrapped(document.key_id, bytes(document.wrapped_key))
        key = sealing.unwrap(wrapped, document.patient_id)
        for piece in sealing.unseal(parts.iterator(chunk_size=2), document.size, key):
            content.write(piece)
    except sealing.Unreadable as error:
        content.close()
        log.error("document %s does not open: %s", document.pk, error)
        raise Refused(
            _(
                "Dit document is nu niet te openen. De beheerder kan zien waarom. Vraag het zo nodig bij wie het toevoegde."
            )
        ) from None
    except BaseException:
        content.close()
        raise
    return content


def headers_of(document: Document, *, shown: bool) -> dict[str, str]:
    """The headers under which the content of a document of the record leaves: as :func:`headers_for`."""
    return headers_for(document.format, document.size, document.file_name, shown=shown)


def headers_for(form: str, size: int, name: str, *, shown: bool) -> dict[str, str]:
    """The headers under which a content leaves: its form said for certain, and nothing in it may run, fetch or be framed elsewhere.

    ``shown`` lets the browser show the forms that it can; anything else is handed out as a file. What is shown stands in a
    sandbox, an origin of its own. For a PDF that lets the browser's own viewer run, save and print; of the PDF itself no
    script runs, by this policy and because it came in without.
    """
    inline = shown and form in SHOWN
    framed = "'self'" if inline else "'none'"
    policy = ["default-src 'none'", f"frame-ancestors {framed}", "base-uri 'none'", "form-action 'none'"]
    if form == Document.Format.PDF and inline:
        policy += ["object-src 'self'", "sandbox allow-scripts allow-downloads allow-modals"]
    else:
        policy += ["img-src 'self'", "sandbox"]
    return {
        "Content-Type": CONTENT_TYPES[form],
        "Content-Length": str(size),
        "Content-Disposition": str(content_disposition_header(not inline, name)),
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN" if inline else "DENY",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Accept-Ranges": "none",
    }
