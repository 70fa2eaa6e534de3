"""A chosen part of an overview as a document that can be kept: PDF/A-2a, tagged and with its fonts inside."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language

from workplace.access.prints import Printed


def draw(printed: Printed) -> str:
    """The document as a page; to be called while the record is open."""
    sheet = settings.BASE_DIR / "static" / "css" / "record.css"
    content = {"printed": printed, "sheet": sheet.as_uri(), "language": get_language() or "nl"}
    return render_to_string("workplace/print_document.html", content)


def write(page: str, *, on_layout: Callable[[], None] = lambda: None) -> bytes:
    """The page as PDF/A-2a (ISO 19005-2), which can be archived and read aloud; nothing is fetched over a network.

    ``on_layout`` is called when the pages are laid out and are still to be written.
    """
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    document = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols={"file"})).render(pdf_variant="pdf/a-2a")
    on_layout()
    return bytes(document.write_pdf(pdf_variant="pdf/a-2a"))
