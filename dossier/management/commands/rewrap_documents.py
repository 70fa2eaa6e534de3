"""Wraps the keys of all documents with the first key of the settings, so that an older key can be put away."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from dossier import actions
from events.actor import act, system


class Command(BaseCommand):
    """Says how many keys were wrapped anew; their documents stay as they are. Asks the login that owns the tables."""

    help = "Wrap the keys of documents with the current key of NIS_DOCUMENT_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go on, a batch in each transaction, until none is left."""
        count = 0
        while True:
            with act(system("keeping", purpose="HOPERAT")) as worker:
                done = actions.rewrap_documents(by=worker)
            if not done:
                break
            count += done
        self.stdout.write(f"{count:>8} keys of documents wrapped anew")
