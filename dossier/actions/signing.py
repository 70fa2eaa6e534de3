"""How an entry of the register is written: by whom, signed, locked at the version that was seen, and never twice."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from dossier.access.network import Kept
from dossier.models import Participant, RelatedPerson
from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Patient, Role, User
from trust.access import Opening
from trust.categories import Category

Entry = TypeVar("Entry", bound=RelatedPerson | Participant)
FIELDS: dict[type, tuple[str, ...]] = {
    RelatedPerson: ("name", "relationship", "roles", "phone", "other_phone", "email", "address", "note", "since"),
    Participant: ("membership", "party", "name", "place_name", "function", "capacity", "phone", "email", "since"),
}
"""What may be said of each kind of entry."""

POINTER: dict[type, str] = {RelatedPerson: "related_person", Participant: "participant"}
"""By which name a proposal points at each kind of entry."""

ADDED: dict[type, str] = {RelatedPerson: "related_person.added", Participant: "participant.added"}
CHANGED: dict[type, str] = {RelatedPerson: "related_person.changed", Participant: "participant.changed"}
ENDED: dict[type, str] = {RelatedPerson: "related_person.ended", Participant: "participant.ended"}


def writer_of(opening: Opening, by: Actor) -> int | None:
    """The organisation that keeps what the actor writes; nothing for the person. ``PermissionDenied`` for who may not write."""
    if by.kind == "citizen":
        return None
    if by.organisation_id is None or by.kind != "professional" or Category.NETWORK not in opening.own:
        raise PermissionDenied(_("Dit onderdeel van het dossier is voor uw rol of organisatie niet te wijzigen."))
    return by.organisation_id


def signature_of(by: Actor) -> tuple[str, str]:
    """Who signs, as the register keeps it: a professional by name and role, the person as the person."""
    if by.kind == "citizen":
        own = Patient.objects.filter(account_id=by.user_id).first()
        return (own.name if own else _("namens de inwoner"))[:160], ""
    with override("nl"):  # the role is kept in Dutch, whatever the author reads
        return str(User.objects.get(pk=by.user_id))[:160], str(Role(by.role).label)[:60]


def sign(entry: Kept, opening: Opening, by: Actor) -> None:
    entry.organisation_id = writer_of(opening, by)
    entry.author_id = by.user_id
    entry.author_name, entry.author_role = signature_of(by)
    if isinstance(entry, Participant) and entry.party_id == entry.organisation_id:
        entry.party = None


def add(opening: Opening, made: Entry, by: Actor) -> Entry:
    made.author_id = by.user_id
    made.author_name, made.author_role = signature_of(by)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise double(error) from None
    record(ADDED[type(made)], subject=made, patient_id=opening.patient.pk, by=by)
    return made


def save(entry: Kept) -> None:
    names = [*FIELDS[type(entry)], "until", "organisation", "author", "author_name", "author_role"]
    try:
        with transaction.atomic():
            entry.save(update_fields=names)
    except IntegrityError as error:
        raise double(error) from None
    entry.refresh_from_db(fields=["version", "at"])


def double(error: IntegrityError) -> Refused:
    """What a constraint of the register refuses, in words; any other fault goes on."""
    if "_once" in str(error):
        return Refused(_("Dit staat al in het netwerk. Wijzig wat er staat."))
    raise error


def locked(opening: Opening, entry: Entry, seen: int) -> Entry:
    """The entry, locked; ``Refused`` when it is not the version that the actor saw."""
    rows = type(entry)._default_manager.select_for_update()
    found: Any = rows.filter(patient=opening.patient, pk=entry.pk).first()
    if found is None:
        raise PermissionDenied(_("Dit onderdeel van het dossier is voor uw rol of organisatie niet te wijzigen."))
    if found.version != seen:
        raise Refused(
            _("%(name)s heeft dit intussen gewijzigd. Uw wijziging is niet opgeslagen. Kijk eerst wat er nu staat.")
            % {"name": found.author_name or _("Een ander")}
        )
    locked_one: Entry = found
    return locked_one
