"""Writes a message from the same tables by which it is read; what the tables do not have cannot be written."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from exchange.chain.read import Read, Values, read
from exchange.chain.spec import STANDARD, Group, Message


def write(spec: Message, values: Values) -> bytes:
    """The message as a file: UTF-8 without a mark, lines that end in CR LF (OP192).

    Raises :class:`~exchange.chain.read.Unreadable` when the values do not make a message by the schema.
    """
    own, base = spec.name, STANDARD[spec.law][0]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<{own}:Bericht xmlns:{base}="{spec.basis}" xmlns:{own}="{spec.namespace}">',
        *_group(spec.root, values, own, base, 1),
        f"</{own}:Bericht>",
        "",
    ]
    body = "\r\n".join(lines).encode()
    read(body)
    return body


def again(message: Read) -> bytes:
    """The same message written anew."""
    return write(message.spec, message.values)


def _group(group: Group, values: Values, own: str, base: str, depth: int) -> list[str]:
    unknown = set(values) - {part.name for part in group.parts}
    if unknown:
        raise KeyError(sorted(unknown)[0])
    lines: list[str] = []
    prefix, space = base if group.basis else own, "  " * depth
    for part in group.parts:
        said = values.get(part.name)
        if said is None:
            continue
        each: list[Any] = said if part.most > 1 else [said]
        for value in each:
            name = f"{prefix}:{part.name}"
            if isinstance(part.holds, Group):
                lines += [f"{space}<{name}>", *_group(part.holds, value, own, base, depth + 1), f"{space}</{name}>"]
            else:
                lines.append(f"{space}<{name}>{_plain(str(value))}</{name}>")
    return lines


def _plain(text: str) -> str:
    """Text as XML holds it; a return is written by its number, for a reader makes another sign of it."""
    return escape(text, {"\r": "&#13;"})
