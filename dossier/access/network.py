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

from dossier.models import (
    ContactRole,
    CoverNow,
    Fact,
    Participant,
    RelatedPerson,
)
from dossier.sources.register import Found, found_in
from events.actor import Actor
from people.models import Membership
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

    def __len__(self) -> int:
        return len(self.team) + len(self.contacts) + len(self.beside)


@dataclass(frozen=True)
class Beside:
    """Somebody whom a source names and the register does not: ``ref`` names it, ``known`` when the register has that name."""

    ref: str
    found: Found
    fact: Fact
    known: bool


def cover() -> Func:
    place = Case(
        When(place_name="", then=Coalesce("membership__organisation_id", "party_id", "organisation_id")),
        default=Value(None),
    )
    return Func(place, F("membership_id"), Now(), function="dossier_cover_now", output_field=JSONField())


def cover_now(told: dict[str, Any] | None) -> CoverNow | None:
    if told is None:
        return None
    until = datetime.fromisoformat(told["until"]) if told["until"] else None
    return CoverNow(told["absent"], until, told["by"], told["phone"])


def team_of(opening: Opening) -> QuerySet[Participant]:
    return (
        Participant.objects.filter(patient=opening.patient)
        .select_related("organisation", "party", "membership__user", "membership__organisation")
        .order_by("-coordinates", "since", "id")
    )


def network_for(opening: Opening, facts: Iterable[Fact] = ()) -> Network:
    """Who stands around the person of an opened record now, with who covers at this moment; two queries, whatever the size.

    ``facts`` of the category network that were read already show beside it, unless the register took them over.
    """
    team = list(team_of(opening).current().annotate(covered=cover()))  # type: ignore[attr-defined]
    for one in team:
        one.cover = cover_now(one.covered)
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
    return list(team_of(opening).current())  # type: ignore[attr-defined]


def network_facts(opening: Opening) -> list[Fact]:
    """The facts of sources that name people around the person, as far as the record was opened for them."""
    kept = Fact.objects.filter(patient=opening.patient, category=Category.NETWORK, expires_at__gt=timezone.now())
    return list(
        kept.filter(resource_type__in=RESOURCES).select_related("source", "organisation").order_by("title", *Fact.ORDER)
    )


def get_related_person(opening: Opening, key: object) -> RelatedPerson:
    """One contact person of the opened record; of another record it does not exist."""
    found = RelatedPerson.objects.filter(patient=opening.patient, key=key).select_related("organisation").first()
    if found is None:
        raise Http404
    return found


def get_participant(opening: Opening, key: object) -> Participant:
    """One member of the care team of the opened record; of another record it does not exist."""
    found = team_of(opening).filter(key=key).first()
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


def colleagues(actor: Actor) -> list[Membership]:
    """The people of the own organisation who may take part in a care network, by name."""
    found = Membership.objects.current().filter(organisation_id=actor.organisation_id, user__is_active=True)
    return list(found.select_related("user", "organisation").order_by("user__name"))
