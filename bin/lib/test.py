"""Judges the whole project in one command: style, floors, types, templates, migrations, settings and all tests.

    bin/test                everything
    bin/test tests/trust    only pytest, with these arguments
    bin/test --chaos        ten thousand referrals while everything breaks; says what it saw

Works on a machine that has only Python: it installs the rest, and runs its own PostgreSQL and Redis in .run/test/.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import libraries
import machine
import steps
from machine import ROOT, CannotGoOn
from services import Services, given_urls

BIN = libraries.FOLDER / "bin"
PRODUCTION = {
    "NIS_ENV": "production",
    "NIS_SECRET_KEY": "only-to-judge-the-settings-of-production-0123456789",
    "NIS_ADDRESS": "https://nis.example",
    "NIS_HOSTS": "nis.example",
    "NIS_DOCUMENT_KEYS": "judged:" + "A" * 43 + "=",
}


@dataclass(frozen=True)
class Check:
    """One question about the code, answered by the exit code of a program."""

    title: str
    words: tuple[str | Path, ...]
    owner: bool = False
    production: bool = False

    def ask(self, environment: dict[str, str]) -> tuple[bool, str, float]:
        """Return whether all is well, what was said, and how many seconds it took."""
        told = dict(environment)
        if self.owner:
            told["DATABASE_URL"] = told["DATABASE_OWNER_URL"]
        if self.production:
            told |= PRODUCTION
        began = time.monotonic()
        done = subprocess.run(
            [str(word) for word in self.words], cwd=ROOT, env=told, text=True, check=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return done.returncode == 0, done.stdout.strip(), time.monotonic() - began


MANAGE = (libraries.PYTHON, "manage.py")
CHECKS = (  # the slow one first
    Check("types (mypy)", (BIN / "mypy", ".")),
    Check("style (ruff)", (BIN / "ruff", "check", ".")),
    Check("form (ruff format)", (BIN / "ruff", "format", "--check", "-q", ".")),
    Check("templates (djlint)", (BIN / "djlint", "--lint", "--quiet", "templates")),
    Check("floors (import-linter)", (BIN / "lint-imports", "--no-logo")),
    Check("migrations are complete", (*MANAGE, "makemigrations", "--check", "--dry-run"), owner=True),
    Check("production settings", (*MANAGE, "check", "--deploy", "--fail-level", "WARNING"), production=True),
)


def environment(services: Services, given: dict[str, str]) -> dict[str, str]:
    """Return what every check is told: the test's own database, and nothing from the shell that would change it."""
    told = {name: value for name, value in os.environ.items() if not name.startswith(("NIS_", "DJANGO_"))}
    told |= services.environment() | given
    told |= {"NIS_ENV": "test", "NIS_BROWSER": machine.browser() or "", "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
    return told


def judge(told: dict[str, str]) -> list[str]:
    """Ask all checks, as many at once as there are processors, and return the titles of those that failed."""
    failed = []
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for check, (well, said, took) in zip(CHECKS, pool.map(lambda check: check.ask(told), CHECKS), strict=True):
            print(f"  {'ok    ' if well else 'FAILED'} {check.title} ({took:.1f} s)", flush=True)
            if not well:
                failed.append(check.title)
                print("\n".join(f"         {line}" for line in said.splitlines()[-60:]), flush=True)
    return failed


def pytest(told: dict[str, str], arguments: list[str]) -> int:
    process = steps.spawn([libraries.PYTHON, "-m", "pytest", *arguments], env=told)
    try:
        return process.wait()
    except BaseException:
        steps.end_group(process, patience=5)
        raise


def run(arguments: list[str], services: Services, given: dict[str, str]) -> int:
    began = time.monotonic()
    titles = steps.Steps(3)
    with titles.step("Packages of the system") as say:
        wanted = machine.TEST if not given else [p for p in machine.TEST if p not in machine.SERVICES]
        say(", ".join(machine.install(wanted)) or "present")
    with titles.step("Python libraries") as say:
        say("installed" if libraries.install("dev") else "present")
    with titles.step("PostgreSQL and Redis") as say, steps.uninterrupted():
        if given:
            services.make_folders()
            say("as the environment names them")
        else:
            say("started" if services.start("test") else "ran already")
    told = environment(services, given)
    if arguments == ["--chaos"]:
        arguments = ["tests/chaos", "-m", "chaos", "-s", "-q"]
    if arguments:
        return pytest(told, arguments)
    failed = judge(told)
    if pytest(told, ["-n", str(min(os.cpu_count() or 2, 8)), "--dist", "loadgroup", "-q"]):
        failed.append("tests (pytest)")
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    verdict = f"NOT GOOD: {', '.join(failed)}" if failed else f"All well: {len(CHECKS)} checks and the tests"
    print(f"{verdict} ({minutes} min {seconds} s)", flush=True)
    return 1 if failed else 0


def main() -> int:
    steps.listen_for_stop()
    services: Services | None = None
    given: dict[str, str] = {}
    try:
        given = given_urls()
        machine.need_writing(ROOT)
        machine.need_space(ROOT, 1.5)
        folder = ROOT / ".run"
        folder.mkdir(mode=0o711, exist_ok=True)
        machine.need_writing(folder)
        with (folder / "test.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Another bin/test runs in this folder; this one waits for it.", flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
            services = Services(folder / "test")
            try:
                return run(sys.argv[1:], services, given)
            finally:
                steps.ignore_stop()
                if not given and services.started_by == "test":
                    services.stop()
    except CannotGoOn as sentence:
        print(f"\nbin/test: {sentence}", file=sys.stderr, flush=True)
        return 1
    except steps.Stopped:
        print("\nStopped.", flush=True)
        return 130
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"\nbin/test: the system refused: {error.strerror}{where}.", file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
