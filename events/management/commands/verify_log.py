"""Check that nobody changed, removed, reordered or added a line of the log after it was sealed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from events.actor import act, system


class Command(BaseCommand):
    """Recompute every seal from the lines it covers and compare (NEN 7513:2018: the log must be kept from change)."""

    help = "Checks the sealed log; exits with 1 when a line was changed, removed, reordered or added."

    def add_arguments(self, parser: CommandParser) -> None:
        """A digest kept elsewhere proves that the seals themselves were not replaced."""
        parser.add_argument("--expect", default="", help="digest of a seal that was kept outside the database")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was found, seal by seal where it is broken."""
        with act(system("verifying", purpose="HOPERAT")), connection.cursor() as cursor:
            cursor.execute("select seal, at, sealed, present, intact, digest from events_verify()")
            seals = cursor.fetchall()
        broken = [row for row in seals if not row[4]]
        for seal, at, expected, found, _intact, _digest in broken:
            self.stderr.write(
                f"seal {seal} of {at:%Y-%m-%d %H:%M}: {found} lines found, {expected} were sealed; the lines differ"
            )
        if options["expect"] and options["expect"] not in {row[5] for row in seals}:
            raise CommandError("the expected digest is not among the seals: seals were removed or replaced")
        if broken:
            raise CommandError(f"the log was changed: {len(broken)} of {len(seals)} seals do not fit their lines")
        lines = sum(row[2] for row in seals)
        self.stdout.write(f"{lines} lines under {len(seals)} seals are as they were sealed")
        if seals:
            self.stdout.write(f"digest to keep outside: {seals[-1][5]}")
