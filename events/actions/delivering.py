"""Delivering what is due: once or more with the same number, in order within a lane, and never one for all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from events.actions.recording import at_work, record, wake
from events.actor import Actor, act, system
from events.models import Delivery, Destination, Event

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(hours=24)
"""How long a duty is tried that its destination does not take, before it is parked for a person to look at."""
LONGEST_PAUSE = timedelta(minutes=30)
LONGEST_REST = timedelta(minutes=5)
"""A destination that does not answer is tried with one duty at most this long after the former try."""
TOLD_AFTER = timedelta(hours=1)
"""A destination that has not answered for so long is told of."""
WORKER = system("deliveries", purpose="HOPERAT")


@dataclass(frozen=True)
class Later:
    """What a listener gives back that could not do its duty yet: what it wrote stays, and it is tried again.

    ``reason`` is a word of the product's own. ``whole`` says that the destination itself does not do well, so that all that
    waits for it rests; without it, it is this duty alone that is not taken.
    """

    reason: str
    whole: bool = False


@dataclass(frozen=True)
class Errand:
    """What a listener gives back that has to go out: ``go`` runs outside any transaction, ``back`` in one with what it gave.

    ``go`` may give a :class:`Later`, then there is no way back. It must end well within ``settings.DELIVERY_LEASE`` seconds.
    """

    go: Callable[[], Any]
    back: Callable[[Any, Actor], Later | None]


# The offset keeps the planner from joining all that waits for a destination with itself when its statistics are old.
_CLAIM = """
    with recursive named as (
      (select destination from events_delivery where status = 'waiting' order by destination limit 1)
      union all
      select (select d.destination from events_delivery d
              where d.status = 'waiting' and d.destination > n.destination order by d.destination limit 1)
      from named n where n.destination is not null)
    select due.*, open.failing from (
      select n.destination, x.failing_since is not null as failing
      from named n left join events_destination x on x.name = n.destination
      where n.destination is not null and coalesce(x.rests_until, now()) <= now()
        and (%(probing)s or x.failing_since is null)
      order by random()
    ) open cross join lateral (
      select w.* from events_delivery w
      where w.status = 'waiting' and w.destination = open.destination and w.due_at <= now()
        and (w.taken_until is null or w.taken_until <= now())
        and not exists (select 1 from events_delivery e where e.status in ('waiting', 'parked') and e.listener = w.listener
                        and e.subject = w.subject and e.destination = w.destination and e.id < w.id offset 0)
      order by w.due_at, w.id limit 1 for update of w skip locked
    ) due limit 1
"""
_PROBE = """
    select id from events_destination where name = %s and failing_since is not null and coalesce(rests_until, now()) <= now()
    for update skip locked
"""


def deliver_one() -> bool:
    """Claim one due delivery and let its listener hear of it; tells whether there was one.

    Order is kept per subject, listener and destination, also past what is parked. What is not taken waits longer each time
    and is parked, visibly, after 24 hours. A destination that does not answer rests as a whole, is tried with one duty at a
    time, and gets all that waits as soon as it answers. Each destination has the same chance to be next.
    """
    with at_work():
        with act(WORKER) as worker:
            claimed = _claim()
            if claimed is None:
                return False
            delivery, probe = claimed
            delivery.attempts += 1
            heard = _hear(delivery, worker)
            if isinstance(heard, Errand):
                _lease(delivery, probe)
            else:
                _settle(delivery, heard, probe, worker)
        if isinstance(heard, Errand):
            _run(heard, delivery, probe)
    return True


def _claim() -> tuple[Delivery, bool] | None:
    """A delivery whose row this transaction holds, and whether it tries a destination that did not answer before."""
    for probing in (True, False):
        found = next(iter(Delivery.objects.raw(_CLAIM, {"probing": probing})), None)
        if found is None:
            return None
        if not vars(found)["failing"]:
            return found, False
        with connection.cursor() as cursor:
            cursor.execute(_PROBE, [found.destination])
            if cursor.fetchone() is not None:
                return found, True
        # Somebody else tries this destination at this moment: take of one that does well.
    return None


def _hear(delivery: Delivery, worker: Actor) -> Errand | Later | None:
    event = Event.objects.get(pk=delivery.event_id, at=delivery.event_at)
    try:
        with transaction.atomic():
            heard: Errand | Later | None = import_string(delivery.listener)(event, by=worker)
    except Exception as error:
        return Later(type(error).__name__)
    return heard if isinstance(heard, Errand | Later) else None


def _lease(delivery: Delivery, probe: bool) -> None:
    """Keep a delivery for this worker while it is out; when the worker dies another takes it up after the lease."""
    delivery.taken_until = timezone.now() + timedelta(seconds=settings.DELIVERY_LEASE)
    delivery.save(update_fields=["attempts", "taken_until"])
    if probe:
        Destination.objects.filter(name=delivery.destination).update(rests_until=delivery.taken_until)


def _run(errand: Errand, delivery: Delivery, probe: bool) -> None:
    """Go out, and settle what came of it; unless the lease ran out and another took it up since."""
    try:
        answer = errand.go()
    except Exception as error:
        answer = Later(type(error).__name__)
    with act(WORKER) as worker:
        mine = Delivery.objects.waiting().filter(pk=delivery.pk, attempts=delivery.attempts)
        held = mine.select_for_update().first()
        if held is None:
            return
        heard = answer if isinstance(answer, Later) else _come_back(errand, answer, worker)
        _settle(held, heard, probe, worker)


def _come_back(errand: Errand, answer: Any, worker: Actor) -> Later | None:
    try:
        with transaction.atomic():
            return errand.back(answer, worker)
    except Exception as error:
        return Later(type(error).__name__)


def _settle(delivery: Delivery, heard: Later | None, probe: bool, by: Actor) -> None:
    now = timezone.now()
    delivery.taken_until = None
    if heard is None:
        delivery.status, delivery.done_at, delivery.last_error = Delivery.DONE, now, ""
    else:
        delivery.last_error = heard.reason[:300]
        log.warning("delivery %s of %s failed: %s", delivery.pk, delivery.listener, heard.reason)
    if heard is not None and heard.whole and delivery.destination:
        delivery.due_at = _rest(delivery.destination, heard.reason, probe, by)
    else:
        if heard is not None:
            _put_off(delivery, now, by)
        if delivery.destination:
            _answers(delivery.destination, by)
    delivery.save(update_fields=["status", "attempts", "due_at", "taken_until", "done_at", "last_error"])


def _put_off(delivery: Delivery, now: datetime, by: Actor) -> None:
    if now - delivery.made_at < GIVE_UP_AFTER:
        delivery.due_at = now + min(timedelta(seconds=2 ** min(delivery.attempts, 20)), LONGEST_PAUSE)
        return
    delivery.status = Delivery.PARKED
    record("delivery.parked", subject=delivery, data={"to": delivery.destination}, by=by)


def _rest(name: str, reason: str, probe: bool, by: Actor) -> datetime:
    """Let a destination rest because it does not answer, longer each time; returns until when.

    Workers that were out when it began count as one failure.
    """
    now = timezone.now()
    Destination.objects.get_or_create(name=name)
    place = Destination.objects.select_for_update().get(name=name)
    if place.failing_since is None:
        place.failing_since, place.failures = now, 1
    elif probe or place.rests_until is None:
        place.failures += 1
    else:
        return max(place.rests_until, now)
    place.rests_until = now + min(timedelta(seconds=2 ** min(place.failures, 20)), LONGEST_REST)
    place.last_error = reason[:300]
    if not place.told and now - place.failing_since >= TOLD_AFTER:
        place.told = True
        record("destination.failing", subject=place, data={"to": name, "reason": reason[:40]}, by=by)
    place.save()
    return place.rests_until


def _answers(name: str, by: Actor) -> None:
    """A destination took something, or said why not: what was put off for it is due at once, the oldest first."""
    place = Destination.objects.select_for_update().filter(name=name, failing_since__isnull=False).first()
    if place is None:
        return
    if place.told:
        record("destination.answers", subject=place, data={"to": name}, by=by)
    place.failing_since, place.rests_until, place.failures, place.last_error, place.told = None, None, 0, "", False
    place.save()
    put_off = Delivery.objects.waiting().filter(destination=name, due_at__gt=timezone.now())
    free = put_off.select_for_update(skip_locked=True).values_list("pk", "made_at")
    for number, made in free:
        Delivery.objects.filter(pk=number).update(due_at=made)
    transaction.on_commit(wake)
