"""The definitions of forms as they lie beside this module: FHIR R4 Questionnaires, each version a file, read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
from django.utils.translation import get_language

BASE = "https://netwerk-informatiesysteem.nl/fhir"
PREFILL = f"{BASE}/StructureDefinition/questionnaire-prefill"
"""From which part of the record a question may be filled in beforehand: a name of :data:`dossier.access.questionnaires.SOURCES`."""
ALONG = f"{BASE}/StructureDefinition/questionnaire-along"
"""Of which categories at least one thing must go along with the form."""
FIRST = f"{BASE}/StructureDefinition/questionnaire-first"
"""Of which categories what a first contact needs is ticked for an order; of the rest nothing, for the form itself asks what is
needed."""
DAYS = f"{BASE}/StructureDefinition/questionnaire-days"
"""Whether a day lies ahead (``future``) or behind (``past``), today included."""
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
LOWEST = "http://hl7.org/fhir/StructureDefinition/minValue"
HIGHEST = "http://hl7.org/fhir/StructureDefinition/maxValue"

FOLDER = Path(__file__).parent / "definitions"
TYPES = frozenset({"group", "display", "string", "text", "boolean", "choice", "date", "integer"})
_KNOWN = {
    "linkId", "type", "text", "required", "repeats", "answerOption", "enableWhen", "enableBehavior", "maxLength", "extension", "item",
}  # fmt: skip
LONGEST = {"string": 200, "text": 2000}
_FILE = re.compile(r"(?P<name>[a-z]+(?:-[a-z]+)*)-(?P<version>[1-9][0-9]?)")


class Unsound(ValueError):
    """A definition says something that is not understood; it is for whoever writes one, and found by a test."""


@dataclass(frozen=True)
class Condition:
    """A question is asked only where another has this answer (``enableWhen`` with ``=``)."""

    question: str
    answer: str


@dataclass(frozen=True)
class Item:
    """One line of a form: a heading with what stands below it (``group``), words (``display``), or a question.

    ``options`` are codes with their words; ``conditions`` all hold, or with ``some`` one of them. ``source`` names what of the
    record fills it in, ``help`` explains it.
    """

    link_id: str
    type: str
    text: str
    required: bool = False
    repeats: bool = False
    options: tuple[tuple[str, str], ...] = ()
    conditions: tuple[Condition, ...] = ()
    some: bool = False
    longest: int = 0
    lowest: int | None = None
    highest: int | None = None
    days: str = ""
    source: str = ""
    help: str = ""
    items: tuple[Item, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether somebody answers it."""
        return self.type not in {"group", "display"}


@dataclass(frozen=True)
class Questionnaire:
    """One version of a form; ``along`` are the numbers of categories of which something must go with it, ``first`` of those of
    which something is ticked beforehand."""

    name: str
    version: str
    title: str
    description: str
    items: tuple[Item, ...]
    along: tuple[int, ...] = ()
    first: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """Which version of which form it is, as it is kept with the answers: ``lab-order|1``."""
        return f"{self.name}|{self.version}"

    @property
    def canonical(self) -> str:
        """The same as other systems know it."""
        return f"{BASE}/Questionnaire/{self.key}"

    def walk(self) -> Iterator[tuple[Item, tuple[Item, ...]]]:
        """Every line in order, each with the groups that it stands in."""
        return _walk(self.items, ())

    @property
    def questions(self) -> dict[str, Item]:
        """The questions by their name."""
        return {item.link_id: item for item, _above in self.walk() if item.asks}


def _walk(items: tuple[Item, ...], above: tuple[Item, ...]) -> Iterator[tuple[Item, tuple[Item, ...]]]:
    for item in items:
        yield item, above
        yield from _walk(item.items, (*above, item))


def everything() -> dict[str, Questionnaire]:
    """All versions of all forms, by key, in the language of who reads."""
    return _in(_reads_english())


def translated(text: str) -> str:
    """A text of a form, as it was kept, in the language of who reads; one that no form has any more stays as it is."""
    return _english().get(text, text) if _reads_english() else text


def _reads_english() -> bool:
    return (get_language() or "").startswith("en")


def in_dutch(form: Questionnaire) -> Questionnaire:
    """The same version in the words that are kept with the answers, whatever language it was read in."""
    return _in(False).get(form.key, form)


@cache
def _english() -> dict[str, str]:
    words: dict[str, str] = orjson.loads((FOLDER.parent / "english.json").read_bytes())
    return words


@cache
def _in(english: bool) -> dict[str, Questionnaire]:
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        form = read(orjson.loads(path.read_bytes()), _english() if english else {})
        named = _FILE.fullmatch(path.stem)
        if named is None or form.key != f"{named['name']}|{named['version']}":
            raise Unsound(f"{path.name} holds {form.key}")
        found[form.key] = form
    return found


@cache
def resources() -> dict[str, dict[str, Any]]:
    """All versions of all forms as they are given to other systems (FHIR R4), by ``lab-order-1``, with their English."""
    return {
        path.stem: {**_with_english(orjson.loads(path.read_bytes())), "id": path.stem, "language": "nl"}
        for path in sorted(FOLDER.glob("*.json"))
    }


def _with_english(raw: Any) -> Any:
    """The same with the English beside each text (FHIR extension *translation*)."""
    if isinstance(raw, list):
        return [_with_english(one) for one in raw]
    if not isinstance(raw, dict):
        return raw
    found = {name: _with_english(value) for name, value in raw.items()}
    for name in ("title", "description", "text", "display"):
        if raw.get(name) in _english():
            said = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": _english()[raw[name]]}]
            found[f"_{name}"] = {"extension": [{"url": TRANSLATION, "extension": said}]}
    return found


def canonical_of(key: str) -> str:
    """How other systems know the version of a form with which answers were given."""
    return f"{BASE}/Questionnaire/{key}"


def newest(name: str) -> Questionnaire | None:
    """The version of a form that is used now; ``None`` for a form that is not there."""
    return max(
        (form for form in everything().values() if form.name == name), key=lambda f: int(f.version), default=None
    )


def made_with(key: str, name: str) -> Questionnaire | None:
    """The version with which answers were given; ``None`` where it is of another form, or of none."""
    form = everything().get(key)
    return form if form is not None and form.name == name else None


def titles() -> dict[str, str]:
    """The name and title of each form, by title."""
    names = sorted({form.name for form in everything().values()})
    found = {name: form.title for name in names if (form := newest(name))}
    return dict(sorted(found.items(), key=lambda pair: pair[1].casefold()))


def read(resource: dict[str, Any], words: Mapping[str, str] = MappingProxyType({})) -> Questionnaire:
    """A definition as a FHIR Questionnaire, with other ``words`` for its texts where they are given.

    Raises :class:`Unsound` for what this product does not ask or judge.
    """
    _only(
        resource,
        {
            "resourceType",
            "url",
            "version",
            "name",
            "title",
            "status",
            "description",
            "subjectType",
            "extension",
            "item",
        },
    )
    if resource.get("resourceType") != "Questionnaire" or not str(resource.get("url", "")).startswith(
        f"{BASE}/Questionnaire/"
    ):
        raise Unsound("not a Questionnaire of this product")
    said = _extensions(resource, {ALONG, FIRST})
    form = Questionnaire(
        name=resource["url"].removeprefix(f"{BASE}/Questionnaire/"),
        version=resource["version"],
        title=words.get(resource["title"], resource["title"]),
        description=words.get(resource.get("description", ""), resource.get("description", "")),
        items=tuple(_item(item, words) for item in resource["item"]),
        along=tuple(int(number) for number in said.get(ALONG, [])),
        first=tuple(int(number) for number in said.get(FIRST, [])),
    )
    ids = [item.link_id for item, _above in form.walk()]
    if len(ids) != len(set(ids)) or not all(re.fullmatch(r"[a-z][a-z0-9-]{0,39}", one) for one in ids):
        raise Unsound(f"names of lines in {form.key}")
    _sound_conditions(form)
    return form


def _item(raw: dict[str, Any], words: Mapping[str, str]) -> Item:
    _only(raw, _KNOWN)
    kind = raw["type"]
    if kind not in TYPES or (raw.get("repeats") and kind != "choice"):
        raise Unsound(f"type of {raw['linkId']}")
    said = _extensions(raw, {PREFILL, DAYS, LOWEST, HIGHEST})
    below = raw.get("item", [])
    beside = [item["text"] for item in below if item["type"] == "display"] if kind != "group" else []
    if kind != "group" and len(beside) != len(below):
        raise Unsound(f"questions below the question {raw['linkId']}")
    codings = [one["valueCoding"] for one in raw.get("answerOption", [])]
    options = tuple((one["code"], words.get(one["display"], one["display"])) for one in codings)
    if bool(options) != (kind == "choice"):
        raise Unsound(f"options of {raw['linkId']}")
    return Item(
        link_id=raw["linkId"], type=kind, text=words.get(raw["text"], raw["text"]), required=raw.get("required", False),
        repeats=raw.get("repeats", False),
        options=options, conditions=tuple(_condition(one) for one in raw.get("enableWhen", [])),
        some=raw.get("enableBehavior") == "any", longest=raw.get("maxLength", LONGEST.get(kind, 0)),
        lowest=next(iter(said.get(LOWEST, [])), None), highest=next(iter(said.get(HIGHEST, [])), None),
        days=next(iter(said.get(DAYS, [])), ""), source=next(iter(said.get(PREFILL, [])), ""),
        help=" ".join(words.get(one, one) for one in beside),
        items=tuple(_item(item, words) for item in below) if kind == "group" else (),
    )  # fmt: skip


def _condition(raw: dict[str, Any]) -> Condition:
    _only(raw, {"question", "operator", "answerCoding", "answerBoolean"})
    if raw["operator"] != "=":
        raise Unsound(f"condition on {raw['question']}")
    if "answerBoolean" in raw:
        return Condition(raw["question"], "true" if raw["answerBoolean"] else "false")
    return Condition(raw["question"], raw["answerCoding"]["code"])


def _sound_conditions(form: Questionnaire) -> None:
    """A condition looks at a question that stands before it and can have that answer."""
    before: dict[str, Item] = {}
    for item, _above in form.walk():
        for one in item.conditions:
            on = before.get(one.question)
            able = (
                {"true", "false"}
                if on and on.type == "boolean"
                else {code for code, _words in on.options}
                if on
                else set()
            )
            if one.answer not in able:
                raise Unsound(f"condition of {item.link_id} in {form.key}")
        if item.asks:
            before[item.link_id] = item


def _extensions(raw: dict[str, Any], known: set[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in raw.get("extension", []):
        if one["url"] not in known:
            raise Unsound(f"extension {one['url']}")
        found.setdefault(one["url"], []).append(next(value for name, value in one.items() if name.startswith("value")))
    return found


def _only(raw: dict[str, Any], known: set[str]) -> None:
    if unknown := set(raw) - known:
        raise Unsound(f"not understood: {', '.join(sorted(unknown))}")
