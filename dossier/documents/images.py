"""Whether an image is whole and nothing but that: its structure walked from the first byte to the last, nothing decoded."""

from __future__ import annotations

import re
import struct
import zlib

from django.utils.translation import gettext as _

from dossier.documents.spool import Spool
from dossier.documents.unfit import Unfit

MOST_PIXELS = 200_000_000
"""A scan of A3 at 600 dots per inch has 70 million; more is meant to fill the memory of who looks."""
MOST_PIECES = 100_000
STEP = 1024 * 1024

PNG = b"\x89PNG\r\n\x1a\n"
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_HEIC_BOXES = {b"ftyp", b"meta", b"mdat", b"free", b"skip", b"uuid", b"idat", b"moov", b"mvex", b"styp"}
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_NO_LENGTH = {0x01, *range(0xD0, 0xD8)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


class _Broken(Exception):
    """The structure does not hold."""


def form_of(head: bytes) -> str:
    """Which form of image a file begins as; nothing for what is none."""
    if head.startswith(PNG):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and _HEIC & {head[8:12], *(head[place : place + 4] for place in range(16, 64, 4))}:
        return "heic"
    return ""


def judge(form: str, file: Spool, size: int) -> None:
    """Walk the image; raises :class:`Unfit` for one that is broken, goes on after its end, or is absurdly large."""
    try:
        wide, high = {"png": _png, "jpg": _jpeg, "webp": _webp, "heic": _heic}[form](file, size)
    except (_Broken, struct.error, IndexError):
        raise Unfit(
            _("Deze afbeelding is beschadigd, of er zit iets anders achter. Sla de afbeelding opnieuw op en kies die.")
        ) from None
    if wide * high > MOST_PIXELS:
        raise Unfit(_("Deze afbeelding heeft te veel beeldpunten om te openen. Maak de afbeelding kleiner."))


def _exactly(file: Spool, count: int) -> bytes:
    piece = file.read(count) or b""
    if len(piece) != count:
        raise _Broken
    return piece


def _png(file: Spool, size: int) -> tuple[int, int]:
    """PNG (ISO/IEC 15948): chunks with their checksums, from IHDR to IEND at the very end."""
    file.seek(len(PNG))
    wide = high = 0
    kinds: set[bytes] = set()
    for _number in range(MOST_PIECES):
        length, kind = struct.unpack(">I4s", _exactly(file, 8))
        if not kind.isalpha() or file.tell() + length + 4 > size or (not kinds and kind != b"IHDR"):
            raise _Broken
        kinds.add(kind)
        check, left = zlib.crc32(kind), length
        while left:
            piece = _exactly(file, min(left, STEP))
            if kind == b"IHDR":
                wide, high = struct.unpack(">II", piece[:8])
            check, left = zlib.crc32(piece, check), left - len(piece)
        if struct.unpack(">I", _exactly(file, 4))[0] != check:
            raise _Broken
        if kind == b"IEND":
            break
    if b"IEND" not in kinds or b"IDAT" not in kinds or not wide * high or file.tell() != size:
        raise _Broken
    return wide, high


def _jpeg(file: Spool, size: int) -> tuple[int, int]:
    """JPEG (ISO/IEC 10918-1): segments and scans up to the end of the image.

    What telephones put after that end (a second picture, their own notes) may stand there.
    """
    file.seek(2)
    wide = high = scans = 0
    for _number in range(MOST_PIECES):
        sign, marker = _exactly(file, 2)
        while marker == 0xFF:
            marker = _exactly(file, 1)[0]
        if sign != 0xFF or marker == 0:
            raise _Broken
        if marker == 0xD9:
            break
        if marker in _NO_LENGTH:
            continue
        (length,) = struct.unpack(">H", _exactly(file, 2))
        if length < 2:
            raise _Broken
        if marker in _FRAMES:
            high, wide = struct.unpack(">HH", _exactly(file, length - 2)[1:5])
        else:
            file.seek(length - 2, 1)
        if marker == 0xDA:
            scans += 1
            _to_marker(file)
    else:
        raise _Broken
    if not (wide * high and scans) or file.tell() > size:
        raise _Broken
    return wide, high


def _to_marker(file: Spool) -> None:
    """Past the coded data of a scan, to the marker that ends it."""
    while True:
        begin = file.tell()
        piece = file.read(STEP) or b""
        found = _MARKER.search(piece)
        if found:
            file.seek(begin + found.start())
            return
        if len(piece) < 2:
            raise _Broken
        file.seek(begin + len(piece) - (1 if len(piece) == STEP else 0))
        if len(piece) < STEP:
            raise _Broken


def _webp(file: Spool, size: int) -> tuple[int, int]:
    """WebP: a RIFF that fills the file, of known chunks."""
    file.seek(4)
    if struct.unpack("<I", _exactly(file, 4))[0] + 8 != size:
        raise _Broken
    file.seek(12)
    wide = high = 0
    first = True
    for _number in range(MOST_PIECES):
        if file.tell() == size:
            break
        kind, length = struct.unpack("<4sI", _exactly(file, 8))
        begin = file.tell()
        if begin + length > size:
            raise _Broken
        head = _exactly(file, min(length, 10))
        if first:
            wide, high = _webp_size(kind, head)
            first = False
        file.seek(begin + length + length % 2)
    if not wide * high or file.tell() != size:
        raise _Broken
    return wide, high


def _webp_size(kind: bytes, head: bytes) -> tuple[int, int]:
    if kind == b"VP8X":
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if kind == b"VP8L" and head[0] == 0x2F:
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and head[3:6] == b"\x9d\x01\x2a":
        wide, high = struct.unpack("<HH", head[6:10])
        return wide & 0x3FFF, high & 0x3FFF
    raise _Broken


def _heic(file: Spool, size: int) -> tuple[int, int]:
    """HEIC (ISO/IEC 23008-12): boxes that fill the file, with the one that describes the picture."""
    place, kinds, largest = 0, set[bytes](), (1, 1)
    for _number in range(MOST_PIECES):
        if place == size:
            break
        file.seek(place)
        length, kind = struct.unpack(">I4s", _exactly(file, 8))
        if length == 1:
            (length,) = struct.unpack(">Q", _exactly(file, 8))
        if length == 0:
            length = size - place
        if length < 8 or place + length > size or kind not in _HEIC_BOXES:
            raise _Broken
        if kind == b"meta":
            described = _exactly(file, min(length - 8, STEP))
            for found in re.finditer(rb"ispe\x00\x00\x00\x00(.{8})", described, re.DOTALL):
                wide, high = struct.unpack(">II", found[1])
                largest = max(largest, (wide, high), key=lambda sides: sides[0] * sides[1])
        kinds.add(kind)
        place += length
    if place != size or not {b"ftyp", b"meta"} <= kinds:
        raise _Broken
    return largest
