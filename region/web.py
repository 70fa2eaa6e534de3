"""What the small pages of the demonstration region share: reading a request, answering it, and one plain look."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

LARGEST_FORM = 64 * 1024

STYLE = (Path(__file__).parent / "region.css").read_bytes()


class Request:
    """One request as WSGI hands it over; ``path`` is what is left below the place where the callable is mounted."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ.get("PATH_INFO", "") or "/"

    @cached_property
    def query(self) -> dict[str, str]:
        """The parameters in the address; of a repeated one the first."""
        return _first(self.environ.get("QUERY_STRING", ""))

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a posted form; of a repeated one the first."""
        length = min(int(self.environ.get("CONTENT_LENGTH") or 0), LARGEST_FORM)
        return _first(self.environ["wsgi.input"].read(length).decode("utf-8", "replace")) if length else {}

    def header(self, name: str) -> str:
        """A request header, or nothing."""
        return str(self.environ.get("HTTP_" + name.upper().replace("-", "_"), ""))


def _first(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


@dataclass(frozen=True)
class Answer:
    """What goes back: a status, a body and headers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the answer to the server."""
        headers = {"Content-Length": str(len(self.body)), "Cache-Control": "no-store", **self.headers}
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", list(headers.items()))
        return [self.body]


def as_json(content: Any, status: int = 200) -> Answer:
    """An answer for a program."""
    return Answer(json.dumps(content).encode(), status, {"Content-Type": "application/json"})


def redirect(address: str) -> Answer:
    """Send the browser on, with GET."""
    return Answer(b"", 303, {"Location": address})


def page(title: str, body: str, *, status: int = 200, form_targets: Iterable[str] = (), wide: bool = False) -> Answer:
    """A whole page in the one look, marked as demonstration; ``body`` is HTML in which every value was escaped."""
    policy = (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
        + " ".join(["form-action 'self'", *form_targets])
    )
    html = (
        f'<!doctype html><html lang="nl"><head><meta charset="utf-8">'
        f"<title>{escape(title)} · demonstratie</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,"><link rel="stylesheet" href="/region.css"></head>'
        '<body><div class="mark">Demonstratie. Alle personen en gegevens zijn verzonnen.</div>'
        f"<main{' class=wide' if wide else ''}><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return Answer(html.encode(), status, headers)


def style() -> Answer:
    """The one style sheet."""
    return Answer(STYLE, 200, {"Content-Type": "text/css; charset=utf-8", "Cache-Control": "max-age=3600"})


def not_found() -> Answer:
    """The page for an address that leads nowhere."""
    return page("Niet gevonden", '<p>Op dit adres staat niets. <a href="/">Naar het begin</a></p>', status=404)
