"""The line to one source system: bounded in time and size, same origin only, and every mishap turned into a reason."""

from __future__ import annotations

import json
import math
import ssl
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from dossier.sources.reading import Json
from dossier.sources.results import Outcome, SourceConfig, UserContext

MAX_RESPONSE = 5 * 1024 * 1024
MAX_TOTAL = 25 * 1024 * 1024
MAX_CONNECTIONS = 6


class Mishap(Exception):
    """What went wrong with one call, as an outcome and a machine reason. Holds no text of the source."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port; raises Mishap for what is no plain web address (a user name in it, another scheme)."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        raise Mishap(Outcome.FAULT, "bad-address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise Mishap(Outcome.FAULT, "bad-address")
    return parts.scheme, parts.hostname, port


class Wire:
    """Calls to one source within one deadline. Connections are pooled for the length of a fetch and no longer: at the
    deadline `close` cuts all of them, so that a source that drips cannot hold a worker. Redirects are not followed,
    proxies of the environment are not used, compressed answers are not asked for (their true size is not known)."""

    def __init__(self, source: SourceConfig, deadline: float, request_id: str, user: UserContext | None) -> None:
        self.base = source.base_url.rstrip("/")
        self.home = origin(self.base)
        self.deadline = deadline
        self._total = 0
        self._lock = threading.Lock()
        self._client = httpx.Client(
            headers=_headers(source.headers, request_id, user),
            follow_redirects=False,
            trust_env=False,
            verify=_context(source),
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS),
        )

    def close(self) -> None:
        self._client.close()

    def post(self, path: str, form: Mapping[str, str]) -> Json:
        """A search by POST, for what may not stand in a URL."""
        return self._call("POST", f"{self.base}/{path}", data=dict(form))

    def get(self, path: str, parameters: list[tuple[str, str]]) -> Json:
        return self._call("GET", f"{self.base}/{path}", params=parameters)

    def follow(self, link: str, current: str) -> Json:
        """The next page; a link to another origin is not followed."""
        url = urljoin(current, link)
        if origin(url) != self.home:
            raise Mishap(Outcome.FAULT, "link-to-elsewhere")
        return self._call("GET", url)

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def _call(self, method: str, url: str, **content: Any) -> Json:
        left = self.left()
        if left <= 0:
            raise Mishap(Outcome.NO_ANSWER, "deadline")
        try:
            with self._client.stream(method, url, timeout=left, **content) as response:
                _judge(response)
                body = self._read(response)
        except httpx.TimeoutException:
            raise Mishap(Outcome.NO_ANSWER, "timeout") from None
        except httpx.ConnectError:
            raise Mishap(Outcome.NO_ANSWER, "no-connection") from None
        except httpx.RemoteProtocolError as error:
            if "disconnected" in str(error):
                raise Mishap(Outcome.NO_ANSWER, "connection-lost") from None
            raise Mishap(Outcome.FAULT, "broken-http") from None
        except Mishap:
            raise
        except Exception:
            late = self.left() <= 0
            raise Mishap(Outcome.NO_ANSWER, "deadline" if late else "connection-lost") from None
        return parse(body)

    def _read(self, response: httpx.Response) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_raw():
            size += len(chunk)
            with self._lock:
                self._total += len(chunk)
                total = self._total
            if size > MAX_RESPONSE or total > MAX_TOTAL:
                raise Mishap(Outcome.FAULT, "too-big")
            if self.left() <= 0:
                raise Mishap(Outcome.NO_ANSWER, "deadline")
            chunks.append(chunk)
        return b"".join(chunks)


def _headers(own: Mapping[str, str], request_id: str, user: UserContext | None) -> dict[str, str]:
    headers = {
        "Accept": "application/fhir+json, application/json;q=0.9",
        "Accept-Encoding": "identity",
        "X-Request-Id": request_id,
        **own,
    }
    if user is not None:
        told = json.dumps({name: value for name, value in asdict(user).items() if value}).encode()
        headers["X-User-Context"] = urlsafe_b64encode(told).decode()
    return headers


_contexts: dict[tuple[str, str], ssl.SSLContext] = {}


def _context(source: SourceConfig) -> ssl.SSLContext:
    """TLS settings, made once for each certificate pair: reading a trust store for every fetch takes tens of milliseconds."""
    key = (source.ca_bundle, source.client_certificate)
    if key not in _contexts:
        context = ssl.create_default_context(cafile=source.ca_bundle or None)
        if source.client_certificate:
            context.load_cert_chain(source.client_certificate)
        _contexts[key] = context
    return _contexts[key]


def _judge(response: httpx.Response) -> None:
    """Refuses an answer by its head alone."""
    status = response.status_code
    if status in (401, 403):
        raise Mishap(Outcome.REFUSED, f"status-{status}")
    if status in (404, 501):
        raise Mishap(Outcome.FAULT, "not-supported")
    if status in (408, 429, 502, 503, 504):
        raise Mishap(Outcome.NO_ANSWER, f"status-{status}")
    if 300 <= status < 400:
        raise Mishap(Outcome.FAULT, "redirect")
    if status != 200:
        raise Mishap(Outcome.FAULT, f"status-{status}")
    kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise Mishap(Outcome.FAULT, "not-json")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Mishap(Outcome.FAULT, "compressed")
    length = response.headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > MAX_RESPONSE:
        raise Mishap(Outcome.FAULT, "too-big")


def parse(body: bytes) -> Json:
    """A JSON object out of bytes, strictly: no NaN, no infinite numbers."""
    if not body.strip():
        raise Mishap(Outcome.FAULT, "empty")
    try:
        value = json.loads(body, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise Mishap(Outcome.FAULT, "broken-json") from None
    if not isinstance(value, dict):
        raise Mishap(Outcome.FAULT, "not-a-bundle")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
