"""Who stands around the person of an opened record: who helps, who is near, who keeps which entry, and what is proposed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Case, F, Func, JSONField, QuerySet, Value, When
from django.db.models.functions import Coalesce, Now
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossier.models import (
    Capacity,
    ContactRole,
    CoverNow,
    Fact,
    FormerVersion,
    Participant,
    Proposal,
    RelatedPerson,
    Relationship,
)
from dossier.sources.register import Found, found_in
from events.actor import Actor
from people.models import Membership, Organisation
from trust.access import Opening
from trust.categories import Category

Kept = RelatedPerson | Participant

RESOURCES = ("RelatedPerson", "CareTeam")
"""The resources of source systems that tell who stands around somebody."""


@dataclass(frozen=True)
class Network:
    """Who stands around a person now: the ``team`` with who covers for each, and ``contacts``; ``beside`` is what sources tell."""

    team: list[Participant]
    contacts: list[RelatedPerson]
    beside: list[Beside] = field(default_factory=list)

    @property
    def coordinator(self) -> Participant | None:
        """Who coordinates."""
        return next((one for one in self.team if one.coordinates), None)

    def __bool__(self) -> bool:
        return bool(self.team or self.contacts or self.beside)


@dataclass(frozen=True)
class Beside:
    """Somebody whom a source names and the register does not: ``ref`` names it, ``known`` when the register has that name."""

    ref: str
    found: Found
    fact: Fact
    known: bool


def _cover() -> Func:
    place = Case(
        When(place_name="", then=Coalesce("membership__organisation_id", "party_id", "organisation_id")),
        default=Value(None),
    )
    return Func(place, F("membership_id"), Now(), function="dossier_cover_now", output_field=JSONField())


def _cover_now(told: dict[str, Any] | None) -> CoverNow | None:
    if told is None:
        return None
    until = datetime.fromisoformat(told["until"]) if told["until"] else None
    return CoverNow(told["absent"], until, told["by"], told["phone"])


def _team(opening: Opening) -> QuerySet[Participant]:
    return (
        Participant.objects.filter(patient=opening.patient)
        .select_related("organisation", "party", "membership__user", "membership__organisation")
        .order_by("-coordinates", "since", "id")
    )


def network_for(opening: Opening, facts: Iterable[Fact] = ()) -> Network:
    """Who stands around the person of an opened record now, with who covers at this moment; two queries, whatever the size.

    ``facts`` of the category network that were read already show beside it, unless the register took them over.
    """
    team = list(_team(opening).current().annotate(covered=_cover()))  # type: ignore[attr-defined]
    for one in team:
        one.cover = _cover_now(one.covered)
    contacts = related_persons_for(opening)
    return Network(team, contacts, beside_of(facts, team, contacts))


def beside_of(facts: Iterable[Fact], team: Sequence[Participant], contacts: Sequence[RelatedPerson]) -> list[Beside]:
    """The people in facts of sources whom the register did not take over; what it knows by name is marked."""
    taken = {one.taken_from for one in (*team, *contacts) if one.taken_from}
    names = {_plain(name) for one in team for name in (one.name, one.who) if name} | {_plain(c.name) for c in contacts}
    shown = []
    for fact in facts:
        if fact.resource_type not in RESOURCES:
            continue
        for found in found_in(fact.resource_type, fact.title, fact.detail, fact.resource):
            ref = f"fact:{fact.source_id}:{fact.resource_type}/{fact.source_key}{found.place}"[:200]
            if ref not in taken:
                shown.append(Beside(ref, found, fact, _plain(found.name) in names))
    return shown


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace(".", " ").split())


def related_persons_for(opening: Opening) -> list[RelatedPerson]:
    """Contact persons and informal carers that hold now, the first contact first, then the longest known."""
    found = RelatedPerson.objects.filter(patient=opening.patient).current()
    people = list(found.select_related("organisation").order_by("since", "id"))
    return sorted(people, key=lambda one: (ContactRole.FIRST not in one.roles, ContactRole.SECOND not in one.roles))


def all_related_persons(opening: Opening) -> list[RelatedPerson]:
    """Contact persons of now and before, the longest known first."""
    found = RelatedPerson.objects.filter(patient=opening.patient)
    return list(found.select_related("organisation").order_by("since", "id"))


def patient_key_of(key: uuid.UUID) -> uuid.UUID | None:
    """The key of the record in which a contact person stands, when the actor has that person in reach; opens nothing."""
    with connection.cursor() as cursor:
        cursor.execute("select dossier_person_of(%s)", [key])
        found: uuid.UUID | None = cursor.fetchone()[0]
    return found


def participants_for(opening: Opening) -> list[Participant]:
    """The formal care network as it is now, the coordinator first."""
    return list(_team(opening).current())  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Change:
    """One version of an entry: who wrote it when, and by field what it said before and after; ``kept_by`` when the keeper changed."""

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


def network_facts(opening: Opening) -> list[Fact]:
    """The facts of sources that name people around the person, as far as the record was opened for them."""
    kept = Fact.objects.filter(patient=opening.patient, category=Category.NETWORK, expires_at__gt=timezone.now())
    return list(kept.filter(resource_type__in=RESOURCES).select_related("source", "organisation").order_by("title"))


def register_for(opening: Opening, actor: Actor) -> Register:
    """Everything that the page of the network shows: entries of now and before, their history, what is proposed, what sources tell."""
    team = list(_team(opening).annotate(covered=_cover()))
    for one in team:
        one.cover = _cover_now(one.covered)
    contacts = list(
        RelatedPerson.objects.filter(patient=opening.patient).select_related("organisation").order_by("since", "id")
    )
    contacts.sort(key=lambda one: (ContactRole.FIRST not in one.roles, ContactRole.SECOND not in one.roles))
    entries: list[Kept] = [*team, *contacts]
    changes = _changes(opening, entries)
    proposals = _proposals(opening)
    for entry in entries:
        for one in proposals.get((type(entry), entry.pk), []):
            one.told, one.mine = told_by(one, entry), one.by_organisation_id == actor.works_for
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
        entry.organisation_id is not None and not _tends(opening.patient.pk, entry.organisation_id)
    )


def _tends(patient_id: int, organisation_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select dossier_tends(%s, %s)", [patient_id, organisation_id])
        return bool(cursor.fetchone()[0])


def may_hand_over(actor: Actor, opening: Opening, coordinator: Participant | None) -> bool:
    """Whether the actor may say who coordinates: who coordinates now, or anybody involved where nobody does any more."""
    if actor.kind != "professional" or Category.NETWORK not in opening.own:
        return False
    if coordinator is None or coordinator.place is None or coordinator.place.pk == actor.organisation_id:
        return True
    member = coordinator.membership
    gone = member is not None and timezone.now() not in member.period
    return gone or not _tends(opening.patient.pk, coordinator.place.pk)


def get_related_person(opening: Opening, key: object) -> RelatedPerson:
    """One contact person of the opened record; of another record it does not exist."""
    found = RelatedPerson.objects.filter(patient=opening.patient, key=key).select_related("organisation").first()
    if found is None:
        raise Http404
    return found


def get_participant(opening: Opening, key: object) -> Participant:
    """One member of the care team of the opened record; of another record it does not exist."""
    found = _team(opening).filter(key=key).first()
    if found is None:
        raise Http404
    return found


def get_proposal(opening: Opening, pk: int) -> Proposal:
    """One proposal about the opened record; about another record it does not exist."""
    found = Proposal.objects.filter(patient=opening.patient, pk=pk).select_related("organisation").first()
    if found is None:
        raise Http404
    return found


def get_beside(opening: Opening, ref: str) -> Beside:
    """What a source tells of somebody, as far as the register did not take it over; else it does not exist."""
    team, contacts = participants_for(opening), related_persons_for(opening)
    found = next((one for one in beside_of(network_facts(opening), team, contacts) if one.ref == ref), None)
    if found is None:
        raise Http404
    return found


def proposals_for(opening: Opening) -> list[Proposal]:
    """What is proposed and waits, oldest first."""
    return [one for listed in _proposals(opening).values() for one in listed]


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


def colleagues(actor: Actor) -> list[Membership]:
    """The people of the own organisation who may take part in a care network, by name."""
    found = Membership.objects.current().filter(organisation_id=actor.organisation_id, user__is_active=True)
    return list(found.select_related("user", "organisation").order_by("user__name"))


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


def in_words(name: str, value: Any, places: dict[int, str] | None = None) -> str:
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
        return (places or {}).get(value, "")
    return str(value)


def _changes(opening: Opening, entries: Sequence[Kept]) -> dict[tuple[type, int], list[Change]]:
    """Every version of each entry, newest first, with what it changed; the first says what was written down."""
    former: dict[tuple[type, int | None], list[FormerVersion]] = {}
    for one in FormerVersion.objects.filter(patient=opening.patient).order_by("version"):
        kind = RelatedPerson if one.related_person_id else Participant
        former.setdefault((kind, one.related_person_id or one.participant_id), []).append(one)
    numbers = {one.said.get("organisation_id") for listed in former.values() for one in listed}
    places = dict(Organisation.objects.filter(pk__in=numbers - {None}).values_list("pk", "name")) if former else {}
    places |= {entry.organisation_id: entry.organisation.name for entry in entries if entry.organisation}
    found: dict[tuple[type, int], list[Change]] = {}
    for entry in entries:
        versions = [(one.version, one.at, one.author_name, one.said) for one in former.get((type(entry), entry.pk), [])]
        versions.append((entry.version, entry.at, entry.author_name, said_by(entry)))
        told, before = [], {}
        for number, at, who, said in versions:
            lines = [
                (
                    str(word),
                    in_words(name, before.get(name), places) if before else "",
                    in_words(name, said[name], places),
                )
                for name, word in WORDS.items()
                if name in said and said[name] != before.get(name, "" if before else None)
            ]
            told.append(Change(number, at, who, [line for line in lines if line[1] != line[2]]))
            before = said
        found[type(entry), entry.pk] = told[::-1]
    return found
