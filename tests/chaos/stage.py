"""A PostgreSQL and a Redis of its own, real workers and a receiving system as processes, and the ways in which each breaks."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import redis

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bin" / "lib"))

import machine  # noqa: E402
from processes import runs  # noqa: E402
from services import Services  # noqa: E402

LEASE = 5
KEPT = ("django_migrations", "django_content_type", "auth_permission", "square_postcode", "trust_roleneed")
Process = subprocess.Popen[bytes]


class Stage:
    """Everything that runs for one trial; :meth:`close` ends what this started and removes it."""

    def __init__(self, *, senders: int, workers: int, dies_after: int) -> None:
        run = ROOT / ".run"
        run.mkdir(mode=0o711, exist_ok=True)
        self.services = Services(run / f"chaos-{os.getpid()}")
        self.folder = Path(tempfile.mkdtemp(prefix="chaos-"))
        self.senders_wanted, self.workers_wanted, self.dies_after = senders, workers, dies_after
        self.port = machine.free_port()
        self.workers: list[Process] = []
        self.senders: list[Process] = []
        self.beat: Process | None = None
        self.receiver: Process | None = None
        self.listening = True
        self.done: Counter[str] = Counter()

    # -- opening and closing

    def open(self, template: str) -> None:
        """Start the services, with the tables of the database ``template`` (a connection string), and build the world."""
        self._start_services()
        told = self.services.environment()
        programs = machine.postgresql_programs()
        assert programs
        dump = [programs / "pg_dump", "-d", template, "--enable-row-security"]
        kept = [word for table in KEPT for word in ("-t", table)]
        for words in (["--schema-only"], ["--data-only", *kept]):
            script = subprocess.run([*dump, *words], check=True, capture_output=True).stdout
            command = [programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", told["DATABASE_OWNER_URL"]]
            subprocess.run(command, input=script, check=True, stdout=subprocess.DEVNULL)
        self._run("tests.chaos.world", self.folder, self.port, owner=True).wait()
        (self.folder / "mode").write_text("")

    def _start_services(self) -> None:
        """Start what does not run, from a process of its own: what it starts lives on without a parent here."""
        command = [sys.executable, "bin/lib/services.py", "start", "--dir", str(self.services.folder)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def close(self) -> None:
        """End every process that was started here, and remove the services with all they keep."""
        for process in [*self.workers, *self.senders, self.beat, self.receiver]:
            if process is not None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.services.remove()
        shutil.rmtree(self.folder)

    def _environment(self, *, owner: bool) -> dict[str, str]:
        told = {name: value for name, value in os.environ.items() if not name.startswith(("NIS_", "DATABASE", "REDIS"))}
        told |= self.services.environment()
        told["DATABASE_URL"] = told["DATABASE_OWNER_URL"] if owner else told["DATABASE_URL"]
        return told | {
            "NIS_ENV": "test", "DJANGO_SETTINGS_MODULE": "nis.settings", "NIS_DELIVERY_LEASE": str(LEASE), "PYTHONPATH": str(ROOT),
        }  # fmt: skip

    def _run(self, *words: Any, owner: bool = False) -> Process:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *map(str, words)], cwd=ROOT, env=self._environment(owner=owner),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def manage(self, *words: str) -> str:
        """What a command of the product says; raises when it does not end well."""
        command = [sys.executable, "manage.py", *words]
        environment = self._environment(owner=False)
        done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # -- the players

    def begin(self, count: int) -> None:
        """Let the workers, the clock, the receiver and the senders begin."""
        self.listen()
        self.beat = self._run("celery", "-A", "nis.celery", "beat", "-s", self.folder / "beat", "-l", "ERROR")
        self.hire()
        self.senders = [
            self._run("tests.chaos.sender", self.folder, share, self.senders_wanted, count)
            for share in range(self.senders_wanted)
        ]

    def hire(self) -> None:
        """Have as many workers as there should be; who died is replaced."""
        self.workers = [one for one in self.workers if one.poll() is None]
        words = ("celery", "-A", "nis.celery", "worker", "-c", 2, "-l", "ERROR", "--without-gossip", "--without-mingle")
        while len(self.workers) < self.workers_wanted:
            self.workers.append(self._run(*words, "-n", f"worker{random.random()}"))

    def listen(self) -> None:
        """Have the receiving system run, as long as it should."""
        if self.listening and (self.receiver is None or self.receiver.poll() is not None):
            if self.receiver is not None:
                self.done["receiver died between keeping and answering"] += 1
            command = [sys.executable, str(Path(__file__).parent / "receiver.py"), str(self.port), str(self.folder)]
            with (self.folder / "log").open("ab") as log:
                self.receiver = subprocess.Popen(
                    [*command, str(self.dies_after)], stdout=log, stderr=log, start_new_session=True
                )

    def tend(self) -> None:
        """What a supervisor does: start again what died, but for what was stopped on purpose."""
        self.hire()
        self.listen()

    def sending(self) -> bool:
        """Whether a sender is still at it; raises when one failed."""
        assert all(one.poll() in (None, 0) for one in self.senders), (self.folder / "log").read_text()[-4000:]
        return any(one.poll() is None for one in self.senders)

    # -- how it breaks

    def kill_worker(self) -> None:
        """Kill one process of a worker that is at work, with -9; not its parent."""
        children = [child for one in self.workers for child in _children(one.pid)]
        if children:
            os.kill(random.choice(children), signal.SIGKILL)
            self.done["worker processes killed"] += 1

    def kill_all_workers(self) -> None:
        """Kill every worker with all its processes, with -9."""
        for one in self.workers:
            os.killpg(one.pid, signal.SIGKILL)
            one.wait()
            self.done["whole workers killed"] += 1

    def empty_redis(self) -> None:
        """Empty Redis: every call to wake up that waits there is gone."""
        redis.Redis.from_url(self.services.environment()["REDIS_URL"]).flushall()
        self.done["Redis emptied"] += 1

    def restart_postgresql(self, how: str) -> None:
        """Restart PostgreSQL: ``fast`` breaks all connections, ``immediate`` is a crash that it recovers from."""
        pid = int((self.services.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGINT if how == "fast" else signal.SIGQUIT)
        while runs(pid, "postgres"):
            time.sleep(0.02)
        self._start_services()
        self.done[f"PostgreSQL restarted ({how})"] += 1

    def stop_listening(self) -> None:
        """The receiving system goes down."""
        self.listening = False
        if self.receiver is not None:
            self.receiver.kill()
            self.receiver.wait()
            self.receiver = None
        self.done["receiver down"] += 1

    def listen_again(self) -> None:
        """It is back."""
        self.listening = True
        (self.folder / "mode").write_text("")
        self.listen()

    def refuse(self) -> None:
        """It answers, and takes nothing."""
        (self.folder / "mode").write_text("503")
        self.done["receiver refused (503)"] += 1

    # -- what is there

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What the owner of the tables reads."""
        with psycopg.connect(self.services.environment()["DATABASE_OWNER_URL"]) as owner:
            return owner.execute(query, values).fetchall()  # type: ignore[arg-type]

    def tally(self) -> Counter[str]:
        """What the senders counted."""
        total: Counter[str] = Counter()
        for path in self.folder.glob("sender-*.json"):
            total.update(json.loads(path.read_text()))
        return total


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []
