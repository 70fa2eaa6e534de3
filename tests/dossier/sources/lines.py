"""The public examples of records: every resource of every set with its form in R4, and the line that it gets on the screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dossier.sources.bundles import parts_of
from dossier.sources.check import tidy
from dossier.sources.present import Line, present
from dossier.sources.stu3 import to_r4
from region.source_examples import FOLDER
from trust.categories import Category

Json = dict[str, Any]
HERE = Path(__file__).parents[2] / "data" / "fhir"
GOLDEN = HERE / "lines.txt"
SETS = {
    "nictiz": (FOLDER / "nictiz-nl-core-r4.jsonl", "R4"),
    "rivo": (FOLDER / "rivo-noord-stu3.jsonl", "STU3"),
    "ips": (HERE / "hl7-ips-r4.jsonl", "R4"),
    "bgz": (HERE / "nuts-knooppunt-bgz-r4.jsonl", "R4"),
    "tasks": (HERE / "nuts-knooppunt-stu3.jsonl", "STU3"),
}


@dataclass(frozen=True)
class Example:
    """One resource of one file: its place, its own form, its form in R4 and what stood beside it."""

    name: str
    version: str
    original: Json
    resource: Json
    beside: tuple[Json, ...]

    @property
    def line(self) -> Line:
        return present(self.resource, self.beside)

    @property
    def written(self) -> str:
        line = self.line
        parts = (
            self.name, Category(line.category).name, line.kind_name, line.title, line.detail, line.date, line.until, line.status,
            line.state, line.interpretation, line.unit, line.author, " / ".join(line.attention),
        )  # fmt: skip
        return " | ".join(" ".join(part.split()) for part in parts)


def files(name: str) -> Iterator[tuple[str, Json]]:
    """(file name, content) of one set, as published."""
    with SETS[name][0].open(encoding="utf-8") as handle:
        for line in map(json.loads, handle):
            yield line["file"], line["resource"]


def _resources(content: Json) -> list[tuple[Json, Json]]:
    """(the resource with its references resolved, its own form) of a file."""
    if content["resourceType"] != "Bundle":
        return [(content, content)]
    if content.get("type") == "document":
        return parts_of(content)
    return [(entry["resource"], entry["resource"]) for entry in content.get("entry", [])]


@cache
def examples() -> tuple[Example, ...]:
    """Every resource of every set. Single files of one set lie beside each other; what stands in a Bundle lies beside that."""
    found: list[Example] = []
    for name, (_path, version) in SETS.items():
        turned = to_r4 if version == "STU3" else tidy
        alone = [turned(content) for _file, content in files(name) if content["resourceType"] != "Bundle"]
        for file, content in files(name):
            pairs = _resources(content)
            made = [turned(resource) for resource, _original in pairs]
            beside = tuple(made if content["resourceType"] == "Bundle" else alone)
            for number, (one, (_resource, original)) in enumerate(zip(made, pairs, strict=True)):
                place = f"{name}/{file.removesuffix('.json')}" + (f"#{number}" if len(made) > 1 else "")
                found.append(Example(place, version, original, one, beside))
    return tuple(found)


def main() -> None:
    """Write the lines anew, for somebody to read over."""
    GOLDEN.write_text("".join(f"{example.written}\n" for example in examples()), encoding="utf-8")


if __name__ == "__main__":
    main()
