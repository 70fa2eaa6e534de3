"""The line to one source system: bounded in time and size, same origin only, and every mishap turned into a reason."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

import httpx

from dossier.sources import shared
from dossier.sources.address import leads_outside, origin
from dossier.sources.mishap import Mishap
from dossier.sources.reading import Json
from dossier.sources.results import Outcome, SourceConfig, UserContext
from dossier.sources.tls import context_of
from dossier.sources.token import Bearer

MAX_RESPONSE = 5 * 1024 * 1024
MAX_TOTAL = 25 * 1024 * 1024
MAX_CONNECTIONS = 6


@dataclass(frozen=True)
class Written:
    """What a source said of a resource that it took: status, the resource where it gave it back, its address, its version."""

    status: int
    resource: Json
    address: str
    version: str


class Wire:
    """Calls to one source within one deadline. Connections are pooled for the length of a fetch and no longer: at the
    deadline `close` cuts all of them, so that a source that drips cannot hold a worker. Redirects are not followed,
    proxies of the environment are not used, compressed answers are not asked for (their true size is not known)."""

    def __init__(self, source: SourceConfig, deadline: float, request_id: str, user: UserContext | None) -> None:
        self.base = source.base_url.rstrip("/")
        self.home = origin(self.base)
        self.source = source
        self.deadline = deadline
        self._total = 0
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._closed = False
        tls = context_of(source)
        self._bearer = Bearer(source, source.oauth, user, tls, self._trace) if source.oauth else None
        self._client = httpx.Client(
            headers=_headers(source.headers, request_id, user),
            follow_redirects=False,
            trust_env=False,
            verify=tls,
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS),
        )

    def close(self) -> None:
        """Cut every connection, so that whoever still reads from one is free at once, and end."""
        with self._lock:
            self._closed = True
            sockets = list(self._sockets)
        for each in sockets:
            # A closed number might be somebody else's by the time the reader uses it; a connection that was shut is only silent.
            with suppress(OSError, ValueError):
                each.shutdown(socket.SHUT_RDWR)
        self._client.close()

    def post(self, path: str, form: Mapping[str, str]) -> Json:
        """A search by POST, for what may not stand in a URL."""
        return self._call("POST", f"{self.base}/{path}", data=dict(form))

    def get(self, path: str, parameters: list[tuple[str, str]]) -> Json:
        return self._call("GET", f"{self.base}/{path}", params=parameters)

    def batch(self, questions: Json) -> Json:
        """Several searches in one question."""
        body = json.dumps(questions).encode()
        return self._call(
            "POST", self.base, content=body, more={"Content-Type": "application/fhir+json; charset=utf-8"}
        )

    def follow(self, link: str, current: str) -> Json:
        """The next page; a link to another origin is not followed."""
        url = urljoin(current, link)
        if origin(url) != self.home:
            raise Mishap(Outcome.FAULT, "link-to-elsewhere")
        return self._call("GET", url)

    def write(self, method: str, path: str, resource: Json, conditions: Mapping[str, str]) -> Written:
        """Give the source a resource (POST or PUT) on conditions such as ``If-None-Exist``.

        Raises ``Mishap``: ``REFUSED`` with the status where the source will not have it, now or later; else nobody knows.
        """
        body = json.dumps(resource, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/fhir+json; charset=utf-8", **conditions}
        response, answer = self._exchange(method, f"{self.base}/{path}", _judge_written, content=body, more=headers)
        try:
            given = parse(answer)
        except Mishap:
            given = {}  # what it says of what it took is not needed
        said = response.headers.get("location") or response.headers.get("content-location") or ""
        return Written(response.status_code, given, said, response.headers.get("etag", ""))

    def take(self, url: str, accept: str, into: Callable[[bytes], object], most: int) -> None:
        """Whatever stands at an address of the source, piece by piece and at most so many bytes; the address was judged before."""
        self._exchange("GET", url, _judge_content, more={"Accept": accept}, into=into, most=most)

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def _call(self, method: str, url: str, **content: Any) -> Json:
        return parse(self._exchange(method, url, _judge, **content)[1])

    def _exchange(
        self, method: str, url: str, judge: Callable[[httpx.Response], None], **content: Any
    ) -> tuple[httpx.Response, bytes]:
        """One call, and once more with a new token where the source no longer takes the one that was kept."""
        token = self._bearer.token(self.left()) if self._bearer else ""
        try:
            return self._send(method, url, token, judge, **content)
        except Mishap as mishap:
            if self._bearer is None or mishap.reason != "status-401":
                raise
        return self._send(method, url, self._bearer.token(self.left(), instead_of=token), judge, **content)

    def _send(
        self,
        method: str,
        url: str,
        token: str,
        judge: Callable[[httpx.Response], None],
        more: Mapping[str, str] | None = None,
        into: Callable[[bytes], object] | None = None,
        most: int = MAX_RESPONSE,
        **content: Any,
    ) -> tuple[httpx.Response, bytes]:
        self._await_turn()
        left = self.left()
        if left <= 0 or self._closed:
            raise Mishap(Outcome.NO_ANSWER, "deadline")
        headers = {**(more or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        seen = {"trace": self._trace}
        try:
            with self._client.stream(
                method, url, timeout=left, headers=headers, extensions=seen, **content
            ) as response:
                if response.status_code == 429:
                    shared.pause(self.source, _asked_to_wait(response.headers.get("retry-after", "")))
                judge(response)
                _judge_size(response, most)
                return response, self._read(response, most, into)
        except Mishap:
            raise
        except Exception as error:
            raise self._why(error) from None

    def _await_turn(self) -> None:
        wait = shared.turn(self.source, self.left())
        if wait is None:
            raise Mishap(Outcome.NO_ANSWER, "rate-limit")
        if wait:
            time.sleep(wait)

    def _trace(self, name: str, told: Mapping[str, Any]) -> None:
        """Keep hold of each connection as it is made, to be able to cut it; one that may not be or comes too late ends here."""
        if name not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        stream = told["return_value"]
        made = stream.get_extra_info("socket")
        with self._lock:
            self._sockets.add(made)
            late = self._closed
        inside = name.startswith("connection.connect_tcp") and not leads_outside(made)
        if late or inside:
            stream.close()
            raise Mishap(Outcome.FAULT, "bad-address") if inside else Mishap(Outcome.NO_ANSWER, "deadline")

    def _why(self, error: Exception) -> Mishap:
        if self.left() <= 0:
            return Mishap(Outcome.NO_ANSWER, "timeout" if isinstance(error, httpx.TimeoutException) else "deadline")
        if isinstance(error, httpx.TimeoutException):
            return Mishap(Outcome.NO_ANSWER, "timeout")
        if isinstance(error, httpx.ConnectError):
            words = str(error).lower()
            return Mishap(Outcome.NO_ANSWER, "certificate" if "certificate" in words else "no-connection")
        if isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in str(error):
            return Mishap(Outcome.FAULT, "broken-http")
        # With TLS 1.3 a client without the right certificate learns so only when it reads.
        refused = isinstance(error, httpx.ReadError) and "certificate" in str(error).lower()
        return Mishap(Outcome.REFUSED, "certificate") if refused else Mishap(Outcome.NO_ANSWER, "connection-lost")

    def _read(self, response: httpx.Response, most: int, into: Callable[[bytes], object] | None) -> bytes:
        """The whole answer, or nothing when each piece goes ``into`` something else as it comes."""
        chunks: list[bytes] = []
        take = into or chunks.append
        size = 0
        for chunk in response.iter_raw():
            size += len(chunk)
            with self._lock:
                self._total += len(chunk)
                total = self._total
            if size > most or total > MAX_TOTAL:
                raise Mishap(Outcome.FAULT, "too-big")
            if self.left() <= 0:
                raise Mishap(Outcome.NO_ANSWER, "deadline")
            take(chunk)
        return b"".join(chunks)


def _judge(response: httpx.Response) -> None:
    """Refuses an answer to a question by its head alone."""
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


def _judge_written(response: httpx.Response) -> None:
    """What a source says to something that it was given: taken, refused for good, or to be tried again."""
    status = response.status_code
    if status in (408, 429) or (status >= 500 and status != 501):
        raise Mishap(Outcome.NO_ANSWER, f"status-{status}")
    if 300 <= status < 400:
        raise Mishap(Outcome.FAULT, "redirect")
    if status not in (200, 201, 204):
        raise Mishap(Outcome.REFUSED, f"status-{status}")


def _judge_content(response: httpx.Response) -> None:
    """What a source says to a question for the content of a document, whose form is judged when it is here."""
    status = response.status_code
    if status in (401, 403):
        raise Mishap(Outcome.REFUSED, f"status-{status}")
    if status in (404, 410):
        raise Mishap(Outcome.FAULT, "content-gone")
    if status == 500:
        raise Mishap(Outcome.NO_ANSWER, "content-failed")  # of this one; what is wrong with all of it are 502 to 504
    if status in (408, 429) or status >= 500:
        raise Mishap(Outcome.NO_ANSWER, f"status-{status}")
    if 300 <= status < 400:
        raise Mishap(Outcome.FAULT, "content-elsewhere")
    if status != 200:
        raise Mishap(Outcome.FAULT, f"status-{status}")


def _judge_size(response: httpx.Response, most: int) -> None:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Mishap(Outcome.FAULT, "compressed")
    length = response.headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > most:
        raise Mishap(Outcome.FAULT, "too-big")


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


def _asked_to_wait(said: str) -> float:
    """The seconds of a Retry-After, or ten where it says nothing that can be read."""
    if said.strip().isdigit():
        return float(said.strip()[:6])
    try:
        return max(parsedate_to_datetime(said).timestamp() - time.time(), 1.0)
    except (ValueError, TypeError, OverflowError):
        return 10.0


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
