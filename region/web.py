"""What the small pages of the demonstration region share: reading a request, answering it, and one plain look."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

LARGEST_FORM = 64 * 1024

STYLE = """
:root { color-scheme: light; --ink: #1b2227; --soft: #4c5a63; --line: #c9d1d6; --ground: #f4f6f7; --go: #0b5c7a; --mark: #fff3c9 }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
.mark { background: var(--mark); border-bottom: 1px solid #d8bf5b; padding: 8px 16px; text-align: center }
main { max-width: 680px; margin: 0 auto; padding: 24px 16px 48px }
main.wide { max-width: 960px }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 8px } h2 { font-size: 1.1rem; margin: 24px 0 8px }
p { margin: 0 0 12px } .soft { color: var(--soft) } ul { padding: 0; margin: 0; list-style: none }
a { color: var(--go) } :focus-visible { outline: 3px solid #b3541e; outline-offset: 2px }
button, .button, input[type=search], input[type=text] { font: inherit; min-height: 44px; border: 1px solid var(--line); border-radius: 6px; padding: 8px 14px; background: #fff; color: inherit }
button { cursor: pointer } button:hover { border-color: var(--go) }
button.go { background: var(--go); border-color: var(--go); color: #fff; font-weight: 600 }
button.person { display: block; width: 100%; text-align: left; margin-bottom: 6px } button.person small { display: block; color: var(--soft); font-size: .95rem }
form.search { display: flex; gap: 8px; margin: 12px 0 16px } form.search input { flex: 1; min-width: 0 }
fieldset { border: 1px solid var(--line); border-radius: 6px; background: #fff; margin: 0 0 16px; padding: 8px 14px } legend { font-weight: 600; padding: 0 4px }
fieldset label { display: block; padding: 6px 0 }
.phone { border: 2px solid var(--ink); border-radius: 18px; background: #fff; max-width: 260px; padding: 18px; margin: 16px 0; text-align: center }
.phone strong { display: block; font-size: 2rem; letter-spacing: .12em; font-variant-numeric: tabular-nums }
.code { font-size: 1.4rem; letter-spacing: .2em; width: 9em } .row { display: flex; gap: 8px; flex-wrap: wrap; align-items: end }
.wrong { border-left: 4px solid #a61b1b; background: #fdecec; padding: 8px 12px; margin-bottom: 12px }
.list a { display: block; background: #fff; border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; margin-bottom: 6px; color: inherit; text-decoration: none; overflow-wrap: anywhere } .list a:hover { border-color: var(--go) } .list small { color: var(--soft); display: block }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #fff; border: 1px solid var(--line); border-radius: 6px; padding: 14px; font: inherit }
details { margin-top: 24px } summary { cursor: pointer; min-height: 44px; padding: 10px 0 }
"""


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
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        + " ".join(["form-action 'self'", *form_targets])
    )
    html = (
        f'<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>{escape(title)} · demonstratie</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/region.css"></head>'
        '<body><div class="mark">Demonstratie. Alle personen en gegevens zijn verzonnen.</div>'
        f'<main{" class=wide" if wide else ""}><h1>{escape(title)}</h1>{body}</main></body></html>'
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
    return Answer(STYLE.encode(), 200, {"Content-Type": "text/css; charset=utf-8", "Cache-Control": "max-age=3600"})


def not_found() -> Answer:
    """The page for an address that leads nowhere."""
    return page("Niet gevonden", '<p>Op dit adres staat niets. <a href="/">Naar het begin</a></p>', status=404)
