"""Where the content of a document of a source is: which of its forms to take, and whether its address is one of that source."""

from __future__ import annotations

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
