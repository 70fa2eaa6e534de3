"""Prints who can sign in to the demonstration, as the last lines of its start."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

MEANS = {"zorg": "zorg en welzijn", "digid": "DigiD"}


class Command(BaseCommand):
    """Reads the file of the identity provider, so that it names nobody who cannot sign in."""

    help = "Show the featured people of the demonstration region."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the place of the files."""
        parser.add_argument(
            "--region-dir", type=Path, default=None, help="where the files of the region are (NIS_REGION_DIR)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line for each."""
        path: Path = (options["region_dir"] or import_module("region.services").folder()) / "personas.json"
        if not path.exists():
            return
        people = [person for person in json.loads(path.read_text(encoding="utf-8")) if person["featured"]]
        width = max(len(person["name"]) for person in people)
        self.stdout.write("Sign in as (choose the means, then the person; the provider shows the one-time code):")
        for means, words in MEANS.items():
            self.stdout.write(f"  {words}")
            for person in people:
                if person["means"] == means:
                    self.stdout.write(f"    {person['name']:{width}}  {person['label']}")
