"""The simulated national consent service and the simulated sources over real sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from region.national import National
from region.services import serve
from region.sources import Sources

SECRET = "a-secret-of-these-tests-and-of-nothing-else"


PERSON = {
    "bsn": "999990019", "birth_date": "1948-03-12", "gender": "female", "sources": ["his", "ecd", "epd"],
    "name": {"initials": "A.", "own_prefix": "de", "own_name": "Vries", "partner_name": "Jansen", "call_name": "Annie"},
}  # fmt: skip


class Region:
    """The national service and the sources, each on a free port of loopback, with their state at hand."""

    def __init__(self, folder: Path) -> None:
        (folder / "citizens.jsonl").write_text(json.dumps(PERSON) + "\n", encoding="utf-8")
        self.national, self.sources = National(folder), Sources(folder)
        self.servers = [serve(self.national, 0), serve(self.sources, 0)]
        self.url, self.sources_url = (f"http://127.0.0.1:{server.server_port}" for server in self.servers)

    def forget(self) -> None:
        """As if nobody had ever chosen or asked anything."""
        self.national.set_fault("none")
        self.national.choices, self.national.subscriptions, self.national.asked = [], [], 0


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    made = Region(tmp_path_factory.mktemp("region"))
    yield made
    made.forget()
    for server in made.servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def region(running: Region, settings: object) -> Region:
    """A national service that knows nothing yet, connected."""
    running.forget()
    settings.NATIONAL_CONSENT_URL = running.url  # type: ignore[attr-defined]
    settings.NATIONAL_CONSENT_DEADLINE = 2.0  # type: ignore[attr-defined]
    settings.NATIONAL_CONSENT_NOTIFY_SECRET = SECRET  # type: ignore[attr-defined]
    return running


@pytest.fixture
def chosen(region: Region) -> Callable[..., list[int]]:
    """Change a choice of the one citizen at the national service; returns how those who are told answered."""

    def choose(holder: str, permit: bool | None, *readers: str, category: str = "GGC002", at: str = "") -> list[int]:
        return region.national.choose("999990019", holder, category, list(readers), permit, at)

    return choose
