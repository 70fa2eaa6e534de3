"""The system of a receiver: keeps durably what it is told before it says so, counts nothing away, and breaks when asked.

    python tests/chaos/receiver.py PORT FOLDER DIES_AFTER

Each arrival is a row, doubles too. After every DIES_AFTER arrivals it kills itself between keeping and answering. The file
``mode`` in its folder makes it refuse (``503``) or keep silent (``hang``).
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TABLE = """create table if not exists heard (
  arrival integer primary key autoincrement, path text, id text, number text, step integer, body text)"""


def serve(port: int, folder: Path, dies_after: int) -> None:
    """Listen until somebody ends it."""
    kept = sqlite3.connect(folder / "heard.sqlite", check_same_thread=False)
    kept.execute("pragma journal_mode = wal")
    kept.execute("pragma synchronous = full")
    kept.execute(TABLE)
    kept.commit()
    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            mode = (folder / "mode").read_text().strip()
            if mode == "hang":
                time.sleep(20)
            if mode:
                return self.answer(503)
            told = json.loads(body)
            with one_at_a_time:
                row = (self.path, told["id"], told["data"]["number"], told["data"]["step"], body)
                kept.execute("insert into heard (path, id, number, step, body) values (?, ?, ?, ?, ?)", row)
                kept.commit()
                (count,) = kept.execute("select max(arrival) from heard").fetchone()
                if count % dies_after == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return self.answer(204)

        def answer(self, status: int) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
