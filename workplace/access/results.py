"""Results and measurements as the overview shows them: the latest value of each kind in words, with the small line of the former."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from dossier.access import Glance, Point, when
from dossier.models import Fact
from trust.categories import Category

BLOOD_PRESSURE = "|85354-9"
"""LOINC, of two values: the upper one is drawn, both are said."""
LATELY = timedelta(days=365)
"""What was out of the ordinary longer ago stands where its date puts it: it says nothing of now."""
FLAT = 0.05
"""A change of less than a twentieth of the value is no change worth a word."""


@dataclass(frozen=True)
class Series:
    """One kind of result: its latest fact and the values before it, oldest first; ``values`` of one alone draw no line."""

    fact: Fact
    values: list[Point]

    @property
    def drawn(self) -> list[float]:
        """The values of the line; nothing where there are fewer than two."""
        return [point.value for point in self.values] if len(self.values) > 1 else []

    @property
    def words(self) -> str:
        """The course in words, for who does not see the line: from when, from what, to what."""
        since, first, last = self.values[0].on, self.values[0].value, self.values[-1].value
        change = last - first
        course = _("stijgt") if change > 0 else _("daalt")
        if abs(change) <= FLAT * max(abs(first), abs(last)):
            course = _("blijft gelijk")
        if self.fact.code.endswith(BLOOD_PRESSURE):
            course = _("bovendruk %(course)s") % {"course": course}
        return _("%(course)s: %(first)s op %(since)s, nu %(last)s, %(n)s metingen") % {
            "course": course, "first": spoken(first), "since": when(since), "last": spoken(last), "n": len(self.values),
        }  # fmt: skip

    @property
    def former(self) -> str:
        """The value before the last, with its day; "" where there is none."""
        if len(self.values) < 2:
            return ""
        point = self.values[-2]
        words = point.detail if self.fact.code.endswith(BLOOD_PRESSURE) else spoken(point.value)
        return f"{words} ({when(point.on)})"


def spoken(value: float) -> str:
    """A number as people write it, with no more decimals than it has."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return str(number_format(text, len(text.partition(".")[2]), use_l10n=True))


def results_of(seen: Glance) -> list[Series]:
    """The kinds of results of a glance, those out of the ordinary of the last year first, then those measured last."""
    found = [Series(fact, seen.series.get(fact.code, [])) for fact in seen.of(Category.RESULTS)]
    since = (timezone.localdate() - LATELY).isoformat()
    return sorted(found, key=lambda one: not (one.fact.interpretation and one.fact.on_date >= since))
