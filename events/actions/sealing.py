"""Sealing the log, and keeping its months ready."""

from __future__ import annotations

from django.db import connection


def seal() -> int:
    """Seal the lines of all finished transactions since the last seal; returns how many lines it covers."""
    with connection.cursor() as cursor:
        cursor.execute("select events_seal()")
        lines: int = cursor.fetchone()[0]
    return lines


def keep_partitions() -> None:
    """Make the partitions of the log for this month and the three that follow."""
    with connection.cursor() as cursor:
        cursor.execute("select events_partitions(date_trunc('month', now())::date, 4)")
