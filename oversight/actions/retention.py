"""Dropping the months of the log that were kept long enough."""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from events.actor import act, system


def drop_log() -> list[str]:
    """Drop each month of the log past its term, unless a legal hold covers a line in it; returns what was dropped.

    Each month goes in a transaction of its own, with a line in the log and a row that keeps its digest. The term is
    ``LOG_KEPT_YEARS``, five years by law at least; the database refuses less.
    """
    dropped: list[str] = []
    while True:
        with act(system("retention", purpose="HOPERAT")), connection.cursor() as cursor:
            cursor.execute("select oversight_drop_log(%s)", [settings.LOG_KEPT_YEARS])
            name = cursor.fetchone()[0]
        if name is None:
            return dropped
        dropped.append(name)
