"""Reads XML of others: no document type, no entities, no processing instructions, and limits to size, depth and number."""

from __future__ import annotations

from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

LARGEST = 256 * 1024
DEEPEST = 60
MOST = 5000


class Unreadable(Exception):
    """A message that is not what was agreed; ``reason`` is a word for logs and holds nothing of the message."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(body: bytes) -> Element:
    """The root element of a small XML document in UTF-8; names are ``{namespace}local``.

    Anything by which XML reaches outside the document or grows (a DTD and with it entities, external or nested) is
    refused where it begins, before any of it is acted upon. Raises :class:`Unreadable`.
    """
    if len(body) > LARGEST:
        raise Unreadable("too-big")
    builder = TreeBuilder()
    parser = expat.ParserCreate("utf-8", "}")
    open_elements = count = 0

    def refuse(*_details: object) -> NoReturn:
        raise Unreadable("document-type")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal open_elements, count
        open_elements, count = open_elements + 1, count + 1
        if open_elements > DEEPEST or count > MOST:
            raise Unreadable("too-complex")
        builder.start(_named(name), {_named(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal open_elements
        open_elements -= 1
        builder.end(_named(name))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = parser.ProcessingInstructionHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise Unreadable("broken-xml") from None
    return builder.close()


def _named(name: str) -> str:
    return f"{{{name}" if "}" in name else name
