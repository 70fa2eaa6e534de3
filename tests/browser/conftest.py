"""A whole demonstration region in processes of its own, and a browser before it."""

from __future__ import annotations

import email
import email.policy
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _other_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


@dataclass
class Product:
    """The running product: where it is, and how to look into its database and mailbox."""

    address: str
    region: str
    owner_url: str
    folder: Path

    def ask(self, question: str, *parameters: object) -> list[tuple[object, ...]]:
        """Look into the database as its owner."""
        with psycopg.connect(self.owner_url) as connection:
            return connection.execute(question, parameters).fetchall()  # type: ignore[arg-type]

    def fault(self, source: str, kind: str) -> None:
        """Make a simulated source misbehave."""
        httpx.post(f"{self.region}/control/{source}", json={"fault": kind}).raise_for_status()

    def mails(self) -> list[str]:
        """Every message that arrived: its subject and what it says."""
        found = []
        for path in sorted(self.folder.glob("**/mail/new/*")):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
            found.append("\n".join([str(message["subject"]), *parts]))
        return found


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Web server, worker, clock and region over a database that the region's generator filled; stopped at the end."""
    folder = tmp_path_factory.mktemp("product")
    name = f"story_{os.getpid()}"
    owner, app = os.environ["DATABASE_OWNER_URL"], os.environ["NIS_TEST_APP_URL"]
    web, region, smtp = _free_port(), _free_port(), _free_port()
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name}")
        connection.execute(f"create database {name}")
    redis = os.environ["REDIS_URL"].rsplit("/", 1)[0] + "/7"
    environment = {
        **os.environ,
        "NIS_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "nis.settings",
        "DATABASE_URL": _other_database(app, name),
        "DATABASE_OWNER_URL": _other_database(owner, name),
        "REDIS_URL": redis,
        "NIS_ADDRESS": f"http://localhost:{web}",
        "NIS_PORT": str(web),
        "NIS_REGION_PORT": str(region),
        "NIS_REGION_TLS_PORT": str(_free_port()),
        "NIS_REGION_DIR": str(folder),
        "NIS_SMTP_PORT": str(smtp),
        "NIS_SECRET_KEY": "s" * 60,
        "NIS_SOURCE_FRESH_MINUTES": "0",
        "NIS_NATIONAL_CONSENT_URL": f"http://localhost:{region}/national",
        "NIS_NATIONAL_CONSENT_NOTIFY_SECRET": "n" * 60,
        "PYTHONPATH": str(ROOT),
    }
    as_owner = {**environment, "DATABASE_URL": environment["DATABASE_OWNER_URL"]}
    for command in (["migrate", "-v0"], ["make_region", "--factor", "0.1", "--region-dir", str(folder)]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=as_owner, check=True, stdout=subprocess.DEVNULL
        )
    python = sys.executable
    commands = [
        [python, "-m", "region.services"],
        [python, "-m", "gunicorn", "--no-control-socket", "-k", "gthread", "--threads", "8", "-b", f"127.0.0.1:{web}", "nis.wsgi"],
        [python, "-m", "celery", "-A", "nis.celery", "worker", "-c", "2", "-l", "warning", "-n", f"{name}@%h"],
        [python, "-m", "celery", "-A", "nis.celery", "beat", "-l", "warning", "-s", str(folder / "beat")],
    ]  # fmt: skip
    logs = [(folder / f"process{number}.log").open("w") for number in range(len(commands))]
    running = [
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        for command, log in zip(commands, logs, strict=True)
    ]
    made = Product(f"http://localhost:{web}", f"http://localhost:{region}", environment["DATABASE_OWNER_URL"], folder)
    try:
        _wait_for(f"{made.address}/health/")
        _wait_for(f"{made.region}/health")
        yield made
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        for log in logs:
            log.close()
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(f"drop database if exists {name} with (force)")


def _wait_for(url: str) -> None:
    for _ in range(120):
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A new window of somebody of their own; complaints in the console fail the test."""
    contexts, complaints = [], []

    def make(width: int = 1440, height: int = 900, *, script: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale="nl-NL", java_script_enabled=script
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert [text for text in complaints if "404" not in text and "409" not in text] == []


def sign_in(page: Page, product: Product, means: str, name: str, at: str = "") -> None:
    """Sign in with one click and a second step, and choose the practice where there is a choice."""
    page.goto(f"{product.address}/sign-in/")
    page.get_by_role("button", name=re.compile("organisatie" if means == "zorg" else "DigiD")).click()
    page.get_by_role("button", name=re.compile(name)).first.click()
    page.get_by_role("button", name="Deze code gebruiken").click()
    page.wait_for_url(re.compile(re.escape(product.address)))
    if at and "/choose/" in page.url:
        page.get_by_role("button", name=re.compile(at)).first.click()
        page.wait_for_url(re.compile("/today/"))


def assert_accessible(page: Page) -> None:
    """No violation of WCAG 2.2 A and AA that axe can see."""
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})  # of the rest nothing is read
    violations = [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found.response["violations"]]
    assert not violations, (page.url, violations)
