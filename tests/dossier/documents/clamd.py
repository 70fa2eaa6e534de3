"""A stand-in for ClamAV's daemon that speaks its protocol to the letter (clamd(8)): zINSTREAM, pieces with their length, one line."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.dossier.documents.files import EICAR


class _Line(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        stage: Clamd = self.server.stage  # type: ignore[attr-defined]
        command = b""
        while not command.endswith(b"\0"):
            sign = self.rfile.read(1)
            if not sign:
                return
            command += sign
        if command == b"zPING\0":
            self.wfile.write(b"PONG\0")
            return
        if command != b"zINSTREAM\0":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while True:
            (length,) = struct.unpack("!I", self.rfile.read(4))
            if not length:
                break
            if len(content) + length > stage.most:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
            content += self.rfile.read(length)
        stage.seen.append(content)
        if stage.mood == "silent":
            stage.over.wait(20)
        elif stage.mood == "hangs up":
            self.request.shutdown(socket.SHUT_RDWR)
        elif stage.mood == "ill":
            self.wfile.write(b"stream: Can't allocate memory ERROR\0")
        elif EICAR in content:
            self.wfile.write(b"stream: Win.Test.EICAR_HDB-1 FOUND\0")
        else:
            self.wfile.write(b"stream: OK\0")


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class Clamd:
    """What it was given to scan, and how it behaves."""

    def __init__(self) -> None:
        self.address, self.mood, self.most = "", "well", 1 << 30
        self.seen: list[bytes] = []
        self.over = threading.Event()


@contextmanager
def clamd(path: Path | None = None) -> Iterator[Clamd]:
    """A daemon that listens, over TCP or at a path."""
    stage = Clamd()
    server = _Unix(str(path), _Line) if path else _Tcp(("127.0.0.1", 0), _Line)
    server.stage = stage  # type: ignore[attr-defined]
    stage.address = f"unix:{path}" if path else f"tcp://127.0.0.1:{server.server_address[1]}"  # type: ignore[index]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield stage
    finally:
        stage.over.set()
        server.shutdown()
        server.server_close()
