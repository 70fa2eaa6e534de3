"""What is written about the product keeps up with it: links, settings, words and decisions."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Choices

from tests.test_house_rules import APPS, ROOT

DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```", re.DOTALL)
WORDS_OF_STATE = {
    "Status",
    "InvitationStatus",
    "Admission",
    "Phase",
    "Outcome",
    "Role",
    "Category",
    "RejectionReason",
    "Source",
    "Domain",
}


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    dead = []
    for link in LINK.findall(CODE.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            dead.append(link)
    assert not dead


def _settings_read() -> set[str]:
    """Every name of the environment in the settings; the names of a provider are put together from its means."""
    text = (ROOT / "nis" / "settings.py").read_text(encoding="utf-8")
    plain = set(re.findall(r"\"((?:NIS_[A-Z_]+)|DATABASE_URL|REDIS_URL)\"", text)) | set(
        re.findall(r"env\('(\w+)'", text)
    )
    endings = set(re.findall(r"f\"\{key\}(_[A-Z]+)\"", text)) | {""}
    means = re.findall(r"_provider\(\s*\"(\w+)\"", text)
    return plain | {f"NIS_OIDC_{name.upper()}{ending}" for name in means for ending in endings}


def test_every_setting_is_explained() -> None:
    explained = set(re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")))
    read = _settings_read()
    assert {"NIS_ENV", "NIS_OIDC_ZORG_SECRET", "NIS_OIDC_DIGID", "NIS_REGION_PORT"} <= read, "the reading itself"
    assert not read - explained, "a setting that nobody can know of"
    table = re.findall(
        r"^\| ((?:`[A-Z_]+`(?:, )?)+) \|", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    named = set(chain.from_iterable(re.findall(r"`([A-Z_]+)`", cell) for cell in table))
    assert not named - read, "a setting that nothing reads"


def test_every_model_is_in_the_glossary() -> None:
    models = {model.__name__ for app in APPS for model in apps.get_app_config(app).get_models()}
    assert not {name for name in models if f"| `{name}` |" not in GLOSSARY}


def _choices(kind: type[Choices] = Choices) -> list[type[Choices]]:
    found = []
    for below in kind.__subclasses__():
        found += _choices(below)
        if below.__module__.split(".")[0] in APPS and below.__name__ in WORDS_OF_STATE:
            found.append(below)
    return found


@pytest.mark.parametrize("words", _choices(), ids=lambda words: f"{words.__module__}.{words.__qualname__}")
def test_every_state_role_and_category_is_in_the_glossary(words: type[Choices]) -> None:
    names = [member.name if isinstance(member.value, int) else member.value for member in words]
    assert not [name for name in names if f"`{name}`" not in GLOSSARY]


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "adr").glob("0*.md")), ids=lambda path: path.stem)
def test_every_decision_has_a_number_a_date_a_status_and_a_way_back(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.stem[:4]} ")
    assert re.search(r"^Date: \d{4}-\d{2}-\d{2} · Status: (proposed|accepted|replaced by \[?\d{4})", text, re.MULTILINE)
    assert "**Back.**" in text
    assert f"({path.name})" in (path.parent / "README.md").read_text(encoding="utf-8")


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.stem[:4]) for path in sorted((ROOT / "docs" / "adr").glob("0*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
