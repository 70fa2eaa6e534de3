"""Forms with questions: each definition is understood, what is not asked is not wanted, and what was answered reads as it was asked."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import override

from dossier.access import questionnaires
from dossier.access.questionnaires import Prefilled, QuestionnaireForm, Said
from dossier.questionnaires import definition
from dossier.questionnaires.definition import Unsound
from trust.categories import Category

LAB: dict[str, Any] = json.loads((definition.FOLDER / "lab-order-1.json").read_bytes())
WHOLE = {
    "wanted": ["hba1c", "renal"], "fasting": "false", "reason": "Diabetes, kwartaalcontrole.", "anticoagulant": "false",
    "where": "post", "when": "week", "repeat": "quarterly", "call": "false",
}  # fmt: skip


def lab(**said: Any) -> QuestionnaireForm:
    """The lab form as it was sent, with some answers other than usual; ``None`` leaves one out."""
    form = questionnaires.newest("lab-order")
    assert form is not None
    data = QueryDict(mutable=True)
    for name, value in {**WHOLE, **said}.items():
        if value is not None:
            data.setlist(f"form-{name.replace('_', '-')}", value if isinstance(value, list) else [value])
    return QuestionnaireForm(data, questionnaire=form)


@pytest.mark.parametrize("key", sorted(definition.everything()))
def test_every_definition_is_understood_and_names_sources_that_exist(key: str) -> None:
    form = definition.everything()[key]
    assert {item.source for item in form.questions.values()} - {""} <= set(questionnaires.SOURCES)
    assert all(Category(number) for number in form.along)
    assert form.title
    assert any(item.required for item in form.questions.values())
    assert len(QuestionnaireForm(questionnaire=form).lines()) == len(list(form.walk()))


def _texts(raw: Any) -> set[str]:
    """Every text of a definition that somebody reads."""
    if isinstance(raw, list):
        return set().union(*map(_texts, raw))
    if not isinstance(raw, dict):
        return set()
    own = {raw[name] for name in ("title", "description", "text", "display") if isinstance(raw.get(name), str)}
    return own.union(*map(_texts, raw.values()))


def test_every_text_of_a_form_has_its_english_and_no_english_is_left_over() -> None:
    texts = set().union(*(_texts(json.loads(path.read_bytes())) for path in definition.FOLDER.glob("*.json")))
    english = json.loads((definition.FOLDER.parent / "english.json").read_bytes())
    assert set(english) == texts
    assert all(said.strip() for said in english.values())


def test_who_reads_english_is_asked_in_english_and_the_dutch_is_kept() -> None:
    with override("en"):
        form = lab()
        page = form.as_p()
        assert "Which tests?" in page
        assert "fasting glucose" in page
        assert "Welke bepalingen?" not in page
        assert form.is_valid()
        kept = form.answers
        assert Said("Must the person be fasting?", "no") in questionnaires.read_out(kept)
        assert Said(
            "Which tests?", "HbA1c, kidney function (creatinine, eGFR, potassium, sodium)"
        ) in questionnaires.read_out(kept)
    assert Said("Moet de inwoner nuchter zijn?", "nee") in questionnaires.read_out(kept)
    given = questionnaires.resources()["lab-order-1"]
    assert given["language"] == "nl"
    assert given["_title"]["extension"][0]["extension"][1]["valueString"] == "Laboratory order"


def _change(path: list[Any], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(LAB)
    place: Any = changed
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["resourceType"], "Bundle"),
        (["url"], "https://elsewhere.example/Questionnaire/lab-order"),
        (["contained"], []),
        (["item", 0, "item", 0, "type"], "quantity"),
        (["item", 0, "item", 0, "answerOption"], []),
        (["item", 0, "item", 0, "initial"], [{"valueString": "x"}]),
        (["item", 0, "item", 1, "repeats"], True),
        (["item", 0, "item", 1, "linkId"], "wanted"),
        (["item", 0, "item", 1, "linkId"], "Nuchter?"),
        (["item", 0, "item", 1, "enableWhen"], [{"question": "wanted", "operator": "=", "answerCoding": {"code": "nothing"}}]),
        (["item", 0, "item", 1, "enableWhen"], [{"question": "reason", "operator": "=", "answerBoolean": True}]),
        (["item", 0, "item", 1, "enableWhen"], [{"question": "wanted", "operator": "!=", "answerCoding": {"code": "inr"}}]),
        (["item", 0, "item", 1, "extension"], [{"url": "https://elsewhere.example", "valueCode": "x"}]),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_not_half_understood(path: list[Any], value: Any) -> None:
    assert definition.read(LAB)
    with pytest.raises(Unsound):
        definition.read(_change(path, value))


def test_a_whole_form_is_kept_in_order_and_reads_as_it_was_asked() -> None:
    form = lab()
    assert form.is_valid(), form.errors
    kept = json.loads(json.dumps(form.answers))
    assert [group["linkId"] for group in kept] == ["tests", "clinical", "drawing", "result"]
    assert kept[0]["item"][0]["answer"][0] == {"valueCoding": {"code": "hba1c", "display": "HbA1c"}}
    assert kept[0]["item"][1]["answer"] == [{"valueBoolean": False}]
    lines = questionnaires.read_out(kept)
    assert lines[:3] == [
        Said("Bepalingen", heading=True),
        Said("Welke bepalingen?", "HbA1c, nierfunctie (kreatinine, eGFR, kalium, natrium)"),
        Said("Moet de inwoner nuchter zijn?", "nee"),
    ]
    again = QuestionnaireForm(questionnaire=form.questionnaire, given=questionnaires.given_in(kept))
    assert again.answers == form.answers, "an answer read back is the same answer"


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({}, set()),
        ({"wanted": None, "fasting": None}, {"wanted", "fasting"}),
        ({"wanted": ["rubbish"]}, {"wanted"}),
        ({"wanted": ["other"]}, {"other-tests"}),
        ({"where": "home"}, {"why-home", "phone"}),
        ({"where": "home", "why_home": "terminal", "phone": "06 12345678"}, set()),
        ({"where": "post", "why_home": "rubbish"}, set()),
        ({"when": "on-day"}, {"on-day"}),
        ({"when": "on-day", "on_day": "31-02-2027"}, {"on-day"}),
        ({"when": "on-day", "on_day": (timezone.localdate() - timedelta(days=1)).isoformat()}, {"on-day"}),
        ({"when": "on-day", "on_day": timezone.localdate().isoformat()}, set()),
        ({"reason": "x" * 1001}, {"reason"}),
        ({"reason": "   "}, {"reason"}),
    ],
)
def test_what_is_asked_is_wanted_and_what_is_not_asked_is_not(said: dict[str, Any], wrong: set[str]) -> None:
    form = lab(**said)
    form.is_valid()
    assert set(form.errors) == wrong


def test_an_answer_to_what_is_not_asked_is_not_kept_nor_counts_as_a_condition() -> None:
    form = lab(where="post", why_home="terminal", phone="06 12345678")
    assert form.is_valid()
    assert not {"why-home", "phone"} & set(questionnaires.given_in(form.answers))
    lines = {line.item.link_id: line for line in form.lines()}
    assert not lines["phone"].asked
    assert lines["phone"].only == "“Waar wordt er afgenomen?”: thuis"
    assert lines["where"].depends


def test_what_must_be_answered_may_wait_but_what_is_answered_is_judged() -> None:
    form = questionnaires.newest("lab-order")
    assert form is not None
    empty = QuestionnaireForm(QueryDict("form-where=post"), questionnaire=form, partial=True)
    assert empty.is_valid()
    assert questionnaires.given_in(empty.answers) == {"where": ["post"]}
    assert not QuestionnaireForm(QueryDict("form-where=mars"), questionnaire=form, partial=True).is_valid()


def test_prefilled_answers_say_where_they_came_from_until_they_are_changed() -> None:
    form = questionnaires.newest("lab-order")
    assert form is not None
    filled = {"medication": Prefilled("metoprolol 50 mg", "HIS De Linde, 3 nov 2026", Category.MEDICATION)}
    fresh = QuestionnaireForm(questionnaire=form, prefilled=filled)
    lines = {line.item.link_id: line for line in fresh.lines()}
    assert fresh["medication"].value() == "metoprolol 50 mg"
    assert lines["medication"].origin == "HIS De Linde, 3 nov 2026"
    changed = QuestionnaireForm(QueryDict("form-medication=geen"), questionnaire=form, prefilled=filled)
    assert {line.item.link_id: line for line in changed.lines()}["medication"].origin == ""
    assert changed.kinds == {Category.MEDICATION}, "what was changed by hand may still come from the record"
    back = {"medication": Prefilled("", "", Category.MEDICATION, "geen toestemming")}
    held = QuestionnaireForm(QueryDict("form-medication=x"), questionnaire=form, prefilled=back)
    assert held.kinds == frozenset()
    assert {line.item.link_id: line for line in held.lines()}["medication"].kept_back == "geen toestemming"


def test_the_version_that_was_opened_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    second = definition.read(_change(["version"], "2"))
    both = {**definition.everything(), second.key: second}
    monkeypatch.setattr(definition, "everything", lambda: both)
    assert questionnaires.newest("lab-order") is second
    first = questionnaires.made_with("lab-order|1", "lab-order")
    assert first is not None
    assert first.version == "1"
    assert questionnaires.made_with("lab-order|3", "lab-order") is None
    assert questionnaires.made_with("lab-order|1", "aids-order") is None
