"""The content of a document that a source told of, over real sockets: from that source alone, below its address, whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
import tracemalloc
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dossier.documents import spool
from dossier.sources import content as bringing
from dossier.sources import shared
from dossier.sources.attachments import address_of, attachment_of, without_content
from dossier.sources.content import Brought, bring
from dossier.sources.mishap import Mishap
from dossier.sources.results import Outcome, SourceConfig, UserContext
from tests.dossier.documents.files import pdf
from tests.dossier.sources.conftest import Running

Serve = Callable[[Any], str]
BASE = "https://his.example/linde/fhir"
LETTER = pdf()


def document(url: str = "", **more: Any) -> dict[str, Any]:
    attachment = {"contentType": "application/pdf", **({"url": url} if url else {}), **more}
    return {
        "resourceType": "DocumentReference",
        "id": "d1",
        "status": "current",
        "subject": {"reference": "Patient/p1"},
        "content": [{"attachment": attachment}],
    }


class Holder:
    """A source of which a test decides what each address gives: status, headers and bytes."""

    def __init__(self, **given: Any) -> None:
        self.given = given
        self.seen: list[tuple[str, dict[str, str]]] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        path = environ["PATH_INFO"]
        self.seen.append((path, {name: said for name, said in environ.items() if name.startswith("HTTP_")}))
        status, headers, body = self.given.get(path.rpartition("/")[2], ("404 Not Found", [], b""))
        start(status, headers)
        return [body] if isinstance(body, bytes) else body


def ask(address: str, wanted: dict[str, Any], *, anew: bool = False, **more: Any) -> Brought:
    source = SourceConfig(address, "R4", "Nep", **more)
    return bring(source, wanted, None, 3, "req-7", UserContext("u1", "gp"), anew=anew)


def bytes_of(brought: Brought) -> bytes:
    assert brought.content is not None, brought.result
    return b"".join(brought.content.steps())


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("Binary/b1", f"{BASE}/Binary/b1"),
        (f"{BASE}/Binary/b1", f"{BASE}/Binary/b1"),
        ("https://HIS.example:443/linde/fhir/Binary/b1", f"{BASE}/Binary/b1"),
        ("/linde/fhir/Binary/b1/_history/2", f"{BASE}/Binary/b1/_history/2"),
        ("DocumentReference/d1/$binary", f"{BASE}/DocumentReference/d1/$binary"),
    ],
)
def test_an_address_below_that_of_the_source_is_taken(url: str, whole: str) -> None:
    assert address_of(url, BASE) == whole


@pytest.mark.parametrize(
    "url",
    [
        "https://elders.example/linde/fhir/Binary/b1",
        "http://his.example/linde/fhir/Binary/b1",
        "https://his.example:8443/linde/fhir/Binary/b1",
        "https://his.example/andere/fhir/Binary/b1",
        "https://his.example/linde/fhirx/Binary/b1",
        "https://his.example@elders.example/linde/fhir/Binary/b1",
        "https://elders.example\\@his.example/linde/fhir/Binary/b1",
        "https://his.example/linde/fhir/../../beheer",
        "https://his.example/linde/fhir/%2e%2e/%2e%2e/beheer",
        "//elders.example/linde/fhir/Binary/b1",
        "/andere/Binary/b1",
        "../Binary/b1",
        "Binary/../../b1",
        "Binary/./b1",
        "Binary//b1",
        "Binary/b1?next=https://elders.example",
        "Binary/b1#x",
        "Binary/b1\r\nX-Evil: 1",
        "Binary/b\u20281",
        "file:///etc/passwd",
        "ftp://his.example/linde/fhir/Binary/b1",
        "data:text/html,hallo",
        "javascript:alert(1)",
        "urn:uuid:3f1e",
        "http://169.254.169.254/latest/meta-data",
        "",
        " ",
    ],
)
def test_no_other_address_is_asked(url: str) -> None:
    with pytest.raises(Mishap) as refused:
        address_of(url, BASE)
    assert refused.value.reason == "content-elsewhere"


def test_of_several_forms_the_one_that_a_page_shows_is_taken() -> None:
    forms = [("application/hl7-cda+xml", "Binary/x"), ("text/plain", "Binary/t"), ("Application/PDF; v=1", "Binary/p")]
    told = [{"attachment": {"contentType": type_, "url": url}} for type_, url in forms]
    assert attachment_of({"content": told}).url == "Binary/p"
    assert attachment_of({"content": told[:1]}).url == "Binary/x"
    assert attachment_of({"content": [{"attachment": {"contentType": "application/pdf"}}, *told[:1]]}).url == "Binary/x"
    assert attachment_of({"content": "?"}).url == attachment_of({}).url == ""
    assert attachment_of({"content": [{"attachment": {"contentType": "a/b\r\nX: 1", "url": "u"}}]}).type == ""


def test_what_is_kept_of_a_document_has_no_content() -> None:
    told = document(data=b64encode(LETTER).decode(), title="Brief")
    kept = without_content(told)
    assert "data" not in json.dumps(kept)
    assert kept["content"][0]["attachment"] == {"contentType": "application/pdf", "title": "Brief"}
    assert "data" in json.dumps(told), "what came is left as it was"
    assert without_content({"resourceType": "Binary", "data": "x"}) == {"resourceType": "Binary", "data": "x"}


@pytest.mark.parametrize(
    "body",
    [
        LETTER,
        json.dumps({"resourceType": "Binary", "contentType": "text/html", "data": b64encode(LETTER).decode()}).encode(),
        json.dumps({"content": b64encode(LETTER).decode(), "resourceType": "Binary"}, indent=1).encode(),
    ],
    ids=["as it is", "Binary", "Binary without a type"],
)
def test_the_content_comes_as_it_is_or_out_of_a_binary_whatever_the_answer_calls_itself(
    other_source: Serve, body: bytes
) -> None:
    holder = Holder(b1=("200 OK", [("Content-Type", "text/html")], body))
    brought = ask(other_source(holder), document("Binary/b1"))
    assert bytes_of(brought) == LETTER
    path, headers = holder.seen[0]
    assert path == "/Binary/b1"
    assert headers["HTTP_ACCEPT"].startswith("application/pdf, application/fhir+json")
    assert headers["HTTP_X_REQUEST_ID"] == "req-7"
    assert "HTTP_X_USER_CONTEXT" in headers


def test_what_stands_in_the_document_is_read_there_anew(other_source: Serve) -> None:
    whole = document(data=b64encode(LETTER).decode())
    holder = Holder(d1=("200 OK", [("Content-Type", "application/fhir+json")], json.dumps(whole).encode()))
    assert bytes_of(ask(other_source(holder), without_content(whole))) == LETTER
    assert [path for path, _headers in holder.seen] == ["/DocumentReference/d1"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": "d2"}, "content-other"),
        ({"subject": {"reference": "Patient/somebody-else"}}, "content-other"),
        ({"subject": {}}, "content-other"),
        ({"context": {"practiceSetting": {"coding": [{"code": "394587001"}]}}}, "content-other"),
        ({"status": "entered-in-error"}, "content-gone"),
        ({"content": []}, "content-missing"),
        ({"content": [{"attachment": {"url": "https://elders.example/b1"}}]}, "content-elsewhere"),
        ({"content": [{"attachment": {"data": "geen base64!"}}]}, "content-unusable"),
    ],
)
def test_a_document_that_is_another_now_is_not_shown(other_source: Serve, change: dict[str, Any], reason: str) -> None:
    now = json.dumps({**document(data=b64encode(LETTER).decode()), **change}).encode()
    holder = Holder(d1=("200 OK", [("Content-Type", "application/fhir+json")], now))
    brought = ask(other_source(holder), document())
    assert (brought.content, brought.result.reason) == (None, reason)


@pytest.mark.parametrize(
    ("change", "reason", "asked"),
    [
        ({}, "", ["/DocumentReference/d1", "/Binary/b1"]),
        ({"status": "entered-in-error"}, "content-gone", ["/DocumentReference/d1"]),
        (
            {"context": {"practiceSetting": {"coding": [{"code": "394587001"}]}}},
            "content-other",
            ["/DocumentReference/d1"],
        ),
    ],
)
def test_what_was_told_long_ago_is_read_anew_before_its_content(
    other_source: Serve, change: dict[str, Any], reason: str, asked: list[str]
) -> None:
    now = json.dumps({**document("Binary/b1"), **change}).encode()
    holder = Holder(
        d1=("200 OK", [("Content-Type", "application/fhir+json")], now),
        b1=("200 OK", [("Content-Type", "application/pdf")], LETTER),
    )
    brought = ask(other_source(holder), document("Binary/b1"), anew=True)
    assert brought.result.reason == reason
    assert [path for path, _headers in holder.seen] == asked
    if not reason:
        assert bytes_of(brought) == LETTER


@pytest.mark.parametrize(
    ("status", "headers", "outcome", "reason"),
    [
        ("403 Forbidden", [], Outcome.REFUSED, "status-403"),
        ("401 Unauthorized", [], Outcome.REFUSED, "status-401"),
        ("404 Not Found", [], Outcome.FAULT, "content-gone"),
        ("503 Busy", [], Outcome.NO_ANSWER, "status-503"),
        ("302 Found", [("Location", "http://127.0.0.1:9/elsewhere")], Outcome.FAULT, "content-elsewhere"),
        ("200 OK", [("Content-Encoding", "gzip")], Outcome.FAULT, "compressed"),
        ("200 OK", [("Content-Length", str(26 * 1024 * 1024))], Outcome.FAULT, "content-too-big"),
    ],
)
def test_every_way_to_get_nothing_has_its_reason(
    other_source: Serve, status: str, headers: list[tuple[str, str]], outcome: Outcome, reason: str
) -> None:
    holder = Holder(b1=(status, headers, b"%PDF-"), elsewhere=("200 OK", [], LETTER))
    brought = ask(other_source(holder), document("Binary/b1"))
    assert (brought.content, brought.result.outcome, brought.result.reason) == (None, outcome, reason)
    assert len(holder.seen) == 1


def test_what_never_ends_is_cut_off_at_the_limit(other_source: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing, "MOST", 300_000)
    endless = (b"x" * 65536 for _step in range(400))
    brought = ask(other_source(Holder(b1=("200 OK", [], endless))), document("Binary/b1"))
    assert (brought.content, brought.result.reason) == (None, "content-too-big")


def test_an_address_elsewhere_is_not_asked_at_all(other_source: Serve) -> None:
    holder, other = Holder(), Holder(b1=("200 OK", [], LETTER))
    brought = ask(other_source(holder), document(f"{other_source(other)}/Binary/b1"))
    assert brought.result.reason == "content-elsewhere"
    assert holder.seen == other.seen == []


def test_a_missing_document_says_nothing_of_how_a_source_does_and_silence_does(other_source: Serve) -> None:
    shared.forget(987_001)
    config = {"number": 987_001, "breaker_failures": 2}
    address = other_source(Holder(b2=("503 Busy", [], b"")))
    for _time in range(3):
        assert ask(address, document("Binary/b1"), **config).result.reason == "content-gone"
    for _time in range(2):
        assert ask(address, document("Binary/b2"), **config).result.reason == "status-503"
    assert ask(address, document("Binary/b1"), **config).result.reason == "breaker-open"
    shared.forget(987_001)


def test_a_source_that_hangs_or_drips_holds_nobody_past_its_deadline(
    sources: Running, fault: Callable[[str, str], None]
) -> None:
    for trouble in ("hang", "drip", "down"):
        fault("epd", trouble)
        brought = bring(sources.config("epd"), document("Binary/b1"), None, 0.6, "r")
        assert brought.content is None
        assert brought.result.outcome in (Outcome.NO_ANSWER, Outcome.FAULT)
        assert brought.result.seconds < 2


@pytest.mark.parametrize(
    "body",
    [
        b'{"resourceType": "Patient", "id": "p2", "name": [{"family": "Anders"}]}',
        b'{"resourceType": "Bundle", "entry": []}\n{"resourceType": "Patient", "id": "p2"}',
        b'[{"resourceType": "Patient", "id": "p2"}]',
        b'{"resourceType": "OperationOutcome", "issue": [{"diagnostics": "password=geheim"}]}',
        b'{"resourceType": "DocumentReference", "content": [{"attachment": {"data": "aGFsbG8="}}]}',
        b'<Patient xmlns="http://hl7.org/fhir"><name><family value="Anders"/></name></Patient>',
    ],
)
def test_another_resource_than_a_binary_is_never_read_as_the_text_of_a_letter(other_source: Serve, body: bytes) -> None:
    brought = ask(other_source(Holder(b1=("200 OK", [("Content-Type", "text/plain")], body))), document("Patient/b1"))
    assert (brought.content, brought.result.reason) == (None, "content-unusable")


@pytest.mark.parametrize("body", [b"{geheim} staat in de brief", b'["brief"]', b'{"brief": "hallo"}'])
def test_a_text_that_begins_with_a_bracket_is_a_text(other_source: Serve, body: bytes) -> None:
    assert bytes_of(ask(other_source(Holder(b1=("200 OK", [], body))), document("Binary/b1"))) == body


def test_a_binary_that_is_judged_as_something_of_another_person_is_not_shown(other_source: Serve) -> None:
    binary = {"resourceType": "Binary", "data": b64encode(LETTER).decode()}
    of = {name: {**binary, "securityContext": {"reference": f"Patient/{name}"}} for name in ("p1", "p2")}
    given = {name: ("200 OK", [], json.dumps(one).encode()) for name, one in of.items()}
    address = other_source(Holder(**given))
    assert bytes_of(ask(address, document("Binary/p1"))) == LETTER
    assert ask(address, document("Binary/p2")).result.reason == "content-other"


@pytest.mark.parametrize("told", [{}, {"data": ""}, {"data": None}, {"data": 7}, {"extension": [{"data": "aGFsbG8="}]}])
def test_a_binary_without_content_says_so(other_source: Serve, told: dict[str, Any]) -> None:
    body = json.dumps({"resourceType": "Binary", **told}).encode()
    brought = ask(other_source(Holder(b1=("200 OK", [], body))), document("Binary/b1"))
    assert (brought.content, brought.result.reason) == (None, "content-missing")


def test_what_a_source_writes_around_a_content_takes_no_memory(other_source: Serve) -> None:
    body = b'{"resourceType": "Binary", "x": [' + b"{}," * 1_000_000 + b"{}]}"
    tracemalloc.start()
    try:
        brought = ask(other_source(Holder(b1=("200 OK", [], body))), document("Binary/b1"))
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (brought.content, brought.result.reason) == (None, "content-unusable")
    assert most < 7 * len(body)


def test_a_content_that_comes_too_late_is_written_in_nobody_elses_file(
    other_source: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who fetches is held just before it writes, with the number of its file in hand, until nobody waits for it any more."""
    write, go, done = os.pwrite, threading.Event(), threading.Event()

    def held(number: int, piece: bytes, place: int) -> int:
        if not threading.current_thread().name.startswith("source-caller"):
            return write(number, piece, place)
        go.wait(5)
        try:
            return write(number, piece, place)
        finally:
            done.set()

    monkeypatch.setattr(spool.os, "pwrite", held)
    address = other_source(Holder(b1=("200 OK", [], LETTER)))
    assert bring(SourceConfig(address, "R4", "Nep"), document("Binary/b1"), None, 0.5, "r").content is None
    others = [tempfile.TemporaryFile() for _each in range(8)]  # noqa: SIM115 - closed below
    go.set()
    assert done.wait(5)
    sizes = [os.fstat(one.fileno()).st_size for one in others]
    for one in others:
        one.close()
    assert sizes == [0] * 8


def test_a_document_that_fails_or_is_too_slow_does_not_close_its_source_for_everybody(other_source: Serve) -> None:
    def slow() -> Iterator[bytes]:
        for _step in range(20):
            time.sleep(0.1)
            yield b"x" * 10_000

    shared.forget(987_002)
    odd = ("406 Not Acceptable", [], b"")
    packed = ("200 OK", [("Content-Encoding", "gzip")], b"")
    given = Holder(b1=("200 OK", [], slow()), b2=("500 Oops", [], b""), b3=odd, b4=packed)
    config = SourceConfig(other_source(given), "R4", "Nep", number=987_002, breaker_failures=1)
    reasons = ["content-failed", "content-failed", "status-406", "compressed", "content-failed"]
    asked = ("b1", "b2", "b3", "b4", "b2")
    assert [bring(config, document(f"Binary/{name}"), None, 0.6, "r").result.reason for name in asked] == reasons
    shared.forget(987_002)
