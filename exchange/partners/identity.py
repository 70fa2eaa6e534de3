"""Who a system is: it signs in with a key that its organisation registered, and gets a short token bound to a key that it holds.

OAuth 2 client credentials with ``private_key_jwt`` (RFC 7523; SMART App Launch 2.2, Backend Services) and proof of possession
with every request (DPoP, RFC 9449): a token that somebody else picks up is of no use.
"""

from __future__ import annotations

import hashlib
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.core import signing
from django.db import connection as database
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from events.actor import Actor
from exchange.partners.base import Bound, bound_by
from exchange.partners.models import ClientKey, FhirConnection, Scope, UsedProof
from people.models import ROLES_OF
from people.moves import Admission

PublicKey = EllipticCurvePublicKey | RSAPublicKey
TOKEN_PATH = "/oauth/token"  # noqa: S105 - an address
TOKEN_SECONDS = 300
"""How long a token counts at most; a key that is stopped, or a connection, ends it the same moment."""
ASSERTION_SECONDS = 300
PROOF_SECONDS = 60
SKEW = 5
LARGEST = 8192
SMALLEST_RSA = 2048
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384"}
_RSA = ("RS384", "PS256", "PS384")
ALGORITHMS = (*_CURVES.values(), *_RSA)
_SALT = "nis.partners.token"
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


class NotAdmitted(Exception):
    """A system does not get in; ``code`` as OAuth names it (RFC 6749 5.2, RFC 9449 7.1). Says nothing of what was looked up."""

    def __init__(self, code: str, status: int = 401, connection: FhirConnection | None = None) -> None:
        super().__init__(code)
        self.code, self.status, self.connection = code, status, connection


class NoKey(Exception):
    """Not a public key that can be used: another sort, too short, or with its private part."""


@dataclass(frozen=True)
class Machine:
    """A system that showed who it is, with what it may do here; ``bound`` where its token is for one referral alone."""

    connection: FhirConnection
    scopes: frozenset[str]
    bound: Bound | None = None

    def actor(self, *, request_id: str = "", place: str = "") -> Actor:
        """It acts for its organisation, in the role in which that field reads; the log names the client."""
        here = self.connection
        role = ROLES_OF[here.organisation.domain][0]
        name = f"client:{here.client_id}"
        return Actor("professional", here.account_id, here.organisation_id, role, "TREAT", name, request_id, place)


def key_of(jwk: Any) -> tuple[PublicKey, list[str]]:
    """The public key in a JWK (RFC 7517) with the algorithms that go with it; raises :class:`NoKey`."""
    if not isinstance(jwk, dict) or _PRIVATE & jwk.keys() or jwk.get("kty") not in {"EC", "RSA"}:
        raise NoKey
    try:
        key = (ECAlgorithm if jwk["kty"] == "EC" else RSAAlgorithm).from_jwk(jwk)
    except Exception:  # what is wrong with what a stranger sends is told by many sorts of errors
        raise NoKey from None
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key, [_CURVES[key.curve.name]]
    if isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST_RSA:
        return key, list(_RSA)
    raise NoKey


def plain(key: PublicKey) -> dict[str, str]:
    """The members of a JWK that make the key, and no others."""
    if isinstance(key, EllipticCurvePublicKey):
        told = ECAlgorithm.to_jwk(key, as_dict=True)
        return {name: str(told[name]) for name in ("crv", "kty", "x", "y")}
    told = RSAAlgorithm.to_jwk(key, as_dict=True)
    return {name: str(told[name]) for name in ("e", "kty", "n")}


def thumbprint(key: PublicKey) -> str:
    """By which a key is known (RFC 7638)."""
    return _digest(json.dumps(plain(key), separators=(",", ":"), sort_keys=True))


def _digest(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def token_address() -> str:
    """Where systems get a token; what they sign names this address."""
    return f"{settings.ADDRESS}{TOKEN_PATH}"


def grant(form: Mapping[str, str], proof: str) -> tuple[Machine, dict[str, Any]]:
    """Judge who asks for a token and give it one; raises :class:`NotAdmitted`. Runs as the machinery.

    With ``authorization_base`` the token is for fetching that one referral and for nothing else; without, for all but that.
    """
    if form.get("grant_type") != "client_credentials":
        raise NotAdmitted("unsupported_grant_type", 400)
    key = _judge_assertion(form.get("client_assertion_type", ""), form.get("client_assertion", ""))
    here = key.connection
    try:
        held = judge_proof(proof, method="POST", address=token_address())
    except NotAdmitted:
        raise NotAdmitted("invalid_dpop_proof", 400, here) from None
    base, asked = form.get("authorization_base", ""), form.get("scope", "").split()
    granted = [one for one in here.scopes if (one == Scope.PULL) == bool(base)]
    scopes = [one for one in granted if one in asked or not asked]
    if not scopes or set(asked) - set(granted):
        raise NotAdmitted("invalid_scope", 400, here)
    bound = bound_by(here, base) if base else None
    if base and bound is None:
        raise NotAdmitted("invalid_grant", 400, here)
    held_to = [bound.referral, bound.round] if bound else None
    token = signing.dumps({"k": key.pk, "h": held, "s": scopes, "b": held_to}, salt=_SALT)
    told = {"access_token": token, "token_type": "DPoP", "expires_in": TOKEN_SECONDS, "scope": " ".join(scopes)}
    return Machine(here, frozenset(scopes), bound), told


def _judge_assertion(kind: str, assertion: str) -> ClientKey:
    """The key with which a client signed that it is who it says, for this address, shortly, and once."""
    if kind != ASSERTION or not 0 < len(assertion) <= LARGEST:
        raise NotAdmitted("invalid_client")
    try:
        head = jwt.get_unverified_header(assertion)
        named = jwt.decode(assertion, options={"verify_signature": False}).get("iss")
    except jwt.PyJWTError:
        raise NotAdmitted("invalid_client") from None
    name, kid = str(named), str(head.get("kid", ""))
    if not (name + kid).isprintable():
        raise NotAdmitted("invalid_client")
    rows = ClientKey.objects.select_related("connection__organisation")
    key = rows.filter(connection__client_id=name, kid=kid, stopped_at=None).first()
    if key is None:
        here = FhirConnection.objects.filter(client_id=name).first()
        raise NotAdmitted("invalid_client", connection=here)
    here = key.connection
    public, algorithms = key_of(key.jwk)
    try:
        told = jwt.decode(
            assertion, public, algorithms=algorithms, audience=[token_address()], issuer=here.client_id, leeway=SKEW,
            options={"require": ["iss", "sub", "aud", "exp", "jti"]},
        )  # fmt: skip
    except jwt.PyJWTError:
        raise NotAdmitted("invalid_client", connection=here) from None
    short = isinstance(told["exp"], int | float) and told["exp"] <= time.time() + ASSERTION_SECONDS + SKEW
    if told["sub"] != here.client_id or not short or not stands(here):
        raise NotAdmitted("invalid_client", connection=here)
    if not _first_time(f"assertion {here.pk} {told['jti']}", told["exp"] + SKEW):
        raise NotAdmitted("invalid_client", connection=here)
    return key


def stands(here: FhirConnection) -> bool:
    """Whether a system is connected, for an organisation that takes part."""
    return here.active and here.organisation.admission == Admission.ADMITTED and here.organisation.domain in ROLES_OF


def judge_proof(proof: str, *, method: str, address: str, token: str = "") -> str:
    """The thumbprint of the key with which a request was signed, for this method and address, just now, and once (RFC 9449 4.3)."""
    if not 0 < len(proof) <= LARGEST:
        raise NotAdmitted("invalid_dpop_proof")
    try:
        head = jwt.get_unverified_header(proof)
        if head.get("typ") != "dpop+jwt":
            raise NotAdmitted("invalid_dpop_proof")
        key, algorithms = key_of(head.get("jwk"))
        told = jwt.decode(
            proof, key, algorithms=algorithms, options={"require": ["jti", "htm", "htu", "iat"], "verify_aud": False, "verify_iat": False}
        )  # fmt: skip
    except (jwt.PyJWTError, NoKey):
        raise NotAdmitted("invalid_dpop_proof") from None
    now, said = time.time(), told["iat"]
    fresh = isinstance(said, int | float) and now - PROOF_SECONDS <= said <= now + SKEW
    bound = not token or told.get("ath") == _digest(token)
    if not (fresh and bound and told["htm"] == method and told["htu"] == address and isinstance(told["jti"], str)):
        raise NotAdmitted("invalid_dpop_proof")
    held = thumbprint(key)
    if not _first_time(f"proof {held} {told['jti']}", now + PROOF_SECONDS + SKEW):
        raise NotAdmitted("invalid_dpop_proof")
    return held


def admit(token: str, proof: str, *, method: str, path: str) -> Machine:
    """The system that shows a token of this network and proof that it holds its key; raises :class:`NotAdmitted`. As the machinery."""
    try:
        told = signing.loads(token, salt=_SALT, max_age=TOKEN_SECONDS)
    except signing.BadSignature:
        raise NotAdmitted("invalid_token") from None
    key = ClientKey.objects.select_related("connection__organisation").filter(pk=told["k"], stopped_at=None).first()
    if key is None or not stands(key.connection):
        raise NotAdmitted("invalid_token")
    if judge_proof(proof, method=method, address=f"{settings.ADDRESS}{path}", token=token) != told["h"]:
        raise NotAdmitted("invalid_token", connection=key.connection)
    bound = Bound(*told["b"]) if told["b"] else None
    return Machine(key.connection, frozenset(told["s"]) & frozenset(key.connection.scopes), bound)


def _first_time(said: str, until: float) -> bool:
    """Whether this was not shown before; it is remembered until it counts no more anyway."""
    digest = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
    with database.cursor() as cursor:
        cursor.execute(
            "insert into exchange_usedproof (digest, until) values (%s, %s) on conflict do nothing",
            [digest, datetime.fromtimestamp(until, UTC)],
        )
        return bool(cursor.rowcount)


def forget_proofs(*, by: Actor) -> int:
    """Forget what was shown and counts no more anyway; returns how many."""
    return UsedProof.objects.filter(until__lt=datetime.now(UTC)).delete()[0]
