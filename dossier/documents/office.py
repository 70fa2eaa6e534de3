"""Whether an office document is one, and nothing that runs, calls home or unpacks without end (ECMA-376, ISO/IEC 26300)."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from xml.parsers import expat

from django.conf import settings
from django.utils.translation import gettext as _

from dossier.documents.spool import Spool
from dossier.documents.unfit import Unfit

MOST_ENTRIES = 10_000
MOST_UNPACKED = 1024 * 1024 * 1024
MOST_READ = 32 * 1024 * 1024
"""How large a part may be that is looked into for what it refers to; the tables and pictures are only counted."""
STEP = 256 * 1024
TAIL = 65_557

MAIN = {
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": "pptx",
}
ODT = b"application/vnd.oasis.opendocument.text"
_RUNS = re.compile(
    r"vbaproject|vbadata|activex|oleobject|macrosheets|customui|(^|/)(basic|scripts|xl/externallinks)/"
    r"|\.(exe|dll|com|scr|bat|cmd|js|jse|vbs|vbe|wsf|hta|ps1|jar|lnk|msi|html?|xhtml|svgz?|docm|xlsm|pptm|dotm|xltm|potm|ppam|xlam|xlsb|swf)$",
    re.IGNORECASE,
)
_RUNS_TYPE = re.compile(
    rb"macroenabled|vbaproject|activex|oleobject|ms-excel\.(?:intl)?macrosheet|ms-office\.customui", re.IGNORECASE
)
_COMMAND = re.compile(rb"\bDDE(?:AUTO)?\b[ \"&\\]|<(?:\w+:)?ddelink\b", re.IGNORECASE)


def ends_as_zip(file: Spool, size: int) -> bool:
    """Whether a reader that looks at the end would take the file for a zip, whatever it begins with."""
    file.seek(max(0, size - TAIL))
    tail = file.read(TAIL) or b""
    place = tail.rfind(b"PK\x05\x06")
    while place >= 0:
        if len(tail) - place >= 22 and struct.unpack("<H", tail[place + 20 : place + 22])[0] == len(tail) - place - 22:
            return True
        place = tail.rfind(b"PK\x05\x06", 0, place)
    return False


def judge(file: Spool) -> str:
    """The form of an office document; raises :class:`Unfit` with the reason for any other zip, and for what is not safe."""
    return _judged(file, MOST_UNPACKED, inside=False)[0]


def _judged(file: Spool, most: int, *, inside: bool) -> tuple[str, int]:
    """The form, and how much came out of it: all that is packed in one file counts together."""
    try:
        with zipfile.ZipFile(io.BufferedReader(_Open(file), STEP)) as packed:
            return _judge(packed, file, most, inside=inside)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        UnicodeDecodeError,
        struct.error,
        OSError,
        ValueError,
    ):
        raise Unfit(_broken()) from None


class _Open(io.RawIOBase):
    """A spool that stays open when who reads it is done."""

    def __init__(self, file: Spool) -> None:
        super().__init__()
        self.file = file
        file.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def readinto(self, buffer: object) -> int:
        return self.file.readinto(buffer)


def _judge(packed: zipfile.ZipFile, file: Spool, most: int, *, inside: bool) -> tuple[str, int]:
    entries = packed.infolist()
    _need_plain_zip(packed, entries, file)
    named = {entry.filename: entry for entry in entries}
    for entry in entries:
        if _RUNS.search(entry.filename):
            raise Unfit(_runs())
    form = _form(packed, entries, named)
    unpacked = 0
    for entry in entries:
        unpacked += _read_through(packed, entry, most - unpacked, inside=inside)
    return form, unpacked


def _need_plain_zip(packed: zipfile.ZipFile, entries: list[zipfile.ZipInfo], file: Spool) -> None:
    """A zip that begins at the first byte and ends at the last, whose parts have one name each and do not overlap."""
    size = file.size
    file.seek(size - 22)
    if file.read(4) != b"PK\x05\x06" or packed.comment or not entries or len(entries) > MOST_ENTRIES:
        raise Unfit(_broken())
    if any(entry.flag_bits & 0x41 for entry in entries):
        raise Unfit(_locked())
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise Unfit(_too_much())
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) < len(names):
        raise Unfit(_broken())
    for entry in entries:
        name = entry.filename
        if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/") or not name.isprintable():
            raise Unfit(_broken())
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise Unfit(_broken())
    at = sorted(entries, key=lambda entry: entry.header_offset)
    if at[0].header_offset != 0:
        raise Unfit(_broken())
    ends = [entry.header_offset for entry in at[1:]] + [packed.start_dir]
    for entry, end in zip(at, ends, strict=True):
        if entry.header_offset + 30 + len(entry.filename.encode()) + entry.compress_size > end or end > size:
            raise Unfit(_too_much())


def _form(packed: zipfile.ZipFile, entries: list[zipfile.ZipInfo], named: dict[str, zipfile.ZipInfo]) -> str:
    first = min(entries, key=lambda entry: entry.header_offset)
    if first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED:
        if _small(packed, first).strip() != ODT or not {"content.xml", "META-INF/manifest.xml"} <= set(named):
            raise Unfit(_not_office())
        manifest = _small(packed, named["META-INF/manifest.xml"])
        if b"encryption-data" in manifest:
            raise Unfit(_locked())
        return "odt"
    if "[Content_Types].xml" not in named:
        raise Unfit(_not_office())
    types = _small(packed, named["[Content_Types].xml"])
    if _RUNS_TYPE.search(types):
        raise Unfit(_runs())
    forms = {form for kind, form in MAIN.items() if b'"' + kind + b'"' in types or b"'" + kind + b"'" in types}
    if len(forms) != 1:
        raise Unfit(_not_office())
    return forms.pop()


def _small(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.file_size > MOST_READ:
        raise Unfit(_too_much())
    with packed.open(entry) as part:
        return part.read(MOST_READ + 1)


def _read_through(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int, *, inside: bool) -> int:
    """Unpack one part, counting what really comes out; what may refer to elsewhere is looked into, what is packed in it too."""
    name = entry.filename.lower()
    relations = _Relations() if name.endswith(".rels") else None
    looked = name.endswith((".xml", ".vml", ".rdf")) and entry.file_size <= MOST_READ
    within = (
        Spool(settings.FILE_UPLOAD_TEMP_DIR)
        if name.endswith((".docx", ".xlsx", ".pptx", ".odt", ".zip", ".bin"))
        else None
    )
    found, kept, head = 0, bytearray(), b""
    with packed.open(entry) as part:
        while piece := part.read(STEP):
            found += len(piece)
            if found > most or found > entry.file_size:
                raise Unfit(_too_much())
            head = head or piece[:8]
            if relations is not None:
                relations.read(piece)
            if looked:
                kept += piece
            if within is not None:
                within.write(piece)
    if head.startswith((b"MZ", b"\x7fELF", b"\xd0\xcf\x11\xe0")):
        raise Unfit(_runs())
    if relations is not None:
        relations.read(b"", last=True)
    if looked:
        _need_quiet(name, bytes(kept))
    if within is not None:
        with within:
            if head.startswith(b"PK"):
                if inside:
                    raise Unfit(_too_much())
                found += _judged(within, most - found, inside=True)[1]
    return found


class _Relations:
    """What a document refers to (ECMA-376 part 2, 9.3), read as an office program reads it, however it is written and however long:
    no definitions of an own language, and nothing from elsewhere but links to click."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._element

    def read(self, piece: bytes, *, last: bool = False) -> None:
        """Raises :class:`Unfit` for a relation that fetches, and for what is no XML."""
        try:
            self._parser.Parse(piece, last)
        except expat.ExpatError:
            raise Unfit(_broken()) from None

    @staticmethod
    def _doctype(*_said: object) -> None:
        raise Unfit(_broken())

    @staticmethod
    def _element(name: str, attributes: dict[str, str]) -> None:
        said = {key.rpartition(":")[2].lower(): value.strip().lower() for key, value in attributes.items()}
        fetches = said.get("targetmode") == "external" and not said.get("type", "").endswith("/hyperlink")
        if name.rpartition(":")[2].lower() == "relationship" and fetches:
            raise Unfit(
                _("Dit document haalt onderdelen op van een ander adres. Sla het op als PDF en kies dat bestand.")
            )


def _need_quiet(name: str, content: bytes) -> None:
    """No definitions of an own language, and no commands to other programs."""
    if b"\x00" in content[:64] or content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise Unfit(_broken())  # UTF-16 would hide what is looked for
    if (b"<!DOCTYPE" in content[:2048] and not name.startswith("meta-inf/")) or b"<!ENTITY" in content:
        raise Unfit(_broken())
    if _COMMAND.search(content) or b"script:event-listener" in content:
        raise Unfit(_runs())


def _broken() -> str:
    return _(
        "Dit Office-bestand is beschadigd of niet zuiver opgebouwd. Sla het opnieuw op, of als PDF, en kies dat bestand."
    )


def _locked() -> str:
    return _(
        "Dit bestand is beveiligd met een wachtwoord of versleuteld. Sla het op zonder wachtwoord en kies dat bestand."
    )


def _runs() -> str:
    return _(
        "In dit document zit een macro of een ander programma. Sla het op als PDF of zonder macro's en kies dat bestand."
    )


def _too_much() -> str:
    return _(
        "Dit bestand pakt uit tot veel meer dan het lijkt. Dat nemen wij niet aan. Sla het op als PDF en kies dat bestand."
    )


def _not_office() -> str:
    return _("Een gewoon zipbestand nemen wij niet aan. Kies de documenten zelf, een voor een.")
