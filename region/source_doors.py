"""How simulated sources know who asks: by a token that they give out themselves (OAuth 2), or by a certificate (mutual TLS)."""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote
from wsgiref.types import WSGIEnvironment

import jwt

Json = dict[str, Any]
BATCHES = frozenset({"his", "ais"})
"""The systems that take many searches in one question."""
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Door:
    """Lets everybody in."""

    def admits(self, environ: WSGIEnvironment) -> bool:
        """Whether this question may come in."""
        return True


class CertificateDoor(Door):
    """Lets in who came by the server that asks each client for a certificate."""

    def admits(self, environ: WSGIEnvironment) -> bool:
        """Only that server speaks TLS."""
        return environ.get("wsgi.url_scheme") == "https"


@dataclass
class TokenDoor(Door):
    """Gives tokens to the clients it knows, by secret or by signature, and lets in who shows one.

    ``issued`` counts the tokens given; ``claims`` are the last ones told with a signature, ``form`` the last question without
    what is secret. Signatures are used once (``jti``).
    """

    audience: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, bytes] = field(default_factory=dict)
    lasts: float = 300.0
    issued: int = 0
    claims: Json = field(default_factory=dict)
    form: Json = field(default_factory=dict)
    _tokens: dict[str, float] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admits(self, environ: WSGIEnvironment) -> bool:
        """Whether the question carries a token that still counts."""
        kind, _, token = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
        with self._lock:
            return kind == "Bearer" and self._tokens.get(token, 0) > time.monotonic()

    def expire(self) -> None:
        """No token that was given counts any longer."""
        with self._lock:
            self._tokens.clear()

    def issue(self, environ: WSGIEnvironment, body: bytes) -> tuple[str, Json]:
        """Answer to a question for a token (RFC 6749 4.4, 5.1, 5.2)."""
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        if form.get("grant_type") != "client_credentials":
            return "400 Bad Request", {"error": "unsupported_grant_type"}
        if not (self._signed(form) if form.get("client_assertion") else self._by_secret(form, environ)):
            return "401 Unauthorized", {"error": "invalid_client"}
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[token] = time.monotonic() + self.lasts
            self.issued += 1
            self.form = {name: said for name, said in form.items() if name not in ("client_secret", "client_assertion")}
        return "200 OK", {"access_token": token, "token_type": "Bearer", "expires_in": self.lasts}

    def _by_secret(self, form: Json, environ: WSGIEnvironment) -> bool:
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        kind, _, shown = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
        if kind == "Basic":
            client, _, secret = (unquote(part) for part in b64decode(shown).decode("utf-8", "replace").partition(":"))
        known = self.secrets.get(client, "")
        return bool(known) and secrets.compare_digest(known.encode(), secret.encode())

    def _signed(self, form: Json) -> bool:
        if form.get("client_assertion_type") != _ASSERTION:
            return False
        try:
            client = jwt.decode(form["client_assertion"], options={"verify_signature": False}).get("iss", "")
            told = jwt.decode(
                form["client_assertion"],
                self.keys.get(client, b""),
                algorithms=["ES384", "ES256", "RS384"],
                audience=self.audience,
                issuer=client,
                options={"require": ["exp", "iat", "jti", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            return False
        with self._lock:
            fresh = told["jti"] not in self._seen and told["exp"] - told["iat"] <= 300 and told["sub"] == client
            self._seen.add(told["jti"])
            self.claims = told
        return fresh


def told(content: Json) -> bytes:
    """An answer of the token address."""
    return json.dumps(content).encode()
