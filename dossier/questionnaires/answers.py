"""The answers to a form: which questions were asked, what is kept of them (FHIR QuestionnaireResponse.item), how they read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dossier.questionnaires.definition import Condition, Item, Questionnaire, everything, in_dutch, translated

Given = Mapping[str, list[str]]
"""The answers by question, each as it is written down: a code, ``true``, a day as ``2026-11-30``, a number, or words."""


@dataclass(frozen=True)
class Said:
    """One line of a form that was filled in, to be read: a heading, or a question with its answer."""

    text: str
    answer: str = ""
    heading: bool = False


def asked_in(form: Questionnaire, given: Given) -> frozenset[str]:
    """The names of the lines that are asked with these answers; what stands in a group that is not, is not either.

    An answer to a question that is not asked counts for nothing, also not as a condition.
    """
    asked: set[str] = set()
    for item, above in form.walk():
        if all(group.link_id in asked for group in above) and _holds(item, given, asked):
            asked.add(item.link_id)
    return frozenset(asked)


def _holds(item: Item, given: Given, asked: set[str]) -> bool:
    if not item.conditions:
        return True
    met: Iterable[bool] = (
        one.question in asked and one.answer in given.get(one.question, []) for one in item.conditions
    )
    return any(met) if item.some else all(met)


def kept_of(form: Questionnaire, given: Given) -> list[dict[str, Any]]:
    """The answers to what was asked as items of a QuestionnaireResponse, in the order of the form, with the Dutch words; empty
    groups are left out."""
    form = in_dutch(form)
    return _kept(form.items, given, asked_in(form, given))


def _kept(items: tuple[Item, ...], given: Given, asked: frozenset[str]) -> list[dict[str, Any]]:
    kept = []
    for item in items:
        if item.link_id not in asked:
            continue
        if item.type == "group" and (below := _kept(item.items, given, asked)):
            kept.append({"linkId": item.link_id, "text": item.text, "item": below})
        elif item.asks and (answers := given.get(item.link_id)):
            kept.append({"linkId": item.link_id, "text": item.text, "answer": [_value(item, one) for one in answers]})
    return kept


def _value(item: Item, answer: str) -> dict[str, Any]:
    if item.type == "boolean":
        return {"valueBoolean": answer == "true"}
    if item.type == "integer":
        return {"valueInteger": int(answer)}
    if item.type == "date":
        return {"valueDate": answer}
    if item.type == "choice":
        return {"valueCoding": {"code": answer, "display": dict(item.options)[answer]}}
    return {"valueString": answer}


def given_in(items: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The answers in items that were kept, by question."""
    found: dict[str, list[str]] = {}
    for item in items:
        found.update(given_in(item.get("item", [])))
        if item.get("answer"):
            found[item["linkId"]] = [_plain(answer) for answer in item["answer"]]
    return found


def _plain(answer: Mapping[str, Any]) -> str:
    (value,) = answer.values()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value["code"] if isinstance(value, dict) else value)


def read_out(items: Iterable[Mapping[str, Any]]) -> list[Said]:
    """What was kept as lines to read; the words are those that were asked then, whatever the form says by now, or their English."""
    lines: list[Said] = []
    for item in items:
        if item.get("item"):
            lines += [Said(translated(item["text"]), heading=True), *read_out(item["item"])]
        elif item.get("answer"):
            lines.append(Said(translated(item["text"]), ", ".join(_words(answer) for answer in item["answer"])))
    return lines


def _words(answer: Mapping[str, Any]) -> str:
    ((kind, value),) = answer.items()
    if kind == "valueBoolean":
        return _("ja") if value else _("nee")
    if kind == "valueDate":
        return date_format(date.fromisoformat(value), _("j F Y"))
    return translated(value["display"]) if isinstance(value, dict) else str(value)


def title_of(key: str) -> str:
    """The title of the version of a form with which answers were given."""
    form = everything().get(key)
    return form.title if form else key.partition("|")[0]


def words_for(form: Questionnaire, condition: Condition) -> str:
    """The answer to which a question belongs, in words."""
    on = form.questions[condition.question]
    answer = {"true": _("ja"), "false": _("nee"), **dict(on.options)}[condition.answer]
    return _("“%(question)s”: %(answer)s") % {"question": on.text, "answer": answer}
