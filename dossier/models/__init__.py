"""The record: entries that the network keeps itself, and facts of source systems with their owner and age."""

from dossier.models.copies import Copy, CopyKind, CopyText, SourceCopying
from dossier.models.cover import Cover, CoverNow, OpeningHours
from dossier.models.documents import Document, DocumentPart
from dossier.models.entries import Entry, Statement
from dossier.models.facts import Fact
from dossier.models.network import FormerVersion, Participant, Proposal, RelatedPerson
from dossier.models.network_codes import LEGAL, Capacity, ContactRole, Relationship
from dossier.models.residence import Residence
from dossier.models.sources import Source, SourceAnswer, SourceHour

__all__ = [
    "LEGAL",
    "Capacity",
    "ContactRole",
    "Copy",
    "CopyKind",
    "CopyText",
    "Cover",
    "CoverNow",
    "Document",
    "DocumentPart",
    "Entry",
    "Fact",
    "FormerVersion",
    "OpeningHours",
    "Participant",
    "Proposal",
    "RelatedPerson",
    "Relationship",
    "Residence",
    "Source",
    "SourceAnswer",
    "SourceCopying",
    "SourceHour",
    "Statement",
]
