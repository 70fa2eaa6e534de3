"""Raw SQL as the application's own role, and what the database says no to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction


def run(sql: str, *values: Any) -> int:
    """How many rows a statement reads or changes."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


@contextmanager
def refused() -> Iterator[None]:
    """The database says no: by right, by policy or by constraint."""
    with pytest.raises(DatabaseError), transaction.atomic():
        yield
