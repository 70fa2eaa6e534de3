"""Everything that changes a signal or a watch: look for patterns, settle a signal, place and end a watch."""

from __future__ import annotations

import json
from datetime import date, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from oversight.access import signal as access
from oversight.access.guard import get_officer
from oversight.models import Signal, Watch
from oversight.moves import THRESHOLDS, Status, Verb

VERBS: dict[str, str] = {Verb.EXPLAIN: "signal.explained", Verb.FOLLOW_UP: "signal.followed_up"}


@transaction.atomic
def find_signals(*, since: date, by: Actor) -> int:
    """Look for every pattern in the log from a day on (Amsterdam); returns how many signals are new or have more lines.

    Each pattern of one person, record and day is kept once, so looking twice at the same lines doubles nothing. Only a
    named worker may do it (NEN 7510-2:2024, 8.15: logs are analysed).
    """
    found = 0
    with connection.cursor() as cursor:
        for kind, limits in THRESHOLDS.items():
            cursor.execute("select oversight_find_signals(%s, %s, %s)", [str(kind), since, json.dumps(limits)])
            found += cursor.fetchone()[0]
    return found


def forget_signals(*, by: Actor) -> int:
    """Remove signals and ended watches as old as the oldest lines of the log may be, but for legal holds; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("select oversight_forget_signals(%s)", [settings.LOG_KEPT_YEARS])
        gone: int = cursor.fetchone()[0]
    return gone


@transaction.atomic
def settle(*, signal: Signal, verb: str, note: str, by: Actor) -> Signal:
    """Explain a signal or follow it up, always with a note; remembers who decided and when.

    Raises ``PermissionDenied`` for who is no privacy officer over it or whom it is about, ``Refused`` when it stands so
    already.
    """
    kept = Signal.objects.select_for_update(of=("self",)).get(pk=access.get_signal(by, signal.pk).pk)
    target = access.need_move(by, kept, verb)
    if not target:
        raise Refused(_("Dit signaal is al zo afgehandeld."))
    if not note.strip():
        raise Refused(_("Schrijf op wat u heeft nagegaan."), field="note")
    kept.status, kept.note = Status(target), note.strip()
    kept.decided_by_id, kept.decided_at = by.user_id, timezone.now()
    kept.save(update_fields=["status", "note", "decided_by", "decided_at"])
    record(VERBS[verb], subject=kept, by=by)
    return kept


@transaction.atomic
def place_watch(*, number: int, reason: str, days: int, by: Actor) -> Watch:
    """Watch a record for some days, so that each look at it becomes a signal; needs its number and why.

    Raises ``PermissionDenied`` for who is no privacy officer, ``Refused`` for a number that no record has and for a record
    that is watched already.
    """
    officer = get_officer(by)
    if not access.knows_record(by, number):
        raise Refused(_("Er is geen inwoner met dit nummer."), field="number")
    if Watch.objects.current().filter(patient_id=number, organisation=officer.organisation).exists():
        raise Refused(_("Dit dossier wordt al in de gaten gehouden."), field="number")
    now = timezone.now()
    watch = Watch.objects.create(
        patient_id=number,
        organisation=officer.organisation,
        reason=reason,
        placed_by_id=by.user_id,
        period=DateTimeTZRange(now, now + timedelta(days=days)),
    )
    record("watch.placed", subject=watch, by=by)
    return watch


@transaction.atomic
def end_watch(*, watch: Watch, by: Actor) -> None:
    """Stop watching a record now; what was found stays. Ending it twice is harmless."""
    kept = Watch.objects.select_for_update(of=("self",)).get(pk=access.get_watch(by, watch.pk).pk)
    now = timezone.now()
    if kept.period.upper is not None and kept.period.upper <= now:
        return
    kept.period = DateTimeTZRange(kept.period.lower, now)
    kept.save(update_fields=["period"])
    record("watch.ended", subject=kept, by=by)
