"""Everything that changes the register of the network: entries and their end, proposals to keepers, who coordinates."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from dossier.access.network import WORDS, Beside, Kept, keeps, may_change
from dossier.models import LEGAL, Participant, Proposal, RelatedPerson
from events.actions import ask, done, record
from events.actor import Actor
from events.errors import Refused
from people.models import Membership, Organisation, Patient, Role, User
from trust.access import Opening
from trust.categories import Category

Entry = TypeVar("Entry", RelatedPerson, Participant)
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
DECIDED: dict[str, str] = {
    Proposal.Status.ACCEPTED: "network.accepted",
    Proposal.Status.DECLINED: "network.declined",
    Proposal.Status.WITHDRAWN: "network.withdrawn",
}


@transaction.atomic
def add_related_person(*, opening: Opening, by: Actor, other: bool = False, **values: Any) -> RelatedPerson:
    """Write down a contact person or informal carer (zib ContactPerson), kept by the own organisation or by the person.

    Raises ``Refused`` when somebody with this name or number is there already, unless ``other`` says it is somebody else.
    """
    organisation = _writer(opening, by)
    if organisation is None and set(values.get("roles", ())) & LEGAL:
        raise PermissionDenied(_("Een wettelijk vertegenwoordiger schrijft een hulpverlener op, die het bewijs ziet."))
    made = RelatedPerson(patient=opening.patient, organisation_id=organisation, **values)
    _need_new_person(opening, made, other)
    return _add(opening, made, by)


@transaction.atomic
def add_participant(*, opening: Opening, by: Actor, **values: Any) -> Participant:
    """Write down who helps: a colleague, another participant, or somebody outside the network.

    Raises ``Refused`` when that person or organisation takes part in this function already.
    """
    organisation = _writer(opening, by)
    if organisation is None:
        raise PermissionDenied(_("Wie helpt, schrijft een hulpverlener op."))
    made = Participant(patient=opening.patient, organisation_id=organisation, **values)
    if made.party_id == organisation:
        made.party = None
    _need_new_participant(opening, made)
    return _add(opening, made, by)


@transaction.atomic
def take_over(*, opening: Opening, beside: Beside, by: Actor) -> Kept:
    """Write down in the register whom a source names, with all it told, and remember from where."""
    values = {name: value for name, value in beside.found.values.items() if value not in ("", [])}
    until = values.pop("until", None)
    if until and until < timezone.localdate().isoformat():
        raise Refused(_("Volgens de bron is dit voorbij. Neem het over door zelf iemand toe te voegen."))
    if beside.found.kind == "related_person":
        return add_related_person(opening=opening, by=by, taken_from=beside.ref, **values)
    values["function"] = values.get("function", _("hulpverlener"))
    member = _member_named(values["name"])
    if member is not None:
        values = {key: value for key, value in values.items() if key not in {"name", "place_name"}}
        return add_participant(opening=opening, by=by, taken_from=beside.ref, membership=member, **values)
    if "place_name" not in values:
        values["party"] = beside.fact.organisation
    return add_participant(opening=opening, by=by, taken_from=beside.ref, **values)


def _member_named(name: str) -> Membership | None:
    """The one person at work in the network with this name; nobody when there are more."""
    found = list(Membership.objects.current().filter(user__name__iexact=name)[:2])
    return found[0] if len(found) == 1 else None


@transaction.atomic
def change_entry(
    *, opening: Opening, entry: Kept, seen: int, by: Actor, why: str = "", **values: Any
) -> Kept | Proposal:
    """Say something else in an entry: at once by who may, else as a proposal to who keeps it; what it said stays readable.

    ``seen`` is the version that was on the screen. Raises ``Refused`` when another changed it in the meantime.
    """
    if not may_change(by, opening, entry):
        return _propose(opening, entry, seen, values, why, by)
    former = _locked(opening, entry, seen)
    for name in FIELDS[type(former)]:
        if name in values:
            setattr(former, name, values[name])
    _sign(former, opening, by)
    _save(former)
    record(CHANGED[type(former)], subject=former, patient_id=opening.patient.pk, by=by)
    _settle(former, opening, by)
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
        return _propose(opening, entry, seen, {"until": until.isoformat()}, why, by)
    former = _locked(opening, entry, seen)
    former.until = until
    _sign(former, opening, by)
    _save(former)
    record(ENDED[type(former)], subject=former, patient_id=opening.patient.pk, by=by)
    _settle(former, opening, by)
    return former


@transaction.atomic
def reopen_entry(*, opening: Opening, entry: Kept, seen: int, by: Actor) -> Kept:
    """Take an end back: the entry holds on."""
    if not may_change(by, opening, entry):
        raise PermissionDenied(_("Alleen wie dit beheert, neemt het einde terug."))
    former = _locked(opening, entry, seen)
    former.until = None
    _sign(former, opening, by)
    _save(former)
    record(CHANGED[type(former)], subject=former, patient_id=opening.patient.pk, by=by)
    return former


@transaction.atomic
def hand_over(*, opening: Opening, from_: Participant | None, to: Participant | None, by: Actor) -> None:
    """Say who coordinates from now on, or nobody; ``from_`` is who did according to the screen.

    Who coordinates hands over; where nobody does, or who did is not involved any more, anybody involved may say who does. Raises
    ``Refused`` when it changed in the meantime.
    """
    _writer(opening, by)
    name, role = _signature(by)
    with connection.cursor() as cursor:
        cursor.execute(
            "select dossier_coordinate(%s, %s, %s, %s, %s)",
            [opening.patient.pk, from_ and from_.pk, to and to.pk, name, role],
        )
        outcome = cursor.fetchone()[0]
    if outcome == "changed":
        raise Refused(_("Een ander heeft de coördinatie intussen overgedragen. Kijk wie het nu doet."))
    if outcome == "other":
        raise PermissionDenied(_("De coördinatie draagt over wie nu coördineert."))
    subject = to or from_
    if subject is not None:
        record("network.handed_over", subject=subject, patient_id=opening.patient.pk, data={"ended": to is None}, by=by)


@transaction.atomic
def accept_proposal(*, opening: Opening, proposal: Proposal, by: Actor) -> Kept:
    """Take over what was proposed into the own entry. Raises ``Refused`` when the entry changed since, or the proposal is settled."""
    locked = _open_proposal(opening, proposal)
    if not keeps(by, locked.entry) or not may_change(by, opening, locked.entry):
        raise PermissionDenied(_("Wie dit beheert, beslist over het voorstel."))
    values = {name: _value(name, value) for name, value in locked.changes.items()}
    _decide(locked, Proposal.Status.ACCEPTED, "", by)
    entry = _locked(opening, locked.entry, locked.seen_version)
    for name, value in values.items():
        setattr(entry, name, value)
    _sign(entry, opening, by)
    _save(entry)
    verbs = ENDED if "until" in values else CHANGED
    record(verbs[type(entry)], subject=entry, patient_id=opening.patient.pk, by=by)
    _decided(locked, opening, by)
    _settle(entry, opening, by)
    return entry


@transaction.atomic
def decline_proposal(*, opening: Opening, proposal: Proposal, reply: str, by: Actor) -> Proposal:
    """Leave the own entry as it is, with a word to who proposed."""
    locked = _open_proposal(opening, proposal)
    if not keeps(by, locked.entry):
        raise PermissionDenied(_("Wie dit beheert, beslist over het voorstel."))
    _decide(locked, Proposal.Status.DECLINED, reply, by)
    _decided(locked, opening, by)
    return locked


@transaction.atomic
def withdraw_proposal(*, opening: Opening, proposal: Proposal, by: Actor) -> Proposal:
    """Take the own proposal back."""
    locked = _open_proposal(opening, proposal)
    if locked.by_organisation_id != by.works_for or (by.kind == "citizen" and locked.author_id != by.user_id):
        raise PermissionDenied(_("Alleen wie het voorstelde, neemt het terug."))
    _decide(locked, Proposal.Status.WITHDRAWN, "", by)
    _decided(locked, opening, by)
    return locked


def _writer(opening: Opening, by: Actor) -> int | None:
    """The organisation that keeps what the actor writes; nothing for the person. ``PermissionDenied`` for who may not write."""
    if by.kind == "citizen":
        return None
    if by.organisation_id is None or by.kind != "professional" or Category.NETWORK not in opening.own:
        raise PermissionDenied(_("Dit onderdeel van het dossier is voor uw rol of organisatie niet te wijzigen."))
    return by.organisation_id


def _signature(by: Actor) -> tuple[str, str]:
    """Who signs, as the register keeps it: a professional by name and role, the person as the person."""
    if by.kind == "citizen":
        own = Patient.objects.filter(account_id=by.user_id).first()
        return (own.name if own else _("namens de inwoner"))[:160], ""
    with override("nl"):  # the role is kept in Dutch, whatever the author reads
        return str(User.objects.get(pk=by.user_id))[:160], str(Role(by.role).label)[:60]


def _sign(entry: Kept, opening: Opening, by: Actor) -> None:
    entry.organisation_id = _writer(opening, by)  # type: ignore[assignment]
    entry.author_id = by.user_id
    entry.author_name, entry.author_role = _signature(by)
    if isinstance(entry, Participant) and entry.party_id == entry.organisation_id:
        entry.party = None


def _add(opening: Opening, made: Entry, by: Actor) -> Entry:
    made.author_id = by.user_id
    made.author_name, made.author_role = _signature(by)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise _double(error) from None
    record(ADDED[type(made)], subject=made, patient_id=opening.patient.pk, by=by)
    return made


def _save(entry: Kept) -> None:
    names = [*FIELDS[type(entry)], "until", "organisation", "author", "author_name", "author_role"]
    try:
        with transaction.atomic():
            entry.save(update_fields=names)
    except IntegrityError as error:
        raise _double(error) from None
    entry.refresh_from_db(fields=["version", "at"])


def _double(error: IntegrityError) -> Refused:
    """What a constraint of the register refuses, in words; any other fault goes on."""
    if "_once" in str(error):
        return Refused(_("Dit staat al in het netwerk. Wijzig wat er staat."))
    raise error


def _locked(opening: Opening, entry: Entry, seen: int) -> Entry:
    """The entry, locked; ``Refused`` when it is not the version that the actor saw."""
    manager = type(entry)._default_manager
    found = manager.select_for_update().filter(patient=opening.patient, pk=entry.pk).first()
    if found is None:
        raise PermissionDenied(_("Dit onderdeel van het dossier is voor uw rol of organisatie niet te wijzigen."))
    if found.version != seen:
        raise Refused(
            _("%(name)s heeft dit intussen gewijzigd. Uw wijziging is niet opgeslagen. Kijk eerst wat er nu staat.")
            % {"name": found.author_name or _("Een ander")}
        )
    return found


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


def _propose(opening: Opening, entry: Kept, seen: int, values: dict[str, Any], why: str, by: Actor) -> Proposal:
    """Propose to the keeper what the entry should say; asks its attention on the work list, or in the portal."""
    organisation = _writer(opening, by)
    changes = {
        name: plain for name, value in values.items() if (plain := _plain(value)) != _plain(getattr(entry, name))
    }
    if not changes:
        raise Refused(_("Er is niets anders ingevuld dan wat er staat."))
    if entry.version != seen:
        raise Refused(_("Dit is intussen gewijzigd. Kijk eerst wat er nu staat."))
    name, role = _signature(by)
    made = Proposal.objects.create(
        patient=opening.patient, organisation_id=entry.organisation_id, seen_version=seen, note=why[:300],
        changes={_column(name): value for name, value in changes.items()},
        by_organisation_id=organisation, author_id=by.user_id or 0, author_name=name, author_role=role,
        **{POINTER[type(entry)]: entry},
    )  # fmt: skip
    if entry.organisation_id is None:
        record("network.asked", subject=made, patient_id=opening.patient.pk, by=by)
    else:
        record("network.proposed", subject=made, patient_id=opening.patient.pk, by=by)
    if entry.organisation_id is not None:
        ask(
            "network",
            subject=opening.patient,
            organisation_id=entry.organisation_id,
            title="Voorstel voor een wijziging in het zorgnetwerk",
            by=by,
            patient_id=opening.patient.pk,
            sender=_sender(by),
        )
    return made


def _sender(by: Actor) -> str:
    place = Organisation.objects.filter(pk=by.works_for).first()
    return place.name if place else ""


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.pk if hasattr(value, "pk") else value


def _column(name: str) -> str:
    return f"{name}_id" if name in {"membership", "party"} else name


def _value(name: str, value: Any) -> Any:
    """A proposed value as the entry keeps it; ``PermissionDenied`` for a field that nobody may propose."""
    if name not in WORDS or name in {"organisation_id", "coordinates"}:
        raise PermissionDenied(_("Dit kan niet worden voorgesteld."))
    return date.fromisoformat(value) if name in {"since", "until"} and value else value


def _open_proposal(opening: Opening, proposal: Proposal) -> Proposal:
    found = Proposal.objects.select_for_update(of=("self",)).filter(patient=opening.patient, pk=proposal.pk).first()
    if found is None or found.status != Proposal.Status.OPEN:
        raise Refused(_("Over dit voorstel is al beslist."))
    return found


def _decide(proposal: Proposal, status: str, reply: str, by: Actor) -> None:
    proposal.status, proposal.reply, proposal.decided_by_id = status, reply[:300], by.user_id
    proposal.decided_name, proposal.decided_at = _signature(by)[0], timezone.now()
    proposal.save(update_fields=["status", "reply", "decided_by", "decided_name", "decided_at"])


def _decided(proposal: Proposal, opening: Opening, by: Actor) -> None:
    """Tell the proposer, and take the work off the keeper's list when nothing more waits there."""
    record(DECIDED[proposal.status], subject=proposal, patient_id=opening.patient.pk, by=by)
    _clear(opening, proposal.organisation_id, by)


def _settle(entry: Kept, opening: Opening, by: Actor) -> None:
    """Proposals about a version that the keeper changed meanwhile are about something else now: they end with that word."""
    waiting = Proposal.objects.filter(
        patient=opening.patient, status=Proposal.Status.OPEN, **{POINTER[type(entry)]: entry}
    )
    for one in waiting:
        _decide(one, Proposal.Status.DECLINED, _("Dit is intussen gewijzigd."), by)
        _decided(one, opening, by)


def _clear(opening: Opening, organisation_id: int | None, by: Actor) -> None:
    waits = Proposal.objects.filter(
        patient=opening.patient, status=Proposal.Status.OPEN, organisation_id=organisation_id
    )
    if organisation_id is not None and not waits.exists():
        done(subject=opening.patient, by=by, kind="network", organisation_id=organisation_id)
