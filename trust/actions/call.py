"""The one way in which an action asks a database function to change an input of trust."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import InsufficientPrivilege


def row(function: str, *values: Any) -> tuple[Any, ...]:
    """The first row that a function of the database gives; raises ``PermissionDenied`` when it refuses this actor."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.callproc(function, list(values))
            found: tuple[Any, ...] = cursor.fetchone()
    except ProgrammingError as error:
        if isinstance(error.__cause__, InsufficientPrivilege):
            raise PermissionDenied(_("U mag dit niet.")) from error
        raise
    return found


def call(function: str, *values: Any) -> Any:
    """The one value that a function of the database gives."""
    return row(function, *values)[0]
