"""Processes and files of the private services: is it running, let it end, write without being read halfway."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 20  # seconds that a service may take to start or stop


def write(path: Path, text: str, mode: int) -> None:
    """Write a file at once, never readable by others in between."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    new.replace(path)


def last_line(path: Path) -> str:
    """Return the last line of a log, to tell why a program stopped."""
    lines = path.read_text(errors="replace").strip().splitlines() if path.exists() else []
    return lines[-1].strip() if lines else "it said nothing"


def runs(pid: int, program: str) -> bool:
    """Whether this process runs this program (a number may have been given to another since)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    said = Path(f"/proc/{pid}/comm")
    state = Path(f"/proc/{pid}/stat")
    if not said.exists():
        return not Path("/proc/self").exists()
    try:
        zombie = state.read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (OSError, IndexError):
        return False
    return not zombie and said.read_text().strip().startswith(program[:15])


def end(pid: int, request: signal.Signals) -> None:
    """Ask a process to stop, wait, and force it when it does not."""
    for urge in (request, signal.SIGQUIT, signal.SIGKILL):
        try:
            os.kill(pid, urge)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + PATIENCE / 2
        while time.monotonic() < deadline:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if not runs(pid, ""):
                return
            time.sleep(0.02)


def redis_answers(port: int | None, password: str) -> bool:
    """Whether Redis on this port knows our password."""
    if not port:
        return False
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                part = connection.recv(256)
                if not part:
                    break
                answer += part
            return answer == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False
