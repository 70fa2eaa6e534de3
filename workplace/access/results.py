"""Results and measurements as the overview shows them: the latest value of each kind in words, with the small line of the former."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from dossier.access import Glance, when
from dossier.models import Fact
from trust.categories import Category

FLAT = 0.05
"""A change of less than a twentieth of the value is no change worth a word."""


@dataclass(frozen=True)
class Series:
    """One kind of result: its latest fact and the values before it, oldest first; ``values`` of one alone draw no line."""

    fact: Fact
    values: list[tuple[str, float]]

    @property
    def drawn(self) -> list[float]:
        """The values of the line; nothing where there are fewer than two."""
        return [value for _on, value in self.values] if len(self.values) > 1 else []

    @property
    def words(self) -> str:
        """The course in words, for who does not see the line: from when, from what, to what."""
        (since, first), (_on, last) = self.values[0], self.values[-1]
        change = last - first
        course = _("stijgt") if change > 0 else _("daalt")
        if abs(change) <= FLAT * max(abs(first), abs(last)):
            course = _("blijft gelijk")
        return _("%(course)s: %(first)s op %(since)s, nu %(last)s, %(n)s metingen") % {
            "course": course, "first": spoken(first), "since": when(since), "last": spoken(last), "n": len(self.values),
        }  # fmt: skip

    @property
    def former(self) -> str:
        """The value before the last, with its day; "" where there is none."""
        if len(self.values) < 2:
            return ""
        on, value = self.values[-2]
        return f"{spoken(value)} ({when(on)})"


def spoken(value: float) -> str:
    """A number as people write it, with no more decimals than it has."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return str(number_format(text, len(text.partition(".")[2]), use_l10n=True))


def results_of(seen: Glance) -> list[Series]:
    """The kinds of results of a glance, those out of the ordinary first, then those measured last."""
    found = [Series(fact, seen.series.get(fact.code, [])) for fact in seen.of(Category.RESULTS)]
    return sorted(found, key=lambda one: not one.fact.interpretation)
