"""What the machine must offer: programs, libraries, free space, and a user that is not root to own the database."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IS_ROOT = os.geteuid() == 0
OLDEST_POSTGRESQL = 15


class CannotGoOn(Exception):
    """The one sentence that tells the person at the keyboard what is wrong and what to do."""


def postgresql_programs() -> Path | None:
    """Return the folder with the newest PostgreSQL server of version 15 or later, or None."""
    found = [(int(p.parent.name), p) for p in Path("/usr/lib/postgresql").glob("*/bin") if p.parent.name.isdigit()]
    found = [(version, p) for version, p in found if version >= OLDEST_POSTGRESQL and (p / "initdb").exists()]
    if found:
        return max(found)[1]
    initdb = shutil.which("initdb")
    if initdb is None:
        return None
    text = subprocess.run([initdb, "--version"], capture_output=True, text=True, check=False).stdout
    version = text.split()[-1].split(".")[0] if text else ""
    return Path(initdb).resolve().parent if version.isdigit() and int(version) >= OLDEST_POSTGRESQL else None


def _library(name: str) -> Callable[[], bool]:
    def present() -> bool:
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    return present


def _program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _venv() -> bool:
    try:
        import ensurepip  # noqa: F401  Debian ships Python without it
    except ImportError:
        return False
    return True


def browser() -> str | None:
    """Return the path of Chromium or Chrome, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass(frozen=True)
class Package:
    """A package of the distribution, and how to see that what it brings is there."""

    name: str
    present: Callable[[], bool]


SERVICES = (
    Package("postgresql", lambda: postgresql_programs() is not None),
    Package("redis-server", _program("redis-server")),
)
RUN = (
    Package("python3-venv", _venv),
    *SERVICES,
    Package("tzdata", lambda: Path("/usr/share/zoneinfo/Europe/Amsterdam").exists()),
    Package("libpango-1.0-0", _library("libpango-1.0.so.0")),
    Package("libpangoft2-1.0-0", _library("libpangoft2-1.0.so.0")),
    Package("libharfbuzz-subset0", _library("libharfbuzz-subset.so.0")),
    Package("fontconfig", _program("fc-match")),
)
TEST = (
    *RUN,
    Package("chromium", lambda: browser() is not None),
    Package("gettext", _program("msgfmt")),
    Package("fonts-dejavu-core", lambda: Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf").exists()),
)


def install(packages: Iterable[Package]) -> list[str]:
    """Install the missing packages where root may, and return their names; else say which to install."""
    missing = [package.name for package in packages if not package.present()]
    if not missing:
        return []
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if shutil.which("apt-get") is None:
        raise CannotGoOn(f"This machine misses what Debian calls {', '.join(missing)}; please install that first.")
    if not IS_ROOT:
        raise CannotGoOn(f"Packages are missing; ask an administrator to run: {' '.join(command)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}

    def apt(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    done = apt(*command)
    if done.returncode:  # a new machine has no package lists yet
        apt("apt-get", "update")
        done = apt(*command)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotGoOn(f"Installing {', '.join(missing)} failed ({reason}); try yourself: {' '.join(command)}")
    return missing


def need_space(folder: Path, gigabytes: float) -> None:
    """Refuse to begin on a disk that would be full halfway."""
    free = shutil.disk_usage(folder).free / 1e9
    if free < gigabytes:
        raise CannotGoOn(f"Only {free:.1f} GB is free on the disk of {folder}; {gigabytes:.1f} GB is needed.")


def need_writing(folder: Path) -> None:
    """Refuse to begin in a folder where nothing can be kept."""
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CannotGoOn(f"{folder} is not writable for {pwd.getpwuid(os.geteuid()).pw_name}; use a copy of your own.")


def need_port(port: int, setting: str) -> None:
    """Refuse a port that another program listens on."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except PermissionError:
            raise CannotGoOn(f"Port {port} may only be used by root; choose another with {setting}=…") from None
        except OSError:
            raise CannotGoOn(f"Port {port} is in use by another program; choose another with {setting}=…") from None


def is_free(port: int) -> bool:
    """Whether nobody listens on this loopback port."""
    try:
        need_port(port, "")
    except CannotGoOn:
        return False
    return True


def free_port() -> int:
    """Return a loopback port that nobody uses at this moment."""
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])


def service_user() -> pwd.struct_passwd:
    """Return who owns the database: PostgreSQL's own user when started by root (it refuses root), else oneself."""
    if not IS_ROOT:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise CannotGoOn(
            "Started by root, and there is no user postgres to own the database: useradd -r postgres"
        ) from None


def may_reach(user: pwd.struct_passwd, folder: Path) -> bool:
    """Whether this user can walk down to the folder, which a home folder with mode 700 prevents."""
    if user.pw_uid == os.geteuid():
        return True
    test = ["test", "-x", str(folder)]
    return subprocess.run(test, user=user.pw_uid, group=user.pw_gid, extra_groups=[], check=False).returncode == 0
