"""The mailbox of the demonstration: takes all e-mail the product sends, on loopback, and shows it on a page."""

from __future__ import annotations

import mailbox
from collections.abc import Callable, Iterable
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from html import escape
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, unquote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

from region.web import Answer, Request, not_found, page

SHOWN = 100
HERE = ZoneInfo("Europe/Amsterdam")


def receiver(folder: Path, port: int) -> Controller:
    """The SMTP server on loopback that puts each message in the Maildir ``folder``; ``start`` and ``stop`` it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    return Controller(Mailbox(folder), hostname="127.0.0.1", port=port)


def _parse(file: Any) -> EmailMessage:
    return BytesParser(policy=policy.default).parse(file)


def _moment(message: EmailMessage) -> str:
    try:
        sent: datetime = parsedate_to_datetime(str(message["date"]))
    except (TypeError, ValueError):
        return "tijd onbekend"
    return sent.astimezone(HERE).strftime("%d-%m-%Y %H:%M")


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    return str(part.get_content()) if part else ""


class Pages:
    """The WSGI callable, mounted at ``at``: the list, one message below it, and with ``?file`` its attachment of that number."""

    def __init__(self, folder: Path, at: str, title: str, intro: str) -> None:
        self.at, self.title, self.intro = at, title, intro
        self.box = mailbox.Maildir(folder, factory=cast(Callable[[Any], mailbox.MaildirMessage], _parse), create=True)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        key, file = unquote(request.path.strip("/")), request.query.get("file", "")
        if key and file:
            return self.file(key, file).send(start_response)
        return (self.one(key) if key else self.all(request.query.get("to", ""))).send(start_response)

    def all(self, to: str) -> Answer:
        """All messages, newest first; with ``to`` only those to that address."""
        messages = [(key, cast(EmailMessage, self.box[key])) for key in sorted(self.box.keys(), reverse=True)]
        shown = [(key, message) for key, message in messages if to.lower() in str(message["to"] or "").lower()]
        rows = "".join(
            f'<li><a href="{self.at}/{quote(key)}"><strong>{escape(str(message["subject"] or "(geen onderwerp)"))}</strong>'
            f"<small>aan {escape(str(message['to'] or '?'))} · {_moment(message)}</small></a></li>"
            for key, message in shown[:SHOWN]
        )
        body = (
            f'<p class="soft">{self.intro}</p>'
            f'<form class="search" method="get" action="{self.at}" role="search"><input type="search" name="to" value="{escape(to)}" '
            'aria-label="Alleen e-mail aan dit adres" placeholder="Alleen e-mail aan …"><button>Zoeken</button></form>'
            + (f'<ul class="list">{rows}</ul>' if rows else "<p>Er is nog geen e-mail.</p>")
        )
        return page(f"{self.title} ({len(shown)})", body, wide=True)

    def one(self, key: str) -> Answer:
        """One message, as text."""
        if key not in self.box:
            return not_found()
        message = cast(EmailMessage, self.box[key])
        files = ", ".join(
            f'<a href="{self.at}/{quote(key)}?file={number}">{escape(part.get_filename() or "bijlage")}</a>'
            for number, part in enumerate(message.iter_attachments(), 1)
        )
        body = (
            f'<p class="soft">van {escape(str(message["from"] or "?"))}<br>aan {escape(str(message["to"] or "?"))}<br>{_moment(message)}'
            + (f"<br>bijlagen: {files}" if files else "")
            + f'</p><pre>{escape(_text(message))}</pre><p><a href="{self.at}">Alle e-mail</a></p>'
        )
        return page(str(message["subject"] or "(geen onderwerp)"), body)

    def file(self, key: str, number: str) -> Answer:
        """One attachment, to keep."""
        parts = list(cast(EmailMessage, self.box[key]).iter_attachments()) if key in self.box else []
        if not number.isdecimal() or not 0 < int(number) <= len(parts):
            return not_found()
        content = parts[int(number) - 1].get_payload(decode=True)
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": "attachment",
            "X-Content-Type-Options": "nosniff",
        }
        if parts[int(number) - 1].get_content_type() == "application/pdf":
            headers |= {"Content-Type": "application/pdf", "Content-Disposition": "inline"}
        return Answer(content if isinstance(content, bytes) else b"", 200, headers)


def make_app(folder: Path) -> WSGIApplication:
    """The pages over the Maildir ``folder`` with all usual e-mail."""
    return Pages(
        folder, "/mail", "E-mail", "Alle e-mail die het netwerk verstuurt komt hier aan en gaat nergens anders heen."
    )


def make_secure_app(folder: Path) -> WSGIApplication:
    """The same over what came through the relay of secure mail."""
    return Pages(
        folder,
        "/secure-mail",
        "Beveiligde e-mail",
        "Brieven die het netwerk met beveiligde e-mail (NTA 7516) verstuurt.",
    )
