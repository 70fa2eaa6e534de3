"""Relations in a message are contact persons of the register: a message brings a number, the register says who it is (ViSD 5.2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from dossier.access import related_persons_for
from dossier.actions.proposals import propose
from dossier.models import RelatedPerson
from events.actor import Actor
from events.errors import Refused
from exchange.chain.judge import several
from exchange.chain.models import RelationNumber
from exchange.chain.read import Read, Values
from people.models import Organisation
from trust.access import Opening

KINDS: dict[str, tuple[str, ...]] = {
    "10": ("MTH", "FTH", "STPMTH", "STPFTH", "ADOPTM", "ADOPTF"),
    "12": ("DOMPART", "HUSB", "WIFE"),
    "13": ("MTHFOST", "FTHFOST"),
    "16": ("SONC", "DAUC"),
    "17": (
        "SIS", "BRO", "DAUINLAW", "SONINLAW", "GRNDDAU", "GRNDSON", "NIECE", "NEPHEW", "COUSN", "SISINLAW", "BROINLAW", "MTHINLAW",
        "FTHINLAW", "AUNT", "UNCLE", "GRMTH", "GRFTH", "GGRMTH", "GGRFTH",
    ),
}  # fmt: skip
"""COD472: which relations of the register each kind of the chain stands for."""
ROLES = {"03", "04", "05", "06", "07", "09", "11", "14", "15", "19", "20", "21"}
"""Kinds that the register knows as a role, by the same code."""
OTHERWISE = "09"


@dataclass(frozen=True)
class Compared:
    """How many relations of a message are as the register has them, were proposed to be otherwise, or are not in it."""

    same: int = 0
    proposed: int = 0
    unknown: int = 0


@transaction.atomic
def compare(*, message: Read, opening: Opening, municipality: Organisation, by: Actor) -> Compared:
    """Match the relations of an assignment to the register of an opened record, by number and else by name, once.

    The register is never overwritten: what differs is proposed to who keeps it. Who is not there is told and not written down, for
    the register asks more than a message says.
    """
    known = {
        one.number: one.person_id
        for one in RelationNumber.objects.filter(organisation=municipality, patient=opening.patient)
    }
    here = related_persons_for(opening)
    by_number, taken = {one.pk: one for one in here}, set(known.values())
    same = proposed = unknown = 0
    for _path, told in several(message.content, "Relaties", "Relatie"):
        found = by_number.get(known.get(told["Nummer"], 0))
        if found is None and told["Nummer"] not in known:
            found = next(
                (one for one in here if one.pk not in taken and _plain(one.name) == _plain(name_of(told))), None
            )
            if found is not None:
                taken.add(found.pk)
                RelationNumber.objects.create(
                    organisation=municipality, patient=opening.patient, number=told["Nummer"], person=found
                )
        if found is None:
            unknown += 1
        elif _propose(opening, found, told, municipality, by):
            proposed += 1
        else:
            same += 1
    return Compared(same, proposed, unknown)


def _propose(opening: Opening, entry: RelatedPerson, told: Values, municipality: Organisation, by: Actor) -> bool:
    values = {
        name: value
        for name, value in details_of(told).items()
        if value and not _alike(name, value, getattr(entry, name))
    }
    if not values:
        return False
    with override(settings.LANGUAGE_CODE):
        why = _("Zo staat het in een toewijzing van %(name)s.") % {"name": municipality.name}
    try:
        with transaction.atomic():
            propose(opening, entry, entry.version, values, why, by)
    except Refused:
        return False
    return True


def name_of(told: Values) -> str:
    """The name of a relation as the register writes it: initials and surname."""
    name = told["Naam"]
    own = " ".join(filter(None, [name["Geslachtsnaam"].get("Voorvoegsel"), name["Geslachtsnaam"]["Achternaam"]]))
    initials = "".join(f"{letter}." for letter in name.get("Voorletters", ""))
    return " ".join(filter(None, [initials or name.get("Voornamen"), own]))


def details_of(told: Values) -> Mapping[str, Any]:
    """What a message says of somebody, by the fields of the register."""
    contact = told["Contact"]
    phones = contact.get("Telefoon", {})
    return {
        "phone": phones.get("Telefoon01", {}).get("Telefoonnummer", ""),
        "other_phone": phones.get("Telefoon02", {}).get("Telefoonnummer", ""),
        "email": contact.get("Emailadres", ""),
    }


def relations_for(*, opening: Opening, municipality: Organisation) -> list[Values]:
    """Contact persons of the register as a message holds them: the number, and the least that the standard obliges.

    Each has a number that this municipality gave once and never changes. Whom nobody can phone stays out, for the standard
    asks a number or an address; and after ``CHAIN_RELATIONS_UNTIL`` nobody goes along: by then the register is asked.
    """
    until = settings.CHAIN_RELATIONS_UNTIL
    if until and timezone.localdate().isoformat() > until:
        return []
    numbers = {
        one.person_id: one.number
        for one in RelationNumber.objects.filter(organisation=municipality, patient=opening.patient)
    }
    made: list[Values] = []
    for entry in related_persons_for(opening):
        phone = "".join(sign for sign in entry.phone or entry.other_phone if sign.isdigit())[:15]
        if not phone:
            continue
        number = numbers.get(entry.pk)
        if number is None:
            used = [int(one) for one in numbers.values() if one.isdecimal()]
            number = numbers[entry.pk] = str(max(used, default=0) + 1)
            RelationNumber.objects.create(
                organisation=municipality, patient=opening.patient, number=number, person=entry
            )
        made.append(
            {
                "Nummer": number,
                "Volgorde": str(len(made) + 1),
                "Soort": kind_of(entry),
                "Naam": {"Geslachtsnaam": {"Achternaam": entry.name}, "NaamGebruik": "1"},
                "Contact": {"Soort": "02", "Telefoon": {"Telefoon01": {"Telefoonnummer": phone}}},
            }
        )
    return made


def kind_of(entry: RelatedPerson) -> str:
    """What somebody is for the person, by the list of the chain (COD472): a role by law first, then the relation."""
    role = next((role for role in entry.roles if role in ROLES - {OTHERWISE}), None)
    if role:
        return str(role)
    return next((kind for kind, relations in KINDS.items() if entry.relationship in relations), OTHERWISE)


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace(".", " ").split())


def _alike(name: str, one: str, other: str) -> bool:
    if name.endswith("phone"):
        digits = ["".join(sign for sign in each if sign.isdigit())[-9:] for each in (one, other)]
        return digits[0] == digits[1]
    return one.casefold() == other.casefold()
