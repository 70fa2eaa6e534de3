"""The record: entries that the network keeps itself, and facts of source systems with their owner and age."""

from dossier.models.entries import Entry, Statement
from dossier.models.facts import Fact
from dossier.models.network import Participant, RelatedPerson
from dossier.models.sources import Source, SourceAnswer

__all__ = ["Entry", "Fact", "Participant", "RelatedPerson", "Source", "SourceAnswer", "Statement"]
