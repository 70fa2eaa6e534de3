"""Building blocks put together by pharmaceutical treatment: by its number, else by what they refer to, else by source and product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from dossier.medication.blocks import Block

GENERIC = ("2.16.840.1.113883.2.4.3.11.61.2", "2.16.840.1.113883.2.4.3.11.61.3")
"""Roots of generic treatment numbers (MP9), made of a product code alone: they name a product and no treatment."""


@dataclass(frozen=True)
class Treatment:
    """What belongs together: all blocks of one pharmaceutical treatment, or of one product in one source.

    ``number`` is the treatment number (MBH-id) where the sources gave one; only that, or an explicit reference, brings blocks
    of several sources together.
    """

    key: str
    number: str
    blocks: tuple[Block, ...]


def treatments_of(blocks: Sequence[Block]) -> list[Treatment]:
    """Every block in exactly one treatment, in the order in which they came."""
    holders = {number: place for place in range(len(blocks) - 1, -1, -1) for number in blocks[place].own}
    keys = [_number(block) and f"mbh:{_number(block)}" for block in blocks]
    for place in range(len(blocks)):
        keys[place] = keys[place] or _referred(place, blocks, keys, holders)
    _by_product(blocks, keys)
    found: dict[str, list[Block]] = defaultdict(list)
    for block, key in zip(blocks, keys, strict=True):
        found[key].append(block)
    return [
        Treatment(key, key.removeprefix("mbh:") if key.startswith("mbh:") else "", tuple(f)) for key, f in found.items()
    ]


def _number(block: Block) -> str:
    system = block.treatment.split("|", 1)[0].removeprefix("urn:oid:")
    return "" if system in GENERIC else block.treatment


def _referred(start: int, blocks: Sequence[Block], keys: list[str], holders: dict[str, int]) -> str:
    """The treatment of what a block without a number refers to, however many steps away; nothing when that has none."""
    seen = {start}
    waiting = [start]
    while waiting:
        block = blocks[waiting.pop(0)]
        for number in (*block.replaces, *block.based_on):
            place = holders.get(number)
            if place is None or place in seen:
                continue
            if keys[place].startswith("mbh:"):
                return keys[place]
            seen.add(place)
            waiting.append(place)
    return ""


def _by_product(blocks: Sequence[Block], keys: list[str]) -> None:
    """The rest: those of one source that name the same product, or refer to each other."""
    leaders: dict[tuple[str, str], int] = {}
    parent = list(range(len(blocks)))

    def lead(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    rest = [place for place, key in enumerate(keys) if not key]
    owners = {number: place for place in reversed(rest) for number in blocks[place].own}
    for place in rest:
        block = blocks[place]
        for name in block.names:
            parent[lead(place)] = lead(leaders.setdefault((block.source, name), place))
        for number in (*block.replaces, *block.based_on):
            if number in owners:
                parent[lead(place)] = lead(owners[number])
    for place in rest:
        keys[place] = f"product:{blocks[lead(place)].source}:{blocks[lead(place)].ref}"
