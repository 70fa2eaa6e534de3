"""Makes the demonstration region, or a larger one to measure with; run as the owner of the tables."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Refuses where real people are, and where a region was made already.

    The region is looked up by name: it is no part of the product, which can be installed without it.
    """

    help = "Make a region of invented people and organisations."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size and the places."""
        parser.add_argument("--factor", type=float, default=1.0, help="1: 2,000 citizens; 200: 400,000")
        parser.add_argument("--seed", type=int, default=20)
        parser.add_argument("--if-empty", action="store_true", help="do nothing, and say so, when there is a region")
        parser.add_argument("--facts", action="store_true", help="keep 25 facts of source systems for each citizen")
        parser.add_argument(
            "--region-dir", type=Path, default=None, help="where the files of the region go (NIS_REGION_DIR)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it."""
        if settings.PRODUCTION:
            raise CommandError("A made-up region has no place in production.")
        generate, folder = import_module("region.generate"), import_module("region.services").folder
        if options["factor"] <= 0:
            raise CommandError("--factor must be more than 0.")
        if not generate.is_empty():
            if options["if_empty"]:
                self.stdout.write("There is a region already; nothing was made.")
                return
            raise CommandError("There is a region already; make one in an empty database.")
        began = time.monotonic()
        world = generate.make(
            factor=options["factor"],
            seed=options["seed"],
            folder=options["region_dir"] or folder(),
            facts=options["facts"],
            sources=f"http://127.0.0.1:{os.environ.get('NIS_REGION_PORT') or 8100}",
            secure=f"https://localhost:{os.environ.get('NIS_REGION_TLS_PORT') or 8143}",
            say=self._say,
        )
        self.stdout.write(
            f"{len(world.places)} organisations and {world.citizens:,} citizens in {time.monotonic() - began:.0f} s"
        )

    def _say(self, line: str) -> None:
        self.stdout.write(f"      {line}")
        self.stdout.flush()
