"""A simulated participant with other software: keeps its own tasks, hears of referrals over FHIR R4, and takes steps with its own keys.

It knows nothing of the product's own reading and writing. Its server takes a transaction of ServiceRequest and Task, and changes of a
Task on a known version (412 on another, 428 without); the product signs in there with a key (RFC 7523). Its client signs in at the
product the same way, with proof of possession (DPoP), and brings referrals and steps.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from region.web import Answer, not_found

Resource = dict[str, Any]
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BSN = "http://fhir.nl/fhir/NamingSystem/bsn"
LARGEST = 1024 * 1024


class Key:
    """A key on the curve P-256, with its public part as a JWK."""

    def __init__(self, kid: str = "") -> None:
        self.kid = kid
        self.private = ec.generate_private_key(ec.SECP256R1())

    @property
    def jwk(self) -> dict[str, str]:
        """The public part."""
        return {name: str(value) for name, value in ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True).items()}

    @property
    def pem(self) -> str:
        """The private part, as a file holds it."""
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return self.private.private_bytes(*form).decode()

    def sign(self, claims: Resource, **head: Any) -> str:
        """What it says, signed."""
        return jwt.encode(claims, self.private, algorithm="ES256", headers=head)


class Partner:
    """The WSGI callable and the client; ``product`` is the address of the product."""

    def __init__(self, product: str = "", client_id: str = "") -> None:
        self.product, self.client_id, self.address = product, client_id, ""
        self.key, self.proof_key, self.network_key = Key("first"), Key(), Key("network")
        self.stored: dict[str, list[Resource]] = {}
        self.heard: list[tuple[str, str, Resource]] = []
        self.trouble = 0
        self.base = f"{product}/fhir"
        self.http = httpx.Client(trust_env=False, timeout=20)
        self._tokens: set[str] = set()
        self._lock = threading.Lock()

    # --- its server

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", "").strip("/"), environ["REQUEST_METHOD"]
        length = min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST)
        body = environ["wsgi.input"].read(length) if length else b""
        if path == "token":
            return self._token(body).send(start_response)
        if environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ") not in self._tokens:
            return Answer(b"", 401).send(start_response)
        with self._lock:
            return self._fhir(path, method, body, environ.get("HTTP_IF_MATCH", "")).send(start_response)

    def _token(self, body: bytes) -> Answer:
        form = parse_qs(body.decode())
        try:
            jwt.decode(
                form["client_assertion"][0], self.network_key.private.public_key(), algorithms=["ES256"], audience=f"{self.address}/token"
            )  # fmt: skip
        except (jwt.PyJWTError, KeyError):
            return Answer(b'{"error": "invalid_client"}', 400, {"Content-Type": "application/json"})
        token = uuid.uuid4().hex
        self._tokens.add(token)
        return _json({"access_token": token, "token_type": "bearer", "expires_in": 300})

    def _fhir(self, path: str, method: str, body: bytes, known: str) -> Answer:
        if self.trouble:
            return Answer(b"", self.trouble)
        resource = json.loads(body) if body else {}
        if method != "GET":
            self.heard.append((method, path, resource))
        if method == "POST" and path == "fhir":
            return self._transaction(resource)
        name = path.removeprefix("fhir/")
        if name not in self.stored:
            return not_found()
        versions = self.stored[name]
        if method == "PUT":
            if not known:
                return Answer(b"", 428)
            if known != f'W/"{len(versions)}"':
                return Answer(b"", 412)
            self._keep(name, resource)
        return _json(versions[-1], {"ETag": f'W/"{len(versions)}"'})

    def _transaction(self, bundle: Resource) -> Answer:
        """Keep what is new; what is there under its identifier already stays as it is (If-None-Exist)."""
        entries = []
        for entry in bundle["entry"]:
            resource = entry["resource"]
            kind, names = resource["resourceType"], resource["identifier"]
            found = [
                name
                for name, all_ in self.stored.items()
                if name.startswith(kind) and all_[-1].get("identifier") == names
            ]
            name = found[0] if found else f"{kind}/{uuid.uuid4().hex[:12]}"
            if not found:
                self._keep(name, {**resource, "id": name.partition("/")[2]})
            status = "200 OK" if found else "201 Created"
            entries.append({"response": {"status": status, "location": f"{self.address}/fhir/{name}/_history/1"}})
        return _json({"resourceType": "Bundle", "type": "transaction-response", "entry": entries})

    def _keep(self, name: str, resource: Resource) -> None:
        versions = self.stored.setdefault(name, [])
        versions.append({**resource, "meta": {"versionId": str(len(versions) + 1)}})

    def tasks(self) -> list[Resource]:
        """Its own tasks as they stand."""
        return [versions[-1] for name, versions in self.stored.items() if name.startswith("Task/")]

    # --- its client

    def sign_in(self, scope: str = "", more: dict[str, str] | None = None, **claims: Any) -> httpx.Response:
        """Ask the product for a token; ``more`` goes along in the question, ``claims`` change what it says of itself."""
        address = f"{self.product}/oauth/token"
        now = int(time.time())
        told = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": address,
            "jti": uuid.uuid4().hex,
            "exp": now + 120,
            **claims,
        }
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": self.key.sign(told, kid=self.key.kid),
            "scope": scope,
            **(more or {}),
        }
        return self.http.post(address, data=form, headers={"DPoP": self.proof("POST", address)})

    def proof(self, method: str, address: str, token: str = "", **claims: Any) -> str:
        """That the request is its own, with the key that the token is bound to."""
        told = {"jti": uuid.uuid4().hex, "htm": method, "htu": address, "iat": int(time.time()), **claims}
        if token:
            told["ath"] = urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        return self.proof_key.sign(told, typ="dpop+jwt", jwk=self.proof_key.jwk)

    def call(self, method: str, path: str, body: Resource | None = None, **headers: str) -> httpx.Response:
        """One request at the product's FHIR interface, with a new token."""
        token = self.sign_in().json()["access_token"]
        address = f"{self.product}/fhir{path}"
        head = {
            "Authorization": f"DPoP {token}",
            "DPoP": self.proof(method, address.partition("?")[0], token),
            **headers,
        }
        if body is not None:
            head = {"Content-Type": "application/fhir+json", **head}
        content = json.dumps(body) if body is not None else None
        return self.http.request(method, address, content=content, headers=head)

    def step(self, pk: int, status: str, words: str = "", **more: Any) -> httpx.Response:
        """Read a task of the product and bring it to a state, on the version that was read."""
        read = self.call("GET", f"/Task/{pk}")
        task = {**read.json(), "status": status, **more}
        if words:
            task["note"] = [*task.get("note", []), {"text": words}]
        return self.call("PUT", f"/Task/{pk}", task, **{"If-Match": read.headers["ETag"]})

    def referral(self, key: str, bsn: str, service: int, **more: Any) -> Resource:
        """A referral as this system writes it; ``more`` changes elements as ``Task.description``."""
        own = f"{self.address}/fhir"
        person = {"identifier": {"system": BSN, "value": bsn}}
        request: Resource = {
            "resourceType": "ServiceRequest", "status": "active", "intent": "order",
            "identifier": [{"system": f"{own}/referral", "value": key}], "subject": person,
            "extension": [{"url": f"{self.base}/StructureDefinition/agreed", "valueBoolean": True}],
            "performer": [{"reference": f"{self.base}/HealthcareService/{service}"}],
            "reasonCode": [{"text": "Wat kan helpen bij eenzaamheid?"}],
        }  # fmt: skip
        task: Resource = {
            "resourceType": "Task", "status": "requested", "intent": "order", "focus": {"reference": f"{own}/ServiceRequest/{key}"},
            "for": person, "description": "Gesprek over eenzaamheid",
        }  # fmt: skip
        kept = {**task, "identifier": request["identifier"], "id": key}
        with self._lock:
            if f"Task/{key}" not in self.stored:
                self._keep(f"Task/{key}", kept)
        for place, value in more.items():
            kind, _dot, name = place.partition("__")
            (request if kind == "ServiceRequest" else task)[name] = value
        entries = [
            {
                "fullUrl": f"{own}/{one['resourceType']}/{key}",
                "resource": one,
                "request": {"method": "POST", "url": one["resourceType"]},
            }
            for one in (request, task)
        ]
        return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _json(value: Resource, headers: dict[str, str] | None = None) -> Answer:
    return Answer(json.dumps(value).encode(), 200, {"Content-Type": "application/fhir+json", **(headers or {})})
