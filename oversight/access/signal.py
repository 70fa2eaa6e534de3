"""Which signals and watches a privacy officer sees, and where the lines are on which a signal rests."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from events.actor import Actor
from events.models import Event
from oversight.access.guard import get_officer, is_officer
from oversight.models import Signal, SignalQuerySet, Watch
from oversight.moves import MOVES, Pattern

ABOUT_OPENING = frozenset(
    {Pattern.FAMILY, Pattern.COLLEAGUE, Pattern.WATCHED, Pattern.MANY, Pattern.NIGHT, Pattern.ONCE}
)
"""The patterns that rest on lines of opened records."""


def signals_for(actor: Actor, *, kind: str = "", status: str = "", organisation: int | None = None) -> SignalQuerySet:
    """The signals about who works for the own organisation, or for any for the region's officer; the latest day first."""
    officer = get_officer(actor)
    found = Signal.objects.select_related("user", "organisation", "decided_by")
    if not officer.regional:
        found = found.filter(organisation=officer.organisation)
    chosen = {"kind": kind, "status": status, "organisation_id": organisation}
    return found.filter(**{name: value for name, value in chosen.items() if value}).order_by("-day", "-pk")


def get_signal(actor: Actor, pk: int) -> Signal:
    """One signal within the officer's reach; another one does not exist."""
    if not is_officer(actor):
        raise Http404
    return get_object_or_404(signals_for(actor), pk=pk)


def verbs_for(actor: Actor, signal: Signal) -> list[str]:
    """What this officer may decide about a signal now; nobody settles a signal about themselves."""
    if signal.user_id == actor.user_id:
        return []
    return [move.verb for move in MOVES if signal.status in move.sources and move.by == actor.role]


def lines_of(actor: Actor, signal: Signal, *, limit: int) -> list[Event]:
    """The first lines of the log on which a signal rests, in time."""
    get_officer(actor)
    verbs = {Pattern.DENIED: "record.denied", Pattern.EMERGENCIES: "emergency.started"}
    found = Event.objects.filter(
        id__gte=signal.first_event,
        id__lte=signal.last_event,
        user_id=signal.user_id,
        organisation_id=signal.organisation_id,
        verb="record.opened" if signal.kind in ABOUT_OPENING else verbs[Pattern(signal.kind)],
    )
    if signal.patient_id:
        found = found.filter(patient_id=signal.patient_id)
    return list(found.order_by("at", "id")[:limit])


def watches_for(actor: Actor) -> QuerySet[Watch]:
    """The records that the own organisation's officers watch or watched; the newest first."""
    officer = get_officer(actor)
    return Watch.objects.select_related("placed_by").filter(organisation=officer.organisation).order_by("-pk")


def get_watch(actor: Actor, pk: int) -> Watch:
    """One watch of the own organisation."""
    if not is_officer(actor):
        raise Http404
    return get_object_or_404(watches_for(actor), pk=pk)


def knows_record(actor: Actor, number: int) -> bool:
    """Whether a record with this number exists; an officer learns nothing else of it."""
    get_officer(actor)
    with connection.cursor() as cursor:
        cursor.execute("select oversight_knows_record(%s)", [number])
        return bool(cursor.fetchone()[0])


def need_move(actor: Actor, signal: Signal, verb: str) -> str:
    """The state to which a decision leads; ``PermissionDenied`` for who may not decide about this signal."""
    get_officer(actor)
    if signal.user_id == actor.user_id:
        raise PermissionDenied(_("Over een signaal over uzelf beslist een ander."))
    return next((move.target for move in MOVES if move.verb == verb and signal.status in move.sources), "")
