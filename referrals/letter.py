"""The letter of a referral, and what was reported on it, as documents that can be kept: PDF/A-2a, tagged, with their fonts inside."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language

from referrals.models import Referral


def pdf(referral: Referral, content: dict[str, Any], template: str = "referrals/letter.html") -> bytes:
    """The letter with the question, the wish and what went along, or the report; ``content`` comes from an opened record.

    PDF/A-2a (ISO 19005-2) can be archived and read aloud. Nothing is fetched over a network.
    """
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    sheet = settings.BASE_DIR / "static" / "css" / "letter.css"
    language = get_language() or "nl"
    page = render_to_string(template, {**content, "referral": referral, "sheet": sheet.as_uri(), "language": language})
    return bytes(
        HTML(string=page, url_fetcher=URLFetcher(allowed_protocols={"file"})).write_pdf(pdf_variant="pdf/a-2a")
    )
