"""Measures: runs bench/NAME.py against a region of its own, with PostgreSQL set as in production.

    bin/bench NAME [--size small|region|log] [what bench/NAME.py itself takes]

The region of a size is made once and kept in .run/bench-<size>/; bin/bench --remove --size region gives the space back.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import libraries
import machine
import steps
from machine import ROOT, CannotGoOn
from services import Services

FACTORS = {
    "small": "1",
    "region": "200",
    "log": "1",
}  # 2,000 and 400,000 citizens; bench/log.py fills the last one itself
GIGABYTES = {"small": 2.0, "region": 40.0, "log": 30.0}
PARTS = {"log_fill", "measure", "scene", "source_stub", "visitors"}  # what measurements are made of


def names() -> list[str]:
    return sorted(path.stem for path in (ROOT / "bench").glob("[a-z]*.py") if path.stem not in PARTS)


def run(name: str, size: str, rest: list[str], services: Services) -> None:
    machine.need_writing(ROOT)
    machine.need_space(ROOT, 1.0 if services.data.exists() else GIGABYTES[size])
    machine.install(machine.RUN)
    libraries.install("dev")
    with steps.uninterrupted():
        services.start("bench")
    told = {**os.environ, **services.environment(), "NIS_ENV": "demonstration", "PYTHONPATH": str(ROOT)}
    told["NIS_STATIC"] = str(services.folder / "static")
    owner = {**told, "DATABASE_URL": told["DATABASE_OWNER_URL"]}
    manage: list[str | Path] = [libraries.PYTHON, ROOT / "manage.py"]
    steps.run(
        [*manage, "migrate", "--no-input", "-v", "0"], owner, failure="The database could not be brought up to date."
    )
    steps.run(
        [*manage, "collectstatic", "--no-input", "-v", "0"], owner, failure="The static files could not be gathered."
    )
    make = [*manage, "make_region", "--factor", FACTORS[size], "--if-empty", "--facts"]
    make += ["--region-dir", services.folder / "region"]
    steps.run(make, owner, failure="The region could not be made.")
    measure: list[str | Path] = [libraries.PYTHON, "-m", f"bench.{name}", "--size", size, *rest]
    steps.run(measure, told, failure=f"bench/{name}.py did not finish.")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bin/bench", description="Measures the NIS at demonstration or regional size."
    )
    parser.add_argument("name", nargs="?", choices=names(), metavar="NAME", help=", ".join(names()) or "none yet")
    parser.add_argument("--size", choices=sorted(FACTORS), default="small")
    parser.add_argument("--remove", action="store_true", help="remove the region of this size")
    asked, rest = parser.parse_known_args()
    steps.listen_for_stop()
    services = None
    try:
        services = Services(ROOT / ".run" / f"bench-{asked.size}")
        if asked.remove:
            services.remove()
        elif not asked.name:
            parser.print_help()
        else:
            run(asked.name, asked.size, rest, services)
    except CannotGoOn as sentence:
        print(f"\nbin/bench: {sentence}", file=sys.stderr, flush=True)
        return 1
    except steps.Stopped:
        return 130
    finally:
        steps.ignore_stop()
        if services and services.started_by == "bench":
            services.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
