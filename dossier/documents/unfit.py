"""The refusal of a file, in words that say what the person can do instead."""

from __future__ import annotations

from events.errors import Refused


class Unfit(Refused):
    """This file is not taken, whole and without a trace; the text says why and what can be done."""

    def __init__(self, message: object) -> None:
        super().__init__(message, field="file")
