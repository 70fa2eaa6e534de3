"""The content of a document sealed and opened: a key for each document, wrapped by a key that the database does not know.

AES-256-GCM for both. A part's nonce is its number and whether it is the last, so parts cannot change places, be left out or
be cut off unseen (the STREAM construction, Hoang, Reyhanitabar, Rogaway and Vizár, 2015); a key seals one content only. The
wrapped key is bound to the patient: put with another person's document it does not open.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedIOBase, RawIOBase

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

PART = 1024 * 1024
NONCE = 12


class Unreadable(Exception):
    """The content does not open: its key is not among the settings, or something of it was changed or lost."""


@dataclass(frozen=True)
class Wrapped:
    """The key of one document, wrapped; ``key_id`` names the key that opens it."""

    key_id: str
    key: bytes


def current_key() -> str:
    """The name of the key that wraps what is new: the first of the settings."""
    return next(iter(settings.DOCUMENT_KEYS))


def wrap(key: bytes, patient_id: int) -> Wrapped:
    """A document's key, wrapped with the current key for this patient."""
    name, nonce = current_key(), os.urandom(NONCE)
    return Wrapped(name, nonce + AESGCM(settings.DOCUMENT_KEYS[name]).encrypt(nonce, key, _bound(name, patient_id)))


def unwrap(wrapped: Wrapped, patient_id: int) -> bytes:
    """The key of a document of this patient."""
    master = settings.DOCUMENT_KEYS.get(wrapped.key_id)
    if master is None:
        raise Unreadable(f"key {wrapped.key_id} is not among the settings")
    nonce, sealed = wrapped.key[:NONCE], wrapped.key[NONCE:]
    try:
        return AESGCM(master).decrypt(nonce, sealed, _bound(wrapped.key_id, patient_id))
    except (InvalidTag, ValueError):
        raise Unreadable("the key of this document was changed, or is another patient's") from None


def seal(content: RawIOBase | BufferedIOBase, size: int, key: bytes) -> Iterator[bytes]:
    """The content in sealed parts of a megabyte, in order; never more than one in memory."""
    cipher, last = AESGCM(key), parts_of(size) - 1
    content.seek(0)
    for number in range(last + 1):
        piece = content.read(PART) or b""
        if len(piece) != (size - last * PART if number == last else PART):
            raise ValueError("the content is not of the size that was said")
        yield cipher.encrypt(_nonce(number, number == last), piece, None)


def unseal(sealed: Iterable[bytes | memoryview], size: int, key: bytes) -> Iterator[bytes]:
    """The content again, a part at a time; raises :class:`Unreadable` at whatever is not as it was sealed."""
    cipher, last, found = AESGCM(key), parts_of(size) - 1, 0
    for number, part in enumerate(sealed):
        try:
            piece = cipher.decrypt(_nonce(number, number == last), bytes(part), None)
        except InvalidTag:
            raise Unreadable(f"part {number} was changed") from None
        found += len(piece)
        yield piece
    if found != size:
        raise Unreadable("not all of it is there")


def parts_of(size: int) -> int:
    """In how many parts a content of this size stands."""
    return max(1, -(-size // PART))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(NONCE - 1, "big") + bytes([last])


def _bound(name: str, patient_id: int) -> bytes:
    return f"nis document {name} {patient_id}".encode()
