"""How two sayings about the same thing stand to each other, and how facts are recognised as being about the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from dossier.access.facts import when
from dossier.models import Fact
from dossier.sources import wording
from trust.categories import Category


class Kind(StrEnum):
    """How two sayings stand to each other, the most serious first."""

    CONTRADICTION = "contradiction"
    DIFFERENCE = "difference"
    DOUBLE = "double"


@dataclass(frozen=True)
class Side:
    """What one of them says, of which day, and where it stands: a source and its holder, or an own entry.

    ``key`` is the primary key of the fact, 0 for what is no fact.
    """

    says: str
    source: str
    holder: str
    on_date: str
    key: int = 0

    @property
    def words(self) -> str:
        """Who says what since when, as one phrase."""
        who = f"{self.source} ({when(self.on_date)})" if self.on_date else self.source
        return f"{who}: {self.says}" if self.says else who


@dataclass(frozen=True)
class Comparison:
    """One thing of which more than one is said; ``sides`` the newest first."""

    kind: Kind
    category: Category
    about: str
    sides: tuple[Side, ...]

    @property
    def contradicts(self) -> bool:
        """Whether somebody must find out which is right; a double needs no more than to be seen as one."""
        return self.kind is not Kind.DOUBLE

    @property
    def words(self) -> str:
        """The comparison in one sentence."""
        if self.kind is Kind.DOUBLE:
            places = list(dict.fromkeys(side.source for side in self.sides))
            if len(places) == 1:
                return _("%(about)s staat %(times)s keer in %(place)s") % {
                    "about": self.about, "times": len(self.sides), "place": places[0],
                }  # fmt: skip
            return _("%(about)s staat in %(places)s") % {"about": self.about, "places": _and(places)}
        said = "; ".join(dict.fromkeys(side.words for side in self.sides))
        if self.kind is Kind.CONTRADICTION:
            return _("%(about)s: tegenstrijdig. %(said)s") % {"about": self.about, "said": said}
        return _("%(about)s: verschilt. %(said)s") % {"about": self.about, "said": said}


def _and(names: Sequence[str]) -> str:
    return _("%(first)s en %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def side_of(fact: Fact, says: str) -> Side:
    return Side(says, fact.source.name, fact.organisation.name, fact.on_date, fact.pk or 0)


def compared(kind: Kind, category: Category, about: str, said: Iterable[Side]) -> Comparison:
    return Comparison(kind, category, about, tuple(sorted(said, key=lambda side: side.on_date, reverse=True)))


_TAG = re.compile(
    r"\s*\((?:substance|disorder|finding|situation|organism|physical object|aandoening|bevinding|substantie|stof)\)$"
)
NOISE = re.compile(r"[^a-z0-9]+")


def plain(title: str) -> str:
    """A name as it is compared: without the tag of SNOMED CT, case and punctuation."""
    return NOISE.sub(" ", _TAG.sub("", title.strip().lower())).strip()


def grouped(facts: Sequence[Fact], names: Callable[[Fact], Iterable[str]]) -> list[list[Fact]]:
    """The facts in groups of which each member shares a name with another one."""
    groups: list[tuple[set[str], list[Fact]]] = []
    for fact in facts:
        about = {name for name in names(fact) if name}
        touching = [group for group in groups if group[0] & about]
        merged = (
            about.union(*(group[0] for group in touching)),
            [one for group in touching for one in group[1]] + [fact],
        )
        groups = [group for group in groups if group not in touching] + [merged]
    return [group[1] for group in groups]


def nameless(fact: Fact) -> bool:
    return fact.title.endswith(wording.NO_NAME.rsplit(")s", 1)[-1]) or fact.title.startswith(
        wording.UNKNOWN_CODE.split("%", 1)[0]
    )
