"""The demonstration's identity provider: OpenID Connect for professionals (``zorg``) and for citizens (``digid``).

Code flow with PKCE (RFC 7636, S256 only), state, nonce and an exact match of the address to go back to, after OpenID
Connect Core 1.0 and the OAuth 2.0 security practice (RFC 9700). It knows everybody's password, so it refuses to exist
where real people are.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from region import idp_pages as pages
from region.personas import Persona, Personas, code_at, code_fits, secret_of
from region.web import Answer, Request, as_json, not_found, redirect

CODE_LASTS = 60
REQUEST_LASTS = 600
TOKEN_LASTS = 300
TRIES = 5
SCOPES = ("openid", "profile", "email", "groups", "bsn")


@dataclass(frozen=True)
class Client:
    """The product as one means of signing in knows it: its name, its secret and where answers may go."""

    name: str
    secret: str
    returns: tuple[str, ...]
    ends: tuple[str, ...] = ()

    @property
    def origins(self) -> list[str]:
        """The origins that the forms of this provider end at."""
        return sorted({"/".join(address.split("/", 3)[:3]) for address in self.returns})


@dataclass
class Asking:
    """A sign-in under way: what the product asked, and how far the person is."""

    means: str
    asked: Mapping[str, str]
    until: float
    persona: Persona | None = None
    acr: str = ""
    tries: int = 0


@dataclass
class Grant:
    """A finished sign-in: what the product may fetch once with the code, and the token given for it."""

    means: str
    asked: Mapping[str, str]
    persona: Persona
    acr: str
    amr: list[str]
    until: float
    at: int = field(default_factory=lambda: int(time.time()))
    token: str = ""


class Refusal(Exception):
    """What the product asked at the token endpoint does not hold (RFC 6749, 5.2)."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.status = error, status


class Provider:
    """The WSGI callable; mounted at ``/idp``, with one issuer below it for each means."""

    def __init__(self, folder: Path, address: str, clients: Mapping[str, Client]) -> None:
        if os.environ.get("NIS_ENV", "production") == "production":
            raise RuntimeError("the demonstration's identity provider does not run in production")
        self.address = address.rstrip("/")
        self.clients = clients
        self.personas = Personas(folder / "personas.json")
        self.key = signing_key(folder / "idp-key.pem")
        public = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        name = hashlib.sha256(f"{public['x']}.{public['y']}".encode()).hexdigest()[:16]
        self.public = {**public, "use": "sig", "alg": "ES256", "kid": name}
        self.master = hashlib.sha256(self.key.private_numbers().private_value.to_bytes(32, "big")).digest()
        self.lock = threading.Lock()
        self.asking: dict[str, Asking] = {}
        self.grants: dict[str, Grant] = {}
        self.tokens: dict[str, Grant] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.answer(Request(environ)).send(start_response)

    def answer(self, request: Request) -> Answer:
        """Find what an address below ``/idp`` asks for."""
        means, _, rest = request.path.strip("/").partition("/")
        if means not in self.clients:
            return not_found()
        place, _, key = rest.partition("/")
        doors: dict[tuple[str, str], Callable[[], Answer]] = {
            ("GET", ".well-known"): lambda: self.discovery(means),
            ("GET", "jwks"): lambda: as_json({"keys": [self.public]}),
            ("GET", "authorize"): lambda: (
                self.choose(means, unquote(key), request) if key else self.authorize(means, request)
            ),
            ("POST", "authorize"): lambda: self.chosen(means, unquote(key), request),
            ("GET", "code"): lambda: self.ask_code(means, unquote(key)),
            ("POST", "code"): lambda: self.check_code(means, unquote(key), request),
            ("POST", "token"): lambda: self.token(means, request),
            ("GET", "userinfo"): lambda: self.userinfo(means, request),
            ("GET", "end_session"): lambda: self.end(means, request.query),
            ("POST", "end_session"): lambda: self.end(means, request.form),
        }
        door = doors.get((request.method, place))
        return door() if door else not_found()

    # -- what it tells about itself

    def issuer(self, means: str) -> str:
        """The name of the issuer for a means, also the address its discovery document stands under."""
        return f"{self.address}/idp/{means}"

    def discovery(self, means: str) -> Answer:
        """The metadata document (OpenID Connect Discovery 1.0, 3)."""
        issuer = self.issuer(means)
        return as_json(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "end_session_endpoint": f"{issuer}/end_session",
                "jwks_uri": f"{issuer}/jwks",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": list(SCOPES),
                "acr_values_supported": list(pages.LEVELS) if means == "digid" else [],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    # -- the person signs in

    def authorize(self, means: str, request: Request) -> Answer:
        """Check what the product asks; faults that may not go back to it are shown here (RFC 9700, 4.11)."""
        asked, client = request.query, self.clients[means]
        if asked.get("client_id") != client.name:
            return pages.stopped("Deze toepassing is hier niet bekend.")
        if asked.get("redirect_uri") not in client.returns:
            return pages.stopped("Het adres om naar terug te gaan is hier niet bekend.")
        fault = ""
        if asked.get("response_type") != "code":
            fault = "unsupported_response_type"
        elif "openid" not in asked.get("scope", "").split():
            fault = "invalid_scope"
        elif not all(asked.get(name) for name in ("state", "nonce")) or not _has_challenge(asked):
            fault = "invalid_request"
        if fault:
            return self.back(means, asked, {"error": fault})
        key = secrets.token_urlsafe(24)
        with self.lock:
            self._forget()
            self.asking[key] = Asking(means, asked, time.time() + REQUEST_LASTS)
        return redirect(f"/idp/{means}/authorize/{key}")

    def choose(self, means: str, key: str, request: Request) -> Answer:
        """Show whom one can be."""
        if self._asking(means, key) is None:
            return self._late()
        typed = request.query.get("q", "").strip()[:80]
        found = self.personas.search(means, typed)
        return pages.choose(means, key, found, typed, targets=self.clients[means].origins)

    def chosen(self, means: str, key: str, request: Request) -> Answer:
        """Keep who was chosen; DigiD Basis knows no second step, the rest goes on to it."""
        asking = self._asking(means, key)
        if asking is None:
            return self._late()
        if "cancel" in request.form:
            return self._finish(key, {"error": "access_denied"})
        persona = self.personas.get(means, request.form.get("sub", ""))
        if persona is None:
            return pages.stopped("Deze persoon is er niet.")
        asking.persona = persona
        if means == "digid":
            asked = request.form.get("acr") or persona.acr
            asking.acr = asked if asked in pages.LEVELS else pages.SUBSTANTIEEL
            if asking.acr == pages.BASIS:
                return self._grant(key, ["pwd"])
        return redirect(f"/idp/{means}/code/{key}")

    def ask_code(self, means: str, key: str, *, wrong: bool = False) -> Answer:
        """Show the second step."""
        asking = self._asking(means, key)
        if asking is None or asking.persona is None:
            return self._late()
        code = code_at(secret_of(self.master, asking.persona), time.time())
        return pages.second_factor(means, key, asking.persona, code, wrong=wrong, targets=self.clients[means].origins)

    def check_code(self, means: str, key: str, request: Request) -> Answer:
        """Check the one-time code; after five wrong ones the sign-in starts over."""
        asking = self._asking(means, key)
        if asking is None or asking.persona is None:
            return self._late()
        if means == "zorg" and "without" in request.form:
            return self._grant(key, ["pwd"])
        if code_fits(secret_of(self.master, asking.persona), request.form.get("code", "")):
            return self._grant(key, ["pwd", "otp", "mfa"])
        asking.tries += 1
        if asking.tries >= TRIES:
            return self._finish(key, {"error": "access_denied"})
        return self.ask_code(means, key, wrong=True)

    def _grant(self, key: str, amr: list[str]) -> Answer:
        code = secrets.token_urlsafe(32)
        with self.lock:
            asking = self.asking.get(key)
            if asking and asking.persona:
                until = time.time() + CODE_LASTS
                self.grants[code] = Grant(asking.means, asking.asked, asking.persona, asking.acr, amr, until)
        return self._finish(key, {"code": code})

    def _finish(self, key: str, said: dict[str, str]) -> Answer:
        with self.lock:
            asking = self.asking.pop(key, None)
        return self.back(asking.means, asking.asked, said) if asking else self._late()

    def back(self, means: str, asked: Mapping[str, str], said: dict[str, str]) -> Answer:
        """Send the browser back to the product, with the state it gave and the name of the issuer (RFC 9207)."""
        words = {**said, "iss": self.issuer(means), **({"state": asked["state"]} if asked.get("state") else {})}
        return redirect(f"{asked['redirect_uri']}?{urlencode(words)}")

    # -- the product fetches who it is

    def token(self, means: str, request: Request) -> Answer:
        """Exchange a code, once, for tokens (RFC 6749, 4.1.3; RFC 7636, 4.6)."""
        try:
            client = self._authenticated(means, request)
            grant = self._redeem(means, request.form)
        except Refusal as refusal:
            return as_json({"error": refusal.error}, refusal.status)
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer(means), "aud": client.name, "sub": grant.persona.sub, "iat": now, "exp": now + TOKEN_LASTS,
            "auth_time": grant.at, "nonce": grant.asked["nonce"], "amr": grant.amr, "jti": secrets.token_hex(12),
        }  # fmt: skip
        if grant.acr:
            claims["acr"] = grant.acr
        signed = jwt.encode(claims, self.key, algorithm="ES256", headers={"kid": self.public["kid"]})
        return as_json(
            {"access_token": grant.token, "token_type": "Bearer", "expires_in": TOKEN_LASTS, "id_token": signed}
        )

    def _authenticated(self, means: str, request: Request) -> Client:
        name, secret = request.form.get("client_id", ""), request.form.get("client_secret", "")
        scheme, _, sent = request.header("Authorization").partition(" ")
        if scheme.lower() == "basic":
            try:
                pair = base64.b64decode(sent, validate=True).decode().partition(":")
            except ValueError:
                raise Refusal("invalid_client", 401) from None
            name, secret = unquote(pair[0]), unquote(pair[2])
        client = self.clients[means]
        if name != client.name or not hmac.compare_digest(secret.encode(), client.secret.encode()):
            raise Refusal("invalid_client", 401)
        return client

    def _redeem(self, means: str, form: Mapping[str, str]) -> Grant:
        if form.get("grant_type") != "authorization_code":
            raise Refusal("unsupported_grant_type")
        with self.lock:
            self._forget()
            grant = self.grants.get(form.get("code", ""))
            if grant is None or grant.means != means:
                raise Refusal("invalid_grant")
            if grant.token:  # a code that comes twice was stolen: what it gave is taken back (RFC 6749, 4.1.2)
                self.tokens.pop(grant.token, None)
                raise Refusal("invalid_grant")
            grant.token = secrets.token_urlsafe(32)
            if form.get("redirect_uri") != grant.asked["redirect_uri"]:
                raise Refusal("invalid_grant")
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if not hmac.compare_digest(challenge, grant.asked["code_challenge"]):
                raise Refusal("invalid_grant")
            self.tokens[grant.token] = grant
            return grant

    def userinfo(self, means: str, request: Request) -> Answer:
        """Tell who it is, as far as the scopes asked for go (OpenID Connect Core 1.0, 5.3)."""
        token = request.header("Authorization").removeprefix("Bearer ")
        grant = self.tokens.get(token)
        if grant is None or grant.means != means or time.time() > grant.at + TOKEN_LASTS:
            return as_json({"error": "invalid_token"}, 401)
        person, scopes = grant.persona, grant.asked["scope"].split()
        told: dict[str, Any] = {"sub": person.sub}
        if "profile" in scopes:
            told["name"] = person.name
        if "email" in scopes and person.email:
            told["email"] = person.email
        if means == "zorg" and "groups" in scopes:
            told["groups"] = list(person.groups)
        if means == "digid" and "bsn" in scopes:
            told["bsn"] = person.bsn
        return as_json(told)

    def end(self, means: str, said: Mapping[str, str]) -> Answer:
        """End the sign-in (OpenID Connect RP-Initiated Logout 1.0); nothing is kept here, so only the way back counts."""
        target = said.get("post_logout_redirect_uri", "")
        client = self.clients[means]
        if said.get("client_id") == client.name and target in client.ends:
            return redirect(f"{target}?{urlencode({'state': said['state']})}" if said.get("state") else target)
        return pages.signed_out()

    # -- keeping order

    def _asking(self, means: str, key: str) -> Asking | None:
        asking = self.asking.get(key)
        return asking if asking and asking.means == means and asking.until > time.time() else None

    def _late(self) -> Answer:
        return pages.stopped("Deze inlogpoging is verlopen of al gebruikt. Begin opnieuw bij het netwerk.", status=410)

    def _forget(self) -> None:
        now = time.time()
        self.asking = {key: asking for key, asking in self.asking.items() if asking.until > now}
        self.grants = {code: grant for code, grant in self.grants.items() if grant.until > now}
        self.tokens = {token: grant for token, grant in self.tokens.items() if grant.at + TOKEN_LASTS > now}


def _has_challenge(asked: Mapping[str, str]) -> bool:
    """Whether the request carries a PKCE challenge made with SHA-256 (RFC 7636, 4.2)."""
    return asked.get("code_challenge_method") == "S256" and len(asked.get("code_challenge", "")) == 43


def signing_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key under the id tokens, made the first time and kept in the region's folder for its owner alone."""
    if not path.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        text = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} does not hold a key for ES256")
    return key


def make_app(folder: Path, address: str, clients: Mapping[str, Client]) -> WSGIApplication:
    """The identity provider of one region, reachable below ``<address>/idp``.

    Raises RuntimeError where NIS_ENV says production, or says nothing.
    """
    return Provider(folder, address, clients)
