"""Putting rows into the database by COPY: buffered per table, keys and indexes laid aside while the rows go in."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper

Say = Callable[[str], None]

LOG = "events_event"
Lines = defaultdict[tuple[str, str], list[str]]
"""Rows in the text form of COPY, by table and part."""


def _text(value: str) -> str:
    if "\\" in value or "\n" in value or "\t" in value or "\r" in value:
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return value


def _array(value: list[str]) -> str:
    quoted = ('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in value)
    return _text("{" + ",".join(quoted) + "}")


_FORMS: dict[type, Callable[[Any], str]] = {
    str: _text,
    int: str,
    float: repr,
    bool: lambda value: "t" if value else "f",
    type(None): lambda value: "\\N",
    datetime: datetime.isoformat,
    date: date.isoformat,
    UUID: str,
    list: _array,
    dict: lambda value: _text(json.dumps(value, ensure_ascii=False)),
}


def encoded(value: Any) -> str:
    """A value in the text form of COPY (PostgreSQL manual, COPY, "Text Format"); choices count as their text."""
    form = _FORMS.get(type(value))
    if form is None:
        form = _text if isinstance(value, str) else str
        value = str(value.value) if hasattr(value, "value") else value
    return form(value)


def since(begin: datetime, end: datetime | None = None) -> str:
    """A period as the database writes it: from ``begin`` until, but not at, ``end``; without one it goes on."""
    return f"[{begin.isoformat()},{end.isoformat() if end else ''})"


class Loader:
    """Rows on their way into the database.

    ``put`` takes a row as keywords, always in the same order for one table, and numbers come from ``number``: the
    tables were empty, so they count from 1. ``flush`` sends what has gathered; ``seconds`` and ``rows`` say, per table,
    what it took.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.rows: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._columns: dict[str, tuple[str, ...]] = {}
        self._lines: Lines = defaultdict(list)
        self._under_way: Future[None] | None = None
        self._numbers: Counter[str] = Counter()

    def number(self, table: str) -> int:
        """The next number of a table."""
        self._numbers[table] += 1
        return self._numbers[table]

    def numbers(self, table: str, count: int) -> int:
        """The first of the next ``count`` numbers of a table."""
        first = self._numbers[table] + 1
        self._numbers[table] += count
        return first

    def last(self, table: str) -> int:
        """The highest number that a table was given."""
        return self._numbers[table]

    def put(self, table: str, *, part: str = "", **row: Any) -> None:
        """Let one row go along; rows of one ``part`` go in together, for the log that is a month."""
        if table not in self._columns:
            self._columns[table] = tuple(row)
        self._lines[table, part].append("\t".join([encoded(value) for value in row.values()]))

    def put_line(self, table: str, columns: tuple[str, ...], line: str, part: str = "") -> None:
        """Let one row go along that is already in the text form of COPY, for tables of millions of rows."""
        self._columns[table] = columns
        self._lines[table, part].append(line)

    def flush(self, *later: tuple[str, str, list[Any]]) -> None:
        """Send everything that has gathered, while the next rows are being made; then what the database makes itself.

        Each of ``later`` is a table, a statement that makes rows of it, and its values. Whoever asks the database
        something else waits for :meth:`settle` first.
        """
        self.settle()
        lines, self._lines = self._lines, defaultdict(list)
        hand = ThreadPoolExecutor(1, "loading")
        self._under_way = hand.submit(self._send, self.connection.connection, lines, later)
        hand.shutdown(wait=False)

    def settle(self) -> None:
        """Wait until all that was sent is in; a fault in it is raised here."""
        if self._under_way:
            self._under_way.result()
            self._under_way = None

    def _send(self, raw: Any, waiting: Lines, later: tuple[tuple[str, str, list[Any]], ...]) -> None:
        with raw.cursor() as cursor:
            for (table, _part), lines in sorted(waiting.items()):
                began = time.monotonic()
                names = ", ".join(f'"{name}"' for name in self._columns[table])
                with cursor.copy(f"copy {table} ({names}) from stdin") as copy:
                    copy.write(("\n".join(lines) + "\n").encode())
                self._count(table, len(lines), began)
            for table, statement, values in later:
                began = time.monotonic()
                cursor.execute(statement, values)
                self._count(table, cursor.rowcount, began)

    def _count(self, table: str, rows: int, began: float) -> None:
        self.rows[table] += max(rows, 0)
        self.seconds[table] += time.monotonic() - began

    def set_sequences(self) -> None:
        """Let the sequences of the tables go on after the highest number that was given."""
        with self.connection.cursor() as cursor:
            for table, number in self._numbers.items():
                cursor.execute(
                    "select setval(s, %s) from (select pg_get_serial_sequence(%s, 'id') s) x where s is not null and %s > 0",
                    [number, table, number],
                )


_KEYS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
    where contype = 'f' and conparentid = 0 and conrelid = any(%s::regclass[]) order by conrelid::regclass::text, conname
"""
_INDEXES = """
    select i.indrelid::regclass::text, i.indexrelid::regclass::text, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
    from pg_index i where i.indrelid = any(%s::regclass[]) and not i.indisunique and not i.indisexclusion
    order by i.indrelid::regclass::text, i.indexrelid::regclass::text
"""
_FORCED = "select oid::regclass::text from pg_class where oid = any(%s::regclass[]) and relforcerowsecurity order by 1"
_TRIGGERS = """
    select tgrelid::regclass::text, tgname from pg_trigger
    where tgrelid = any(%s::regclass[]) and not tgisinternal and tgname in ('derive', 'derive_new')
"""


@contextmanager
def laid_aside(connection: BaseDatabaseWrapper, tables: list[str], say: Say) -> Iterator[None]:
    """Lay aside what slows loading, and what COPY refuses, within the running transaction; and put it back.

    Foreign keys, indexes that hold no rule and the triggers that derive grants row by row go; they come back as they
    were, keys checked over all rows. FORCE of row-level security is lifted because COPY works under no policy; the
    transaction holds these tables for itself, so that nobody reads them meanwhile.
    """
    with connection.cursor() as cursor:

        def asked(query: str) -> list[tuple[str, ...]]:
            cursor.execute(query, [tables])
            return list(cursor.fetchall())

        keys, indexes, forced, triggers = asked(_KEYS), asked(_INDEXES), asked(_FORCED), asked(_TRIGGERS)
        for table, name, _ in keys:
            cursor.execute(f'alter table {table} drop constraint "{name}"')
        for _, index, _ in indexes:
            cursor.execute(f"drop index {index}")
        for table, name in triggers:
            cursor.execute(f"alter table {table} disable trigger {name}")
        for (table,) in forced:
            cursor.execute(f"alter table {table} no force row level security")
        yield
        began = time.monotonic()
        for _, _, definition in indexes:
            cursor.execute(definition)
        say(f"{'indexes':30}{len(indexes):>12,}{time.monotonic() - began:>9.1f} s")
        began = time.monotonic()
        for table, name, definition in keys:
            cursor.execute(f'alter table {table} add constraint "{name}" {definition}')
        say(f"{'foreign keys checked':30}{len(keys):>12,}{time.monotonic() - began:>9.1f} s")
        for table, name in triggers:
            cursor.execute(f"alter table {table} enable trigger {name}")
        for (table,) in forced:
            cursor.execute(f"alter table {table} force row level security")
