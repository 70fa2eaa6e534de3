"""Where the content of a document of a source is: which of its forms to take, and whether its address is one of that source."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from dataclasses import dataclass
from urllib.parse import urlsplit

from dossier.sources.address import origin
from dossier.sources.mishap import Mishap
from dossier.sources.reading import Json, dicts, first
from dossier.sources.results import Outcome

_FIRST = ("application/pdf", "image/jpeg", "image/png", "image/webp", "text/plain")
"""The forms that a page shows, the one that is read best first."""
_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}")
_STEP = re.compile(r"[A-Za-z0-9$_~.-]{1,120}")
_BLANK = re.compile(r"\s+")
_HELD = re.compile(rb'"(data|content)"\s*:\s*"([^"]*)"')
"""The content in a Binary; base64 holds no quotes."""
_RESOURCE = re.compile(rb'"resourceType"\s*:')
_MARKS = b"\xef\xbb\xbf \t\r\n"
AROUND = 64 * 1024
"""Bytes that a Binary holds besides its content."""


@dataclass(frozen=True)
class Attachment:
    """One form of a document: its address as the source wrote it, "" where the content stands in the resource; the type that is
    claimed, to ask for and never to believe; the content itself in base64."""

    url: str = ""
    type: str = ""
    data: str = ""


def attachment_of(resource: Json) -> Attachment:
    """The form of a document to show: the first of the kinds that a page shows, else the first there is (a DocumentReference
    gives one document in several forms)."""
    found = [_read(first(item.get("attachment"))) for item in dicts(resource.get("content"))]
    some = sorted(found, key=lambda one: (not (one.url or one.data), _place(one.type)))
    return next(iter(some), Attachment())


def _place(type_: str) -> int:
    return _FIRST.index(type_) if type_ in _FIRST else len(_FIRST)


def _read(attachment: Json) -> Attachment:
    said = {name: attachment.get(name) for name in ("url", "contentType", "data")}
    url, claimed, data = (value if isinstance(value, str) else "" for value in said.values())
    claimed = claimed.partition(";")[0].strip().lower()
    return Attachment(url.strip(), claimed if _TYPE.fullmatch(claimed) else "", data)


def accept_of(type_: str) -> str:
    """What to ask for: the content itself, and where a source gives nothing but FHIR, the Binary around it."""
    return ", ".join(filter(None, [type_, "application/fhir+json;q=0.6", "*/*;q=0.5"]))


def address_of(url: str, base: str) -> str:
    """The address of a content, as far as it stands below the base address of the source that told of it.

    Another scheme, host or port, a way up, a query, anything written in a roundabout way: raises ``Mishap``. The source gets
    its own credentials at this address, and the network would fetch whatever it was told to.
    """
    base = base.rstrip("/")
    within, path = urlsplit(base).path + "/", url
    if "//" in url:
        if not url.partition("://")[1] or _origin(url) != origin(base):
            raise Mishap(Outcome.FAULT, "content-elsewhere")
        path = "/" + url.partition("://")[2].partition("/")[2]
    if path.startswith("/") and path.startswith(within):
        path = path.removeprefix(within)
    if not all(_STEP.fullmatch(step) and step.strip(".") for step in path.split("/")):
        raise Mishap(Outcome.FAULT, "content-elsewhere")
    return f"{base}/{path}"


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        return origin(url)
    except Mishap:
        return None


def decoded(data: str) -> bytes:
    """The bytes of base64, strictly; raises ``Mishap`` for what is none."""
    try:
        return b64decode(_BLANK.sub("", data), validate=True)
    except ValueError:
        raise Mishap(Outcome.FAULT, "content-unusable") from None


def without_content(resource: Json) -> Json:
    """A document as it is kept: told of, without the content that some sources put in it."""
    holds = any("data" in first(item.get("attachment")) for item in dicts(resource.get("content")))
    if resource.get("resourceType") != "DocumentReference" or not holds:
        return resource
    kept = []
    for item in dicts(resource.get("content")):
        left = {name: said for name, said in first(item.get("attachment")).items() if name != "data"}
        kept.append({**item, "attachment": left} if "attachment" in item else item)
    return {**resource, "content": kept}


def looks_like_fhir(head: bytes) -> bool:
    """Whether something begins as a resource would; in XML, which is not spoken here, raises ``Mishap`` at once."""
    start = head.lstrip(_MARKS)
    if start.startswith(b"<") and b"http://hl7.org/fhir" in head:
        raise Mishap(Outcome.FAULT, "content-unusable")
    return start.startswith((b"{", b"["))


def unwrapped(told: bytes, subject: object) -> str | None:
    """The base64 in a FHIR Binary (``data`` in R4, ``content`` in STU3); nothing for what is no resource, such as a text in brackets.

    Another resource is no content of a document: a source that points at one would have it read as text, of whomever it is; nor
    is a Binary that says it is to be judged as something of another person (``securityContext``). Raises ``Mishap``. All that is
    parsed is what stands around the content, for a little JSON can take much memory.
    """
    held = max(_HELD.finditer(told), key=lambda one: len(one[2]), default=None)
    around = told[: held.start(2)] + told[held.end(2) :] if held else told
    try:
        binary = json.loads(around) if len(around) <= AROUND else None
    except (ValueError, RecursionError):
        binary = None
    if not isinstance(binary, dict) or binary.get("resourceType") != "Binary":
        if _RESOURCE.search(around):
            raise Mishap(Outcome.FAULT, "content-unusable")
        return None
    whose = first(binary.get("securityContext")).get("reference")
    if isinstance(whose, str) and whose.startswith("Patient/") and whose != subject:
        raise Mishap(Outcome.FAULT, "content-other")
    if held is None or not held[2] or binary.get(held[1].decode()) != "":
        raise Mishap(Outcome.FAULT, "content-missing")
    try:
        return str(json.loads(b'"' + held[2] + b'"', strict=False))
    except ValueError:
        raise Mishap(Outcome.FAULT, "content-unusable") from None
