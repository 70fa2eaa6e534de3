"""The actual medication overview: every building block on one line, lines by where the treatment stands, doubles side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dossier.medication.blocks import Block
from dossier.medication.codes import Kind
from dossier.medication.compare import Comparison, compare
from dossier.medication.lines import Line, Section, line_of
from dossier.medication.treatments import treatments_of

_GLANCE = {Section.CURRENT: 0, Section.UNCLEAR: 1, Section.SUSPENDED: 2, Section.FUTURE: 3}


@dataclass(frozen=True)
class Cluster:
    """Lines of one section about the same medicine, shown beside each other; the first leads.

    ``elsewhere`` are the others of the comparison, in other sections.
    """

    lines: tuple[Line, ...]
    comparison: Comparison | None = None
    elsewhere: tuple[Line, ...] = ()

    @property
    def lead(self) -> Line:
        """The line by which the medicine is named: of an agreement before one of use alone."""
        return self.lines[0]

    @property
    def others(self) -> list[Line]:
        """What else is known of the same medicine, here and in other sections."""
        return [line for line in self.comparison.lines if line.key != self.lead.key] if self.comparison else []

    @property
    def loud(self) -> bool:
        """Whether something here may not be missed."""
        differs = self.comparison is not None and self.comparison.conflicts
        return differs or any(line.loud for line in self.lines)


@dataclass
class MedicationOverview:
    """What one looks at before prescribing, dispensing or giving medicines; nothing known is left out of it.

    ``sections`` has only sections with lines, in order; ``comparisons`` what two sources say of the same medicine, by the key of
    each line. Interactions are not judged.
    """

    at: datetime
    sections: dict[Section, list[Line]]
    comparisons: list[Comparison] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        """All lines, in the order of their sections."""
        return [line for lines in self.sections.values() for line in lines]

    @property
    def deviations(self) -> list[Line]:
        """Those that the person uses otherwise than agreed."""
        return [line for line in self.lines if line.deviates]

    def of(self, section: Section) -> list[Line]:
        """The lines of one section."""
        return self.sections.get(section, [])

    @property
    def heeded(self) -> list[Cluster]:
        """What to see first: in each section what may not be missed, then the rest; of what ended only what is loud.

        A medicine that several sources know stands once; the others are in its comparison.
        """
        shown: list[Cluster] = [one for section, found in self.clusters.items() for one in found if section in _GLANCE]
        ended = [one for one in self.clusters.get(Section.STOPPED, []) if one.loud and not one.elsewhere]
        return sorted(shown + ended, key=lambda one: (not one.loud, _GLANCE.get(one.lead.section, 9)))

    @property
    def clusters(self) -> dict[Section, list[Cluster]]:
        """The lines of each section, those about the same medicine together, in the order of the name."""
        return {section: self._clustered(section) for section in self.sections}

    @property
    def conflicts(self) -> list[Comparison]:
        """What sources say differently of the same medicine."""
        return [one for one in self.comparisons if one.conflicts]

    def _clustered(self, section: Section) -> list[Cluster]:
        of = {line.key: one for one in self.comparisons for line in one.lines}
        found: list[Cluster] = []
        done: set[str] = set()
        for line in self.of(section):
            if line.key in done:
                continue
            one = of.get(line.key)
            same = [other for other in self.of(section) if one is not None and of.get(other.key) is one] or [line]
            done |= {other.key for other in same}
            same.sort(key=lambda other: (other.lead.kind == Kind.MGB, -len(other.blocks), other.product.lower()))
            apart = [other for other in one.lines if other.section != section] if one else []
            found.append(Cluster(tuple(same), one, tuple(apart)))
        return found


def overview_of(blocks: Sequence[Block], now: datetime) -> MedicationOverview:
    """The overview of these blocks at a moment; every block stands in exactly one line."""
    lines = [line_of(treatment, now) for treatment in treatments_of(blocks)]
    found: dict[Section, list[Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: (line.product.lower(), line.key)):
        found[line.section].append(line)
    return MedicationOverview(now, {section: found[section] for section in Section if found[section]}, compare(lines))
