"""Check a sealed file of the log: that nothing in it was changed, and that the log itself knows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.actor import act, system
from events.models import Event, Seal
from oversight.sealed import Unsound, check


class Command(BaseCommand):
    """Compare the files with their digests, the whole with the line that says it was made, and the seal of the log it names."""

    help = "Checks a sealed file of the log; exits with 1 when it is not as it was made."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file; without the log at hand its parts can be checked by themselves."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--file-only", action="store_true", help="do not compare with the log of this system")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was found."""
        try:
            with options["file"].open("rb") as file:
                seal, digest = check(file)
        except OSError as error:
            raise CommandError(f"the file cannot be opened: {error.strerror}") from None
        except Unsound as error:
            raise CommandError(f"the file is not as it was made: {error}") from None
        self.stdout.write(f"{seal['lines']} lines, made {seal['made_at']}; the parts are as they were sealed")
        if options["file_only"]:
            return
        with act(system("verifying", purpose="HOPERAT")):
            known = Event.objects.filter(
                verb="log.export_made", data__digest=digest, data__lines=seal["lines"]
            ).exists()
            kept = Seal.objects.filter(pk=(seal["log_seal"] or {}).get("number")).first()
        if not known:
            raise CommandError(f"no line of the log says that this file was made (SHA-256 {digest})")
        if seal["log_seal"] and (kept is None or bytes(kept.digest).hex() != seal["log_seal"]["digest"]):
            raise CommandError(f"seal {seal['log_seal']['number']} of the log is not the one that this file names")
        number = seal["log_seal"]["number"] if seal["log_seal"] else "none"
        self.stdout.write(f"the log knows this file, and its seal {number} is the one the file names")
