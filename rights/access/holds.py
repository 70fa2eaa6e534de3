"""Who may see and place legal holds, and whether one is in force."""

from __future__ import annotations

from django.db import connection
from django.http import Http404

from events.actor import Actor
from rights.models import Hold, HoldQuerySet
from trust.access import oversees


def need_region(actor: Actor) -> None:
    """Let pass the privacy officer of the region; for anybody else the page does not exist."""
    if not oversees(actor):
        raise Http404


def holds_for(actor: Actor) -> HoldQuerySet:
    """All holds, those in force and those that ended, the newest on top."""
    need_region(actor)
    return Hold.objects.select_related("organisation", "placed_by", "ended_by").order_by("-id")


def is_held(patient_id: int | None, organisation_id: int | None) -> bool:
    """Whether a hold forbids now to remove anything of this patient at this organisation."""
    with connection.cursor() as cursor:
        cursor.execute("select rights_held(%s, %s)", [patient_id, organisation_id])
        held: bool = cursor.fetchone()[0]
    return held
