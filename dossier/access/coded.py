"""The coded part of facts that go along with something, beside their words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dossier.models import Fact
from dossier.sources.coded import coded_of


def coded_for(patient_id: int, refs: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Of facts (``fact:`` and their mark) what they say in codes, values and periods, by reference; the record must be open."""
    marks = [ref.partition(":")[2] for ref in refs if ref.startswith("fact:")]
    if not marks:
        return {}
    found = Fact.objects.filter(patient_id=patient_id, mark__in=marks).only(
        "mark", "resource", "title", "code", "attention"
    )
    told = {
        f"fact:{one.mark}": coded_of(one.resource, title=one.title, code=one.code, attention=one.attention)
        for one in found
    }
    return {ref: coded for ref, coded in told.items() if coded is not None}
