"""Draws the states of each process from its table of moves, as Mermaid diagrams in this folder.

Run ``python docs/states/draw.py`` after changing a table; a test compares the files with what would be drawn.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TABLES = {
    "referral": ("referrals.moves", "A referral"),
    "copy": ("dossier.moves", "A copy for the own system"),
    "consultation": ("consultations.moves", "A consultation"),
    "request": ("rights.moves", "A request of a person about the own data"),
    "journey": ("journeys.moves", "A care journey"),
    "programme": ("programme.moves", "The roll-out of a building block at a participant"),
    "signal": ("oversight.moves", "A signal in the log"),
    "admission": ("people.moves", "The admission of a participant"),
}


def draw(module: str, title: str) -> str:
    """One page with the diagram and the table of a module that holds MOVES."""
    table: tuple[Any, ...] = import_module(module).MOVES
    reached = {source for move in table for source in _sources(move) if source != move.target}
    states = list(
        dict.fromkeys([*[source for move in table for source in _sources(move)], *[move.target for move in table]])
    )
    lines = [
        f"# {title}",
        "",
        f"Drawn by `docs/states/draw.py` from `{module}`; do not edit.",
        "",
        "```mermaid",
        "stateDiagram-v2",
    ]
    lines += [f"    {state.value}: {state.value} ({_dutch(state)})" for state in states]
    for move in table:
        who = f" ({move.by})" if hasattr(move, "by") else ""
        for source in _sources(move) or ("[*]",):
            lines.append(f"    {getattr(source, 'value', source)} --> {move.target.value}: {_name(move.verb)}{who}")
    if all(_sources(move) for move in table):
        lines.append(f"    [*] --> {_sources(table[0])[0].value}")
    lines += [f"    {state.value} --> [*]" for state in states if state not in reached]
    lines += ["```", "", "| from | verb | by | to | whose turn then |", "|---|---|---|---|---|"]
    for move in table:
        sources = ", ".join(source.value for source in _sources(move)) or "–"
        lines.append(
            f"| {sources} | {_name(move.verb)} | {getattr(move, 'by', '–')} | {move.target.value} | {getattr(move, 'turn', '–')} |"
        )
    return "\n".join(lines) + "\n"


def _sources(move: Any) -> tuple[Any, ...]:
    if hasattr(move, "sources"):
        return tuple(move.sources)
    return () if move.source is None else (move.source,)


def _name(verb: Any) -> str:
    return str(getattr(verb, "value", verb))


def _dutch(state: Any) -> str:
    from django.utils.translation import override

    with override("nl"):
        return str(state.label)


def pages() -> dict[Path, str]:
    """Every page that belongs in this folder, with what should stand in it."""
    return {HERE / f"{name}.md": draw(module, title) for name, (module, title) in TABLES.items()}


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nis.settings")
    os.environ.setdefault("NIS_ENV", "test")
    import django

    django.setup()
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
