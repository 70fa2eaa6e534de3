"""The drawings of the states are those of the code."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "states" / "draw.py"
spec = importlib.util.spec_from_file_location("draw", SCRIPT)
assert spec is not None
assert spec.loader is not None
draw = importlib.util.module_from_spec(spec)
spec.loader.exec_module(draw)


@pytest.mark.parametrize("name", draw.TABLES)
def test_the_drawing_is_current(name: str) -> None:
    path = draw.HERE / f"{name}.md"
    assert path.read_text(encoding="utf-8") == draw.pages()[path], "run python docs/states/draw.py"


def test_every_table_of_moves_is_drawn() -> None:
    root = SCRIPT.parents[2]
    files = [*root.glob("*/moves.py"), *root.glob("*/moves/__init__.py")]
    tables = {f"{path.relative_to(root).parts[0]}.moves" for path in files if "\nMOVES" in path.read_text()}
    assert tables == {module for module, _title in draw.TABLES.values()}
