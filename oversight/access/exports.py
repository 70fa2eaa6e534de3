"""The exports of the log that a privacy officer asked for, and their files."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from events.actor import Actor
from oversight.access.guard import get_officer, is_officer
from oversight.models import LogExport


def exports_for(actor: Actor) -> QuerySet[LogExport]:
    """The exports of the own organisation, newest first, without their files."""
    officer = get_officer(actor)
    found = LogExport.objects.filter(organisation=officer.organisation).defer("content").select_related("user")
    return found.order_by("-made_at", "-pk")


def get_ready(actor: Actor, pk: int) -> LogExport:
    """One export of the own organisation whose file can be fetched; another one, and any to another role, does not exist."""
    if not is_officer(actor):
        raise Http404
    officer = get_officer(actor)
    ready = LogExport.objects.filter(organisation=officer.organisation, status=LogExport.Status.READY)
    return get_object_or_404(ready, pk=pk)
