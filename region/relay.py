"""The stand-in for a product of secure mail (NTA 7516): an SMTP server that takes mail after STARTTLS and a login, and keeps it."""

from __future__ import annotations

import os
import secrets
import ssl
from hmac import compare_digest
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult, LoginPassword

from region import tls

USER = "netwerk"


def login(where: Path) -> Path:
    """The file with the login of the network at this relay: user and password, each on a line; made where it is not there."""
    file = where / "relay-login"
    if not file.exists():
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as written:
            written.write(f"{USER}\n{secrets.token_urlsafe(24)}\n")
    return file


def relay(where: Path, port: int, *, keeper: Mailbox | None = None, encrypted: bool = True) -> Controller:
    """The server on loopback; ``start`` and ``stop`` it. Not ``encrypted`` it is what it may never be: a relay without TLS."""
    password = login(where).read_text(encoding="utf-8").split("\n")[1].encode()

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        known = isinstance(given, LoginPassword) and given.login == USER.encode()
        return AuthResult(success=known and compare_digest(given.password, password), handled=False)

    folder = tls.ensure(where)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return Controller(
        keeper or Mailbox(where / "secure-mail"), hostname="127.0.0.1", port=port, authenticator=authenticate, auth_required=encrypted,
        tls_context=context if encrypted else None, require_starttls=encrypted, auth_require_tls=encrypted,
    )  # fmt: skip
