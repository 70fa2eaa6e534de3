"""Codes of problems for which a service is meant: ICPC-1 (P76, T90.02) or SNOMED CT (35489007)."""

from __future__ import annotations

import re

ICPC = re.compile(r"[A-Z][0-9]{2}(\.[0-9]{2})?")
SNOMED = re.compile(r"[1-9][0-9]{5,17}")
_TIMES = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6), (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1), (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4), (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # fmt: skip
_TURNS = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2), (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1), (2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)  # fmt: skip


def is_code(text: str) -> bool:
    """Whether this is written as a code of a problem; of a SNOMED CT number the check digit (Verhoeff) is right too."""
    if ICPC.fullmatch(text):
        return True
    if not SNOMED.fullmatch(text):
        return False
    check = 0
    for place, digit in enumerate(reversed(text)):
        check = _TIMES[check][_TURNS[place % 8][int(digit)]]
    return check == 0


def found_under(codes: str) -> list[str]:
    """The codes by which a service for this problem may say so: T90.02 also under T90; nothing for what is no code.

    One problem may have a code in each system, with commas between (``P76,35489007``).
    """
    written = [code.strip().upper() for code in codes.split(",")]
    if not all(is_code(code) for code in written):
        return []
    return list(dict.fromkeys(form for code in written for form in (code, code.split(".")[0])))
