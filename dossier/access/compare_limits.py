"""Limits to treatment and wishes compared: one says that something is done, another that it is not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from dossier.access.comparison import Comparison, Kind, Side, compared, grouped, plain, side_of
from dossier.models import Entry, Fact
from dossier.sources import codes, wording
from dossier.sources.directives import answer_in
from trust.categories import Category

_RESUSCITATION = "89666000"
_SAID_IN_WORDS = {
    _RESUSCITATION: "reanim",
    "40617009": "beadem",
    "305351004": "intensive care|ic-opname|opname op de ic",
    "32485007": "ziekenhuisopname|opname in het ziekenhuis|naar het ziekenhuis",
    "281789004": "antibiotic",
    "116762002": "bloedproduct|bloedtransfusie",
}
_NOT_RESUSCITATE = codes.WILLS["NR"]
_REFUSED = re.compile(r"\b(?:niet|geen)\b[^.;]{0,16}(?:ge)?reanim")
_LIMITED = (wording.WITH_LIMITS.split("%", 1)[0], wording.OTHERWISE.split("%", 1)[0])


def limits_compared(facts: Sequence[Fact], entries: Iterable[Entry]) -> list[Comparison]:
    """The answers to one question of treatment: done according to one, not done or limited according to another."""
    said: dict[str, list[tuple[str, Side]]] = defaultdict(list)
    for fact in facts:
        if fact.state == wording.ACTIVE and (answer := _answer(fact)):
            treatment = (fact.code.rsplit("|", 1)[-1] or plain(fact.title)) if answer[0] != "will" else _RESUSCITATION
            says = answer[1]
            said[treatment].append(("deny" if answer[0] == "will" else answer[0], side_of(fact, says)))
    for entry in entries:
        if entry.kind == Entry.Kind.WISH:
            for treatment, answer_given in _read(entry.text):
                own = Side(entry.text[:120], _("eigen dossier"), "", entry.on_date.isoformat() if entry.on_date else "")
                said[treatment].append((answer_given, own))
    found = []
    for treatment, answers in said.items():
        given = {answer for answer, _side_ in answers}
        if len(answers) < 2:
            continue
        if {"permit", "deny"} <= given:
            kind = Kind.CONTRADICTION
        elif len(given) > 1:
            kind = Kind.DIFFERENCE
        elif len({side.source for _answer_, side in answers}) > 1:
            kind = Kind.DOUBLE
        else:
            continue
        about = codes.TREATMENTS.get(treatment) or _("Behandelgrens")
        if treatment not in codes.TREATMENTS:
            about = next((f.title for f in facts if treatment in (f.code.rsplit("|", 1)[-1], plain(f.title))), about)
        found.append(compared(kind, Category.WISHES, about, (side for _answer_, side in answers)))
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


def _read(text: str) -> Iterable[tuple[str, str]]:
    """Which treatments an own entry speaks of, and how. Only a plain yes or no counts; anything else says nothing here."""
    for clause in re.split(r"[.;\n]|, (?=wel |niet |geen )| maar ", text.lower()):
        for treatment, words in _SAID_IN_WORDS.items():
            if not re.search(words, clause):
                continue
            if re.search(r"\b(niet|geen)\b", clause):
                yield treatment, "deny"
            elif re.search(r"\bwel\b", clause):
                yield treatment, "permit"


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
