"""Where a file waits between the network and the database: on disk without a name, encrypted with a key that is never written."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

BLOCK = 16
STEP = 256 * 1024


class Spool(io.RawIOBase):
    """A file of any size that may be written once, from begin to end, and then read at will.

    It has no name, so nothing is left when the process ends in whatever way; what the disk held of it is unreadable,
    since its key lives in memory alone. ``key`` is for a child process that reads the same descriptor.
    """

    def __init__(self, folder: str | None = None, *, key: bytes = b"", size: int = 0, descriptor: int = -1) -> None:
        super().__init__()
        self._file: IO[bytes] = (
            tempfile.TemporaryFile(dir=folder or None, buffering=0)  # noqa: SIM115 - closed with this
            if descriptor < 0
            else open(descriptor, "rb", buffering=0, closefd=False)  # noqa: SIM115
        )
        self.key = key or os.urandom(48)
        self.size, self._place = size, 0
        self._writer = self._cipher(0)

    def _cipher(self, place: int) -> CipherContext:
        """The stream of the key from a place on: AES in counter mode, the counter being the number of the block."""
        start = (int.from_bytes(self.key[32:], "big") + place // BLOCK) % (1 << 128)
        cipher = Cipher(AES(self.key[:32]), CTR(start.to_bytes(BLOCK, "big"))).encryptor()
        cipher.update(bytes(place % BLOCK))
        return cipher

    def fileno(self) -> int:
        """The descriptor that a child process may inherit; what it reads there is encrypted."""
        return self._file.fileno()

    def write(self, piece: Any) -> int:
        """Add a piece at the end."""
        sealed = memoryview(self._writer.update(bytes(piece)))
        while sealed:
            written = os.pwrite(self._file.fileno(), sealed, self.size)
            self.size += written
            sealed = sealed[written:]
        return len(piece)

    def steps(self) -> Iterator[bytes]:
        """The whole content from the beginning, a step at a time; afterwards it is gone."""
        try:
            self.seek(0)
            while step := self.read(STEP):
                yield step
        finally:
            self.close()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._place = base + offset
        return self._place

    def readinto(self, buffer: Any) -> int:
        wanted = max(0, min(len(buffer), self.size - self._place))
        piece = os.pread(self._file.fileno(), wanted, self._place) if wanted else b""
        buffer[: len(piece)] = self._cipher(self._place).update(piece)
        self._place += len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
