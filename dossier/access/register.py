"""The register of the network as its page shows it: who keeps which entry, what it said before, what is proposed, who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossier.access.network import Beside, Kept, beside_of, cover, cover_now, network_facts, team_of
from dossier.models import (
    Capacity,
    ContactRole,
    FormerVersion,
    Participant,
    Proposal,
    RelatedPerson,
    Relationship,
)
from events.actor import Actor
from people.models import Membership, Organisation
from trust.access import Opening
from trust.categories import Category


@dataclass(frozen=True)
class Change:
    """One version of an entry: who wrote it when, and by field what it said before and after."""

    version: int
    at: datetime
    who: str
    lines: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Line:
    """One entry on the page of the network, with what the reader may do: change it, or propose a change to its keeper."""

    entry: Any
    keeper: str
    own: bool
    may_change: bool
    proposals: list[Proposal]
    history: list[Change]


@dataclass(frozen=True)
class Register:
    """The whole register of one person, as its page shows it."""

    team: list[Line]
    contacts: list[Line]
    ended: list[Line]
    beside: list[Beside]
    may_hand_over: bool


def register_for(opening: Opening, actor: Actor) -> Register:
    """Everything that the page of the network shows: entries of now and before, their history, what is proposed, what sources tell."""
    team = list(team_of(opening).annotate(covered=cover()))
    for one in team:
        one.cover = cover_now(one.covered)
    contacts = list(
        RelatedPerson.objects.filter(patient=opening.patient).select_related("organisation").order_by("since", "id")
    )
    contacts.sort(key=lambda one: (ContactRole.FIRST not in one.roles, ContactRole.SECOND not in one.roles))
    entries: list[Kept] = [*team, *contacts]
    changes = _changes(opening, entries)
    proposals = _proposals(opening)
    for entry in entries:
        for asked in proposals.get((type(entry), entry.pk), []):
            asked.told, asked.mine = told_by(asked, entry), asked.by_organisation_id == actor.works_for
    lines = [
        Line(
            entry,
            keeper_of(entry),
            keeps(actor, entry),
            may_change(actor, opening, entry),
            proposals.get((type(entry), entry.pk), []),
            changes[type(entry), entry.pk],
        )
        for entry in entries
    ]
    now = [line for line in lines if not line.entry.ended]
    here = [line.entry for line in now]
    return Register(
        [line for line in now if isinstance(line.entry, Participant)],
        [line for line in now if isinstance(line.entry, RelatedPerson)],
        sorted((line for line in lines if line.entry.ended), key=lambda line: line.entry.until, reverse=True),
        beside_of(
            network_facts(opening),
            [one for one in here if isinstance(one, Participant)],
            [one for one in here if isinstance(one, RelatedPerson)],
        ),
        may_hand_over(actor, opening, next((one for one in team if one.coordinates), None)),
    )


def keeper_of(entry: Kept) -> str:
    """Who keeps an entry, by name."""
    return entry.organisation.name if entry.organisation else _("de inwoner zelf")


def keeps(actor: Actor, entry: Kept) -> bool:
    """Whether the entry is the actor's to change: of the own organisation, or of the person for whom a citizen acts."""
    if actor.kind == "citizen":
        return entry.organisation_id is None
    place = entry.organisation
    return place is not None and actor.organisation_id in {place.pk, place.merged_into_id}


def may_change(actor: Actor, opening: Opening, entry: Kept) -> bool:
    """Whether the actor changes the entry at once; else a change is proposed to its keeper.

    The keeper does. The person also takes over contact persons that organisations wrote down, but for those with a role
    that a judge or the law gave. Who is involved takes over what is kept by who is involved no more. The database judges the same.
    """
    if actor.kind == "citizen":
        return isinstance(entry, RelatedPerson) and not entry.legal
    if Category.NETWORK not in opening.own:
        return False
    return keeps(actor, entry) or (
        entry.organisation_id is not None and _has_left(opening.patient.pk, entry.organisation_id)
    )


def _has_left(patient_id: int, organisation_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select dossier_has_left(%s, %s)", [patient_id, organisation_id])
        return bool(cursor.fetchone()[0])


def may_hand_over(actor: Actor, opening: Opening, coordinator: Participant | None) -> bool:
    """Whether the actor may say who coordinates: who coordinates now, or anybody involved where nobody does any more."""
    if actor.kind != "professional" or Category.NETWORK not in opening.own:
        return False
    if coordinator is None or coordinator.place is None or coordinator.place.pk == actor.organisation_id:
        return True
    member = coordinator.membership
    gone = member is not None and timezone.now() not in member.period
    return gone or _has_left(opening.patient.pk, coordinator.place.pk)


def get_proposal(opening: Opening, pk: int) -> Proposal:
    """One proposal about the opened record; about another record it does not exist."""
    found = Proposal.objects.filter(patient=opening.patient, pk=pk).select_related("organisation").first()
    if found is None:
        raise Http404
    return found


def proposals_for(opening: Opening) -> list[Proposal]:
    """What is proposed and waits, oldest first."""
    return [one for listed in _proposals(opening).values() for one in listed]


def waiting_for(opening: Opening, entry: Kept) -> list[Proposal]:
    """The open proposals about one entry, each with what it would change; they end when its keeper saves something else."""
    found = _proposals(opening).get((type(entry), entry.pk), [])
    for one in found:
        one.told = told_by(one, entry)
    return found


def told_by(proposal: Proposal, entry: Kept) -> list[tuple[str, str, str]]:
    """What a proposal changes: per field its word, what stands there now, and what is proposed."""
    now = said_by(entry)
    return [
        (str(WORDS[name]), in_words(name, now.get(name)), in_words(name, value))
        for name, value in proposal.changes.items()
        if name in WORDS
    ]


def _proposals(opening: Opening) -> dict[tuple[type, int | None], list[Proposal]]:
    found: dict[tuple[type, int | None], list[Proposal]] = {}
    for one in Proposal.objects.filter(patient=opening.patient, status=Proposal.Status.OPEN).order_by("at"):
        kind = RelatedPerson if one.related_person_id else Participant
        found.setdefault((kind, one.related_person_id or one.participant_id), []).append(one)
    return found


WORDS = {
    "name": gettext_lazy("naam"),
    "relationship": gettext_lazy("relatie"),
    "roles": gettext_lazy("rol"),
    "phone": gettext_lazy("telefoon"),
    "other_phone": gettext_lazy("tweede telefoon"),
    "email": gettext_lazy("e-mail"),
    "address": gettext_lazy("adres"),
    "note": gettext_lazy("bereikbaar"),
    "since": gettext_lazy("sinds"),
    "until": gettext_lazy("tot en met"),
    "function": gettext_lazy("functie"),
    "capacity": gettext_lazy("rol in de zorg"),
    "place_name": gettext_lazy("organisatie"),
    "party_id": gettext_lazy("organisatie"),
    "organisation_id": gettext_lazy("beheerder"),
    "membership_id": gettext_lazy("medewerker"),
    "coordinates": gettext_lazy("coördinator"),
}
"""What the fields of an entry are called on screen, in the order of the page."""


def said_by(entry: Kept) -> dict[str, Any]:
    """What an entry says now, by field, in the form in which former versions stand."""
    plain: dict[str, Any] = {}
    for name in WORDS:
        if hasattr(entry, name):
            value = getattr(entry, name)
            plain[name] = value.isoformat() if hasattr(value, "isoformat") else value
    return plain


Names = dict[tuple[str, int], str]
"""What a number in a version stands for, by field and number."""


def names_in(versions: Iterable[dict[str, Any]]) -> Names:
    """The names of the organisations and people that these versions point at, in two queries at most."""
    told = list(versions)
    names: Names = {}
    for kinds, found in (
        (("organisation_id", "party_id"), Organisation.objects.values_list("pk", "name")),
        (("membership_id",), Membership.objects.values_list("pk", "user__name")),
    ):
        if numbers := {said.get(kind) for said in told for kind in kinds} - {None}:
            names |= {(kind, number): name for number, name in found.filter(pk__in=numbers) for kind in kinds}
    return names


def in_words(name: str, value: Any, names: Names | None = None) -> str:
    """One value of a version as people read it; nothing for what is empty."""
    if name == "organisation_id" and value is None:
        return _("de inwoner zelf")
    if value in (None, "", [], False):
        return ""
    if value is True:
        return _("ja")
    if name == "relationship":
        return str(Relationship(value).label) if value in Relationship.values else str(value)
    if name == "roles":
        return ", ".join(str(ContactRole(role).label) if role in ContactRole.values else role for role in value)
    if name == "capacity":
        return str(Capacity(value).label) if value in Capacity.values else str(value)
    if name in {"organisation_id", "party_id", "membership_id"}:
        return (names or {}).get((name, value), "")
    return str(value)


def differences(before: dict[str, Any], said: dict[str, Any], names: Names | None = None) -> list[tuple[str, str, str]]:
    """What differs between two versions: per field its word, what it said before, and what it says; against nothing all that is said."""
    lines = [
        (str(word), in_words(name, before.get(name), names) if before else "", in_words(name, said[name], names))
        for name, word in WORDS.items()
        if name in said and said[name] != before.get(name, "" if before else None)
    ]
    return [line for line in lines if line[1] != line[2]]


def _changes(opening: Opening, entries: Sequence[Kept]) -> dict[tuple[type, int], list[Change]]:
    """Every version of each entry, newest first, with what it changed; the first says what was written down."""
    former: dict[tuple[type, int | None], list[FormerVersion]] = {}
    for one in FormerVersion.objects.filter(patient=opening.patient).order_by("version"):
        kind = RelatedPerson if one.related_person_id else Participant
        former.setdefault((kind, one.related_person_id or one.participant_id), []).append(one)
    now = {(type(entry), entry.pk): said_by(entry) for entry in entries}
    names = names_in([*now.values(), *(one.said for listed in former.values() for one in listed)])
    found: dict[tuple[type, int], list[Change]] = {}
    for entry in entries:
        versions = [(one.version, one.at, one.author_name, one.said) for one in former.get((type(entry), entry.pk), [])]
        versions.append((entry.version, entry.at, entry.author_name, now[type(entry), entry.pk]))
        told: list[Change] = []
        before: dict[str, Any] = {}
        for number, at, who, said in versions:
            told.append(Change(number, at, who, differences(before, said, names)))
            before = said
        found[type(entry), entry.pk] = told[::-1]
    return found
