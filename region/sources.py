"""Four simulated source systems (HIS, EPD, ECD, AIS) that speak FHIR over HTTP, with faults that can be switched on.

What others may write to them is in `region/source_writes.py`; "lost" takes what is written and gives no answer,
"late" takes it and answers when nobody waits any more.

Mounted under /his/fhir and /ais/fhir (R4), /epd/fhir and /ecd/fhir (STU3). They know the patients of the public example sets and every
citizen in `<region_dir>/citizens.jsonl`. `POST /control/<source>` with {"fault": name} makes one of them misbehave
(loopback only), with {"tokens": "expired"} forget the tokens it gave; the environment does so at the start
(REGION_FAULT_HIS=hang). A source may have a door: a token address at /<source>/token, or mutual TLS.
"""

from __future__ import annotations

import json
import os
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from region.source_doors import BATCHES, Door, TokenDoor, told
from region.source_examples import BSN, Json
from region.source_search import search
from region.source_store import Store
from region.source_writes import ABLE, CONDITIONAL, MOST, Writes

VERSIONS = {"his": ("4.0.1", "R4"), "epd": ("3.0.2", "STU3"), "ecd": ("3.0.2", "STU3"), "ais": ("4.0.1", "R4")}
PAGE_SIZES = {"his": 20, "epd": 20, "ecd": 20, "ais": 20}
FAULTS = frozenset(
    {
        "none",
        "down",
        "hang",
        "html",
        "500",
        "empty",
        "50mb",
        "broken",
        "foreign",
        "slow",
        "drip",
        "refused",
        "stranger",
        "spoilt",
        "lost",
        "late",
    }
)
JSON_TYPE = "application/fhir+json; charset=utf-8"
EVERYBODY = Door()
FILES = frozenset({"epd"})
"""Who gives a Binary as the file that it is; the others give FHIR around it, whatever is asked for."""
HANG_SECONDS = 120.0
SLOW_SECONDS = 3.0


@dataclass
class Reply:
    """A status, a content type and a body that may come in pieces."""

    status: str
    kind: str
    body: Iterable[bytes]
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def fhir(cls, resource: Json, status: str = "200 OK") -> Reply:
        return cls(status, JSON_TYPE, [json.dumps(resource, ensure_ascii=False).encode()])

    @classmethod
    def problem(cls, status: str, text: str) -> Reply:
        issue = {"severity": "error", "code": "processing", "diagnostics": text}
        return cls.fhir({"resourceType": "OperationOutcome", "issue": [issue]}, status)


class Sources:
    """The WSGI callable. One instance holds the state of the faults; it is safe to call from several threads."""

    def __init__(self, region_dir: Path, doors: Mapping[str, Door] | None = None) -> None:
        self.doors = dict(doors or {})
        self.stores = {name: Store(name, Path(region_dir)) for name in VERSIONS}
        self.writes = {name: Writes(name, store) for name, store in self.stores.items()}
        self.faults = {name: _fault_named(os.environ.get(f"REGION_FAULT_{name.upper()}", "none")) for name in VERSIONS}
        self._changed = threading.Condition()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        parts = [part for part in environ.get("PATH_INFO", "").split("/") if part]
        if len(parts) == 2 and parts[0] == "control":
            reply = self._control(parts[1], environ)
        elif len(parts) == 2 and parts[1] == "token" and isinstance(self.doors.get(parts[0]), TokenDoor):
            reply = self._token(parts[0], environ)
        elif len(parts) >= 2 and parts[1] == "fhir" and not self.doors.get(parts[0], EVERYBODY).admits(environ):
            reply = Reply.problem("401 Unauthorized", "who asks?")
        elif len(parts) >= 2 and parts[0] in VERSIONS and parts[1] == "fhir":
            reply = self._misbehave(parts[0], parts[2:], environ)
        else:
            reply = Reply.problem("404 Not Found", "unknown address")
        body = list(reply.body) if isinstance(reply.body, list) else reply.body
        headers = [("Content-Type", reply.kind), ("Cache-Control", "no-store"), *reply.headers]
        if isinstance(body, list):
            headers.append(("Content-Length", str(sum(map(len, body)))))
        start_response(reply.status, headers)
        return body

    def _token(self, name: str, environ: WSGIEnvironment) -> Reply:
        """Give a token; where the source hangs, its token address does too."""
        door = self.doors[name]
        if environ.get("REQUEST_METHOD") != "POST" or not isinstance(door, TokenDoor):
            return Reply.problem("405 Method Not Allowed", "ask by POST")
        if self.faults[name] == "hang":
            with self._changed:
                self._changed.wait_for(lambda: self.faults[name] != "hang", timeout=HANG_SECONDS)
        status, content = door.issue(environ, _body(environ))
        return Reply(status, "application/json", [told(content)])

    def set_fault(self, name: str, fault: str) -> None:
        """Switch a fault on, or off with "none"; whoever hangs is let go."""
        with self._changed:
            self.faults[name] = fault
            self._changed.notify_all()

    def _control(self, name: str, environ: WSGIEnvironment) -> Reply:
        if environ.get("REMOTE_ADDR") not in ("127.0.0.1", "::1"):
            return Reply.problem("403 Forbidden", "only from this machine")
        if name not in VERSIONS:
            return Reply.problem("404 Not Found", "unknown source")
        if environ.get("REQUEST_METHOD") == "POST":
            try:
                wanted = json.loads(_body(environ) or b"{}")
                fault = wanted.get("fault", self.faults[name] if "tokens" in wanted else None)
            except (ValueError, AttributeError):
                wanted, fault = {}, None
            if fault not in FAULTS:
                return Reply.problem("400 Bad Request", "fault must be one of: " + ", ".join(sorted(FAULTS)))
            self.set_fault(name, fault)
            door = self.doors.get(name)
            if wanted.get("tokens") == "expired" and isinstance(door, TokenDoor):
                door.expire()
        state = json.dumps({"source": name, "fault": self.faults[name]}).encode()
        return Reply("200 OK", "application/json", [state])

    def _misbehave(self, name: str, path: list[str], environ: WSGIEnvironment) -> Reply:
        fault = self.faults[name]
        if fault == "down":
            raise ConnectionResetError("this source is down")
        if fault == "hang":
            with self._changed:
                self._changed.wait_for(lambda: self.faults[name] != "hang", timeout=HANG_SECONDS)
            return Reply.problem("503 Service Unavailable", "too late")
        if fault == "slow":
            time.sleep(SLOW_SECONDS)
        early: dict[str, Callable[[], Reply]] = {
            "html": lambda: Reply(
                "200 OK", "text/html; charset=utf-8", [b"<!doctype html><title>Inloggen</title><h1>Log in</h1>"]
            ),
            "500": lambda: Reply("500 Internal Server Error", "text/html", [b"<h1>Server Error</h1>"]),
            "empty": lambda: Reply("200 OK", JSON_TYPE, [b""]),
            "50mb": lambda: Reply("200 OK", JSON_TYPE, _fifty_megabytes()),
            "refused": lambda: Reply.problem("403 Forbidden", "no consent"),
        }
        if fault in early:
            return early[fault]()
        reply = self._answer(name, path, environ)
        written = environ.get("REQUEST_METHOD") in ("POST", "PUT") and path[1:] != ["_search"]
        if fault == "late" and written:
            with self._changed:
                self._changed.wait_for(lambda: self.faults[name] != "late", timeout=HANG_SECONDS)
        if fault == "lost" and written:
            raise ConnectionResetError("taken, and cut off before it could say so")
        if fault == "broken":
            whole = b"".join(reply.body)
            return Reply(reply.status, reply.kind, [whole[: max(len(whole) // 2, 1)]])
        if fault == "drip":
            return Reply(reply.status, reply.kind, _drip(b"".join(reply.body)))
        if fault in ("foreign", "spoilt", "stranger"):
            return _tamper(reply, fault, path)
        return reply

    def _answer(self, name: str, path: list[str], environ: WSGIEnvironment) -> Reply:
        store = self.stores[name]
        method = environ.get("REQUEST_METHOD")
        query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        if path == ["metadata"]:
            return Reply.fhir(_capability(name, store, self.writes[name]))
        if path == ["Patient", "_search"] and method == "POST":
            form = dict(parse_qsl(_body(environ).decode("utf-8", "replace")))
            return Reply.fhir(_patients(store, form.get("identifier", "")))
        if method == "POST" and not path and name in BATCHES:
            return self._batch(name, environ)
        if method in ("POST", "PUT"):
            return _write(self.writes[name], method, path, environ)
        if method != "GET":
            return Reply.problem("405 Method Not Allowed", "read only")
        if path == ["Patient"]:
            return Reply.problem("400 Bad Request", "search for a patient by POST: a BSN may not stand in a URL")
        if len(path) == 2 and not path[1].startswith("$"):
            found = store.read(path[0], path[1])
            if found and path[0] == "Binary" and name in FILES:
                return Reply("200 OK", found["contentType"], [b64decode(found["content"])])
            return Reply.fhir(found) if found else Reply.problem("404 Not Found", "unknown resource")
        if len(path) == 1 or path[1:] == ["$lastn"]:
            base = f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST', 'localhost')}/{name}/fhir"
            return Reply.fhir(search(store, base, path, query, PAGE_SIZES[name]))
        return Reply.problem("404 Not Found", "unknown address")

    def _batch(self, name: str, environ: WSGIEnvironment) -> Reply:
        """Several searches in one question, each answered as if it was asked alone."""
        answers = []
        for entry in json.loads(_body(environ, MOST) or b"{}").get("entry", []):
            path, _, query = entry["request"]["url"].partition("?")
            alone = {**environ, "REQUEST_METHOD": entry["request"]["method"], "QUERY_STRING": query}
            reply = self._answer(name, path.split("/"), alone)
            answers.append({"response": {"status": reply.status}, "resource": json.loads(b"".join(reply.body))})
        return Reply.fhir({"resourceType": "Bundle", "type": "batch-response", "entry": answers})


def make_app(region_dir: Path, doors: Mapping[str, Door] | None = None) -> WSGIApplication:
    """The systems for the region in this folder, as one WSGI callable; those without a door let everybody in."""
    return Sources(region_dir, doors)


def _fault_named(name: str) -> str:
    return name if name in FAULTS else "none"


def _write(writes: Writes, method: str, path: list[str], environ: WSGIEnvironment) -> Reply:
    body = _body(environ, MOST)
    if method == "POST" and len(path) == 1:
        taken = writes.create(path[0], body, environ.get("HTTP_IF_NONE_EXIST", ""))
    elif method == "PUT" and len(path) == 2:
        taken = writes.update(path[0], path[1], body, environ.get("HTTP_IF_MATCH", ""))
    else:
        return Reply.problem("405 Method Not Allowed", "read only")
    if taken.resource is None:
        return Reply.problem(taken.status, taken.problem)
    host = f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST', 'localhost')}"
    headers = (("Location", f"{host}{taken.address}"), ("ETag", taken.version))
    return Reply(taken.status, JSON_TYPE, [], headers)


def _body(environ: WSGIEnvironment, most: int = 65536) -> bytes:
    try:
        length = min(int(environ.get("CONTENT_LENGTH") or 0), most)
    except ValueError:
        return b""
    return environ["wsgi.input"].read(length) if length > 0 else b""


def _patients(store: Store, identifier: str) -> Json:
    system, _, value = identifier.rpartition("|")
    patient = store.patient(value) if system == BSN else None
    entries = (
        [{"fullUrl": f"Patient/{patient['id']}", "resource": patient, "search": {"mode": "match"}}] if patient else []
    )
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _capability(name: str, store: Store, writes: Writes) -> Json:
    version, _ = VERSIONS[name]
    resources = [
        {
            "type": kind,
            "interaction": [{"code": "read"}, {"code": "search-type"}, *writes.interactions(kind)],
            "conditionalCreate": name in CONDITIONAL and bool(writes.interactions(kind)),
        }
        for kind in sorted({*store.kinds(), *ABLE[name]})
    ]
    whole = [{"code": "batch"}] if name in BATCHES else []
    rest = {
        "mode": "server",
        "interaction": whole,
        "resource": [{"type": "Patient", "interaction": [{"code": "search-type"}]}, *resources],
    }
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "fhirVersion": version,
        "format": ["json"],
        "rest": [rest],
    }


def _fifty_megabytes() -> Iterator[bytes]:
    yield b'{"resourceType":"Bundle","type":"searchset","entry":['
    filler = b'{"resource":{"resourceType":"Basic","id":"x","text":"' + b"x" * 65000 + b'"}},'
    for _ in range(50 * 1024 * 1024 // len(filler)):
        yield filler
    yield b"{}]}"


def _drip(body: bytes) -> Iterator[bytes]:
    for index in range(len(body)):
        yield body[index : index + 1]
        time.sleep(0.1)


def _tamper(reply: Reply, fault: str, path: list[str]) -> Reply:
    """An answer with a stranger among the right ones ("foreign"), with a resource that is no FHIR ("spoilt"), or for
    another person altogether ("stranger")."""
    bundle = json.loads(b"".join(reply.body))
    if bundle.get("resourceType") != "Bundle" or not path:
        return reply
    entries = bundle["entry"]
    if path[:1] == ["Patient"]:
        if fault == "stranger":
            for entry in entries:
                entry["resource"]["identifier"] = [{"system": BSN, "value": "999990019"}]
        return Reply.fhir(bundle)
    kind = path[0]
    if fault == "foreign" and entries:
        stranger = json.loads(json.dumps(entries[0]["resource"]))
        stranger["id"] = f"stranger-{kind.lower()}"
        for name in ("subject", "patient", "beneficiary", "for"):
            if name in stranger:
                stranger[name] = {"reference": "Patient/somebody-else", "display": "Iemand Anders"}
        for participant in stranger.get("participant", []):
            if "Patient/" in str(participant.get("actor", {}).get("reference")):
                participant["actor"] = {"reference": "Patient/somebody-else", "display": "Iemand Anders"}
        entries.insert(0, {"resource": stranger, "search": {"mode": "match"}})
    if fault == "spoilt" and entries:
        spoilt = json.loads(json.dumps(entries[0]["resource"]))
        spoilt |= {
            "id": f"spoilt-{kind.lower()}",
            "status": {"not": "a code"},
            "recordedDate": "soon",
            "verificationStatus": 7,
        }
        entries.insert(0, {"resource": spoilt, "search": {"mode": "match"}})
    return Reply.fhir(bundle)
