"""Everything that changes the register of the network: entries and their end, and who coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.access.network import Beside, Kept
from dossier.access.register import may_change
from dossier.actions.proposals import propose, settle
from dossier.actions.signing import CHANGED, ENDED, FIELDS, add, locked, save, sign, signature_of, writer_of
from dossier.models import LEGAL, Participant, Proposal, RelatedPerson
from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Membership
from trust.access import Opening


@transaction.atomic
def add_related_person(*, opening: Opening, values: Mapping[str, Any], by: Actor, other: bool = False) -> RelatedPerson:
    """Write down a contact person or informal carer (zib ContactPerson), kept by the own organisation or by the person.

    Raises ``Refused`` when somebody with this name or number is there already, unless ``other`` says it is somebody else.
    """
    organisation = writer_of(opening, by)
    if organisation is None and set(values.get("roles", ())) & LEGAL:
        raise PermissionDenied(_("Een wettelijk vertegenwoordiger schrijft een hulpverlener op, die het bewijs ziet."))
    made = RelatedPerson(patient=opening.patient, organisation_id=organisation, **values)
    _need_new_person(opening, made, other)
    return add(opening, made, by)


@transaction.atomic
def add_participant(*, opening: Opening, values: Mapping[str, Any], by: Actor) -> Participant:
    """Write down who helps: a colleague, another participant, or somebody outside the network.

    Raises ``Refused`` when that person or organisation takes part in this function already.
    """
    organisation = writer_of(opening, by)
    if organisation is None:
        raise PermissionDenied(_("Wie helpt, schrijft een hulpverlener op."))
    made = Participant(patient=opening.patient, organisation_id=organisation, **values)
    if made.party_id == organisation:
        made.party = None
    _need_new_participant(opening, made)
    return add(opening, made, by)


@transaction.atomic
def take_over(*, opening: Opening, beside: Beside, by: Actor) -> Kept:
    """Write down in the register whom a source names, with all it told, and remember from where."""
    values = {name: value for name, value in beside.found.values.items() if value not in ("", [])}
    values["taken_from"] = beside.ref
    until = values.pop("until", None)
    if until and until < timezone.localdate().isoformat():
        raise Refused(_("Volgens de bron is dit voorbij. Neem het over door zelf iemand toe te voegen."))
    if beside.found.kind == "related_person":
        return add_related_person(opening=opening, values=values, by=by)
    values["function"] = values.get("function", _("hulpverlener"))
    member = _member_named(values["name"])
    if member is not None:
        values = {key: value for key, value in values.items() if key not in {"name", "place_name"}}
        return add_participant(opening=opening, values=values | {"membership": member}, by=by)
    if "place_name" not in values:
        values["party"] = beside.fact.organisation
    return add_participant(opening=opening, values=values, by=by)


def _member_named(name: str) -> Membership | None:
    """The one person at work in the network with this name; nobody when there are more."""
    found = list(Membership.objects.current().filter(user__name__iexact=name)[:2])
    return found[0] if len(found) == 1 else None


@transaction.atomic
def change_entry(
    *, opening: Opening, entry: Kept, seen: int, values: Mapping[str, Any], by: Actor, why: str = ""
) -> Kept | Proposal:
    """Say something else in an entry: at once by who may, else as a proposal to who keeps it; what it said stays readable.

    ``seen`` is the version that was on the screen. Raises ``Refused`` when another changed it in the meantime.
    """
    if not may_change(by, opening, entry):
        return propose(opening, entry, seen, values, why, by)
    former = locked(opening, entry, seen)
    for name in FIELDS[type(former)]:
        if name in values:
            setattr(former, name, values[name])
    sign(former, opening, by)
    save(former)
    record(CHANGED[type(former)], subject=former, patient_id=opening.patient.pk, by=by)
    settle(former, opening, by)
    return former


@transaction.atomic
def end_entry(*, opening: Opening, entry: Kept, seen: int, until: date, by: Actor, why: str = "") -> Kept | Proposal:
    """Say on which day an entry holds last; it stays readable. Who may not, proposes it to who keeps it.

    Raises ``Refused`` for a day before it began, and for who coordinates: that is handed over first.
    """
    if until < entry.since:
        raise Refused(_("Deze dag ligt voor de dag waarop het begon."), field="until")
    if isinstance(entry, Participant) and entry.coordinates:
        raise Refused(_("Deze hulpverlener is de coördinator. Draag dat eerst over."), field="until")
    if not may_change(by, opening, entry):
        return propose(opening, entry, seen, {"until": until.isoformat()}, why, by)
    former = locked(opening, entry, seen)
    former.until = until
    sign(former, opening, by)
    save(former)
    record(ENDED[type(former)], subject=former, patient_id=opening.patient.pk, by=by)
    settle(former, opening, by)
    return former


@transaction.atomic
def reopen_entry(*, opening: Opening, entry: Kept, seen: int, by: Actor) -> Kept:
    """Take an end back: the entry holds on."""
    if not may_change(by, opening, entry):
        raise PermissionDenied(_("Alleen wie dit beheert, neemt het einde terug."))
    former = locked(opening, entry, seen)
    former.until = None
    sign(former, opening, by)
    save(former)
    record(CHANGED[type(former)], subject=former, patient_id=opening.patient.pk, by=by)
    return former


@transaction.atomic
def hand_over(*, opening: Opening, from_: Participant | None, to: Participant | None, by: Actor) -> None:
    """Say who coordinates from now on, or nobody; ``from_`` is who did according to the screen.

    Who coordinates hands over; where nobody does, or who did is not involved any more, anybody involved may say who does. Raises
    ``Refused`` when it changed in the meantime.
    """
    writer_of(opening, by)
    name, role = signature_of(by)
    with connection.cursor() as cursor:
        cursor.execute(
            "select dossier_coordinate(%s, %s, %s, %s, %s)",
            [opening.patient.pk, from_.pk if from_ else None, to.pk if to else None, name, role],
        )
        outcome = cursor.fetchone()[0]
    if outcome == "changed":
        raise Refused(_("Een ander heeft de coördinatie intussen overgedragen. Kijk wie het nu doet."))
    if outcome == "other":
        raise PermissionDenied(_("De coördinatie draagt over wie nu coördineert."))
    subject = to or from_
    if subject is not None:
        record("network.handed_over", subject=subject, patient_id=opening.patient.pk, data={"ended": to is None}, by=by)


def _digits(number: str) -> str:
    return "".join(sign for sign in number if sign.isdigit())[-9:]


def _need_new_person(opening: Opening, made: RelatedPerson, other: bool) -> None:
    """Raise ``Refused`` when somebody with the name or a number is there; with the name and the relation even for ``other``."""
    numbers = {_digits(number) for number in (made.phone, made.other_phone) if number}
    for one in RelatedPerson.objects.filter(patient=opening.patient).current():
        same_number = numbers & {_digits(number) for number in (one.phone, one.other_phone) if number}
        same_name = one.name.casefold() == made.name.casefold()
        if (same_name and one.relationship == made.relationship) or (not other and (same_name or same_number)):
            raise Refused(
                _("%(name)s (%(what)s) staat al in het netwerk. Wijzig dat, of vink aan dat dit iemand anders is.")
                % {"name": one.name, "what": one.what or _("contactpersoon")},
                field="name",
            )


def _need_new_participant(opening: Opening, made: Participant) -> None:
    here = Participant.objects.filter(patient=opening.patient).current()
    if made.membership_id:
        same = here.filter(membership_id=made.membership_id)
    elif made.name:
        same = here.filter(Q(name__iexact=made.name) | Q(membership__user__name__iexact=made.name))
    else:
        same = here.filter(membership=None, name="", function__iexact=made.function, place_name__iexact=made.place_name)
        same = (
            same.filter(party=made.party)
            if made.party_id
            else same.filter(Q(party=None), organisation_id=made.organisation_id)
        )
    found = same.select_related("membership__user", "party", "organisation").first()
    if found is not None:
        raise Refused(
            _("%(name)s (%(what)s) staat al in het netwerk. Wijzig wat er staat.")
            % {"name": found.who, "what": found.function}
        )
