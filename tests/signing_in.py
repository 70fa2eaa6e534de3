"""A browser for the tests that walks the whole way of signing in: product, identity provider on a socket, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIServer

import httpx
from django.http import HttpResponse
from django.test import Client

from region import services

PRODUCT = "http://testserver"


@contextmanager
def region(folder: Path, personas: list[dict[str, Any]], products: list[str] | None = None) -> Iterator[str]:
    """The demonstration region on a free port of loopback, with these people; yields its address."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "personas.json").write_text(json.dumps(personas), encoding="utf-8")
    server: WSGIServer = services.serve(services.not_found, 0)  # type: ignore[arg-type]
    address = f"http://localhost:{server.server_port}"
    server.set_app(services.make_app(folder, address, products or [PRODUCT]))
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()


def apps(address: str) -> dict[str, Any]:
    """The setting SOCIALACCOUNT_PROVIDERS for a region at this address."""
    secret = services.SECRET
    zorg = {"server_url": f"{address}/idp/zorg", "scope": ["openid"], "oauth_pkce_enabled": True}
    digid = {
        "server_url": f"{address}/idp/digid",
        "scope": ["openid", "bsn"],
        "oauth_pkce_enabled": True,
        "bsn_claim": "bsn",
    }
    return {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "zorg",
                    "client_id": "nis-zorg",
                    "secret": secret,
                    "name": "Zorg en welzijn",
                    "settings": zorg,
                },
                {
                    "provider_id": "digid",
                    "client_id": "nis-digid",
                    "secret": secret,
                    "name": "DigiD",
                    "settings": digid,
                },
            ]
        }
    }


def at_provider(address: str, sub: str, *, acr: str = "", without: bool = False) -> str:
    """Do what a person does at the identity provider, from the address the product sent to; returns where it sends back."""
    with httpx.Client(trust_env=False, follow_redirects=True) as browser:
        page = browser.get(address)
        assert page.status_code == 200, page.text
        browser.follow_redirects = False
        answer = browser.post(page.url, data={"sub": sub, **({"acr": acr} if acr else {})})
        if "/code/" in answer.headers["location"]:
            place = page.url.join(answer.headers["location"])
            code = re.search(r'name="code" value="(\d{6})"', browser.get(place).text)
            assert code
            answer = browser.post(place, data={"without": "1"} if without else {"code": code[1]})
        assert answer.status_code == 303
        return answer.headers["location"]


def begin(client: Client, means: str, goal: str = "") -> str:
    """Open a door of the product; returns the address at the provider to which it sends."""
    answer = client.post(f"/sign-in/{means}/", {"next": goal})
    assert answer.status_code == 302, answer.content
    return str(answer.headers["Location"])


def come_back(client: Client, address: str) -> HttpResponse:
    """Follow the provider's answer to the product."""
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")  # type: ignore[return-value]


def sign_in(client: Client, means: str, sub: str, goal: str = "", **at: Any) -> HttpResponse:
    """The whole way; returns the product's answer to the provider's."""
    return come_back(client, at_provider(begin(client, means, goal), sub, **at))


def said(address: str) -> dict[str, str]:
    """The parameters in an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
