"""Removing what may no longer be kept of referrals that have ended."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from events.actor import Actor
from trust.categories import to_mask


def erase(*, patient_id: int, organisation_id: int, categories: Iterable[int], by: Actor) -> int:
    """Remove what an organisation wrote in referrals that have ended.

    That there was one stays, without what was said. Only for a granted request or an ended term, never under a hold; the
    database judges. Returns how many rows went.
    """
    with connection.cursor() as cursor:
        cursor.execute("select referrals_erase(%s, %s, %s)", [patient_id, organisation_id, to_mask(categories)])
        removed: int = cursor.fetchone()[0]
    return removed
