"""Who may see and take a complete copy of the own data: who asked for it, as long as that person may."""

from __future__ import annotations

from django.db.models.functions import Now
from django.http import Http404
from django.shortcuts import get_object_or_404

from events.actor import Actor
from people.models import Patient
from rights.models import Export, ExportFile


def current_copy(actor: Actor, patient: Patient) -> Export | None:
    """The newest copy that this person asked for and that is being made, failed, or can still be taken."""
    if actor.kind != "citizen":
        raise Http404
    return (
        Export.objects.filter(patient=patient, user_id=actor.user_id)
        .exclude(until__lt=Now())
        .order_by("-made_at")
        .first()
    )


def get_copy(actor: Actor, pk: int, *, patient: Patient | None = None) -> Export:
    """One of the copies that this person asked for, of the ``patient`` acted for now; anything else does not exist."""
    if actor.kind != "citizen":
        raise Http404
    mine = Export.objects.filter(user_id=actor.user_id)
    return get_object_or_404(mine.filter(patient=patient) if patient else mine, pk=pk)


def file_of(copy: Export) -> bytes:
    """The file of a copy that is ready and not yet dropped."""
    file = get_object_or_404(ExportFile, export=copy, export__until__gt=Now())
    return bytes(file.content)
