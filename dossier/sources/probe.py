"""Trying a source: asks what it is and what it can, about nobody."""

from __future__ import annotations

import time
from concurrent.futures import wait
from dataclasses import replace

from dossier.sources import shared
from dossier.sources.batch import can_batch
from dossier.sources.mishap import Mishap
from dossier.sources.pools import callers
from dossier.sources.results import FetchResult, Outcome, SourceConfig
from dossier.sources.wire import Wire


def probe(source: SourceConfig, deadline_seconds: float, request_id: str) -> FetchResult:
    """Ask a source what it is (``GET [base]/metadata``), without any patient and in nobody's name.

    Goes past the breaker, which any usable answer closes; ``other-version`` where it speaks another version of FHIR.
    """
    started = time.monotonic()
    result = FetchResult(source, Outcome.ANSWERED)
    try:
        wire = Wire(source, started + deadline_seconds, request_id, None)
        future = callers().submit(wire.get, "metadata", [])
        try:
            wait([future], timeout=max(wire.left(), 0))
            told = future.result(timeout=0) if future.done() else None
        finally:
            wire.close()
            late = future.cancel()
        if told is None:
            raise Mishap(Outcome.NO_ANSWER, "busy" if late else "deadline")
        if told.get("resourceType") != "CapabilityStatement":
            raise Mishap(Outcome.FAULT, "not-a-capability")
        if can_batch(told):
            result = replace(result, abilities=frozenset({"batch"}))
        if not str(told.get("fhirVersion", "")).startswith({"R4": "4.0", "STU3": "3.0"}[source.fhir_version]):
            raise Mishap(Outcome.FAULT, "other-version")
    except Mishap as mishap:
        result = replace(result, outcome=mishap.outcome, reason=mishap.reason)
    result = replace(result, seconds=round(time.monotonic() - started, 3))
    shared.leave(source, "trial", result)
    return result
