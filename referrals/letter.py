"""The letter of a referral, and what was reported on it, as documents that can be kept: PDF/A-2a, tagged, with their fonts inside."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language

from dossier.access import when
from referrals import access
from referrals.models import Referral
from trust.access import Opening
from trust.categories import Category


def content_of(referral: Referral, opening: Opening) -> dict[str, Any]:
    """What the letter holds, as far as the record was opened: the question, the form, what was added, and what went along by category."""
    items = groupby(access.items_of(opening, referral), key=lambda one: one.kind)
    return {
        "letter": access.letter_of(opening, referral),
        "answered": access.answers_of(opening, referral),
        "supplements": access.supplements_of(opening, referral),
        "groups": [(Category(kind), [(one, when(one.on_date)) for one in group]) for kind, group in items],
    }


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
