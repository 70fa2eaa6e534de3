"""A file of a message, sealed for as long as somebody still needs it: unreadable to the database, bound to the message it is of."""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.crypto import salted_hmac

NONCE = 12


class Closed(Exception):
    """The file does not open: its key is not among the settings, or something of it was changed."""


def digest_of(body: bytes) -> str:
    """By which the same file is known again (SHA-256)."""
    return hashlib.sha256(body).hexdigest()


def person_of(bsn: str) -> str:
    """By which messages about the same person are known, without the number itself: no other has the key."""
    return salted_hmac("nis.chain.person", bsn, algorithm="sha256").hexdigest()


def seal(body: bytes, digest: str) -> tuple[str, bytes]:
    """The name of the key and the sealed file."""
    name, nonce = next(iter(settings.DOCUMENT_KEYS)), os.urandom(NONCE)
    return name, nonce + AESGCM(settings.DOCUMENT_KEYS[name]).encrypt(nonce, body, _bound(digest))


def unseal(key_id: str, sealed: bytes | memoryview, digest: str) -> bytes:
    """The file again."""
    master, content = settings.DOCUMENT_KEYS.get(key_id), bytes(sealed)
    if master is None:
        raise Closed(f"key {key_id} is not among the settings")
    try:
        return AESGCM(master).decrypt(content[:NONCE], content[NONCE:], _bound(digest))
    except (InvalidTag, ValueError):
        raise Closed("the file was changed, or is another message's") from None


def _bound(digest: str) -> bytes:
    return f"nis chain {digest}".encode()
