"""Taking a file in: recognised by its content, scanned where a scanner is connected, its name made harmless."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.documents import scanner
from dossier.documents.recognise import recognise
from dossier.documents.spool import Spool
from dossier.documents.unfit import Unfit

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+")
LONGEST_NAME = 120


@dataclass(frozen=True)
class Received:
    """A file that may be kept: its content, its form (a code of ``Document.Format``), its name, and when it was scanned."""

    content: Spool
    format: str
    name: str
    scanned_at: datetime | None

    @property
    def size(self) -> int:
        """In bytes."""
        return self.content.size

    @property
    def stem(self) -> str:
        """The name without what says the form, to call it by."""
        return self.name.rpartition(".")[0]


def receive(content: Spool, name: str) -> Received:
    """Judge a file whole; raises :class:`Unfit` with the reason for one that is not taken."""
    if content.size > settings.DOCUMENT_MOST:
        raise Unfit(too_large())
    form = recognise(content)
    scanned_at = None
    if scanner.is_connected():
        scanner.scan(content)
        scanned_at = timezone.now()
    return Received(content, form, harmless(name, form), scanned_at)


def too_large() -> str:
    """What is said of a file past the limit."""
    return _("Dit bestand is groter dan %(most)s MB. Maak het kleiner of deel het op.") % {
        "most": settings.DOCUMENT_MOST // (1024 * 1024)
    }


def harmless(name: str, form: str) -> str:
    """The name under which a file is handed out: no folders, no hidden signs, and the ending of what it really is."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = _UNSAFE.sub(" ", last).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    stem = stem if dot and 0 < len(ending) <= 5 and ending.isalnum() else plain
    stem = " ".join(stem.split())[: LONGEST_NAME - len(form) - 1].strip(" .")
    return f"{stem or _('document')}.{form}"
