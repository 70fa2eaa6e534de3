"""What a connection to the database keeps."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

PLANS = 300
"""Statements of which a connection keeps the plan: more than all pages together ask, so that none pushes another out."""


def keep_plans(connection: Connection[Any]) -> None:
    """Have a connection that goes back to the pool keep its plans; the driver's own number is a hundred."""
    connection.prepared_max = PLANS
