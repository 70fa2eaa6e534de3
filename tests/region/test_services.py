"""The one process of the region: what it serves, the mail it takes, and how it stops."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """The process and where it answers."""

    def __init__(self, folder: Path) -> None:
        self.port, self.smtp_port = _free_port(), _free_port()
        self.address = f"http://localhost:{self.port}"
        told = {
            "NIS_ENV": "test",
            "NIS_REGION_DIR": str(folder),
            "NIS_REGION_PORT": str(self.port),
            "NIS_REGION_TLS_PORT": str(_free_port()),
            "NIS_SMTP_PORT": str(self.smtp_port),
        }
        command = [sys.executable, "-m", "region.services"]
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **told}, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{self.address}/health", trust_env=False)
            except httpx.ConnectError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the region did not answer")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(tmp_path_factory.mktemp("region"))
    yield made
    made.process.send_signal(signal.SIGTERM)
    assert made.process.wait(10) == 0


def get(running: Running, path: str) -> httpx.Response:
    return httpx.get(f"{running.address}{path}", trust_env=False)


def test_the_first_page_tells_what_is_served(running: Running) -> None:
    page = get(running, "/").text
    for place in ("/mail", "/idp/zorg/", "/idp/digid/"):
        assert place in page
    assert get(running, "/health").text == "ok"
    assert get(running, "/idp/digid/jwks").json()["keys"][0]["alg"] == "ES256"
    assert get(running, "/idp/other/jwks").status_code == 404
    assert "text/css" in get(running, "/region.css").headers["content-type"]


def test_mail_that_is_sent_can_be_read_on_a_page(running: Running) -> None:
    assert "Er is nog geen e-mail" in get(running, "/mail").text
    for to, subject in (("a@zorg.example", "Er ligt iets klaar"), ("b@zorg.example", "<b>Verwijzing</b>")):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "netwerk@netwerk.example", to, subject
        message.set_content("Goedemorgen, er ligt één bericht voor u klaar.")
        with smtplib.SMTP("127.0.0.1", running.smtp_port, timeout=5) as server:
            server.send_message(message)
    page = get(running, "/mail").text
    assert "Er ligt iets klaar" in page
    assert "&lt;b&gt;Verwijzing" in page
    assert "Verwijzing" not in get(running, "/mail?to=a@zorg").text
    link = page.split('href="/mail/')[1].split('"')[0]
    assert "één bericht" in get(running, f"/mail/{link}").text
    assert get(running, "/mail/nothing").status_code == 404
    assert get(running, "/mail/..%2F..%2Fetc%2Fpasswd").status_code == 404
