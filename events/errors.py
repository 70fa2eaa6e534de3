"""The refusal that every app may raise: the right person at the wrong moment."""

from __future__ import annotations


class Refused(Exception):
    """What is asked cannot be done now; the text says in the user's language what went wrong and what can be done."""

    def __init__(self, message: object, *, field: str = "") -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.field = field
