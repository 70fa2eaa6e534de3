"""What goes wrong between the network and a source, as a word."""

from __future__ import annotations

from dossier.sources.results import Outcome


class Mishap(Exception):
    """What went wrong with one call, as an outcome and a machine reason. Holds no text of the source."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
