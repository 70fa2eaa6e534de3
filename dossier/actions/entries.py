"""Everything that changes the network's own record: entries and their newer versions."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from dossier.actions.copies import copy_entry
from dossier.models import Entry
from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Role, User
from trust.access import Opening
from trust.categories import Category

CATEGORIES: dict[str, Category] = {
    **dict.fromkeys(Entry.Kind, Category.PLAN),
    Entry.Kind.WISH: Category.WISHES,
    Entry.Kind.SOCIAL: Category.SOCIAL,
    Entry.Kind.MEASUREMENT: Category.RESULTS,
}
"""Under which category an entry of each kind is kept, and so who may see it."""


@transaction.atomic
def add_entry(
    *,
    opening: Opening,
    kind: str,
    text: str,
    by: Actor,
    on_date: date | None = None,
    done: bool = False,
    category: Category | None = None,
    reference: str = "",
) -> Entry:
    """Add a signed entry to the opened record; ``category`` overrules where entries of this kind are kept.

    Raises ``PermissionDenied`` when the category was not opened for the actor, and ``Refused`` for a day yet to come.
    """
    return _write(
        opening,
        Entry(kind=kind, category=CATEGORIES[kind] if category is None else category, reference=reference),
        text,
        on_date,
        done,
        by,
        "entry.added",
    )


@transaction.atomic
def replace_entry(
    *, opening: Opening, entry: Entry, text: str, by: Actor, on_date: date | None = None, done: bool = False
) -> Entry:
    """Put a newer version in the place of an entry; the older one stays and shows in the history (Wgbo art. 7:454 BW).

    Raises ``Refused`` when somebody else has replaced this version in the meantime.
    """
    former = Entry.objects.select_for_update().get(pk=entry.pk, patient=opening.patient)
    newer = Entry.objects.filter(replaces=former).first()
    if newer is not None:
        raise Refused(
            _(
                "%(name)s heeft dit intussen gewijzigd. Uw tekst is niet opgeslagen. Bewaar die en open de nieuwste versie."
            )
            % {"name": newer.author_name}
        )
    made = Entry(kind=former.kind, category=former.category, reference=former.reference, replaces=former)
    return _write(opening, made, text, on_date, done, by, "entry.replaced")


def _write(opening: Opening, made: Entry, text: str, on_date: date | None, done: bool, by: Actor, verb: str) -> Entry:
    made.organisation_id = _writer(opening, Category(made.category), by)
    made.on_date = on_date or timezone.localdate()
    if made.on_date > timezone.localdate():
        raise Refused(_("Kies vandaag of een dag die is geweest."), field="on_date")
    made.patient, made.author = opening.patient, User.objects.get(pk=by.user_id)
    with override(settings.LANGUAGE_CODE):  # the role is kept in Dutch, whatever the author reads
        made.author_name, made.author_role = str(made.author)[:160], str(Role(by.role).label)[:60]
    made.text, made.done = text, done
    made.save(force_insert=True)
    record(verb, subject=made, patient_id=opening.patient.pk, by=by)
    copy_entry(entry=made, by=by)
    return made


def _writer(opening: Opening, category: Category, by: Actor) -> int:
    """The organisation for which the actor may write in this category of the opened record."""
    if by.kind != "professional" or by.organisation_id is None or category not in opening.own:
        raise PermissionDenied(_("Dit onderdeel van het dossier is voor uw rol of organisatie niet te wijzigen."))
    return by.organisation_id
