"""The words of the medication overview in templates."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.translation import gettext, ngettext

from dossier.medication import Block, Comparison, Kind, Lab, Line, Note, Section, Stop, Trend, words
from dossier.medication.labs import Test
from dossier.medication.overview import Cluster

register = template.Library()


@register.filter
def section_name(section: Section) -> str:
    """The heading of a section."""
    return str(words.SECTIONS[section])


@register.filter
def lines_in(clusters: Iterable[Cluster]) -> int:
    """How many lines stand under a heading; two doses of one medicine are two."""
    return sum(len(cluster.lines) for cluster in clusters)


@register.filter
def block_kind(kind: Kind) -> str:
    """What sort of building block it is."""
    return str(words.KINDS[kind])


@register.filter
def note_words(note: Note) -> str:
    """A note as a sentence."""
    return words.words_of(note)


@register.filter
def stop_words(stop: Stop) -> str:
    """How it was ended."""
    return str(words.STOPS.get(stop, ""))


@register.filter
def difference_words(comparison: Comparison) -> str:
    """How lines about the same medicine differ."""
    return str(words.DIFFERENCES[comparison.difference])


@register.filter
def trend_words(trend: Trend) -> str:
    """Where a value goes."""
    return str(words.TRENDS[trend])


@register.filter
def test_name(test: Test) -> str:
    """The name of a laboratory test."""
    return str(words.TESTS[test.key])


@register.filter
def use_words(block: Block) -> str:
    """What is said of the use: not used, held, or how."""
    return words.use_of(block)


@register.filter
def course_words(lab: Lab) -> str:
    """The course of a test for who does not see the line."""
    values = ", ".join(f"{value:g}".replace(".", ",") for _on, value in lab.points)
    text = ngettext("%(n)s meting: %(values)s", "%(n)s metingen: %(values)s", len(lab.points))
    return text % {"n": len(lab.points), "values": values}


@register.filter
def lab_values(lab: Lab) -> list[float]:
    """The values of the course, oldest first; none of a single one."""
    return [value for _on, value in lab.points] if len(lab.points) > 1 else []


@register.filter
def until_words(line: Line) -> str:
    """How the end of a line is to be read."""
    if line.section == Section.SUSPENDED:
        return gettext("onderbroken na")
    if line.section in (Section.STOPPED, Section.EARLIER):
        return gettext("tot en met")
    return gettext("stopt na") if line.stop else gettext("tot en met")
