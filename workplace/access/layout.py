"""How the overview of one reader is arranged: what their role reads first, as they changed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from events.actor import Actor
from people.models import Role
from workplace.access.parts import BY_KEY, FIRST, FOLDED, PARTS, Part
from workplace.models import OUT_OF_HOURS, Layout


@dataclass(frozen=True)
class Arrangement:
    """The parts in the reader's order, with which of them are hidden and which stand closed.

    ``first`` are the parts that always have their place, also when there is nothing in them; ``own`` tells whether the
    reader changed what the role has.
    """

    situation: str
    parts: tuple[Part, ...]
    hidden: frozenset[str]
    folded: frozenset[str]
    first: frozenset[str]
    own: bool

    @property
    def shown(self) -> tuple[Part, ...]:
        """The parts that the reader wants to see, in their order."""
        return tuple(part for part in self.parts if part.key not in self.hidden)


def situation_of(actor: Actor, *, emergency: bool = False) -> str:
    """Which layout counts: that of the role, or that of who must act now for somebody they do not know."""
    return OUT_OF_HOURS if emergency else actor.role


def usual(situation: str) -> Arrangement:
    """The layout that fits a role, before anybody changed it."""
    first = FIRST.get(situation, FIRST[Role.GP])
    order = _whole(first)
    return Arrangement(situation, order, frozenset(), FOLDED.get(situation, frozenset()), frozenset(first), False)


def layouts(actor: Actor, situation: str) -> QuerySet[Layout]:
    """The reader's own layout for a situation, if they keep one."""
    return Layout.objects.filter(user_id=actor.user_id, situation=situation)


def layout_of(actor: Actor, *, emergency: bool = False) -> Arrangement:
    """The reader's own layout for this role, or what the role has; one query."""
    situation = situation_of(actor, emergency=emergency)
    return arranged(situation, layouts(actor, situation).values("order", "hidden", "folded").first())


def arranged(situation: str, kept: Mapping[str, Any] | None) -> Arrangement:
    """The layout of a role as the reader changed it, or as it is; what no longer exists in what was kept is passed over."""
    fitting = usual(situation)
    if kept is None:
        return fitting
    return Arrangement(
        situation,
        _whole([key for key in kept["order"] if key in BY_KEY], fitting),
        frozenset(kept["hidden"]) & BY_KEY.keys(),
        frozenset(kept["folded"]) & BY_KEY.keys(),
        fitting.first,
        True,
    )


def _whole(first: Iterable[str], fitting: Arrangement | None = None) -> tuple[Part, ...]:
    """These parts, then every other; one that came after the reader chose stands behind its neighbour in the role's order."""
    keys = list(dict.fromkeys(first))
    usual_order = [part.key for part in (fitting.parts if fitting else PARTS)]
    for place, key in enumerate(usual_order):
        if key not in keys:
            before = usual_order[place - 1] if fitting and place else ""
            keys.insert(keys.index(before) + 1 if before in keys else len(keys), key)
    return tuple(BY_KEY[key] for key in keys)
