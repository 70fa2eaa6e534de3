"""What runs of a participant that merged goes over to its successor."""

from __future__ import annotations

from django.db import connection

from events.actor import Actor


def follow_merger(*, organisation_id: int, by: Actor) -> int:
    """Give the referrals that a merged participant sent, received or explores in, and that run, to its successor, and the drafts
    to who works there now; returns how many.

    Only a worker does this; twice is harmless. What each did before stands in the thread under its own name.
    """
    with connection.cursor() as cursor:
        cursor.execute("select referrals_follow_merger(%s)", [organisation_id])
        moved: int = cursor.fetchone()[0]
        cursor.execute("select referrals_explorers_follow_merger(%s)", [organisation_id])
        joined: int = cursor.fetchone()[0]
        cursor.execute("select referrals_drafts_follow_merger(%s)", [organisation_id])
        drafts: int = cursor.fetchone()[0]
    return moved + joined + drafts
