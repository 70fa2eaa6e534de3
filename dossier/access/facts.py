"""The facts of source systems that an opened record shows."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dossier.access.entries import statements_for
from dossier.models import Fact
from trust.access import Opening


def facts_for(opening: Opening) -> list[Fact]:
    """The facts of source systems that the opened record shows, newest first; the database filters by what was opened."""
    facts = list(
        Fact.objects.filter(patient=opening.patient, expires_at__gt=timezone.now())
        .select_related("source", "organisation")
        .defer("resource")
        .order_by("-on_date", "title")
    )
    beside = statements_for(opening)
    for fact in facts:
        fact.statements = beside.get(f"fact:{fact.source_id}:{fact.resource_type}/{fact.source_key}", [])
    return facts


def when(on_date: str) -> str:
    """A whole or partial date (``2011``, ``2011-05``, ``2011-05-03``) as people write it."""
    parts = on_date[:10].split("-")
    try:
        numbers = [int(part) for part in parts]
        if len(numbers) == 3:
            return date_format(date(*numbers), _("j b Y"))
        if len(numbers) == 2:
            return date_format(date(numbers[0], numbers[1], 1), _("b Y"))
    except ValueError:
        return on_date
    return on_date[:4]
