"""Having a worker make a file of what is remembered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.utils import timezone

from events.actions.recording import must_act
from events.actor import Actor, act
from events.errors import Refused
from events.models import Extract, ExtractQuerySet

Made = TypeVar("Made", bound=Extract)
log = logging.getLogger(__name__)


def make_extract(kind: type[Made], make: Callable[[Made], None], *, by: Actor) -> Made | None:
    """Have a worker make the extract of a kind that waits longest; gives it back, or nothing where none waits.

    ``make`` reads as the person who asked, in transactions of its own, and ends with :func:`finish_extract`. What it raises
    marks the extract as failed: a :class:`Refused` with its message as the code of the reason. Runs outside a transaction.
    """
    with act(by):
        waiting = ExtractQuerySet[Made](kind).select_for_update(skip_locked=True, of=("self",))
        extract = waiting.to_make().first()
        if extract is None:
            return None
        extract.status, extract.begun_at, extract.progress = Extract.Status.WORKING, timezone.now(), 0
        extract.save(update_fields=["status", "begun_at", "progress"])
    try:
        make(extract)
    except Exception as error:
        reason = error.message if isinstance(error, Refused) else "fault"
        if reason == "fault":
            log.exception("%s %s failed: %s", kind.__name__, extract.pk, type(error).__name__)
        now = timezone.now()
        note_extract(extract, by=by, status=Extract.Status.FAILED, reason=reason[:20], until=now + Extract.KEPT)
    return extract


def note_extract(extract: Extract, *, by: Actor, **values: Any) -> None:
    """Write how far an extract is, visible at once because it stands in a transaction of its own."""
    with act(by):
        _keep(extract, **values)


def finish_extract(extract: Extract, *, size: int, by: Actor, **values: Any) -> None:
    """Write that an extract is ready, in the transaction that keeps its file of ``size`` bytes; it can be taken for seven days."""
    must_act(by)
    now = timezone.now()
    _keep(
        extract, status=Extract.Status.READY, progress=100, ready_at=now, until=now + Extract.KEPT, size=size, **values
    )


def _keep(extract: Extract, **values: Any) -> None:
    for name, value in values.items():
        setattr(extract, name, value)
    type(extract)._default_manager.filter(pk=extract.pk).update(**values)
