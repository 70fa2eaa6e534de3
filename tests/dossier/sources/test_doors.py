"""Sources that want to know who asks, over real sockets: tokens by key and by secret, and certificates."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dossier.sources import token
from dossier.sources.fetch import fetch_record
from dossier.sources.probe import probe
from dossier.sources.results import FetchResult, OAuth, Outcome, SourceConfig, UserContext
from dossier.sources.tls import context_of
from region import services, tls
from region.source_doors import TokenDoor
from region.source_examples import VAN_PUTTEN
from region.sources import Sources
from tests.dossier.sources.fakes import Fake, bundle, condition, only_conditions
from trust.categories import Category

BORN = date(1934, 4, 28)
USER = UserContext("000095254", "gp", "De Linde", "00000659", "01.015", "TREAT")


@pytest.fixture(autouse=True)
def no_tokens() -> Iterator[None]:
    token.forget_tokens()
    yield
    token.forget_tokens()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tls.ensure(tmp_path_factory.mktemp("keys"))


class Guarded:
    """The simulated hospital behind a door, on a free port."""

    def __init__(self, folder: Path, keys: Path, *, lasts: float = 300) -> None:
        self.keys = keys
        self.app = Sources(folder)
        self.server = services.serve(self.app, 0)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.door = TokenDoor(
            f"{self.address}/his/token",
            secrets={"nis": "geheim van de bron"},
            keys={"nis": tls.public_key(keys)},
            lasts=lasts,
        )
        self.app.doors["his"] = self.door

    def config(self, method: str = "private_key_jwt", **more: Any) -> SourceConfig:
        oauth = OAuth(
            f"{self.address}/his/token",
            "nis",
            method,
            secret="geheim van de bron" if "secret" in method else "",
            private_key=(self.keys / "oauth.key").read_text() if "key" in method else "",
            scope="system/*.read",
        )
        return SourceConfig(f"{self.address}/his/fhir", "R4", "Achter slot", oauth=replace(oauth, **more))

    def ask(self, config: SourceConfig, seconds: float = 5) -> FetchResult:
        return fetch_record(config, VAN_PUTTEN, BORN, {Category.PROBLEMS, Category.RESULTS}, seconds, "r", USER)


@pytest.fixture
def guarded(tmp_path: Path, keys: Path) -> Iterator[Guarded]:
    made = Guarded(tmp_path, keys)
    yield made
    made.app.set_fault("his", "none")
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize("method", ["private_key_jwt", "client_secret_basic", "client_secret_post"])
def test_a_token_is_asked_once_and_used_for_every_call(guarded: Guarded, method: str) -> None:
    result = guarded.ask(guarded.config(method))
    assert result.outcome == Outcome.ANSWERED
    assert len(result.facts) > 5
    assert guarded.ask(guarded.config(method)).outcome == Outcome.ANSWERED
    assert guarded.door.issued == 1, "kept until its end, and asked once by threads that need it at the same time"
    assert guarded.door.form["scope"] == "system/*.read"


def test_who_asks_goes_along_with_the_token_where_that_is_wanted(guarded: Guarded) -> None:
    guarded.ask(guarded.config(tell_user=True))
    assert guarded.door.claims["extensions"]["ihe_iua"] == {
        "subject_id": "000095254",
        "subject_organization": "De Linde",
        "subject_organization_id": "urn:oid:2.16.528.1.1007.3.3.00000659",
        "subject_role": [{"system": "urn:oid:2.16.840.1.113883.2.4.15.111", "code": "01.015"}],
        "purpose_of_use": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}],
    }
    assert guarded.door.claims["exp"] - guarded.door.claims["iat"] <= 300
    other = fetch_record(
        guarded.config(tell_user=True), VAN_PUTTEN, BORN, {Category.PROBLEMS}, 5, "r", replace(USER, subject_id="9")
    )
    assert other.outcome == Outcome.ANSWERED
    assert guarded.door.issued == 2, "a token of one user is not another's"
    guarded.ask(guarded.config("client_secret_post", tell_user=True))
    assert guarded.door.form["subject_id"] == "000095254"
    assert json.loads(guarded.door.form["subject_role"])[0]["code"] == "01.015"
    guarded.ask(guarded.config("client_secret_post"))
    assert "subject_id" not in guarded.door.form


def test_a_token_that_is_refused_is_renewed_once_and_the_question_asked_again(guarded: Guarded) -> None:
    config = guarded.config()
    guarded.ask(config)
    guarded.door.expire()
    assert guarded.ask(config).outcome == Outcome.ANSWERED
    assert guarded.door.issued == 2


def test_a_token_that_ended_is_not_used(tmp_path: Path, keys: Path) -> None:
    made = Guarded(tmp_path, keys, lasts=1.0)
    try:
        made.ask(made.config())
        time.sleep(0.6)
        assert made.ask(made.config()).outcome == Outcome.ANSWERED
        assert made.door.issued == 2, "asked anew before its end, so that no page is broken off"
    finally:
        made.server.shutdown()
        made.server.server_close()


def test_a_source_that_refuses_every_token_is_asked_twice_and_no_more(guarded: Guarded) -> None:
    guarded.door.admits = lambda environ: False  # type: ignore[method-assign]
    result = guarded.ask(guarded.config())
    assert (result.outcome, result.reason) == (Outcome.REFUSED, "status-401")
    assert guarded.door.issued == 2


@pytest.mark.parametrize(
    ("change", "outcome", "reason"),
    [
        ({"client_id": "iemand"}, Outcome.REFUSED, "token-refused"),
        ({"method": "client_secret_basic", "secret": "fout"}, Outcome.REFUSED, "token-refused"),
        ({"private_key": "geen sleutel"}, Outcome.FAULT, "key-unusable"),
        ({"token_url": "http://127.0.0.1:9/token"}, Outcome.NO_ANSWER, "token-no-connection"),
    ],
)
def test_without_a_token_nothing_is_asked_and_the_reason_is_said(
    guarded: Guarded, change: dict[str, str], outcome: Outcome, reason: str
) -> None:
    result = guarded.ask(guarded.config(**({"method": "private_key_jwt"} | change)))
    assert (result.outcome, result.reason) == (outcome, reason)
    assert {part.outcome for part in result.categories.values()} == {outcome}


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"access_token": 7}', b'{"access_token": "a b"}', b'{"access_token": "x", "token_type": "mac"}',
     b'{"access_token": "x", "expires_in": -1}', b'{"access_token": "x\\u0000"}', b"x" * 70_000, b"<html>"],
)  # fmt: skip
def test_an_answer_that_is_no_token_is_a_fault(other_source: Callable[..., str], body: bytes) -> None:
    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "application/json")])
        return [body]

    source = SourceConfig(
        "http://127.0.0.1:9/fhir", "R4", "x", oauth=OAuth(other_source(app), "nis", "client_secret_post", "s")
    )
    result = fetch_record(source, VAN_PUTTEN, BORN, {2}, 2, "r")
    assert (result.outcome, result.reason) == (Outcome.FAULT, "token-unusable")


def test_a_token_address_that_hangs_keeps_to_the_deadline(guarded: Guarded) -> None:
    guarded.app.set_fault("his", "hang")
    started = time.monotonic()
    result = guarded.ask(guarded.config(), seconds=1)
    assert time.monotonic() - started < 1.5
    assert result.outcome == Outcome.NO_ANSWER


def test_token_and_secret_stand_in_no_log_and_no_picture_of_the_settings(
    guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    config = guarded.config("client_secret_basic")
    result = guarded.ask(config)
    given = next(iter(guarded.door._tokens))
    for text in (caplog.text, repr(config), repr(result), repr(guarded.config())):
        assert given not in text
        assert "geheim van de bron" not in text
        assert "PRIVATE KEY" not in text


def test_a_token_goes_to_the_source_alone(guarded: Guarded, other_source: Callable[..., str]) -> None:
    seen = Fake(only_conditions(condition()))
    elsewhere = other_source(seen)
    lure = Fake(lambda path, query: bundle(condition(), next_url=f"{elsewhere}/Condition?page=2"))
    config = replace(guarded.config(), base_url=other_source(lure))
    result = fetch_record(config, VAN_PUTTEN, BORN, {Category.PROBLEMS}, 5, "r", USER)
    assert result.categories[Category.PROBLEMS].reason == "link-to-elsewhere"
    assert seen.headers == []
    assert all("HTTP_AUTHORIZATION" in headers for headers in lure.headers)


class Certified:
    """The simulated home care, that lets in nobody without a certificate of its authority."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.keys = keys
        self.app = Sources(folder)
        self.server = services.serve(self.app, 0, tls.server_side(keys))
        self.address = f"https://localhost:{self.server.server_port}/his/fhir"

    def config(self, **more: str) -> SourceConfig:
        files = {
            "ca_bundle": str(self.keys / "ca.pem"),
            "client_certificate": str(self.keys / "client.pem"),
            "client_key": str(self.keys / "client.key"),
        }
        return SourceConfig(self.address, "R4", "Met certificaat", **(files | more))  # type: ignore[arg-type]

    def ask(self, config: SourceConfig, seconds: float = 5) -> FetchResult:
        return fetch_record(config, VAN_PUTTEN, BORN, {Category.PROBLEMS}, seconds, "r", USER)


@pytest.fixture
def certified(tmp_path: Path, keys: Path) -> Iterator[Certified]:
    made = Certified(tmp_path, keys)
    yield made
    made.app.set_fault("his", "none")
    made.server.shutdown()
    made.server.server_close()


def test_with_its_certificate_the_network_is_let_in(certified: Certified) -> None:
    result = certified.ask(certified.config())
    assert result.outcome == Outcome.ANSWERED
    assert result.facts
    assert probe(certified.config(), 3, "r").outcome == Outcome.ANSWERED


def test_without_a_certificate_or_with_one_of_another_it_is_not(certified: Certified, tmp_path: Path) -> None:
    none = certified.ask(certified.config(client_certificate="", client_key=""))
    tls.make(tmp_path / "others")
    others = certified.ask(
        certified.config(
            client_certificate=str(tmp_path / "others/client.pem"), client_key=str(tmp_path / "others/client.key")
        )
    )
    for result in (none, others):
        assert result.outcome in {Outcome.REFUSED, Outcome.NO_ANSWER}
        assert result.reason in {"certificate", "connection-lost", "no-connection"}
        assert not result.facts


def test_a_source_that_nobody_vouches_for_is_told_nothing(certified: Certified) -> None:
    result = certified.ask(certified.config(ca_bundle=""))
    assert (result.outcome, result.reason) == (Outcome.NO_ANSWER, "certificate")


@pytest.mark.parametrize(
    "change", [{"client_key": "oauth.key"}, {"client_certificate": "weg.pem"}, {"ca_bundle": "oauth.key"}]
)
def test_files_that_do_not_fit_are_a_fault_of_the_settings(certified: Certified, change: dict[str, str]) -> None:
    told = {name: str(certified.keys / file) for name, file in change.items()}
    result = certified.ask(certified.config(**told))
    assert (result.outcome, result.reason) == (Outcome.FAULT, "certificate")


def test_a_certificate_that_was_renewed_is_read_again(certified: Certified, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    tls.make(tmp_path / "others", lasts=timedelta(days=2))
    for name in ("client.pem", "client.key"):
        (kept / name).write_bytes((tmp_path / "others" / name).read_bytes())
    config = certified.config(client_certificate=str(kept / "client.pem"), client_key=str(kept / "client.key"))
    assert certified.ask(config).outcome != Outcome.ANSWERED
    for name in ("client.pem", "client.key"):
        (kept / name).write_bytes((certified.keys / name).read_bytes())
    assert certified.ask(config).outcome == Outcome.ANSWERED


def test_a_greeting_that_never_ends_keeps_to_the_deadline_and_frees_its_thread(tmp_path: Path, keys: Path) -> None:

    listening = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                held.append(listening.accept()[0])
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    port = listening.getsockname()[1]
    config = SourceConfig(f"https://localhost:{port}/fhir", "R4", "x", ca_bundle=str(keys / "ca.pem"))
    started = time.monotonic()
    result = fetch_record(config, VAN_PUTTEN, BORN, {2}, 1, "r")
    assert time.monotonic() - started < 1.5
    assert result.outcome == Outcome.NO_ANSWER
    listening.close()
    for each in held:
        each.close()


def test_no_old_version_of_tls_is_spoken(certified: Certified) -> None:

    assert context_of(certified.config()).minimum_version >= ssl.TLSVersion.TLSv1_2
