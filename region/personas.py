"""The people who can sign in to the demonstration: read from the region, searched, each with a one-time code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
import time
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PERIOD = 30
"""Seconds that one code lasts (RFC 6238, 5.2)."""
DIGITS = 6


@dataclass(frozen=True)
class Persona:
    """Somebody made up who can be chosen on the sign-in page; ``means`` is ``zorg`` or ``digid``."""

    means: str
    sub: str
    name: str
    label: str = ""
    email: str = ""
    bsn: str = ""
    acr: str = ""
    groups: tuple[str, ...] = ()
    featured: bool = False
    words: str = field(default="", compare=False)


def plain(text: str) -> str:
    """Small letters without accents, as people type them in a search box."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


def _persona(row: dict[str, Any]) -> Persona:
    known = {name: row[name] for name in ("means", "sub", "name", "label", "email", "bsn", "acr") if row.get(name)}
    words = plain(f"{row.get('name', '')} {row.get('label', '')}")
    return Persona(**known, groups=tuple(row.get("groups", ())), featured=bool(row.get("featured")), words=words)


class Personas:
    """The personas of a region, read again when ``personas.json`` changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_at = 0
        self._all: list[Persona] = []

    def all(self, means: str) -> list[Persona]:
        """Everybody with this means of signing in, featured ones first, in the order of the file otherwise."""
        changed = self.path.stat().st_mtime_ns if self.path.exists() else 0
        if changed != self._read_at:
            rows = json.loads(self.path.read_text(encoding="utf-8")) if changed else []
            self._all = sorted(map(_persona, rows), key=lambda persona: not persona.featured)
            self._read_at = changed
        return [persona for persona in self._all if persona.means == means]

    def get(self, means: str, sub: str) -> Persona | None:
        """The persona with this number."""
        return next((persona for persona in self.all(means) if persona.sub == sub), None)

    def search(self, means: str, typed: str) -> list[Persona]:
        """Everybody whose name or label holds each of the typed words."""
        wanted = plain(typed).split()
        return [persona for persona in self.all(means) if all(word in persona.words for word in wanted)]


def secret_of(master: bytes, persona: Persona) -> str:
    """The secret in the persona's phone, in base32 as authenticator apps take it."""
    digest = hmac.new(master, f"totp:{persona.means}:{persona.sub}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode()


def code_at(secret: str, moment: float) -> str:
    """The six digits that belong to a moment: TOTP (RFC 6238) over HOTP (RFC 4226, 5.3) with SHA-1."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(moment // PERIOD)), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def code_fits(secret: str, typed: str, moment: float | None = None) -> bool:
    """Whether the typed code is that of now, or of one step before or after (RFC 6238, 5.2 and 6)."""
    now = time.time() if moment is None else moment
    digits = "".join(typed.split())
    return any(hmac.compare_digest(code_at(secret, now + step * PERIOD), digits) for step in (0, -1, 1))
