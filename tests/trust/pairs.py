"""All pairs: the fewest combinations, about, in which every two values of two axes meet at least once."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

Row = tuple[str, ...]


def all_pairs(axes: Sequence[Sequence[str]], seed: int = 1) -> list[Row]:
    """Rows with one value of each axis, such that each pair of values of two axes stands in a row together.

    Greedy: each row begins with a pair that has not met, and takes for the other axes what meets most that is new.
    """
    chance = random.Random(seed)
    missing = {
        (i, a, j, b)
        for (i, first), (j, second) in itertools.combinations(enumerate(axes), 2)
        for a in first
        for b in second
    }
    rows: list[Row] = []
    while missing:
        i, a, j, b = min(missing) if len(rows) % 2 else chance.choice(sorted(missing))
        row: dict[int, str] = {i: a, j: b}
        for axis in chance.sample([n for n in range(len(axes)) if n not in row], len(axes) - 2):
            row[axis] = max(axes[axis], key=lambda value: _met(row, axis, value, missing))
        made = tuple(row[n] for n in range(len(axes)))
        missing -= {(m, made[m], n, made[n]) for m, n in itertools.combinations(range(len(axes)), 2)}
        rows.append(made)
    return rows


def _met(row: dict[int, str], axis: int, value: str, missing: set[tuple[int, str, int, str]]) -> int:
    """How many missing pairs a value of an axis would meet in this row."""
    return sum(
        ((other, taken, axis, value) if other < axis else (axis, value, other, taken)) in missing
        for other, taken in row.items()
    )
