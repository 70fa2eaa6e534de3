"""The post in tests: Django's own SMTP backend, aimed at a server on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.exchange.stage import Inbox, mail_server


@pytest.fixture
def smtp_port(settings: Settings) -> int:
    """A free port that the product sends its mail to; nothing listens there yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    return port


@pytest.fixture
def inbox(smtp_port: int) -> Iterator[Inbox]:
    """Every mail the product sends, received by a real server."""
    box = Inbox()
    with mail_server(smtp_port, box):
        yield box
