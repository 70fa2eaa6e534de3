"""Every verb that the code writes in the log has words for who reads it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import journeys.moves
import people.moves
import programme.moves
from oversight.words import VERBS

ROOT = Path(__file__).parents[2]
APPS = (
    "consultations", "dossier", "events", "exchange", "journeys", "oversight", "people", "portal", "programme", "referrals",
    "rights", "square", "trust", "workplace",
)  # fmt: skip
VERB = re.compile(r"""["']([a-z_]+\.[a-z_]+)["']""")
PUT_TOGETHER = {
    "journeys/actions.py": ("journey", {str(move.verb) for move in journeys.moves.MOVES}),
    "people/actions.py": ("organisation", {step.verb for step in people.moves.MOVES}),
    "programme/actions.py": ("participation", {str(move.verb) for move in programme.moves.MOVES}),
    "exchange/pull/receiving.py": ("announcement", {"accepted", "rejected"}),
    "portal/actions.py": ("", {"consent.expiring", "mandate.expiring"}),
}
"""Where a verb is put together while running: what it begins with, and how it can end."""


def recorded() -> tuple[set[str], set[str]]:
    """The verbs that stand in the sources, and the files that put one together."""
    sources = {path: path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py")}
    written: set[str] = set()
    built: set[str] = set()
    for path, text in sources.items():
        for node in ast.walk(ast.parse(text)):
            if not (isinstance(node, ast.Call) and node.args and ast.unparse(node.func).split(".")[-1] == "record"):
                continue
            first = node.args[0]
            if isinstance(first, ast.Constant):
                written.add(str(first.value))
            elif isinstance(first, ast.JoinedStr):
                built.add(str(path.relative_to(ROOT)))
    subjects = {verb.partition(".")[0] for verb in written}
    # A verb can go by way of a name or a table, or stand in the SQL of a function: whatever is written like one counts.
    for text in sources.values():
        written |= {found for found in VERB.findall(text) if found.partition(".")[0] in subjects}
    return written - {"record.json"}, built


def test_every_verb_of_the_log_has_words() -> None:
    written, built = recorded()
    assert built == set(PUT_TOGETHER)
    for subject, ends in PUT_TOGETHER.values():
        written |= {f"{subject}.{end}" if subject else end for end in ends}
    assert len(written) > 60
    assert written - {verb for group in VERBS.values() for verb in group} == set()
