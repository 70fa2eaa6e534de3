"""Asking ClamAV's daemon whether a file is clean: its own protocol (clamd(8), INSTREAM), over TCP or a unix socket.

Where no daemon is named in the settings nothing is asked, and what is shown says so. Where one is named, a file without its
answer is not taken.
"""

from __future__ import annotations

import logging
import socket
import struct
import time

from django.conf import settings
from django.utils.translation import gettext as _

from dossier.documents.spool import Spool
from dossier.documents.unfit import Unfit

log = logging.getLogger(__name__)

STEP = 128 * 1024
LONGEST_REPLY = 4096


def is_connected() -> bool:
    """Whether files are scanned here."""
    return bool(settings.CLAMD)


def scan(content: Spool) -> None:
    """Have the daemon read the content; raises :class:`Unfit` for what is not clean, and when no answer came."""
    content.seek(0)
    try:
        reply = _ask(content)
    except OSError as error:
        log.warning("the virus scanner gave no answer: %s", type(error).__name__)
        raise Unfit(_no_answer()) from None
    if reply == "stream: OK":
        return
    if reply.endswith(" FOUND"):
        name = reply.removeprefix("stream: ").removesuffix(" FOUND")
        log.warning("a file was refused, the virus scanner found %s", "".join(c for c in name if c.isprintable())[:80])
        raise Unfit(
            _(
                "In dit bestand zit een virus of andere schadelijke code. Het is niet bewaard. Meld het aan uw ICT-afdeling."
            )
        )
    log.warning("the virus scanner could not judge a file: %s", "".join(c for c in reply if c.isprintable())[:80])
    if "size limit exceeded" in reply:
        raise Unfit(_("Dit bestand is groter dan de viruscontrole aankan. Het is niet bewaard. Maak het kleiner."))
    raise Unfit(_no_answer())


def _no_answer() -> str:
    return _(
        "De viruscontrole geeft nu geen antwoord. Daarom is het bestand niet bewaard. Probeer het over enkele minuten weer."
    )


def _ask(content: Spool) -> str:
    """Send the content in pieces with their length before them, a length of nothing at the end; the one line of the answer."""
    until = time.monotonic() + settings.CLAMD_DEADLINE
    with _connect() as line:
        try:
            line.sendall(b"zINSTREAM\0")
            while piece := content.read(STEP):
                line.settimeout(_left(until))
                line.sendall(struct.pack("!I", len(piece)) + piece)
            line.sendall(struct.pack("!I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it says why before it hangs up: too large, most often
        reply = b""
        while b"\0" not in reply and len(reply) < LONGEST_REPLY:
            line.settimeout(_left(until))
            piece = line.recv(1024)
            if not piece:
                break
            reply += piece
    return reply.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connect() -> socket.socket:
    kind, _sign, where = settings.CLAMD.partition(":")
    if kind == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(settings.CLAMD_CONNECT)
        try:
            line.connect(where)
        except OSError:
            line.close()
            raise
        return line
    host, _colon, port = where.removeprefix("//").rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=settings.CLAMD_CONNECT)
