"""The letter that tells a representative how to act for a patient: PDF/A-2a, with the code and its fonts inside."""

from __future__ import annotations

from hmac import compare_digest

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from events.errors import Refused
from people.models import Patient
from trust.access import digest_of
from trust.models import Mandate


def pdf(mandate: Mandate, patient: Patient, code: str, address: str) -> bytes:
    """The letter with the code, until when it works and what to do with it; ``address`` is where the portal stands.

    PDF/A-2a (ISO 19005-2) can be archived and read aloud. Nothing is fetched over a network. Raises ``Refused`` for another
    code than the one that this mandate waits for: a letter never carries a code that somebody made up.
    """
    if not mandate.code_digest or not compare_digest(digest_of(code), mandate.code_digest):
        raise Refused(
            _("Deze code is niet meer geldig. Beëindig de machtiging en leg haar opnieuw vast voor een nieuwe brief.")
        )
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    sheet = settings.BASE_DIR / "static" / "css" / "letter.css"
    content = {
        "mandate": mandate,
        "patient": patient,
        "code": code,
        "address": address,
        "sheet": sheet.as_uri(),
        "language": get_language() or "nl",
    }
    page = render_to_string("workplace/mandate_letter.html", content)
    return bytes(
        HTML(string=page, url_fetcher=URLFetcher(allowed_protocols={"file"})).write_pdf(pdf_variant="pdf/a-2a")
    )
