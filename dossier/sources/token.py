"""Tokens for sources that ask for one (OAuth 2 client credentials): kept in memory until their end, and never logged."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import httpx
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from dossier.sources.mishap import Mishap
from dossier.sources.results import OAuth, Outcome, SourceConfig, UserContext

LARGEST = 64 * 1024
_MOST = 1000
_EARLY = 10.0
_SHORT = 60.0
_ASSERTION_SECONDS = 240
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
URA = "urn:oid:2.16.528.1.1007.3.3"
ROLE_SYSTEM = "urn:oid:2.16.840.1.113883.2.4.15.111"
PURPOSE_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActReason"

_lock = threading.Lock()
_kept: OrderedDict[str, tuple[str, float]] = OrderedDict()
_asking: dict[str, threading.Lock] = {}


class Bearer:
    """The token for one source and, where it wants to know, one user. Threads that need one at the same time ask once."""

    def __init__(
        self,
        source: SourceConfig,
        oauth: OAuth,
        user: UserContext | None,
        tls: ssl.SSLContext,
        trace: Callable[..., None] | None = None,
    ) -> None:
        self.oauth, self.tls = oauth, tls
        self.seen = {"trace": trace} if trace else {}
        self.user = user if oauth.tell_user else None
        # What is asked for one source goes to no other, also where both show the same name at the same token address: with a
        # certificate as proof nothing else in the question is a secret.
        whose = [source.number, source.base_url, source.client_certificate, source.client_key]
        told = json.dumps([whose, vars(oauth), vars(self.user) if self.user else None], sort_keys=True)
        self.key = hashlib.sha256(told.encode()).hexdigest()

    def token(self, seconds: float, *, instead_of: str = "") -> str:
        """A token that still counts, asked anew within ``seconds`` where there is none, or only the one that was refused."""
        until = time.monotonic() + seconds
        with _lock:
            asking = _asking.setdefault(self.key, threading.Lock())
        if not asking.acquire(timeout=max(seconds, 0)):
            raise Mishap(Outcome.NO_ANSWER, "token-deadline")
        try:
            kept = self._kept()
            if kept and kept != instead_of:
                return kept
            token, lasts = self._ask(until - time.monotonic())
            with _lock:
                _kept[self.key] = (token, time.monotonic() + lasts)
                _kept.move_to_end(self.key)
                while len(_kept) > _MOST:
                    gone, _ = _kept.popitem(last=False)
                    _asking.pop(gone, None)
            return token
        finally:
            asking.release()

    def _kept(self) -> str:
        with _lock:
            token, end = _kept.get(self.key, ("", 0.0))
            if token and time.monotonic() >= end:
                del _kept[self.key]
                return ""
            return token

    def _ask(self, seconds: float) -> tuple[str, float]:
        """A new token and the seconds that it may be used."""
        if seconds <= 0:
            raise Mishap(Outcome.NO_ANSWER, "token-deadline")
        form, basic = self._question()
        ends = time.monotonic() + seconds
        try:
            with (
                httpx.Client(verify=self.tls, trust_env=False, follow_redirects=False) as client,
                client.stream(
                    "POST",
                    self.oauth.token_url,
                    data=form,
                    auth=basic,
                    timeout=seconds,
                    extensions=self.seen,
                    headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                ) as response,
            ):
                if response.status_code in (400, 401, 403):
                    raise Mishap(Outcome.REFUSED, "token-refused")
                if response.status_code != 200:
                    raise Mishap(Outcome.NO_ANSWER, f"token-status-{response.status_code}")
                body = b""
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > LARGEST:
                        raise Mishap(Outcome.FAULT, "token-unusable")
                    if time.monotonic() > ends:
                        raise Mishap(Outcome.NO_ANSWER, "token-deadline")
        except Mishap:
            raise
        except httpx.TimeoutException:
            raise Mishap(Outcome.NO_ANSWER, "token-deadline") from None
        except Exception:
            raise Mishap(Outcome.NO_ANSWER, "token-no-connection") from None
        return _read(body)

    def _question(self) -> tuple[dict[str, str], httpx.BasicAuth | None]:
        oauth = self.oauth
        form = {"grant_type": "client_credentials", **oauth.more}
        if oauth.scope:
            form["scope"] = oauth.scope
        claims = iua(self.user) if self.user else {}
        if oauth.method == "private_key_jwt":
            return form | {"client_assertion_type": _ASSERTION, "client_assertion": self._assertion(claims)}, None
        form |= {name: value if isinstance(value, str) else json.dumps(value) for name, value in claims.items()}
        if oauth.method == "client_secret_basic":
            return form, httpx.BasicAuth(oauth.client_id, oauth.secret)
        form["client_id"] = oauth.client_id
        if oauth.method == "client_secret_post":
            form["client_secret"] = oauth.secret
        return form, None

    def _assertion(self, claims: dict[str, Any]) -> str:
        """Who the network is, signed (RFC 7523; SMART App Launch 2.2, Backend Services), with who asks for it (IUA)."""
        now = int(time.time())
        told: dict[str, Any] = {
            "iss": self.oauth.client_id,
            "sub": self.oauth.client_id,
            "aud": self.oauth.token_url,
            "jti": uuid.uuid4().hex,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        if claims:
            told["extensions"] = {"ihe_iua": claims}
        try:
            key = load_pem_private_key(self.oauth.private_key.encode(), None)
            headers = {"kid": self.oauth.key_id} if self.oauth.key_id else None
            return jwt.encode(told, self.oauth.private_key, algorithm=_algorithm(key), headers=headers)
        except (ValueError, TypeError, UnsupportedAlgorithm, jwt.PyJWTError):
            raise Mishap(Outcome.FAULT, "key-unusable") from None


def _algorithm(key: Any) -> str:
    """The algorithm that fits a key: those that SMART names, and P-256 where a source gave such a key."""
    if isinstance(key, RSAPrivateKey):
        return "RS384"
    if isinstance(key, EllipticCurvePrivateKey):
        return {256: "ES256", 384: "ES384", 521: "ES512"}[key.curve.key_size]
    raise ValueError("another sort of key")


def iua(user: UserContext) -> dict[str, Any]:
    """Who asks, as claims of IHE Internet User Authorization (ITI TF-2, 3.71.4)."""
    told: dict[str, Any] = {
        "subject_id": user.subject_id,
        "subject_organization": user.subject_organization,
        "subject_organization_id": f"{URA}.{user.subject_organization_id}" if user.subject_organization_id else "",
        "subject_role": [{"system": ROLE_SYSTEM, "code": user.subject_role_code}] if user.subject_role_code else [],
        "purpose_of_use": [{"system": PURPOSE_SYSTEM, "code": user.purpose_of_use}] if user.purpose_of_use else [],
    }
    return {name: value for name, value in told.items() if value}


def _read(body: bytes) -> tuple[str, float]:
    try:
        told = json.loads(body)
        token = told["access_token"]
        lasts = float(told.get("expires_in", _SHORT))
        plain = isinstance(token, str) and 0 < len(token) <= 16_384 and all(33 <= ord(sign) < 127 for sign in token)
        if not plain or str(told.get("token_type", "bearer")).lower() != "bearer" or not 0 < lasts < 10**7:
            raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Mishap(Outcome.FAULT, "token-unusable") from None
    # A token that ends while a page is fetched brings a refusal that need not be.
    return token, max(lasts - _EARLY, lasts / 2)


def forget_tokens() -> None:
    """Let go of every token that is kept."""
    with _lock:
        _kept.clear()
        _asking.clear()
