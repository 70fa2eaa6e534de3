"""The actual medication overview: every building block on one line, lines by where the treatment stands, doubles side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dossier.medication.blocks import Block
from dossier.medication.compare import Comparison, compare
from dossier.medication.lines import Line, Section, line_of
from dossier.medication.treatments import treatments_of


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

    def about(self, line: Line) -> list[Comparison]:
        """What is to be seen beside a line."""
        return [one for one in self.comparisons if line.key in {other.key for other in one.lines}]


def overview_of(blocks: Sequence[Block], now: datetime) -> MedicationOverview:
    """The overview of these blocks at a moment; every block stands in exactly one line."""
    lines = [line_of(treatment, now) for treatment in treatments_of(blocks)]
    comparisons = compare(lines)
    place = {line.key: number for number, one in enumerate(comparisons) for line in one.lines}
    found: dict[Section, list[Line]] = defaultdict(list)
    # Lines of the same medicine stand beside each other, where their comparison would sort by name.
    names = {number: min(line.product.lower() for line in one.lines) for number, one in enumerate(comparisons)}
    for line in sorted(
        lines,
        key=lambda line: (names.get(place.get(line.key, -1), line.product.lower()), line.product.lower(), line.key),
    ):
        found[line.section].append(line)
    return MedicationOverview(now, {section: found[section] for section in Section if found[section]}, comparisons)
