"""Limits to treatment and wishes compared: one says that something is done, another that it is not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dossier.access.comparison import Comparison, Kind, Side, compared, grouped, plain, side_of
from dossier.models import Entry, Fact
from dossier.sources import codes, wording
from dossier.sources.directives import answer_in
from trust.categories import Category

RESUSCITATION = "89666000"
SAME = {"439569004": RESUSCITATION}
"""Codes that mean the same treatment."""
_SAID_IN_WORDS = {
    RESUSCITATION: "reanim",
    "40617009": "beadem",
    "305351004": "intensive care|ic-opname|opname op de ic",
    "32485007": "ziekenhuisopname|opname in het ziekenhuis|naar het ziekenhuis",
    "281789004": "antibiotic",
    "116762002": "bloedproduct|bloedtransfusie",
}
_NOT_RESUSCITATE = codes.WILLS["NR"]
_REFUSED = re.compile(r"\b(?:niet|geen)\b[^.;]{0,16}(?:ge)?reanim")
_CLAUSE = re.compile(r"[.;\n]|, (?=wel |niet |geen )| maar ", re.IGNORECASE)
_LIMITED = (wording.WITH_LIMITS.split("%", 1)[0], wording.OTHERWISE.split("%", 1)[0])


@dataclass(frozen=True)
class Said:
    """One answer about one treatment: ``answer`` is permit, deny or limited; ``own`` the sentence of an own entry, "" of a source.

    ``thing`` is the entry or the fact that says it.
    """

    answer: str
    side: Side
    own: str
    thing: Entry | Fact


def limits_said(facts: Iterable[Fact], entries: Iterable[Entry]) -> dict[str, list[Said]]:
    """What own entries and sources answer about each treatment, own entries first; a treatment is its code, or its plain name."""
    said: dict[str, list[Said]] = defaultdict(list)
    for entry in entries:
        if entry.kind == Entry.Kind.WISH:
            for treatment, answer, clause in _read(entry.text):
                day = entry.on_date.isoformat() if entry.on_date else ""
                said[treatment].append(Said(answer, Side(entry.text[:120], _("eigen dossier"), "", day), clause, entry))
    for fact in facts:
        if found := _answer(fact):
            answer, says = found
            treatment = fact.code.rsplit("|", 1)[-1] or plain(fact.title)
            if answer == "will":
                answer, treatment = "deny", RESUSCITATION
            said[SAME.get(treatment, treatment)].append(Said(answer, side_of(fact, says), "", fact))
    return said


def limits_compared(facts: Sequence[Fact], entries: Iterable[Entry]) -> list[Comparison]:
    """The answers to one question of treatment: done according to one, not done or limited according to another."""
    found = []
    for treatment, answers in limits_said([fact for fact in facts if fact.state == wording.ACTIVE], entries).items():
        given = {one.answer for one in answers}
        if len(answers) < 2:
            continue
        if {"permit", "deny"} <= given:
            kind = Kind.CONTRADICTION
        elif len(given) > 1:
            kind = Kind.DIFFERENCE
        elif len({one.side.source for one in answers}) > 1:
            kind = Kind.DOUBLE
        else:
            continue
        about = codes.TREATMENTS.get(treatment) or _("Behandelgrens")
        if treatment not in codes.TREATMENTS:
            about = next((f.title for f in facts if treatment in (f.code.rsplit("|", 1)[-1], plain(f.title))), about)
        found.append(compared(kind, Category.WISHES, about, (one.side for one in answers)))
    return found


def _answer(fact: Fact) -> tuple[str, str] | None:
    """permit, deny or limited with its words; "will" for a written will not to be resuscitated."""
    if fact.resource_type != "Consent":
        return None
    if fact.title == _NOT_RESUSCITATE or (
        not answer_in(fact.detail) and _REFUSED.search(f"{fact.title} {fact.detail}".lower())
    ):
        return "will", _NOT_RESUSCITATE
    limits = [words for words in fact.attention if words.startswith(_LIMITED)]
    if limits and answer_in(fact.detail) != "deny":
        return "limited", limits[0]
    answer = answer_in(fact.detail)
    return (answer, wording.DIRECTIVE_ANSWERS[answer]) if answer else None


def _read(text: str) -> Iterable[tuple[str, str, str]]:
    """Which treatments an own entry speaks of, how, and in which words. Only a plain yes or no counts; the rest says nothing here."""
    for clause in _CLAUSE.split(text):
        for treatment, words in _SAID_IN_WORDS.items():
            if not re.search(words, clause.lower()):
                continue
            if re.search(r"\b(niet|geen)\b", clause.lower()):
                yield treatment, "deny", clause.strip()
            elif re.search(r"\bwel\b", clause.lower()):
                yield treatment, "permit", clause.strip()


def answers_that_differ(facts: Sequence[Fact]) -> list[Comparison]:
    """Wishes kept as answers to a question, such as where somebody wants to die: what each source heard last."""
    asked = [
        fact for fact in facts if fact.resource_type == "Observation" and fact.code and fact.state != wording.ERROR
    ]
    found = []
    for group in grouped(asked, lambda fact: (fact.code,)):
        last: dict[int, Fact] = {}
        for fact in sorted(group, key=lambda fact: fact.on_date):
            last[fact.source_id] = fact
        if len({plain(fact.detail) for fact in last.values() if fact.detail}) > 1:
            sides = (side_of(fact, fact.detail) for fact in last.values())
            found.append(compared(Kind.DIFFERENCE, Category.WISHES, group[0].title, sides))
    return found
