"""A content opens again only whole, in order, with its own key, for its own patient; the spool on disk shows nothing of it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossier.documents import sealing
from dossier.documents.sealing import PART, Unreadable
from dossier.documents.spool import Spool

KEY = bytes(range(32))


def sealed(content: bytes) -> list[bytes]:
    return list(sealing.seal(io.BytesIO(content), len(content), KEY))


@pytest.mark.parametrize("size", [1, 15, 16, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 7])
def test_what_was_sealed_opens_again(size: int) -> None:
    content = os.urandom(size)
    parts = sealed(content)
    assert len(parts) == sealing.parts_of(size)
    assert b"".join(sealing.unseal(parts, size, KEY)) == content
    assert all(content[:64] not in part for part in parts if size > 64)


CHANGES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a sign changed": lambda parts: [parts[0][:9] + bytes([parts[0][9] ^ 1]) + parts[0][10:], *parts[1:]],
    "parts in another order": lambda parts: [parts[1], parts[0], parts[2]],
    "the last left out": lambda parts: parts[:-1],
    "the first left out": lambda parts: parts[1:],
    "one in the middle left out": lambda parts: [parts[0], parts[2]],
    "one twice": lambda parts: [parts[0], parts[0], *parts[1:]],
    "one more at the end": lambda parts: [*parts, parts[-1]],
    "none left": lambda parts: [],
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_what_was_changed_does_not_open(change: str) -> None:
    size = 2 * PART + 100
    with pytest.raises(Unreadable):
        list(sealing.unseal(CHANGES[change](sealed(os.urandom(size))), size, KEY))


def test_another_key_another_size_or_another_patient_does_not_open() -> None:
    parts = sealed(b"geheim")
    with pytest.raises(Unreadable):
        list(sealing.unseal(parts, 6, bytes(32)))
    with pytest.raises(Unreadable):
        list(sealing.unseal(parts, 7, KEY))
    wrapped = sealing.wrap(KEY, patient_id=4)
    assert sealing.unwrap(wrapped, patient_id=4) == KEY
    assert KEY not in wrapped.key
    with pytest.raises(Unreadable):
        sealing.unwrap(wrapped, patient_id=5)
    with pytest.raises(Unreadable):
        sealing.unwrap(sealing.Wrapped(wrapped.key_id, wrapped.key[:-1] + bytes([wrapped.key[-1] ^ 1])), patient_id=4)
    with pytest.raises(Unreadable, match="not among the settings"):
        sealing.unwrap(sealing.Wrapped("gone", wrapped.key), patient_id=4)


def test_a_content_of_another_size_than_was_said_is_not_sealed() -> None:
    with pytest.raises(ValueError, match="size"):
        list(sealing.seal(io.BytesIO(b"kort"), 10, KEY))


@given(
    st.lists(st.binary(max_size=60), max_size=12),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 80)), max_size=8),
)
def test_a_spool_reads_back_what_was_written_wherever_one_begins(
    pieces: list[bytes], looks: list[tuple[int, int]]
) -> None:
    content = b"".join(pieces)
    with Spool() as file:
        for piece in pieces:
            file.write(piece)
        for place, length in looks:
            file.seek(place)
            assert file.read(length) == content[place : place + length]
        assert b"".join(file.steps()) == content
        assert file.closed


def test_the_disk_shows_nothing_of_a_spool_and_keeps_no_name(tmp_path: os.PathLike[str]) -> None:
    with Spool(str(tmp_path)) as file:
        file.write(b"Mevrouw Zwartekraaij " * 100)
        assert os.listdir(tmp_path) == []
        kept = os.pread(file.fileno(), 4096, 0)
        assert len(kept) == 2100
        assert b"Zwartekraaij" not in kept
