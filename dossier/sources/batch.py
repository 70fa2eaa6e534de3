"""Many searches in one question (FHIR batch, R4 and STU3 http.html#transaction), for a source that says it can."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from dossier.sources.mishap import Mishap
from dossier.sources.reading import Json, dicts, first
from dossier.sources.results import Outcome

AT_ONCE = 4
"""Batches that are asked side by side, so that one slow search does not hold up all the others."""
NO_BATCH = frozenset(
    {
        "not-supported",
        "status-400",
        "status-405",
        "status-413",
        "status-415",
        "status-422",
        "too-big",
        "not-a-bundle",
        "broken-bundle",
        "operation-outcome",
    }
)
"""Answers after which each search is asked by itself."""


def batch_of(searches: Sequence[tuple[str, list[tuple[str, str]]]]) -> Json:
    """The question: each search with its parameters. No BSN stands in them, only the source's own number of the patient."""
    entries = [
        {"request": {"method": "GET", "url": f"{path}?{urlencode(parameters)}"}} for path, parameters in searches
    ]
    return {"resourceType": "Bundle", "type": "batch", "entry": entries}


def answers_of(bundle: Json, count: int) -> list[Json | Mishap]:
    """The answer to each search in the order of asking: a Bundle, or why there is none. Raises ``Mishap`` for what is no answer."""
    if bundle.get("resourceType") == "OperationOutcome":
        raise Mishap(Outcome.FAULT, "operation-outcome")
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "batch-response":
        raise Mishap(Outcome.FAULT, "not-a-bundle")
    entries = dicts(bundle.get("entry"))
    if len(entries) != count:
        raise Mishap(Outcome.FAULT, "broken-bundle")
    return [_answer(entry) for entry in entries]


def _answer(entry: Json) -> Json | Mishap:
    status = str(first(entry.get("response")).get("status") or "")[:3]
    if status in ("401", "403"):
        return Mishap(Outcome.REFUSED, f"status-{status}")
    if status in ("404", "501"):
        return Mishap(Outcome.FAULT, "not-supported")
    if status in ("408", "429", "502", "503", "504"):
        return Mishap(Outcome.NO_ANSWER, f"status-{status}")
    if status != "200":
        return Mishap(Outcome.FAULT, f"status-{status}" if status.isdigit() else "broken-bundle")
    return first(entry.get("resource"))


def can_batch(capability: Json) -> bool:
    """Whether a source says that it takes batches (CapabilityStatement.rest.interaction)."""
    return any(
        interaction.get("code") == "batch"
        for rest in dicts(capability.get("rest"))
        for interaction in dicts(rest.get("interaction"))
    )
