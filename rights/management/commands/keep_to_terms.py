"""Removes what has reached the end of its legal term, as every night; or only counts it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from events.actor import act, system
from rights import actions
from rights.retention import BY_KEY
from rights.tasks import keep_to_terms


class Command(BaseCommand):
    """Says for each term how many rows go, or went."""

    help = "Remove what has reached the end of its legal term (every night by itself)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to count only."""
        parser.add_argument("--dry-run", action="store_true", help="count, and remove nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count or remove."""
        if options["dry_run"]:
            with act(system("retention", purpose="HOPERAT")) as worker:
                counts = actions.counts_of(by=worker)
        else:
            counts = keep_to_terms()
        for key, count in counts.items():
            term = BY_KEY[key]
            self.stdout.write(f"{count:>8}  {key:<9} {term.years} years, {term.law}")
