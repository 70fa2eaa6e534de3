"""What a file is, judged by its content alone: neither its name nor what the browser says counts.

Only forms that are on the list are taken. What could be read as two things at once, runs, or hides something is refused.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from django.utils.translation import gettext as _

from dossier.documents import images, office, pdf
from dossier.documents.spool import Spool
from dossier.documents.text import is_text
from dossier.documents.unfit import Unfit

HEAD = 1024
STEP = 1024 * 1024
MARKUP = re.compile(
    rb"<(?:!doctype\s|html|head|body|script|svg|iframe|object|embed|\?php|\?xml-stylesheet)", re.IGNORECASE
)
"""What a browser or a server might take for a page or a program, wherever it stands in a file that is neither."""
LONGEST_MARKUP = 20

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe")


def recognise(file: Spool) -> str:
    """The form of a file, as a code of ``Document.Format``; raises :class:`Unfit` with the reason for what is not taken."""
    file.seek(0)
    head = file.read(HEAD) or b""
    if not head:
        raise Unfit(_("Dit bestand is leeg. Kies een ander bestand."))
    if head.startswith(b"PK\x03\x04"):
        return office.judge(file)
    if office.ends_as_zip(file, file.size):
        raise Unfit(_two_things())
    if head.startswith(b"%PDF-"):
        if MARKUP.search(head):
            raise Unfit(_two_things())
        pdf.judge(file)
        return "pdf"
    form = images.form_of(head)
    if form:
        images.judge(form, file, file.size)
        if b"%PDF-" in head or _holds_markup(file):
            raise Unfit(_two_things())
        return form
    if is_text(file):
        if (
            _holds_markup(file)
            or b"%PDF-" in head
            or head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{\\rtf", b"#!", b"<?xml", b"MZ"))
        ):
            raise Unfit(
                _(
                    "Dit is een webpagina of een programma in tekst. Dat nemen wij niet aan. Sla het op als PDF en kies dat bestand."
                )
            )
        return "txt"
    raise Unfit(_reason(head))


def _reason(head: bytes) -> str:
    if head.startswith(_OLD_OFFICE):
        return _(
            "Dit is een oud Office-bestand (doc, xls, ppt) of een bestand met een wachtwoord."
            " Sla het zonder wachtwoord op als docx, xlsx, pptx of PDF."
        )
    if head.startswith(_PROGRAMS):
        return _("Dit is een programma. Dat nemen wij niet aan.")
    return _(
        "Dit soort bestand nemen wij niet aan. Kies een PDF, een afbeelding (PNG, JPEG, WebP, HEIC), een Office-bestand"
        " (docx, xlsx, pptx, odt) of platte tekst (UTF-8)."
    )


def _two_things() -> str:
    return _(
        "Dit bestand doet zich voor als twee soorten tegelijk. Dat nemen wij niet aan. Sla het opnieuw op, het liefst als PDF."
    )


def _holds_markup(file: BinaryIO | Spool) -> bool:
    file.seek(0)
    before = b""
    while step := file.read(STEP):
        if MARKUP.search(before + step):
            return True
        before = step[-LONGEST_MARKUP:]
    return False
