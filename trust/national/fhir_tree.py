"""FHIR in XML and in JSON as one tree of names, values and children, so that what is read is read once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from trust.national.safe_xml import DEEPEST, LARGEST, MOST, Unreadable, parse

FHIR = "http://hl7.org/fhir"
XHTML = "{http://www.w3.org/1999/xhtml}"


@dataclass
class Node:
    """An element: its name, the value of a primitive ("" otherwise), and the elements in it in order."""

    name: str
    value: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, *path: str) -> list[Node]:
        """Every element at this path."""
        found = [self]
        for name in path:
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def one(self, name: str) -> Node:
        """The one element of this name; raises :class:`Unreadable` when there is none or more."""
        found = self.all(name)
        if len(found) != 1:
            raise Unreadable(f"{name}-once"[:40])
        return found[0]

    def only(self) -> Node:
        """The one element in this one, such as the resource of an entry."""
        if len(self.children) != 1:
            raise Unreadable("one-resource")
        return self.children[0]

    def text(self, name: str) -> str:
        """The value of the element of this name, "" without one; raises :class:`Unreadable` when there are more."""
        found = self.all(name)
        if len(found) > 1:
            raise Unreadable(f"{name}-once"[:40])
        return found[0].value if found else ""

    def texts(self, name: str) -> list[str]:
        """The values of all elements of this name."""
        return [node.value for node in self.all(name)]

    def walk(self) -> Iterator[Node]:
        """This element and all within it."""
        yield self
        for child in self.children:
            yield from child.walk()


def tree_of(body: bytes, content_type: str) -> Node:
    """The resource in a body of type application/fhir+xml or application/fhir+json; raises :class:`Unreadable`."""
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    if kind == "application/fhir+xml":
        return _from_xml(parse(body))
    if kind == "application/fhir+json":
        return _from_json(body)
    raise Unreadable("content-type")


def _from_xml(element: Element) -> Node:
    if element.tag.startswith(XHTML):
        return Node("div")
    if not element.tag.startswith(f"{{{FHIR}}}"):
        raise Unreadable("not-fhir")
    node = Node(element.tag.rpartition("}")[2], element.get("value", ""))
    if "url" in element.attrib:
        node.children.append(Node("url", element.attrib["url"]))
    node.children += [_from_xml(child) for child in element]
    return node


def _from_json(body: bytes) -> Node:
    if len(body) > LARGEST:
        raise Unreadable("too-big")
    try:
        resource = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Unreadable("broken-json") from None
    if not isinstance(resource, dict) or "resourceType" not in resource:
        raise Unreadable("not-fhir")
    left = [MOST]
    return _resource(resource, left, DEEPEST)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name stands twice: readers would differ in which of the two they believe."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a name stands twice")
    return made


def _resource(resource: dict[str, Any], left: list[int], depth: int) -> Node:
    node = _element(str(resource["resourceType"]), resource, left, depth)
    node.children = [child for child in node.children if child.name != "resourceType"]
    return node


def _element(name: str, value: object, left: list[int], depth: int) -> Node:
    left[0] -= 1
    if left[0] < 0 or depth < 0:
        raise Unreadable("too-complex")
    if not isinstance(value, dict):
        if value is None:
            return Node(name)
        return Node(name, str(value).lower() if isinstance(value, bool) else str(value))
    node = Node(name)
    for key, inner in value.items():
        for one in inner if isinstance(inner, list) else [inner]:
            if isinstance(one, dict) and "resourceType" in one:
                node.children.append(Node(key, children=[_resource(one, left, depth - 1)]))
            else:
                node.children.append(_element(key, one, left, depth - 1))
    return node
