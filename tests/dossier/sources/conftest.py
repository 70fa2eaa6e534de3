"""The simulated sources over a real socket, and the example sets."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from dossier.sources.fetch import fetch_record
from dossier.sources.results import FetchResult, SourceConfig
from region.sources import Sources

CITIZEN = {
    "bsn": "999990019",
    "birth_date": "1941-03-12",
    "name": {"initials": "A.", "own_prefix": "de", "own_name": "Vries", "partner_name": "Jansen", "call_name": "Annie"},
    "gender": "female",
    "sources": ["his", "ecd", "epd"],
}
ANNA = {**CITIZEN, "bsn": "999996782", "birth_date": "1948-03-12"}
ONLY_HIS = {**CITIZEN, "bsn": "999990020", "birth_date": "1990-01-02", "sources": ["his"]}


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        self.server.lines.append(format % args)  # type: ignore[attr-defined]


class Running:
    """The three sources on a free port of loopback."""

    def __init__(self, folder: Path) -> None:
        self.app = Sources(folder)
        self.server = make_server("127.0.0.1", 0, self.app, _Server, _Quiet)
        self.server.lines = []  # type: ignore[attr-defined]
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def lines(self) -> list[str]:
        return self.server.lines  # type: ignore[attr-defined]

    def config(self, name: str, **more: Any) -> SourceConfig:
        version = "R4" if name == "his" else "STU3"
        return SourceConfig(f"{self.address}/{name}/fhir", version, f"Organisatie {name}", **more)

    def fetch(
        self, name: str, bsn: str, born: str, categories: set[int] | None = None, seconds: float = 5, **more: Any
    ) -> FetchResult:
        wanted = set(range(20)) if categories is None else categories
        return fetch_record(self.config(name, **more), bsn, date.fromisoformat(born), wanted, seconds, "request-1")


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("region")
    (folder / "citizens.jsonl").write_text(
        "".join(json.dumps(person) + "\n" for person in (CITIZEN, ANNA, ONLY_HIS)), encoding="utf-8"
    )
    running = Running(folder)
    yield running
    for name in running.app.faults:
        running.app.set_fault(name, "none")
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def fault(sources: Running) -> Iterator[Callable[[str, str], None]]:
    """Makes a source misbehave for one test."""
    yield sources.app.set_fault
    for name in sources.app.faults:
        sources.app.set_fault(name, "none")


@pytest.fixture
def other_source() -> Iterator[Callable[[Callable[..., Any]], str]]:
    """A source of the test's own making: give a WSGI callable, get its address."""
    servers = []

    def start(app: Callable[..., Any]) -> str:
        server = make_server("127.0.0.1", 0, app, _Server, _Quiet)
        server.lines = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
