"""A made-up source with one patient, of which a test decides all else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from urllib.parse import parse_qs

from dossier.sources.fetch import fetch_record
from dossier.sources.results import SourceConfig, UserContext
from region.source_examples import BSN, VAN_PUTTEN
from trust.categories import Category

BORN = "1934-04-28"


class Fake:
    """A source with one patient of which a test decides the rest."""

    def __init__(
        self, answer: Callable[[str, dict[str, list[str]]], Any], patient: dict[str, Any] | None = None
    ) -> None:
        self.answer = answer
        self.patient = patient or {
            "resourceType": "Patient",
            "id": "p1",
            "identifier": [{"system": BSN, "value": VAN_PUTTEN}],
            "birthDate": BORN,
        }
        self.headers: list[dict[str, str]] = []
        self.seen: list[str] = []
        self.busy = self.most = 0
        self.lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with self.lock:
            self.busy += 1
            self.most = max(self.most, self.busy)
            self.headers.append({name: value for name, value in environ.items() if name.startswith("HTTP_")})
            self.seen.append(environ["PATH_INFO"] + "?" + environ["QUERY_STRING"])
        try:
            if environ["REQUEST_METHOD"] == "POST":
                found: Any = bundle(self.patient)
            else:
                found = self.answer(environ["PATH_INFO"].lstrip("/"), parse_qs(environ["QUERY_STRING"]))
            status, body = found if isinstance(found, tuple) else ("200 OK", found)
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers = [("Content-Type", "application/fhir+json")]
            if status.startswith("30"):
                headers.append(("Location", "http://127.0.0.1:9/elsewhere"))
            start(status, headers)
            return [raw]
        finally:
            with self.lock:
                self.busy -= 1

    def ask(self, address: str, categories: set[int] | None = None, seconds: float = 3, **more: Any) -> Any:
        source = SourceConfig(address, "R4", "Nep", **more)
        return fetch_record(
            source,
            VAN_PUTTEN,
            date(1934, 4, 28),
            categories or {Category.PROBLEMS},
            seconds,
            "req-7",
            UserContext("u1", "01.015"),
        )


def bundle(*resources: dict[str, Any], next_url: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": item} for item in resources],
    }
    if next_url:
        made["link"] = [{"relation": "next", "url": next_url}]
    return made


def condition(source_id: str = "c1", subject: Any = "Patient/p1", **more: Any) -> dict[str, Any]:
    reference = {"reference": subject} if isinstance(subject, str) else subject
    return {"resourceType": "Condition", "id": source_id, "code": {"text": "Jicht"}, "subject": reference, **more}


def only_conditions(*resources: dict[str, Any], **more: Any) -> Callable[..., Any]:
    return lambda path, query: bundle(*resources, **more) if path == "Condition" else bundle()
