"""The Python libraries of this project in .venv, exactly those of the locked requirements."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from machine import ROOT, CannotGoOn

FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
STAMP = FOLDER / "installed.json"


def install(wanted: str) -> bool:
    """Install the set base or dev where it is not there yet; return whether anything was done.

    An installed dev stays dev: it holds base at the same versions.
    """
    if _stamped(wanted):
        return False
    with (ROOT / "requirements" / f"{wanted}.in").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands in one checkout
        if _stamped(wanted):
            return False
        if _stamp().get("set") == "dev":
            wanted = "dev"
        _fill(ROOT / "requirements" / f"{wanted}.txt")
        STAMP.write_text(json.dumps({"set": wanted, **{name: _hash(name) for name in _contained(wanted)}}))
        return True


def _fill(requirements: Path) -> None:
    if not _works():
        shutil.rmtree(FOLDER, ignore_errors=True)  # broken off halfway, or its Python is gone
        base = getattr(sys, "_base_executable", sys.executable)
        _run("The folder .venv could not be made", base, "-m", "venv", FOLDER)
    pip = (PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r")
    uv = shutil.which("uv") or FOLDER / "bin" / "uv"
    if not Path(uv).exists():
        subprocess.run([*pip, ROOT / "requirements" / "tools.txt"], capture_output=True, check=False, cwd=ROOT)
    if Path(uv).exists():
        words = [uv, "pip", "sync", "-q", "--python", PYTHON, "--require-hashes", requirements]
        if subprocess.run(words, capture_output=True, check=False, cwd=ROOT).returncode == 0:
            return
    _run("The Python libraries could not be installed", *pip, requirements)


def _works() -> bool:
    try:
        return subprocess.run([PYTHON, "-m", "pip", "--version"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _run(failure: str, *words: str | Path) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise CannotGoOn(f"{failure}: {reason}")


def _contained(wanted: str) -> tuple[str, ...]:
    return ("base", "dev") if wanted == "dev" else ("base",)


def _stamp() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def _stamped(wanted: str) -> bool:
    return os.access(PYTHON, os.X_OK) and _stamp().get(wanted) == _hash(wanted)


def _hash(wanted: str) -> str:
    return hashlib.sha256((ROOT / "requirements" / f"{wanted}.txt").read_bytes()).hexdigest()
