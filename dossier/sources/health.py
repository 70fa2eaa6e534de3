"""How long answers of a source take, counted in steps, and what half and ninety-five of a hundred of them stay within."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

STEPS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0)
"""The ends of the steps in seconds; one more step holds what took longer."""


def step_of(seconds: float) -> int:
    """The step in which a duration falls."""
    return next((number for number, end in enumerate(STEPS) if seconds <= end), len(STEPS))


def total(spreads: Iterable[Sequence[int]]) -> list[int]:
    """Several counts as one."""
    made = [0] * (len(STEPS) + 1)
    for spread in spreads:
        for number, count in enumerate(spread[: len(made)]):
            made[number] += count
    return made


def within(spread: Sequence[int], share: float) -> float | None:
    """The seconds within which this share of the answers came, evenly spread within a step; nothing without answers."""
    wanted, seen = share * sum(spread), 0
    if wanted <= 0:
        return None
    for number, count in enumerate(spread):
        if count and seen + count >= wanted:
            if number >= len(STEPS):
                return STEPS[-1]
            begin = STEPS[number - 1] if number else 0.0
            return begin + (STEPS[number] - begin) * (wanted - seen) / count
        seen += count
    return STEPS[-1]
