"""Exports of the log: ask for one, make it in a worker with its progress, hand it out, and let it expire."""

from __future__ import annotations

import hashlib
import io
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.access import Mark, Search, log_begins
from events.actions import finish_extract, make_extract, note_extract, record, wake
from events.actor import Actor, act, system
from events.errors import Refused
from events.models import Seal
from oversight import sealed
from oversight.access.guard import get_officer
from oversight.access.log import lines_for
from oversight.models import LogExport
from people.models import Membership, Organisation, Role
from trust.audit import known_in

AT_ONCE = 1000
TASK = "oversight.tasks.make_exports"
WORKER = system("exports", purpose="HOPERAT")


def ask_export(*, search: Search, by: Actor) -> LogExport:
    """Ask for the lines of a search as a sealed file. Raises :class:`Refused` while the person's former one is being made."""
    officer = get_officer(by)
    if LogExport.objects.unfinished().filter(organisation=officer.organisation, user_id=by.user_id).exists():
        raise Refused(_("Uw vorige bestand wordt nog gemaakt. Wacht tot het klaar is."))
    made = LogExport.objects.create(user_id=by.user_id, organisation=officer.organisation, query=search.kept())
    record("log.export_asked", subject=made, data={"fields": search.named}, by=by)
    transaction.on_commit(partial(wake, TASK))
    return made


def fetch(*, export: LogExport, by: Actor) -> bytes:
    """The file, and the line in the log that says who took it along."""
    record("log.export_fetched", subject=export, data={"lines": export.lines, "digest": export.digest}, by=by)
    return bytes(export.content or b"")


def make_next() -> bool:
    """Make the export that waits longest; tells whether there was one. What fails is marked so, with the reason."""
    return make_extract(LogExport, _make, by=WORKER) is not None


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
        digest = hashlib.sha256(content).hexdigest()
        finish_extract(export, size=len(content), content=content, lines=writer.lines, digest=digest, by=by)
        record("log.export_made", subject=export, data={"lines": writer.lines, "digest": digest}, by=by)


def _progress(export: LogExport, lines: int, after: Mark | None, begins: float) -> None:
    """How much of the period was gone through."""
    whole = export.made_at.timestamp() - begins
    done = (export.made_at.timestamp() - after.at.timestamp()) / whole if after and whole > 0 else 1
    note_extract(export, lines=lines, progress=max(0, min(99, round(done * 100))), by=WORKER)


def expire() -> int:
    """Drop the files that were kept for seven days; that they were made and fetched stays in the log."""
    return LogExport.objects.expired().update(status=LogExport.Status.EXPIRED, content=None)
