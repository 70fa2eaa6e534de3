"""The sealed file of an export: what is in it, how it is written line by line, and how it is checked again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

import orjson

from events.models import Event
from trust.audit import Known, audit_event, categories

EVENTS, TABLE, SEAL = "audit-events.ndjson", "lines.csv", "seal.json"
COLUMNS = (
    "number", "at", "verb", "actor_kind", "user", "uzi", "organisation", "ura", "role", "purpose", "basis", "outcome", "reason",
    "patient_number", "subject_type", "subject", "categories", "own_categories", "consented", "withheld", "place", "request",
    "grounds",
)  # fmt: skip


class Unsound(Exception):
    """The file is not as it was sealed; the text says in which respect."""


def _cells(line: Event, known: Known) -> list[object]:
    user, place = line.user_id or 0, line.organisation_id or 0
    return [
        line.pk, line.at.isoformat(), line.verb, line.actor_kind, line.user_id or line.actor_name, known.uzi.get((user, place), ""),
        line.organisation_id or "", known.ura.get(place, ""), line.role, line.purpose, line.basis, line.outcome, line.reason,
        line.patient_id or "", line.subject_type, line.subject_id or "", categories(line.categories), categories(line.own_categories),
        categories(line.consented), categories(line.withheld), line.place, line.request_id,
        json.dumps(line.grounds, sort_keys=True) if line.grounds else "",
    ]  # fmt: skip


@dataclass
class Writer:
    """Takes lines and keeps the table and the digest of the events while they go into the zip."""

    events: IO[bytes]
    table: io.StringIO = field(default_factory=lambda: io.StringIO(newline=""))
    digest: Any = field(default_factory=hashlib.sha256)
    lines: int = 0

    def add(self, lines: Iterable[Event], known: Known) -> None:
        """Write these lines, in the order in which they come."""
        sheet = csv.writer(self.table)
        if not self.lines:
            sheet.writerow(COLUMNS)
        for line in lines:
            row = orjson.dumps(audit_event(line, known), option=orjson.OPT_APPEND_NEWLINE)
            self.events.write(row)
            self.digest.update(row)
            sheet.writerow(_cells(line, known))
            self.lines += 1


@contextmanager
def sealed(target: IO[bytes], about: dict[str, Any]) -> Iterator[Writer]:
    """Write a sealed file into ``target``: give lines to the writer; the seal over them closes it.

    ``about`` says what was asked, by whom, when, and which seal of the log was the newest then.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        with archive.open(EVENTS, "w", force_zip64=True) as events:
            writer = Writer(events)
            yield writer
        table = writer.table.getvalue().encode()
        archive.writestr(TABLE, table)
        files = {EVENTS: writer.digest.hexdigest(), TABLE: hashlib.sha256(table).hexdigest()}
        seal = {"format": 1, **about, "lines": writer.lines, "files": files}
        archive.writestr(SEAL, json.dumps(seal, indent=2, sort_keys=True, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while part := file.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def check(file: IO[bytes]) -> tuple[dict[str, Any], str]:
    """The seal of a file that is as it was sealed, and the digest of the whole; raises :class:`Unsound` for any other."""
    whole = _digest(file)
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            if sorted(archive.namelist()) != sorted([EVENTS, TABLE, SEAL]):
                raise Unsound("it holds other files than were sealed")
            seal: dict[str, Any] = json.loads(archive.read(SEAL))
            for name in (EVENTS, TABLE):
                with archive.open(name) as member:
                    if _digest(member) != seal["files"][name]:
                        raise Unsound(f"{name} was changed after it was sealed")
            with archive.open(EVENTS) as member:
                count = sum(1 for _line in member)
    except (zipfile.BadZipFile, KeyError, ValueError):
        raise Unsound("it cannot be read: the file is broken, or is no export of the log") from None
    if count != seal["lines"]:
        raise Unsound(f"it holds {count} lines, {seal['lines']} were sealed")
    return seal, whole
