"""Reads a message strictly by the tables: what is not in them, not in its order or not of its form is refused with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn
from xml.parsers import expat

from exchange.chain.spec import Group, Message, Part, by_namespace

LARGEST = 25 * 1024 * 1024
"""OP179: a file is at most 25 MB."""
DEEPEST = 12
MOST = 60_000
LONGEST = 4000
_SCHEMA_LOCATION = "http://www.w3.org/2001/XMLSchema-instance}schemaLocation"

Values = dict[str, Any]


class Unreadable(Exception):
    """A file that is no message by the schema (level 1): ``reason`` is a word, ``line`` and ``path`` say where; nothing of what it says."""

    def __init__(self, reason: str, line: int = 0, path: str = "") -> None:
        super().__init__(f"{reason} at line {line} in {path or 'the file'}")
        self.reason, self.line, self.path = reason, line, path


@dataclass
class _Node:
    namespace: str
    name: str
    line: int
    children: list[_Node] = field(default_factory=list)
    text: str = ""


@dataclass(frozen=True)
class Read:
    """A message that follows the schema: its values by name as they stand, and the line of each by its path."""

    spec: Message
    values: Values
    lines: dict[str, int]

    @property
    def kind(self) -> str:
        """Its number in the standard."""
        return self.spec.kind

    @property
    def header(self) -> Values:
        """Its header."""
        found: Values = self.values["Header"]
        return found

    @property
    def sender(self) -> str:
        """The code of who sent it; of a return message: who sent what it answers."""
        return str(self.header["Afzender"])

    @property
    def receiver(self) -> str:
        """The code of whom it is for."""
        return str(self.header["Ontvanger"])

    @property
    def identification(self) -> str:
        """The number by which its sender knows it."""
        return str(self.header["BerichtIdentificatie"]["Identificatie"])

    @property
    def dated(self) -> date:
        """The day that stands on it."""
        return date.fromisoformat(self.header["BerichtIdentificatie"]["Dagtekening"])

    @property
    def content(self) -> Values:
        """What follows the header; nothing in a return message without remarks."""
        return next((value for name, value in self.values.items() if name != "Header"), {})


def read(body: bytes) -> Read:
    """The message in a file in UTF-8. Raises :class:`Unreadable` for anything that the schema does not have."""
    if len(body) > LARGEST:
        raise Unreadable("too-big")
    if body.startswith(b"\xef\xbb\xbf"):
        raise Unreadable("byte-order-mark", 1)
    root = _tree(body)
    spec = by_namespace().get(root.namespace)
    if spec is None or root.name != "Bericht":
        raise Unreadable("unknown-message", root.line)
    lines: dict[str, int] = {}
    return Read(spec, _group(root, spec.root, spec, "", lines), lines)


def _tree(body: bytes) -> _Node:
    parser = expat.ParserCreate("utf-8", "}")
    above: list[_Node] = []
    count = 0
    root: list[_Node] = []

    def refuse(*_details: object) -> NoReturn:
        raise Unreadable("document-type", parser.CurrentLineNumber)

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.casefold() != "utf-8":
            raise Unreadable("encoding", parser.CurrentLineNumber)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        namespace, _mark, local = name.rpartition("}")
        node = _Node(namespace, local, parser.CurrentLineNumber)
        if len(above) >= DEEPEST or count > MOST:
            raise Unreadable("too-complex", node.line)
        if set(attributes) - (set() if above else {_SCHEMA_LOCATION}):
            raise Unreadable("unknown-attribute", node.line)
        (above[-1].children if above else root).append(node)
        above.append(node)

    def end(_name: str) -> None:
        above.pop()

    def said(text: str) -> None:
        here = above[-1]
        if len(here.text) + len(text) > LONGEST + 200:
            raise Unreadable("too-long", here.line)
        here.text += text

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, said
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = parser.ProcessingInstructionHandler = refuse
    parser.XmlDeclHandler = declared
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Unreadable("broken-xml", error.lineno) from None
    return root[0]


def _group(node: _Node, group: Group, spec: Message, path: str, lines: dict[str, int]) -> Values:
    if node.text.strip():
        raise Unreadable("text-between", node.line, path)
    namespace = spec.basis if group.basis else spec.namespace
    waiting = list(node.children)
    values: Values = {}
    for part in group.parts:
        found: list[Any] = []
        while (
            waiting
            and waiting[0].name == part.name
            and waiting[0].namespace == namespace
            and (part.most == 1 or len(found) < part.most)
            and not (part.most == 1 and found)
        ):
            found.append(_value(waiting.pop(0), part, spec, path, len(found), lines))
        if len(found) < part.least and waiting and waiting[0].name == part.name:
            raise Unreadable("wrong-namespace", waiting[0].line, _join(path, part.name))
        if len(found) < part.least:
            raise Unreadable("missing", (waiting[0] if waiting else node).line, _join(path, part.name))
        if found:
            values[part.name] = found if part.most > 1 else found[0]
    if waiting:
        known = {part.name for part in group.parts}
        stray = waiting[0]
        if stray.name not in known:
            raise Unreadable("unknown-element", stray.line, path)
        reason = "wrong-namespace" if stray.namespace != namespace else "out-of-place"
        raise Unreadable(reason, stray.line, _join(path, stray.name))
    return values


def _value(node: _Node, part: Part, spec: Message, path: str, place: int, lines: dict[str, int]) -> Any:
    here = _join(path, f"{part.name}[{place + 1}]" if part.most > 1 else part.name)
    lines[here] = node.line
    if isinstance(part.holds, Group):
        return _group(node, part.holds, spec, here, lines)
    if node.children:
        raise Unreadable("unknown-element", node.children[0].line, here)
    if fault := part.holds.fault(node.text):
        raise Unreadable(fault, node.line, here)
    return node.text


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
