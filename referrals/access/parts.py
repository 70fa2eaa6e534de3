"""A part of a request that who took it on gives to another: who does which part, and what of the whole may go along."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection

from dossier.access import Item
from events.actor import Actor
from people.models import Organisation
from referrals.access.along import Group, selection_for, why_not
from referrals.access.parties import items_of, was
from referrals.models import Referral
from referrals.moves import RUNNING, Outcome, Status, Verb
from square.models import HealthcareService
from trust.access import Opening, sharing
from trust.categories import Category


@dataclass(frozen=True)
class Part:
    """One part that another does: its number, where and by whom, how far it is; ``pk`` opens for who gave it out alone."""

    pk: int
    number: str
    service: HealthcareService
    organisation: Organisation
    status: Status
    outcome: str
    sent_at: datetime
    closed_at: datetime | None

    @property
    def running(self) -> bool:
        """Whether somebody still has to do something for it."""
        return self.status in RUNNING

    @property
    def words(self) -> str:
        """How far it is, with the outcome."""
        return f"{self.status.label}: {Outcome(self.outcome).label}" if self.outcome else str(self.status.label)


def parts_of(referral: Referral) -> list[Part]:
    """The parts of a request that others do, for its parties and for the person; the database gives them to nobody else."""
    if not was(referral, {Verb.ENGAGE}):
        return []
    with connection.cursor() as cursor:
        cursor.execute("select * from referrals_parts(%s)", [referral.pk])
        rows = cursor.fetchall()
    services = HealthcareService.objects.in_bulk([row[2] for row in rows])
    places = Organisation.objects.in_bulk([row[3] for row in rows])
    return [
        Part(pk, number, services[service], places[place], Status(status), outcome, sent_at, closed_at)
        for pk, number, service, place, status, outcome, sent_at, closed_at in rows
    ]


def whole_of(referral: Referral, actor: Actor) -> Referral | None:
    """The request of which this is a part, for who took that on; who does the part does not know of it."""
    if referral.based_on_id is None or referral.sending_organisation_id != actor.organisation_id:
        return None
    whole = Referral.objects.filter(pk=referral.based_on_id, receiving_organisation_id=actor.organisation_id)
    return whole.select_related("service").first()


def part_selection_for(actor: Actor, opening: Opening, service: HealthcareService, whole: Referral) -> list[Group]:
    """What could go along with a part: of the opened record, and of what came with the whole. Nothing is ticked.

    Documents of another organisation stay with who received them. What may not go to this receiver is judged as at sending.
    """
    groups = {group.category: replace(group, ticked=frozenset()) for group in selection_for(actor, opening, service)}
    may = sharing(actor, opening.patient, service.organisation)
    for sent in items_of(opening, whole):
        kind = Category(sent.kind)
        item = Item(f"sent:{sent.pk}", kind, sent.title, sent.detail, sent.on_date, sent.origin)
        there = groups.get(kind) or Group(kind, (), frozenset(), why_not(kind, may, service))
        known = {(one.title, one.detail) for one in there.items}
        if kind != Category.DOCUMENTS and sent.document_id is None and (item.title, item.detail) not in known:
            groups[kind] = replace(there, items=(*there.items, item))
    return [groups[kind] for kind in sorted(groups)]
