"""What somebody else saved of the same thing since a page was opened: who, when, and what changed; for the form that comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dossier.access.network import Kept
from dossier.access.register import differences, names_in, said_by
from dossier.models import Document, Entry, FormerVersion, RelatedPerson
from trust.access import Opening


@dataclass(frozen=True)
class Meanwhile:
    """The newest version and who made it; ``changes`` has the word of each field, what it said on the page, and what it says now."""

    who: str
    at: datetime
    changes: list[tuple[str, str, str]] = field(default_factory=list)


def in_the_register(opening: Opening, entry: Kept, seen: int) -> Meanwhile | None:
    """What changed in an entry of the register since the version that was seen; nothing when that is the newest."""
    if entry.version == seen:
        return None
    pointer = "related_person" if isinstance(entry, RelatedPerson) else "participant"
    former = FormerVersion.objects.filter(patient=opening.patient, version=seen, **{pointer: entry}).first()
    now = said_by(entry)
    changes = differences(former.said, now, names_in([former.said, now])) if former else []
    return Meanwhile(entry.author_name or _("Een ander"), entry.at, changes)


def among_versions(versions: Sequence[Entry] | Sequence[Document], seen: int) -> Meanwhile | None:
    """What changed in an entry or document of the record since the version with this number; ``versions`` has the newest first."""
    newest = versions[0]
    if newest.pk == seen:
        return None
    former = next((one for one in versions if one.pk == seen), newest)
    said = zip(_said(former), _said(newest), strict=True)
    return Meanwhile(
        newest.author_name, newest.at, [(word, old, new) for (word, old), (_word, new) in said if old != new]
    )


def _said(one: Entry | Document) -> list[tuple[str, str]]:
    day = (_("datum"), date_format(one.on_date, "j-n-Y"))
    if isinstance(one, Document):
        return [(_("titel"), one.title), day, (_("bestand"), one.file_name)]
    return [(_("tekst"), one.text), day, (_("gedaan"), _("ja") if one.done else _("nee"))]
