"""A private PostgreSQL and a private Redis for this checkout: start, stop, and where they are.

    bin/services start|stop|status|env [--dir .run/dev]

Nobody else on the machine gets in: PostgreSQL listens on a socket only and asks every role for its password, Redis
listens on loopback and asks for one; the passwords are made here and stand in secrets.json (mode 0600).
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import machine
import postgresql
from machine import ROOT, CannotGoOn
from processes import PATIENCE, end, last_line, redis_answers, runs, write

URLS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
LONGEST_SOCKET_PATH = 107  # bytes, sun_path in unix(7)


class Services:
    """The private services that live in one folder, by custom .run/<name>."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.name = self.folder.name
        self.log = self.folder / "log"
        self.place = f"nis-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:10]}-{os.geteuid()}"

    # -- folders

    @property
    def user(self) -> pwd.struct_passwd | None:
        """Who owns the database when root starts it; asked late, because PostgreSQL's package brings the user along."""
        return machine.service_user() if machine.IS_ROOT else None

    @property
    def store(self) -> Path:
        """Where the data is: in the folder itself, or in /var/lib when the service user cannot reach the folder."""
        if self.user and not machine.may_reach(self.user, self.folder):
            return Path("/var/lib") / self.place
        return self.folder

    @property
    def data(self) -> Path:
        return self.store / "postgresql"

    @property
    def sockets(self) -> Path:
        """A folder that only the service user and root can enter, with a path short enough for a socket."""
        near = self.store / "socket"
        if len(os.fsencode(near / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return near
        return Path("/tmp") / self.place  # noqa: S108  the owner and the mode are checked in _own()

    def _own(self, folder: Path, mode: int = 0o700, *, service: bool = True) -> None:
        """Make the folder ours with this mode, and refuse one that somebody else put there."""
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        seen = folder.lstat()
        ours = {os.geteuid()} | ({self.user.pw_uid} if self.user else set())
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in ours:
            raise CannotGoOn(f"{folder} belongs to {_name(seen.st_uid)}; start as that user, or remove it first.")
        folder.chmod(mode)
        if service and self.user and seen.st_uid != self.user.pw_uid:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)

    def make_folders(self) -> None:
        """Make the folders: the outer ones may be walked through, the inner ones are closed to others."""
        try:
            for folder in (self.folder.parent, self.folder):
                self._own(folder, 0o711, service=False)
            self._own(self.log, service=False)
            if self.store != self.folder:
                self._own(self.store, 0o711, service=False)
            self._own(self.sockets)
        except (FileExistsError, NotADirectoryError, PermissionError) as error:
            raise CannotGoOn(f"{error.filename} cannot be made or used ({error.strerror}).") from None

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with (self.folder / "services.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # -- what is remembered

    def _secrets(self) -> dict[str, str]:
        path = self.folder / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        names = ("nis_admin", "nis_owner", "nis_app", "redis", "NIS_SECRET_KEY")
        missing = {name: secrets.token_urlsafe(32) for name in names if name not in known}
        if missing:
            known |= missing
            write(path, json.dumps(known, indent=2), 0o600)
        return known

    def _state(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / "services.json").read_text()))
        except (OSError, ValueError):
            return {}

    @property
    def started_by(self) -> str:
        """Which command started the services that run now: services, start, test or bench."""
        return str(self._state().get("started_by", ""))

    # -- starting and stopping

    def start(self, started_by: str) -> bool:
        """Start what does not run; return whether anything had to be started."""
        machine.need_writing(self.folder.parent if self.folder.parent.exists() else ROOT)
        self.make_folders()
        with self._one_at_a_time():
            known = self._secrets()
            begun = False
            if not self._postgresql_pid():
                begun = True
                self._start_postgresql(known)
            state = self._state()
            if not redis_answers(state.get("redis_port"), known["redis"]):
                begun = True
                state.update(self._start_redis(known, state.get("redis_port")))
            if begun:
                state["started_by"] = started_by
                write(self.folder / "services.json", json.dumps(state), 0o600)
            return begun

    def _spawn(self, command: Sequence[str | Path], cwd: Path, log: str, text: str = "") -> subprocess.Popen[str]:
        """Start a program as the service user, in a session of its own so that Ctrl-C does not reach it."""
        user: dict[str, Any] = (
            {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        )
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(cwd)}
        descriptor = os.open(self.log / log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            process = subprocess.Popen(
                [str(word) for word in command], cwd=cwd, env=environment, text=True, start_new_session=True,
                stdin=subprocess.PIPE, stdout=descriptor, stderr=subprocess.STDOUT, **user,
            )  # fmt: skip
        finally:
            os.close(descriptor)
        assert process.stdin
        process.stdin.write(text)
        process.stdin.close()
        return process

    def _programs(self) -> Path:
        programs = machine.postgresql_programs()
        if programs is None:
            raise CannotGoOn("PostgreSQL 15 or later is missing: apt-get install postgresql")
        return programs

    def _start_postgresql(self, known: dict[str, str]) -> None:
        programs = self._programs()
        ready = self.folder / "postgresql.ready"
        if not ready.exists():
            if self.data.exists():  # a first start that was broken off
                shutil.rmtree(self.data)
            self._make_cluster(programs, known)
        else:
            self._same_version(programs)
        settings = postgresql.settings(self.name) | {"unix_socket_directories": f'"{self.sockets}"'}
        words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        process = self._spawn([programs / "postgres", "-D", self.data, *words], self.store, "postgresql.log")
        deadline = time.monotonic() + PATIENCE
        asked: list[str | Path] = [
            programs / "pg_isready",
            "-q",
            "-h",
            self.sockets,
            "-d",
            "postgres",
            "-U",
            "nis_admin",
        ]
        while subprocess.run(asked, check=False).returncode:
            if process.poll() is not None or time.monotonic() > deadline:
                raise CannotGoOn(f"PostgreSQL did not start: {last_line(self.log / 'postgresql.log')}")
            time.sleep(0.02)
        if not ready.exists():
            self._sql(programs, known, postgresql.ROLES.format(**known))
            if self.name.startswith("test"):
                self._sql(programs, known, postgresql.FOR_TESTS)
            self._sql(programs, known, "create database nis owner nis_owner;")
            self._sql(
                programs, known, "revoke all on database nis from public; grant connect on database nis to nis_app;"
            )
            write(ready, programs.parent.name + "\n", 0o600)

    def _make_cluster(self, programs: Path, known: dict[str, str]) -> None:
        password = self.sockets / "password"
        write(password, known["nis_admin"], 0o600)
        if self.user:
            os.chown(password, self.user.pw_uid, self.user.pw_gid)
            self._own(self.data)
        try:
            command: list[str | Path] = [
                programs / "initdb", "-D", self.data, "-U", "nis_admin", f"--pwfile={password}", "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=nl-NL", "--no-sync",
            ]  # fmt: skip
            if self._spawn(command, self.store, "initdb.log").wait():
                raise CannotGoOn(f"PostgreSQL could not make its files: {last_line(self.log / 'initdb.log')}")
        finally:
            password.unlink()

    def _same_version(self, programs: Path) -> None:
        made_with = (self.data / "PG_VERSION").read_text().strip()
        if not programs.parent.name.startswith(made_with) and programs.parent.name.isdigit():
            raise CannotGoOn(
                f"The data in {self.data} are of PostgreSQL {made_with}, which is no longer installed; "
                f"install it again or begin anew with bin/start --fresh."
            )

    def _sql(self, programs: Path, known: dict[str, str], statements: str) -> None:
        command: list[str | Path] = [
            programs / "psql",
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            self.sockets,
            "-U",
            "nis_admin",
        ]
        environment = {**os.environ, "PGPASSWORD": known["nis_admin"], "PGDATABASE": "postgres", "PGPORT": "5432"}
        done = subprocess.run(command, input=statements, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotGoOn(f"PostgreSQL refused its first settings: {done.stderr.strip()}")

    def _start_redis(self, known: dict[str, str], port: int | None) -> dict[str, int]:
        """Start Redis, where it can be on the port it had, so that shells keep a right address."""
        program = shutil.which("redis-server")
        if program is None:
            raise CannotGoOn("Redis is missing: apt-get install redis-server")
        for _attempt in range(3):  # a free port may be taken between asking and using
            if not port or not machine.is_free(port):
                port = machine.free_port()
            settings = (
                f'port {port}\nbind 127.0.0.1\nrequirepass {known["redis"]}\nsave ""\nappendonly no\n'
                f"maxmemory 512mb\nmaxmemory-policy noeviction\n"
            )
            process = self._spawn([program, "-"], self.sockets, "redis.log", settings)
            deadline = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < deadline:
                if redis_answers(port, known["redis"]):
                    return {"redis_port": port, "redis_pid": process.pid}
                time.sleep(0.02)
        raise CannotGoOn(f"Redis did not start: {last_line(self.log / 'redis.log')}")

    def _postgresql_pid(self) -> int:
        """Return the process that serves our data folder, or 0."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return 0
        return pid if runs(pid, "postgres") else 0

    def stop(self) -> bool:
        """Stop both services; return whether there was anything to stop."""
        if not self.folder.exists():
            return False
        with self._one_at_a_time():
            pid, state = self._postgresql_pid(), self._state()
            redis = int(state.get("redis_pid", 0)) if state else 0
            redis = redis if redis and runs(redis, "redis-server") else 0
            for number, request in ((redis, signal.SIGTERM), (pid, signal.SIGINT)):
                if number:
                    end(number, request)
            if self.sockets.parent != self.store and self.sockets.exists():
                shutil.rmtree(self.sockets)  # nothing of ours stays in /tmp
            return bool(pid or redis)

    def remove(self) -> None:
        """Stop the services and remove everything they keep."""
        self.stop()
        for folder in {self.store, self.sockets, self.folder}:
            if folder.exists():
                shutil.rmtree(folder)

    # -- telling others

    def environment(self) -> dict[str, str]:
        """Return the addresses of the running services, with the passwords in them."""
        known, state = self._secrets(), self._state()
        return {
            "DATABASE_URL": f"postgresql://nis_app:{known['nis_app']}@/nis?host={self.sockets}",
            "DATABASE_OWNER_URL": f"postgresql://nis_owner:{known['nis_owner']}@/nis?host={self.sockets}",
            "REDIS_URL": f"redis://:{known['redis']}@127.0.0.1:{state.get('redis_port', 0)}/0",
            "NIS_SECRET_KEY": known["NIS_SECRET_KEY"],
        }

    def status(self) -> dict[str, bool]:
        """Return which services answer."""
        known, state = self._secrets() if self.folder.exists() else {"redis": ""}, self._state()
        return {
            "PostgreSQL": bool(self._postgresql_pid()),
            "Redis": redis_answers(state.get("redis_port"), known["redis"]),
        }


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def given_urls() -> dict[str, str]:
    """Return the services that the environment names, which are then used instead of private ones.

    Private services that a shell knows from bin/services env do not count.
    Raises CannotGoOn when only some are named: guessing the other would mix two regions.
    """
    if os.environ.get("NIS_SERVICES"):
        return {}
    given = {name: os.environ[name] for name in URLS if os.environ.get(name)}
    if given and len(given) < len(URLS):
        missing = ", ".join(name for name in URLS if name not in given)
        raise CannotGoOn(
            f"{', '.join(given)} is set but {missing} is not; set all three, or none for private services."
        )
    return given


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bin/services", description="The private PostgreSQL and Redis of this checkout."
    )
    parser.add_argument("what", choices=("start", "stop", "status", "env"))
    parser.add_argument("--dir", type=Path, default=ROOT / ".run" / "dev", help="the folder they live in (.run/dev)")
    asked = parser.parse_args()
    services = Services(asked.dir)
    if asked.what == "start":
        machine.need_space(ROOT, 0.3)
        machine.install(machine.SERVICES)
        began = time.monotonic()
        begun = services.start("services")
        took = f"started in {time.monotonic() - began:.1f} s" if begun else "already ran"
        where = "" if asked.dir == ROOT / ".run" / "dev" else f" --dir {asked.dir}"
        print(f'PostgreSQL and Redis {took}. For your shell: eval "$(bin/services env{where})"')
    elif asked.what == "stop":
        print("Stopped." if services.stop() else "Nothing ran.")
    elif asked.what == "status":
        status = services.status()
        print(", ".join(f"{name} {'runs' if up else 'does not run'}" for name, up in status.items()))
        sys.exit(not all(status.values()))
    else:
        if not services.folder.exists():
            raise CannotGoOn("There are no services yet: bin/services start")
        told = services.environment() | {"NIS_ENV": "demonstration", "NIS_SERVICES": str(services.folder)}
        for name, value in told.items():
            print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    try:
        main()
    except CannotGoOn as error:
        sys.exit(f"bin/services: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
