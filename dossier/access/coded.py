"""The coded part of facts that go along with something, beside their words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dossier.models import Fact
from dossier.sources.coded import coded_of


def coded_for(patient_id: int, refs: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Of facts (``fact:12``) what they say in codes, values and periods, by reference; the record must be open."""
    numbers = [int(ref.partition(":")[2]) for ref in refs if ref.startswith("fact:")]
    if not numbers:
        return {}
    found = Fact.objects.filter(patient_id=patient_id, pk__in=numbers).only("resource", "title", "code", "attention")
    told = {
        f"fact:{one.pk}": coded_of(one.resource, title=one.title, code=one.code, attention=one.attention)
        for one in found
    }
    return {ref: coded for ref, coded in told.items() if coded is not None}
