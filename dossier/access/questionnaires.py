"""Forms with questions, as other apps ask them: which there are, and what of an opened record fills one in beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from dossier.access.entries import entries_for
from dossier.access.facts import when
from dossier.access.items import Item, items_for, with_statements
from dossier.access.medication import labs_for
from dossier.models import Entry
from dossier.questionnaires.answers import Said, given_in, read_out, title_of
from dossier.questionnaires.definition import Questionnaire, canonical_of, made_with, newest, resources, titles
from dossier.questionnaires.form import PREFIX, Prefilled, QuestionnaireForm
from people.models import PatientIdentity
from trust.access import Opening
from trust.categories import Category

__all__ = [
    "PREFIX", "SOURCES", "Prefilled", "Questionnaire", "QuestionnaireForm", "Said", "canonical_of", "given_in", "made_with", "newest",
    "prefilled", "read_out", "resources", "title_of", "titles",
]  # fmt: skip

MOST_LINES = 12
"""As many facts fill in one answer at most."""


class Found(NamedTuple):
    """What the record holds for a question, and who says so."""

    lines: list[str]
    origins: list[str]


Look = Callable[[Opening, list[Item]], Found]


def prefilled(
    form: Questionnaire, opening: Opening, held_back: Mapping[Category, str] | None = None
) -> dict[str, Prefilled]:
    """What the opened record answers, by question, with where it came from; nothing more than the opening shows.

    Of the categories of ``held_back`` nothing is taken over, because it may not go to who will read the form: the reason is said.
    """
    wanted = {name: item for name, item in form.questions.items() if item.source}
    with override(settings.LANGUAGE_CODE):  # answers are kept in Dutch, whatever the sender reads
        items = items_for(opening) if wanted else []
    found = {}
    for name, item in wanted.items():
        category, look = SOURCES[item.source]
        lines, origins = look(opening, items)
        if not lines:
            continue
        if reason := (held_back or {}).get(category):
            found[name] = Prefilled("", "", category, reason)
        else:
            joined = ("\n" if item.type == "text" else ", ").join(dict.fromkeys(lines))
            found[name] = Prefilled(joined[: item.longest or None], "; ".join(dict.fromkeys(origins)), category)
    return found


def _identity(*names: str) -> Look:
    def look(opening: Opening, _items: list[Item]) -> Found:
        identity = PatientIdentity.objects.filter(patient=opening.patient).first()
        words = " ".join(filter(None, (str(getattr(identity, name)) for name in names))) if identity else ""
        return Found([words] if words else [], [_("personalia")])

    return look


def _entries(category: Category, *kinds: Entry.Kind) -> Look:
    """Own entries that count now, with what the person put beside them: that goes wherever the entry goes."""

    def look(opening: Opening, _items: list[Item]) -> Found:
        found = [e for e in entries_for(opening) if e.kind in kinds and e.category == category and not e.done][
            :MOST_LINES
        ]
        with override(settings.LANGUAGE_CODE):
            lines = [with_statements(e.text, e.statements) for e in found]
        return Found(
            lines,
            [_said(e.organisation.name, e.on_date.isoformat()) for e in found],
        )

    return look


def _facts(category: Category) -> Look:
    def look(_opening: Opening, items: list[Item]) -> Found:
        found = [i for i in items if i.kind == category and i.first and i.ref.startswith("fact:")][:MOST_LINES]
        lines = [" · ".join(filter(None, [i.title, i.detail])) for i in found]
        return Found(lines, [_said(i.origin, i.on_date) for i in found])

    return look


def _measured(key: str, unit: str) -> Look:
    """The newest value of a measurement in this unit (UCUM), rounded, unless it is older than a year or of nobody knows when."""

    def look(opening: Opening, _items: list[Item]) -> Found:
        lab = next((lab for lab in labs_for(opening) if lab.test.key == key and not lab.old), None)
        if lab is None or lab.newest.value is None or not lab.newest.on or lab.newest.unit != unit:
            return Found([], [])
        return Found([str(int(lab.newest.value + 0.5))], [_said(lab.newest.source, lab.newest.on)])

    return look


def _said(who: str, on_date: str) -> str:
    return ", ".join(filter(None, [who, when(on_date)]))


SOURCES: dict[str, tuple[Category, Look]] = {
    "phone": (Category.IDENTITY, _identity("phone")),
    "address": (Category.IDENTITY, _identity("street", "house_number", "postcode", "place")),
    "problems": (Category.PROBLEMS, _facts(Category.PROBLEMS)),
    "medication": (Category.MEDICATION, _facts(Category.MEDICATION)),
    "allergies": (Category.ALLERGIES, _facts(Category.ALLERGIES)),
    "functioning": (Category.FUNCTIONING, _facts(Category.FUNCTIONING)),
    "height": (Category.RESULTS, _measured("height", "cm")),
    "weight": (Category.RESULTS, _measured("weight", "kg")),
    "matters": (Category.PLAN, _entries(Category.PLAN, Entry.Kind.MATTERS)),
    "goals": (Category.PLAN, _entries(Category.PLAN, Entry.Kind.GOAL)),
}
"""What a definition may name to be filled in from, with the category under which the record holds it."""
