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
    """The WSGI callable; mounted at ``/mail``: the list, and one message below it."""

    def __init__(self, folder: Path) -> None:
        self.box = mailbox.Maildir(folder, factory=cast(Callable[[Any], mailbox.MaildirMessage], _parse), create=True)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        key = unquote(request.path.strip("/"))
        return (self.one(key) if key else self.all(request.query.get("to", ""))).send(start_response)

    def all(self, to: str) -> Answer:
        """All messages, newest first; with ``to`` only those to that address."""
        messages = [(key, cast(EmailMessage, self.box[key])) for key in sorted(self.box.keys(), reverse=True)]
        shown = [(key, message) for key, message in messages if to.lower() in str(message["to"] or "").lower()]
        rows = "".join(
            f'<li><a href="/mail/{quote(key)}"><strong>{escape(str(message["subject"] or "(geen onderwerp)"))}</strong>'
            f"<small>aan {escape(str(message['to'] or '?'))} · {_moment(message)}</small></a></li>"
            for key, message in shown[:SHOWN]
        )
        body = (
            '<p class="soft">Alle e-mail die het netwerk verstuurt komt hier aan en gaat nergens anders heen.</p>'
            f'<form class="search" method="get" action="/mail" role="search"><input type="search" name="to" value="{escape(to)}" '
            'aria-label="Alleen e-mail aan dit adres" placeholder="Alleen e-mail aan …"><button>Zoeken</button></form>'
            + (f'<ul class="list">{rows}</ul>' if rows else "<p>Er is nog geen e-mail.</p>")
        )
        return page(f"E-mail ({len(shown)})", body, wide=True)

    def one(self, key: str) -> Answer:
        """One message, as text."""
        if key not in self.box:
            return not_found()
        message = cast(EmailMessage, self.box[key])
        files = ", ".join(part.get_filename() or "bijlage" for part in message.iter_attachments())
        body = (
            f'<p class="soft">van {escape(str(message["from"] or "?"))}<br>aan {escape(str(message["to"] or "?"))}<br>{_moment(message)}'
            + (f"<br>bijlagen: {escape(files)}" if files else "")
            + f'</p><pre>{escape(_text(message))}</pre><p><a href="/mail">Alle e-mail</a></p>'
        )
        return page(str(message["subject"] or "(geen onderwerp)"), body)


def make_app(folder: Path) -> WSGIApplication:
    """The pages over the Maildir ``folder``."""
    return Pages(folder)
