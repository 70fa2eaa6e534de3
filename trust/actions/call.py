"""The one way in which an action asks a database function to change an input of trust."""

from __future__ import annotations

from typing import Any

from django.db import connection


def row(function: str, *values: Any) -> tuple[Any, ...]:
    """The first row that a function of the database gives."""
    with connection.cursor() as cursor:
        cursor.callproc(function, list(values))
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def call(function: str, *values: Any) -> Any:
    """The one value that a function of the database gives."""
    return row(function, *values)[0]
