"""Sends and fetches a large document through the whole product in a process of its own, and prints how much memory that took.

Run by test_memory.py: the database, the session and the patient come as arguments, the figures go out as JSON.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from collections.abc import Iterator

import django

BOUNDARY = "-----------------------------29772313742745"
LINE = b"Mevrouw slaapt slecht sinds het overlijden van haar man.\n" * 1000


class Body(io.RawIOBase):
    """A form with a file of ``size`` bytes, made while it is read."""

    def __init__(self, token: str, size: int) -> None:
        fields = {
            "csrfmiddlewaretoken": token,
            "title": "Groot",
            "kind": "report",
            "category": "10",
            "on_date": "2026-01-05",
        }
        head = "".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        head += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="groot.txt"\r\n\r\n'
        self.head, self.tail, self.size = head.encode(), f"\r\n--{BOUNDARY}--\r\n".encode(), size
        self.length = len(self.head) + size + len(self.tail)
        self.pieces, self.left = self._pieces(), b""

    def _pieces(self) -> Iterator[bytes]:
        yield self.head
        sent = 0
        while sent < self.size:
            piece = LINE[: self.size - sent]
            sent += len(piece)
            yield piece
        yield self.tail

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self.left) < size:
            piece = next(self.pieces, b"")
            if not piece:
                break
            self.left += piece
        given, self.left = (self.left, b"") if size < 0 else (self.left[:size], self.left[size:])
        return given


def peak() -> int:
    """The most memory that this process had so far, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(session: str, key: str, size: int) -> None:
    django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import connection
    from django.middleware.csrf import _get_new_csrf_string

    connection.settings_dict["OPTIONS"]["options"] = "-c role=nis_app"
    product, token = WSGIHandler(), _get_new_csrf_string()

    def call(method: str, path: str, body: Body | None = None) -> tuple[str, dict[str, str], int]:
        told: list[tuple[str, dict[str, str]]] = []
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "SERVER_NAME": "localhost", "SERVER_PORT": "80", "QUERY_STRING": "",
            "wsgi.url_scheme": "http", "wsgi.input": body or io.BytesIO(), "wsgi.errors": sys.stderr, "REMOTE_ADDR": "127.0.0.1",
            "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost",
            "HTTP_COOKIE": f"sessionid={session}; csrftoken={token}",
            "CONTENT_LENGTH": str(body.length if body else 0),
            "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}" if body else "",
        }  # fmt: skip
        answer = product(environ, lambda status, headers, *_more: told.append((status, dict(headers))))  # type: ignore[arg-type]
        count = sum(len(piece) for piece in answer)
        answer.close()
        return told[0][0], told[0][1], count

    def both(of: int) -> tuple[str, int, list[float]]:
        began = time.monotonic()
        status, headers, _count = call("POST", f"/patients/{key}/documents/new/", Body(token, of))
        stored = time.monotonic()
        assert status.startswith("302"), status
        status, _headers, count = call("GET", f"{headers['Location']}file/")
        return status, count, [round(stored - began, 1), round(time.monotonic() - stored, 1)]

    both(3_000_000)
    before = peak()
    status, count, seconds = both(size)
    sys.stdout.write(
        json.dumps({"status": status, "came": count, "before": before, "after": peak(), "seconds": seconds}) + "\n"
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
