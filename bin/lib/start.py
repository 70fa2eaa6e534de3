"""Starts the demonstration: everything it needs, in one command, until Ctrl-C.

    bin/start [--fresh] [--name dev]

NIS_PORT (8000), NIS_REGION_PORT (8100), NIS_REGION_TLS_PORT (8143), NIS_SMTP_PORT (8125) and NIS_RELAY_PORT (the next) say where.
DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL name services to use instead of the private ones. What it keeps stands in
.run/<name>/, logs included.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import hmac
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TextIO

import libraries
import machine
import steps
from machine import ROOT, CannotGoOn
from processes import last_line
from services import Services, given_urls

PORTS = {"NIS_PORT": 8000, "NIS_REGION_PORT": 8100, "NIS_REGION_TLS_PORT": 8143, "NIS_SMTP_PORT": 8125}
MANAGE = ROOT / "manage.py"
PATIENCE = 60  # seconds for the programs to answer
RESTARTS = 5  # within a minute, of one program


class Start:
    """One run of the demonstration, from the first step to the last program stopped."""

    def __init__(self, name: str, *, fresh: bool) -> None:
        self.fresh = fresh
        self.services = Services(ROOT / ".run" / name)
        self.lock_path = ROOT / ".run" / f"{name}.lock"
        self.lock: TextIO | None = None
        self.given = given_urls()
        self.ports = {setting: port_of(setting, usual) for setting, usual in PORTS.items()}
        self.ports["NIS_RELAY_PORT"] = port_of("NIS_RELAY_PORT", self.ports["NIS_SMTP_PORT"] + 1)
        self.own_services = False
        self.running = False
        self.programs: dict[str, subprocess.Popen[str]] = {}
        self.restarts: dict[str, list[float]] = {}
        self.steps = steps.Steps(7)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.ports['NIS_PORT']}"

    @property
    def log(self) -> Path:
        return self.services.log

    # -- before anything is changed

    def claim(self) -> None:
        """Make sure that this is the only start of this name, and that it can succeed."""
        machine.need_writing(ROOT)
        self.lock_path.parent.mkdir(mode=0o711, exist_ok=True)
        machine.need_writing(self.lock_path.parent)
        try:
            self.lock = self.lock_path.open("a+")
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except PermissionError:
            raise CannotGoOn(f"{self.lock_path} belongs to another user; start as that user.") from None
        except BlockingIOError:
            assert self.lock
            self.lock.seek(0)
            raise CannotGoOn(f"It runs already: {self.lock.read().strip() or 'it is just starting'}.") from None
        self.lock.truncate(0)
        if len(set(self.ports.values())) < len(self.ports):
            raise CannotGoOn(f"{', '.join(self.ports)} must be different ports.")
        for setting, port in self.ports.items():
            machine.need_port(port, setting)
        machine.need_space(ROOT, 0.3 if self.services.folder.exists() else 1.5)
        if self.fresh and self.given:
            raise CannotGoOn("--fresh only removes private data, and DATABASE_URL names a database elsewhere.")

    # -- step by step

    def prepare(self) -> None:
        """Do everything that comes before the first program."""
        if self.fresh and self.services.folder.exists():
            print(f"Removing {self.services.folder}: its database, keys and logs.")
            with steps.uninterrupted():
                self.services.remove()
        with self.steps.step("Packages of the system") as say:
            wanted = machine.RUN if not self.given else [p for p in machine.RUN if p not in machine.SERVICES]
            say(", ".join(machine.install(wanted)) or "present")
        with self.steps.step("Python libraries") as say:
            say("installed" if libraries.install("base") else "present")
        with self.steps.step("PostgreSQL and Redis") as say, steps.uninterrupted():
            say(self.start_services())
        with self.steps.step("Database tables"):
            self.manage("migrate", "--no-input", "-v", "0", failure="The database could not be brought up to date.")
        with self.steps.step("Demonstration region (the first time takes a few minutes)", open_end=True):
            make: list[str | Path] = [libraries.PYTHON, MANAGE, "make_region", "--factor", "1", "--if-empty"]
            steps.run(make, self.environment(owner=True), failure="The demonstration region could not be made.")
        with self.steps.step("Style sheets and images") as say:
            say(self.collect())

    def start_services(self) -> str:
        if self.given:
            self.services.make_folders()
            return "as the environment names them"
        begun = self.services.start("start")
        self.own_services = self.services.started_by == "start"
        where = self.services.store
        elsewhere = (
            f", data in {where} as the database's user cannot reach this folder"
            if where != self.services.folder
            else ""
        )
        return ("started" if begun else "ran already") + elsewhere

    def collect(self) -> str:
        """Gather the static files when one of them changed."""
        shape = hashlib.sha256((ROOT / "requirements" / "base.txt").read_bytes())
        for path in sorted(ROOT.glob("static/**/*")) + sorted(ROOT.glob("[a-z]*/static/**/*")):
            if path.is_file():
                shape.update(f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}\n".encode())
        stamp = self.services.folder / "collected"
        known = stamp.read_text() if stamp.exists() else ""
        if known == shape.hexdigest():
            return "present"
        self.manage(
            "collectstatic",
            "--no-input",
            "--clear",
            "--verbosity=0",
            "--ignore=redoc",
            failure="Static files are missing.",
        )
        stamp.write_text(shape.hexdigest())
        return "gathered"

    def manage(self, *words: str, failure: str) -> None:
        command: list[str | Path] = [libraries.PYTHON, MANAGE, *words]
        steps.run(command, self.environment(owner=True), self.log / "setup.log", failure)

    def environment(self, *, owner: bool = False) -> dict[str, str]:
        """Return what the programs are told; only setting up knows the role that owns the tables."""
        told = {**os.environ, **self.services.environment(), **self.given, "PYTHONUNBUFFERED": "1"}
        told |= {setting: str(port) for setting, port in self.ports.items()}
        told |= {
            "NIS_ENV": "demonstration",
            "NIS_ADDRESS": self.url,
            "NIS_STATIC": str(self.services.folder / "static"),
            "NIS_REGION_DIR": str(self.services.folder / "region"),
            "NIS_NATIONAL_CONSENT_URL": f"http://localhost:{self.ports['NIS_REGION_PORT']}/national",
        }
        secret = hmac.new(told["NIS_SECRET_KEY"].encode(), b"national consent", "sha256")
        told["NIS_NATIONAL_CONSENT_NOTIFY_SECRET"] = secret.hexdigest()
        told["NIS_CHAIN_URL"] = f"http://localhost:{self.ports['NIS_REGION_PORT']}/hub"
        told["NIS_CHAIN_SECRET"] = hmac.new(told["NIS_SECRET_KEY"].encode(), b"chain", "sha256").hexdigest()
        told |= {
            "NIS_SECURE_MAIL_HOST": "127.0.0.1",
            "NIS_SECURE_MAIL_PORT": told["NIS_RELAY_PORT"],
            "NIS_SECURE_MAIL_LOGIN": str(self.services.folder / "region" / "relay-login"),
            "NIS_SECURE_MAIL_CA": str(self.services.folder / "region" / "tls" / "ca.pem"),
            "NIS_SECURE_MAIL_FROM": "Netwerk Gooi en Vechtstreek <brieven@veilig.example>",
        }
        owner_url = told.pop("DATABASE_OWNER_URL")
        return told | {"DATABASE_URL": owner_url, "DATABASE_OWNER_URL": owner_url} if owner else told

    # -- the programs

    def commands(self) -> dict[str, list[str | Path]]:
        web = f"127.0.0.1:{self.ports['NIS_PORT']}"
        celery = ["-m", "celery", "-A", "nis.celery"]
        schedule = self.services.folder / "beat-schedule"
        programs: dict[str, list[str | Path]] = {
            "region": ["-m", "region.services"],
            "web": [
                "-m", "gunicorn", "nis.wsgi", "--bind", web, "--worker-class", "gthread", "--workers", "3",
                "--threads", "16", "--no-control-socket", "--timeout", "60", "--graceful-timeout", "5",
            ],
            "worker": [*celery, "worker", "-l", "WARNING", "-c", "2", "-n", "nis@%h", "--without-gossip", "--without-mingle"],
            "beat": [*celery, "beat", "-l", "WARNING", "-s", schedule, "--pidfile="],
        }  # fmt: skip
        return {name: [libraries.PYTHON, *words] for name, words in programs.items()}

    def launch(self, name: str) -> None:
        descriptor = os.open(self.log / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            command, environment = self.commands()[name], self.environment() | {"NIS_PROCESS": f"nis-{name}"}
            self.programs[name] = steps.spawn(command, env=environment, stdout=descriptor, stderr=subprocess.STDOUT)
        finally:
            os.close(descriptor)

    def await_answers(self) -> None:
        """Wait until every program answers.

        Raises CannotGoOn when one stops, or stays silent too long.
        """
        waiting = {"web", "region"}
        deadline = time.monotonic() + PATIENCE
        while waiting:
            for name, program in self.programs.items():
                if program.poll() is not None:
                    raise CannotGoOn(f"{self.told(name)} stopped at once: {last_line(self.log / f'{name}.log')}")
            if "web" in waiting and answers(f"http://127.0.0.1:{self.ports['NIS_PORT']}/health/"):
                waiting.remove("web")
            if "region" in waiting and all(listens(self.ports[p]) for p in self.ports if p != "NIS_PORT"):
                waiting.remove("region")
            if waiting and time.monotonic() > deadline:
                names = " and ".join(self.told(name) for name in sorted(waiting))
                raise CannotGoOn(f"{names} did not answer within {PATIENCE} seconds; see {self.log}.")
            time.sleep(0.1)

    def watch(self) -> None:
        """Keep the programs running until somebody stops this command."""
        while True:
            time.sleep(0.5)
            for name, program in list(self.programs.items()):
                code = program.poll()
                if code is None:
                    continue
                recent = [moment for moment in self.restarts.get(name, []) if moment > time.monotonic() - 60]
                if len(recent) >= RESTARTS:
                    raise CannotGoOn(f"{self.told(name)} keeps stopping: {last_line(self.log / f'{name}.log')}")
                print(
                    f"{self.told(name)} stopped ({code}) and is started again; see {self.log / f'{name}.log'}",
                    flush=True,
                )
                steps.end_group(program)
                self.restarts[name] = [*recent, time.monotonic()]
                self.launch(name)

    def told(self, name: str) -> str:
        return {"web": "The web server", "worker": "The worker", "beat": "The clock", "region": "The simulated region"}[
            name
        ]

    def run(self) -> None:
        """Go through all steps and stay until stopped."""
        self.claim()
        self.prepare()
        assert self.lock
        with self.steps.step("Web server, worker, clock and simulated region"):
            for name in self.commands():
                self.launch(name)
            self.await_answers()
        self.lock.write(f"{self.url}, process {os.getpid()}")
        self.lock.flush()
        shown = subprocess.run(
            [libraries.PYTHON, MANAGE, "region_signins"], env=self.environment(owner=True), cwd=ROOT, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        self.running = True
        mail = f"http://localhost:{self.ports['NIS_REGION_PORT']}/mail"
        print(f"\n{shown.stdout.rstrip()}\n" if shown.returncode == 0 else "")
        print(
            f"Open {self.url}/   ·   e-mail that was sent: {mail}   ·   logs: {self.log}   ·   stop: Ctrl-C", flush=True
        )
        self.watch()

    def stop(self) -> None:
        """Stop what this command started, the newest first, and nothing else."""
        for program in self.programs.values():
            if program.poll() is None:
                program.send_signal(signal.SIGTERM)
        for program in self.programs.values():
            steps.end_group(program)
        if self.own_services:
            self.services.stop()
        if self.lock and not self.lock.closed:
            self.lock.close()


def port_of(setting: str, usual: int) -> int:
    text = os.environ.get(setting) or str(usual)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotGoOn(f"{setting}={text} is not a port number.")
    return int(text)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def answers(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def name_of(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,20}", text):
        raise argparse.ArgumentTypeError("a name has at most 20 small letters, digits and dashes")
    return text


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/start", description="Starts the demonstration of the NIS.")
    parser.add_argument("--fresh", action="store_true", help="remove the data of an earlier start first")
    parser.add_argument("--name", type=name_of, default="dev", help="which data to use: .run/<name>")
    asked = parser.parse_args()
    start: Start | None = None
    steps.listen_for_stop()
    try:
        start = Start(asked.name, fresh=asked.fresh)
        start.run()
    except CannotGoOn as sentence:
        print(f"\nbin/start: {sentence}", file=sys.stderr, flush=True)
        return 1
    except steps.Stopped:
        print("\nStopping …", flush=True)
        return 0 if start and start.running else 128 + signal.SIGINT
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"\nbin/start: the system refused: {error.strerror}{where}.", file=sys.stderr, flush=True)
        return 1
    finally:
        steps.ignore_stop()
        if start:
            start.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
