"""The coded part of facts that go along with something, beside their words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from dossier.models import Fact
from dossier.sources.coded import coded_of


def coded_for(patient_id: int, refs: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Of facts (``fact:`` and their ``reference``) what they say in codes, values and periods; the record must be open."""
    wanted = {ref for ref in refs if ref.startswith("fact:")}
    if not wanted:
        return {}
    marks = [ref.rpartition("-")[2] for ref in wanted]
    current = Fact.objects.filter(patient_id=patient_id, mark__in=marks, expires_at__gt=timezone.now())
    told = {
        f"fact:{one.reference}": coded_of(one.resource, title=one.title, code=one.code, attention=one.attention)
        for one in current.only("category", "mark", "resource", "title", "code", "attention")
        if f"fact:{one.reference}" in wanted
    }
    return {ref: coded for ref, coded in told.items() if coded is not None}
