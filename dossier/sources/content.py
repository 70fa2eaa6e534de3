"""Brings the content of one document from the source that told of it, into a spool: bounded in time and size, kept by nobody."""

from __future__ import annotations

import threading
import time
from concurrent.futures import wait
from dataclasses import dataclass, replace
from functools import partial

from dossier.documents.spool import Spool
from dossier.sources import shared
from dossier.sources.attachments import (
    Attachment,
    accept_of,
    address_of,
    attachment_of,
    decoded,
    looks_like_fhir,
    unwrapped,
)
from dossier.sources.classify import category_of
from dossier.sources.mishap import Mishap
from dossier.sources.pools import callers
from dossier.sources.reading import Json, first
from dossier.sources.results import FetchResult, Outcome, SourceConfig, UserContext
from dossier.sources.wire import Wire

MOST = 25 * 1024 * 1024
"""Bytes of one document; what is larger is to be opened where it is."""
MOST_WRAPPED = 12 * 1024 * 1024
"""Bytes of a FHIR Binary around it, which has to be read whole."""
HEAD = 1024
_TOLD = {"too-big": "content-too-big", "not-supported": "content-gone", "redirect": "content-elsewhere"}


@dataclass(frozen=True)
class Brought:
    """What came: the content, or how it failed and why; never both."""

    result: FetchResult
    content: Spool | None = None


def bring(
    source: SourceConfig,
    document: Json,
    folder: str | None,
    deadline_seconds: float,
    request_id: str,
    user: UserContext | None = None,
    *,
    anew: bool = False,
) -> Brought:
    """The content of ``document``, a DocumentReference that this source gave; never raises for what the other side does.

    Where it names an address, that is asked, below the base address of the source and nowhere else; where it names none, the
    document itself is read anew, for its content stands in it and was not kept. ``anew`` has it read anew in any case: it was told
    so long ago that the source may have withdrawn it, or keep it under another category by now. As for any question: the credentials of the
    source, who asks, its deadline, its rate and its breaker. That one document is odd, fails, or is too large for its deadline, says
    nothing of how the source does: else who opens it a few times would close the source for everybody.
    """
    started = time.monotonic()
    passage = shared.enter(source, deadline_seconds)
    if passage == "open":
        return Brought(FetchResult(source, Outcome.NO_ANSWER, "breaker-open"))
    outcome, reason, content = Outcome.ANSWERED, "", None
    bringing: _Bringing | None = None
    try:
        wire = Wire(source, started + deadline_seconds, request_id, user)
        bringing = _Bringing(wire, document, folder, anew)
        future = callers().submit(bringing.run)
        try:
            wait([future], timeout=max(wire.left(), 0))
            content = future.result(timeout=0) if future.done() else None
        finally:
            wire.close()
            late = future.cancel()
            if content is None:
                bringing.drop()
        if content is None:
            raise Mishap(Outcome.NO_ANSWER, "busy" if late else "deadline")
    except Mishap as mishap:
        outcome, reason = mishap.outcome, _TOLD.get(mishap.reason, mishap.reason)
        if outcome is Outcome.NO_ANSWER and bringing and bringing.came:
            reason = "content-failed"
    result = FetchResult(source, outcome, reason, seconds=round(time.monotonic() - started, 3))
    shared.leave(source, passage, replace(result, outcome=Outcome.ANSWERED) if outcome is Outcome.FAULT else result)
    return Brought(result, content)


class _Bringing:
    def __init__(self, wire: Wire, document: Json, folder: str | None, anew: bool) -> None:
        self.wire, self.document, self.folder, self.anew = wire, document, folder, anew
        self.spools: list[Spool] = []
        self.came = False
        self._lock = threading.Lock()
        self._runs = self._unwanted = False

    def drop(self) -> None:
        """Let go of what came: at once, or as soon as who still writes in it is done.

        Never under the hands of that writer, for the number of a closed file may be somebody else's by the time it is used.
        """
        with self._lock:
            self._unwanted = True
            if not self._runs:
                self._close()

    def _close(self) -> None:
        for spool in self.spools:
            spool.close()

    def run(self) -> Spool:
        """The content; what came is closed again where it does not come whole, or nobody wants it any more."""
        with self._lock:
            self._runs = True
        try:
            return self._content()
        finally:
            with self._lock:
                self._runs = False
                if self._unwanted:
                    self._close()

    def _content(self) -> Spool:
        wanted = attachment_of(self.document)
        if self.anew or not wanted.url:
            wanted = self._read_anew()
        if wanted.data:
            return self._spool(decoded(wanted.data))
        if not wanted.url:
            raise Mishap(Outcome.FAULT, "content-missing")
        address = address_of(wanted.url, self.wire.base)
        content = self._spool()
        self.wire.take(address, accept_of(wanted.type), partial(self._add, content), MOST)
        return self._unwrapped(content)

    def _add(self, content: Spool, piece: bytes) -> None:
        self.came = True
        content.write(piece)

    def _spool(self, content: bytes = b"") -> Spool:
        made = Spool(self.folder)
        self.spools.append(made)
        made.write(content)
        return made

    def _read_anew(self) -> Attachment:
        """The document as the source has it now, which must be the same one about the same person, in the category that was opened."""
        path = f"DocumentReference/{self.document.get('id')}"
        address_of(path, self.wire.base)
        now = self.wire.get(path, [])
        same = all(now.get(name) == self.document.get(name) for name in ("resourceType", "id"))
        whose = [first(one.get("subject")).get("reference") for one in (now, self.document)]
        if not same or not whose[0] or whose[0] != whose[1] or category_of(now) != category_of(self.document):
            raise Mishap(Outcome.FAULT, "content-other")
        if now.get("status") == "entered-in-error":
            raise Mishap(Outcome.FAULT, "content-gone")
        return attachment_of(now)

    def _unwrapped(self, content: Spool) -> Spool:
        """The content out of a FHIR Binary, where the source gave that around it; any other resource is no content."""
        content.seek(0)
        head = content.read(HEAD) or b""
        if not looks_like_fhir(head):
            return content
        if content.size > MOST_WRAPPED:
            raise Mishap(Outcome.FAULT, "content-too-big")
        content.seek(0)
        data = unwrapped(content.read(content.size) or b"", first(self.document.get("subject")).get("reference"))
        if data is None:
            return content
        whole = self._spool(decoded(data))
        content.close()
        return whole
