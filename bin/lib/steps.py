"""Doing one thing after another on a terminal: what is done, how long it took, and an orderly end at Ctrl-C."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from machine import ROOT, CannotGoOn

PR_SET_PDEATHSIG = 1  # prctl(2)
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked this command to stop: Ctrl-C, SIGTERM, or a terminal that went away."""


def listen_for_stop() -> None:
    """Let each of the stopping signals raise Stopped, also in a background job where Ctrl-C is switched off."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        ignore_stop()
        raise Stopped

    for number in STOPPING:
        if not (number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN):  # nohup
            signal.signal(number, stop)


def ignore_stop() -> None:
    """From here on only cleaning up is left, and that is not interrupted."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Finish what is in hand, for a second or so, before a request to stop is heard."""
    asked = False

    def remember(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True

    before = {number: signal.signal(number, remember) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if asked:
        ignore_stop()
        raise Stopped


def _die_with_parent() -> None:
    for number in STOPPING:
        signal.signal(number, signal.SIG_DFL)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def spawn(words: list[str | Path], **options: Any) -> subprocess.Popen[str]:
    """Start a program in a session of its own, that ends when this command is killed."""
    return subprocess.Popen(
        [str(word) for word in words], cwd=ROOT, text=True, start_new_session=True, stdin=subprocess.DEVNULL,
        preexec_fn=_die_with_parent, **options,
    )  # fmt: skip


def end_group(process: subprocess.Popen[str], patience: float = 10) -> None:
    """Ask a program and what it started to stop, wait, and force them when they do not."""
    for urge in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, urge) if urge == signal.SIGKILL else process.send_signal(urge)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
    with contextlib.suppress(ProcessLookupError, PermissionError):  # what it left behind
        os.killpg(process.pid, signal.SIGKILL)


def run(words: list[str | Path], environment: Mapping[str, str], log: Path | None = None, failure: str = "") -> None:
    """Run a program to its end; its output goes to the terminal or, when it is of use only after a fault, to a log."""
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("a")) if log else None
        began_at = output.tell() if output else 0
        process = spawn(words, env=dict(environment), stdout=output, stderr=subprocess.STDOUT if log else None)
        try:
            code = process.wait()
        except BaseException:
            end_group(process)
            raise
    if code:
        if log:
            with log.open() as written:
                written.seek(began_at)
                sys.stderr.write("\n" + "".join(written.readlines()[-12:]))
        raise CannotGoOn(failure + (f" All of it stands in {log}." if log else ""))


class Steps:
    """Numbered steps on the terminal, each with its time."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0

    @contextlib.contextmanager
    def step(self, title: str, *, open_end: bool = False) -> Iterator[Callable[[str], None]]:
        """Show one step; the yielded function sets the word at its end. With open_end the step prints lines itself."""
        self.done += 1
        word = "done"

        def say(new: str) -> None:
            nonlocal word
            word = new

        head = f"[{self.done}/{self.total}] {title}"
        print(head if open_end else f"{head} … ", end="\n" if open_end else "", flush=True)
        began = time.monotonic()
        try:
            yield say
        except BaseException:
            print("" if open_end else "stopped", flush=True)
            raise
        took = time.monotonic() - began
        line = f"{word} ({took:.1f} s)" if took >= 0.1 else word
        print(f"      {line}" if open_end else line, flush=True)
