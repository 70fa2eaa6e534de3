"""Exports of the log: ask for one, make it in a worker with its progress, hand it out, and let it expire."""

from __future__ import annotations

import hashlib
import io
import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from events.access import Mark, Search, log_begins
from events.actions import record, wake
from events.actor import Actor, act, system
from events.errors import Refused
from events.models import Seal
from oversight import sealed
from oversight.access.guard import get_officer
from oversight.access.log import lines_for
from oversight.models import LogExport
from people.models import Membership, Organisation, Role
from trust.audit import known_in

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)
AT_ONCE = 1000
BROKEN_OFF = timedelta(minutes=15)
"""A worker that began so long ago and did not finish has died; another one begins anew."""


def ask_export(*, search: Search, by: Actor) -> LogExport:
    """Ask for the lines of a search as a sealed file. Raises :class:`Refused` while the person's former one is being made."""
    officer = get_officer(by)
    busy = [LogExport.Status.WAITING, LogExport.Status.WORKING]
    if LogExport.objects.filter(organisation=officer.organisation, user_id=by.user_id, status__in=busy).exists():
        raise Refused(_("Uw vorige bestand wordt nog gemaakt. Wacht tot het klaar is."))
    made = LogExport.objects.create(user_id=by.user_id, organisation=officer.organisation, query=search.kept())
    record("log.export_asked", subject=made, data={"fields": search.named}, by=by)
    transaction.on_commit(_wake)
    return made


def _wake() -> None:
    wake("oversight.tasks.make_exports")


def fetch(*, export: LogExport, by: Actor) -> bytes:
    """The file, and the line in the log that says who took it along."""
    record("log.export_fetched", subject=export, data={"lines": export.lines, "digest": export.digest}, by=by)
    return bytes(export.content or b"")


def make_next() -> bool:
    """Make the export that waits longest; tells whether there was one. What fails is marked so, with the reason."""
    with act(system("exports", purpose="HOPERAT")):
        waiting = Q(status=LogExport.Status.WAITING) | Q(
            status=LogExport.Status.WORKING, begun_at__lt=timezone.now() - BROKEN_OFF
        )
        export = LogExport.objects.select_for_update(skip_locked=True).filter(waiting).order_by("made_at").first()
        if export is None:
            return False
        export.status, export.begun_at, export.progress, export.lines = LogExport.Status.WORKING, timezone.now(), 0, 0
        export.save(update_fields=["status", "begun_at", "progress", "lines"])
    try:
        _make(export)
    except Refused as refusal:
        _fail(export, refusal.message)
    except Exception as error:
        log.exception("export %s of the log failed: %s", export.pk, type(error).__name__)
        _fail(export, "fault")
    return True


def _fail(export: LogExport, reason: str) -> None:
    with act(system("exports", purpose="HOPERAT")):
        LogExport.objects.filter(pk=export.pk).update(status=LogExport.Status.FAILED, reason=reason[:20])


def _make(export: LogExport) -> None:
    """Read the lines as the officer who asked for them, so that nobody gets more by a file than by a page."""
    by = Actor(
        "professional", export.user_id, export.organisation_id, Role.PRIVACY_OFFICER, "HOPERAT", "log_export",
        f"log_export:{export.pk}",
    )  # fmt: skip
    search = Search.of(export.query)
    with act(by):
        members = Membership.objects.current().filter(user_id=by.user_id, organisation_id=by.organisation_id)
        if not members.filter(role=Role.PRIVACY_OFFICER).exists():
            raise Refused("membership")
        newest = Seal.objects.order_by("-id").first()
        place = Organisation.objects.get(pk=by.organisation_id)
        begins = search.start or log_begins()
    about = {
        "query": export.query,
        "period": {"from": begins, "until": min(search.end or export.made_at, export.made_at)},
        "made_by": {"account": by.user_id, "organisation": place.pk, "ura": place.ura, "name": place.name},
        "made_at": timezone.now(),
        "log_seal": {"number": newest.id, "at": newest.at, "digest": bytes(newest.digest).hex()} if newest else None,
    }
    target = io.BytesIO()
    with sealed.sealed(target, about) as writer:
        after: Mark | None = Mark(export.made_at, 0)
        while after is not None:
            with act(by):
                found = lines_for(by, search, after=after, size=AT_ONCE)
                writer.add(found.lines, known_in(found.lines))
            if writer.lines > settings.LOG_EXPORT_LINES:
                raise Refused("too_many")
            after = found.older
            _progress(export, writer.lines, after, begins.timestamp())
    content = target.getvalue()
    with act(by):
        now = timezone.now()
        LogExport.objects.filter(pk=export.pk).update(
            status=LogExport.Status.READY, progress=100, lines=writer.lines, ready_at=now, until=now + KEPT,
            content=content, size=len(content), digest=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        record(
            "log.export_made",
            subject=export,
            data={"lines": writer.lines, "digest": hashlib.sha256(content).hexdigest()},
            by=by,
        )


def _progress(export: LogExport, lines: int, after: Mark | None, begins: float) -> None:
    """How much of the period was gone through, visible at once because it stands in a transaction of its own."""
    whole = export.made_at.timestamp() - begins
    done = (export.made_at.timestamp() - after.at.timestamp()) / whole if after and whole > 0 else 1
    with act(system("exports", purpose="HOPERAT")):
        LogExport.objects.filter(pk=export.pk).update(lines=lines, progress=max(0, min(99, round(done * 100))))


def expire() -> int:
    """Drop the files that were kept for seven days; that they were made and fetched stays in the log."""
    return LogExport.objects.expired().update(status=LogExport.Status.EXPIRED, content=None)
