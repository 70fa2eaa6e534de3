"""One part of the overview as it stands on the page: what is in it, in how many lines, and in which column its card is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.utils import timezone

from dossier.access.comparison import Comparison, Side
from dossier.models import Entry, Fact
from trust.categories import Category
from workplace.access.parts import Part
from workplace.access.sources import Told

LINES = {
    "wishes": 12,
    "problems": 8,
    "allergies": 12,
    "procedures": 5,
    "plan": 5,
    "functioning": 6,
    "vaccinations": 6,
    "devices": 6,
}
"""How many lines a part shows at most, where that differs from eight facts and six entries."""
TALL = {"medication": 4, "results": 4}
"""How many lines of text one fact takes with all that stands with it, where that differs from three."""
ALWAYS = frozenset({"matters", "network", "running", "timeline"})
"""The parts that have their place for everybody, whatever is in them."""
NOW = frozenset({"problems", "medication", "allergies", "running"})
"""The parts that are open on every screen; of the others a phone shows one line, until somebody opens it."""


@dataclass
class Shown:
    """One part as it stands on the page: its facts and own entries, how many there are in all, and where they come from.

    ``beside`` sets what contradicts or differs beside each other. ``filled`` counts what stands in it besides: the network,
    documents, what runs, the time line. ``side`` is the column of its card, ``both`` for the whole width. ``later``: on a phone
    it is one line until it is opened.
    """

    part: Part
    facts: list[Fact]
    entries: list[Entry]
    count: int
    told: Told
    beside: list[Comparison] = field(default_factory=list)
    filled: int = 0
    first: bool = False
    folded: bool = False
    side: str = "left"
    later: bool = False

    @property
    def key(self) -> str:
        """The name of the part in addresses and templates."""
        return self.part.key

    @property
    def title(self) -> str:
        """What stands above it."""
        return str(self.part.title)

    @property
    def none(self) -> bool:
        """Whether nothing at all stands in it."""
        return not (self.facts or self.entries or self.filled)

    @property
    def own(self) -> bool:
        """Whether it is filled by the network itself too, so that it can be empty without any source."""
        return bool(self.part.kinds) or self.key in ALWAYS

    @property
    def many_kinds(self) -> bool:
        """Whether own entries of more than one kind stand in it, so that each must say which it is."""
        return len(self.part.kinds) > 1

    @property
    def link(self) -> str:
        """The address of a page of its own for the same things, such as the care network's."""
        return self.part.page

    @property
    def coming(self) -> list[Fact]:
        """Appointments that are still to come, the first on top."""
        today = timezone.localdate().isoformat()
        found = (f for f in self.facts if f.category == Category.APPOINTMENTS and f.on_date >= today)
        return sorted(found, key=lambda fact: fact.on_date)

    @property
    def past(self) -> list[Fact]:
        """Appointments that were, the newest on top."""
        today = timezone.localdate().isoformat()
        return [f for f in self.facts if f.category == Category.APPOINTMENTS and f.on_date < today]

    @property
    def elsewhere(self) -> list[Fact]:
        """What sources tell of referrals and questions outside the network."""
        return [fact for fact in self.facts if fact.category != Category.APPOINTMENTS]

    @property
    def templates(self) -> tuple[str, str]:
        """What draws it: its own template, or plain lines."""
        return f"workplace/parts/_{self.key}.html", "workplace/parts/_lines.html"

    @property
    def categories(self) -> frozenset[Category]:
        """The categories of facts that stand in it."""
        return self.part.categories

    @property
    def more(self) -> bool:
        """Whether there is more than is shown here."""
        return self.count > len(self.top_entries) + len(self.top_facts)

    @property
    def top_entries(self) -> list[Entry]:
        """The own entries that are shown here."""
        return self.entries[: LINES.get(self.key, 6)]

    @property
    def entries_lead(self) -> bool:
        """Whether the newest own entry is newer than every fact, and so stands above them."""
        return bool(self.entries) and all(f.on_date[:10] < self.entries[0].on_date.isoformat() for f in self.facts)

    @property
    def top_facts(self) -> list[Fact]:
        """The facts that are shown here."""
        return self.facts[: LINES.get(self.key, 8)]

    @property
    def height(self) -> int:
        """About how many lines of text its card takes on a wide screen, title and origin included."""
        if self.folded:
            return 3
        facts = sum(TALL.get(self.key, 3) + len(fact.attention) for fact in self.top_facts)
        entries = sum(3 + len(entry.text) // 70 for entry in self.top_entries)
        return 4 + facts + entries + 7 * len(self.beside) + 3 * self.filled + (3 if self.none else 0)


def folded(facts: list[Fact], comparisons: Iterable[Comparison]) -> list[Fact]:
    """The same thing in several sources as one line, which says where else it stands, and what differs once; the order stays."""
    comparisons = list(comparisons)
    # What differs stands on top with what each says: its line is left out, unless there is more to it than that.
    said = {side.key: side.says for one in comparisons if one.contradicts for side in one.sides}
    taken = {
        fact.pk
        for fact in facts
        if fact.pk in said and not fact.statements and all(words in said[fact.pk] for words in fact.attention)
    }
    also: dict[int, list[Side]] = {}
    for one in comparisons:
        mine = [fact.pk for fact in facts if fact.pk in {side.key for side in one.sides}]
        if one.contradicts or len(mine) < 2 or taken & set(mine):
            continue
        taken.update(mine[1:])
        also[mine[0]] = [side for side in one.sides if side.key != mine[0]]
    _fold_episodes(facts, taken, also)
    for fact in facts:
        elsewhere = {side.source: side for side in reversed(also.get(fact.pk, [])) if side.source != fact.source.name}
        fact.also = list(reversed(elsewhere.values()))  # type: ignore[attr-defined]
    return [fact for fact in facts if fact.pk not in taken]


def _fold_episodes(facts: list[Fact], taken: set[int], also: dict[int, list[Side]]) -> None:
    """A problem and the episode of care about it bear one name: one line. Of one sort in one source twice, it came back."""
    by_key = {fact.pk: fact for fact in facts}
    lines: dict[tuple[str, str], Fact] = {}
    sorts: dict[int, set[tuple[int, str]]] = {}
    for fact in facts:
        if fact.category != Category.PROBLEMS or fact.pk in taken or fact.attention or fact.statements:
            continue
        line = lines.setdefault((fact.title.lower(), fact.status), fact)
        within = [by_key[side.key] for side in also.get(fact.pk, []) if side.key in by_key]
        own = {(one.source_id, one.resource_type) for one in (fact, *within)}
        there = sorts.setdefault(line.pk, set())
        if line is not fact and not own & there:
            taken.add(fact.pk)
            side = Side("", fact.source.name, fact.organisation.name, fact.on_date, fact.pk)
            also[line.pk] = [*also.get(line.pk, []), side, *also.pop(fact.pk, [])]
        there |= own


def wait(parts: list[Shown]) -> None:
    """Say which parts can wait on a phone: all but what counts now, what the reader has on top, and what sources contradict."""
    for place, shown in enumerate(parts):
        contradicted = any(one.kind == "contradiction" for one in shown.beside)
        shown.later = bool(place) and shown.key not in NOW and not shown.folded and not contradicted


def pack(parts: list[Shown]) -> None:
    """Put each card in the column that is shortest so far, so that no card starts higher than one before it.

    So the order of reading stays that of care, in which they stand on a phone too, and no room is left open between them. The
    time line takes the whole width, and so does a card that has nothing beside it.
    """
    wait(parts)
    for whole, run in groupby(parts, key=lambda shown: shown.key == "timeline"):
        cards = list(run)
        heights = {"left": 0, "right": 0}
        for shown in cards:
            shown.side = min(heights, key=lambda side: heights[side])
            heights[shown.side] += shown.height
        if whole or len(cards) == 1:
            cards[0].side = "both"
