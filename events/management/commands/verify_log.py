"""Check that nobody changed, removed, reordered or added a line of the log after it was sealed."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from events.actor import act, system
from events.models import Dropped, Event, Seal

AT_ONCE = 2000
KEPT = timedelta(days=5 * 365)


class Checked(NamedTuple):
    """One seal, computed again: *intact*, *broken*, or *expired* when its lines were dropped after their term."""

    seal: int
    at: datetime
    sealed: int
    present: int
    state: str
    digest: str


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ArgumentTypeError("a day is written as 2026-11-22") from None


class Command(BaseCommand):
    """Recompute every seal from the lines it covers and compare (NEN 7513:2018: the log must be kept from change)."""

    help = "Checks the sealed log; exits with 1 when a line was changed, removed, reordered or added."

    def add_arguments(self, parser: CommandParser) -> None:
        """A digest kept elsewhere proves that the seals themselves were not replaced or taken off the end."""
        parser.add_argument("--expect", default="", help="digest of a seal that was kept outside the database")
        parser.add_argument(
            "--since", type=_day, help="check only seals from this day on, from the seal before it; a day as 2026-11-22"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was found, seal by seal where it is broken."""
        counts = {"intact": 0, "expired": 0, "broken": 0}
        lines, newest, met = 0, "", not options["expect"]
        with act(system("verifying", purpose="HOPERAT")):
            faults = _unaccounted()
            after = _seal_before(options["since"])
            met = met or Seal.objects.filter(digest=_bytes(options["expect"])).exists()
        for fault in faults:
            self.stderr.write(fault)
        while batch := _batch(after):
            for checked in batch:
                counts[checked.state] += 1
                lines += checked.present if checked.state == "intact" else 0
                if checked.state == "broken":
                    self._say_broken(checked)
            after, newest = batch[-1].seal, batch[-1].digest
        if not met:
            raise CommandError("the expected digest is not among the seals: seals were removed or replaced")
        if counts["broken"] or faults:
            raise CommandError(
                f"the log was changed: {counts['broken']} of {sum(counts.values())} seals do not fit their lines"
            )
        self.stdout.write(f"{lines} lines under {counts['intact']} seals are as they were sealed")
        if counts["expired"]:
            self.stdout.write(f"{counts['expired']} seals cover lines that were dropped after their term")
        if newest:
            self.stdout.write(f"digest to keep outside: {newest}")

    def _say_broken(self, checked: Checked) -> None:
        self.stderr.write(
            f"seal {checked.seal} of {checked.at:%Y-%m-%d %H:%M}: {checked.present} lines found, "
            f"{checked.sealed} were sealed; the lines or the row of seals differ"
        )


def _bytes(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest)
    except ValueError:
        raise CommandError("a digest is 64 hexadecimal digits") from None


def _batch(after: int) -> list[Checked]:
    """The next seals, computed again; each batch in its own short transaction, so that sealing need not wait."""
    with act(system("verifying", purpose="HOPERAT")), connection.cursor() as cursor:
        cursor.execute("select seal, at, sealed, present, state, digest from events_verify(%s, %s)", [after, AT_ONCE])
        return [Checked(*row) for row in cursor.fetchall()]


def _seal_before(day: date | None) -> int:
    """The number of the last seal before ``day``, on which the first one to check builds."""
    if day is None:
        return 0
    start = timezone.make_aware(datetime.combine(day, time.min))
    last = Seal.objects.filter(at__lt=start).order_by("-id").first()
    return last.id if last else 0


def _unaccounted() -> list[str]:
    """What is said to have been dropped without a line in the log that says the same, or before its term."""
    faults = []
    oldest = Dropped.objects.order_by("until").last()
    for dropped in Dropped.objects.order_by("until"):
        said = {
            "partition": dropped.partition, "lines": dropped.lines, "max_xact": dropped.max_xact,
            "digest": bytes(dropped.digest).hex(),
        }  # fmt: skip
        forgotten = oldest is not None and dropped.at < oldest.until
        if not forgotten and not Event.objects.filter(verb="log.dropped", at=dropped.at, data=said).exists():
            faults.append(f"{dropped.partition} is gone, and no line of the log says so in the same words")
        if dropped.at - dropped.until < KEPT:
            faults.append(f"{dropped.partition} was dropped before its term of five years")
    return faults
