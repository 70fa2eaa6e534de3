"""The same medicine from two sources or in two treatments: doubles and differences, set side by side and not judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dossier.medication.codes import Kind, Use
from dossier.medication.lines import Line, Section, same_text


class Difference(StrEnum):
    """What sets lines about the same medicine apart, the most serious first."""

    STATE = "state"
    DOSE = "dose"
    STRENGTH = "strength"
    WORDING = "wording"
    MENTIONED = "mentioned"
    NONE = "none"


@dataclass(frozen=True)
class Comparison:
    """Lines that are about the same medicine or the same active substance, and how they differ."""

    lines: tuple[Line, ...]
    difference: Difference

    @property
    def conflicts(self) -> bool:
        """Whether somebody must find out which is right; the same from two sources is a double and no conflict."""
        return self.difference in (Difference.STATE, Difference.DOSE, Difference.WORDING)


_LIVE = (Section.CURRENT, Section.FUTURE, Section.SUSPENDED, Section.UNCLEAR)
_KNOWN = (*_LIVE, Section.STOPPED)


def compare(lines: Sequence[Line]) -> list[Comparison]:
    """What stands on more than one line, as long as one of them is not over; ended long ago is left out."""
    known = [line for line in lines if line.section in _KNOWN or _unused(line)]
    found = [Comparison(tuple(group), _difference(group)) for group in _groups(known) if len(group) > 1]
    return [one for one in found if _worth(one)]


def _unused(line: Line) -> bool:
    """Said not to be used, of which no agreement is known there: that stays said until somebody says otherwise."""
    return line.lead.kind == Kind.MGB and line.lead.use in (Use.NO, Use.ON_HOLD)


def _groups(lines: Sequence[Line]) -> list[list[Line]]:
    groups: list[tuple[set[str], list[Line]]] = []
    for line in lines:
        about = {name for block in line.blocks for name in block.names | block.substances}
        touching = [group for group in groups if group[0] & about]
        merged = (
            set(about).union(*(group[0] for group in touching)),
            [o for group in touching for o in group[1]] + [line],
        )
        groups = [group for group in groups if group not in touching] + [merged]
    return [group[1] for group in groups]


def _worth(one: Comparison) -> bool:
    """A change of treatment within one source (stopped here, begun there) is its course and no difference of opinion."""
    live = [line for line in one.lines if line.section in _LIVE]
    several = len({source for line in one.lines for source in line.sources}) > 1
    return len(live) > 1 or (bool(live) and several and one.difference == Difference.STATE)


def _difference(group: Sequence[Line]) -> Difference:
    if _says_otherwise(group):
        return Difference.STATE
    live = [line for line in group if line.section in _LIVE]
    same_product = all(_names(line) & _names(live[0]) for line in live)
    if not same_product:
        return Difference.STRENGTH
    leads = [line.leading for line in live if line.leading.dosage]
    if len(leads) < len(live):
        return Difference.MENTIONED
    known = [block.daily for block in leads if block.daily]
    if len(known) == len(leads) and len({daily.unit for daily in known}) == 1:
        return Difference.NONE if all(daily.same(known[0]) for daily in known) else Difference.DOSE
    return Difference.NONE if all(same_text(block, leads[0]) for block in leads) else Difference.WORDING


def _says_otherwise(group: Sequence[Line]) -> bool:
    """In use according to one, stopped or suspended according to another."""
    in_use = {line.key for line in group if line.section == Section.CURRENT}
    over = {line.key for line in group if line.section in (Section.STOPPED, Section.SUSPENDED) or _unused(line)}
    same = [line for line in group if line.key in in_use | over]
    return bool(in_use and over) and any(
        _names(one) & _names(other) for one in same for other in same if one.key in in_use and other.key in over
    )


def _names(line: Line) -> frozenset[str]:
    return frozenset(name for block in line.blocks for name in block.names)
