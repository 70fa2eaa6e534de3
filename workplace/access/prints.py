"""What of an overview goes on paper: the chosen parts whole, from whom each thing is, and what is missing or kept back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from dossier.access import Comparison, compare, documents_for, network_for, statements_for, unconnected_for
from dossier.access.medication import medication_of
from dossier.models import Document, Entry, Fact
from events.actor import Actor
from people.models import Membership, Patient, Role, User
from trust.access import Opening
from trust.categories import Category
from workplace.access.parts import PARTS, Part
from workplace.access.running import Running, running_for
from workplace.access.sources import Told, states_for, told_of
from workplace.access.timeline import Moment, Sift, givers_of, timeline
from workplace.models import Aim, Print, PrintFile

PRINTABLE = PARTS
MOMENTS = 500
"""So many moments of the time line at most, which repeats what stands in the other parts: it is for a period or a kind."""
TIMELINE = "timeline"
MOST = 2000
"""So many lines of one part at most; beyond it the document says that there are more."""


@dataclass
class PrintedPart:
    """One part with everything that stands in it, in the order of the screen, and where it comes from.

    ``beside`` sets what sources contradict each other about, or say differently, beside each other.
    """

    part: Part
    entries: list[Entry]
    facts: list[Fact]
    told: Told
    not_needed: bool
    more: bool = False
    beside: list[Comparison] = field(default_factory=list)
    medication: Any = None
    network: Any = None
    documents: list[Document] = field(default_factory=list)
    running: list[Running] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    sift: Sift | None = None

    @property
    def none(self) -> bool:
        """Whether nothing at all stands in it."""
        return not (self.entries or self.facts or self.network or self.documents or self.running or self.moments)


@dataclass
class Printed:
    """The whole document: of whom, by whom, when and for what, its parts, and which parts of the overview are not in it."""

    patient: Patient
    by: User
    membership: Membership
    at: datetime
    aim: str
    parts: list[PrintedPart]
    left_out: list[Part]
    emergency: bool

    @property
    def role(self) -> str:
        """The role in which it was printed."""
        return str(Role(self.membership.role).label)


def categories_of(parts: Iterable[Part], sift: Sift) -> frozenset[Category]:
    """What is opened for these parts: who it is about, and the categories that stand in them; nothing else. For the time line
    those of the kind that was chosen."""
    return frozenset({Category.IDENTITY}).union(*(_categories(part, sift) for part in parts))


def _categories(part: Part, sift: Sift) -> frozenset[Category]:
    return sift.categories if part.key == TIMELINE else part.categories


def sift_of(wanted: Print) -> Sift:
    """What of the time line was chosen for a document."""
    return Sift.read(dict(parse_qsl(wanted.sift)))


def contents(opening: Opening, actor: Actor, parts: Sequence[Part], sift: Sift, *, aim: str) -> Printed:
    """Everything that the chosen parts of an opened record hold, read at once; a fixed number of queries."""
    wanted = categories_of([part for part in parts if part.key != TIMELINE], sift)  # that one reads a page of its own
    beside = statements_for(opening)
    facts = list(
        Fact.objects.filter(patient=opening.patient, category__in=wanted, expires_at__gt=timezone.now())
        .select_related("source", "organisation")
        .defer("resource", "original", "line")
        .order_by(*Fact.ORDER)
    )
    kinds = {kind for part in parts for kind in part.kinds}
    entries = list(
        Entry.objects.filter(patient=opening.patient, kind__in=kinds, replaced_by=None)
        .select_related("organisation")
        .order_by("-on_date", "-at", "-pk")
    )
    for fact in facts:
        fact.statements = beside.get(f"fact:{fact.source_id}:{fact.resource_type}/{fact.source_key}", [])
    for entry in entries:
        entry.statements = beside.get(f"entry:{entry.pk}", [])
    states = states_for(opening, actor)
    unconnected = unconnected_for(opening)
    compared = [one for one in compare(facts, [e for e in entries if e.kind == Entry.Kind.WISH]) if one.contradicts]
    printed = []
    for part in parts:
        here = [fact for fact in facts if part.takes(fact)]
        own = [entry for entry in entries if entry.kind in part.kinds]
        givers = givers_of(opening, sift) if part.key == TIMELINE else ()
        told = told_of(_categories(part, sift), here, states, opening, unconnected, givers)
        needed = not part.categories or bool(part.categories - opening.not_needed)
        one = PrintedPart(part, own[:MOST], here[:MOST], told, not needed, len(here) > MOST or len(own) > MOST)
        if part.key == TIMELINE:
            one.sift = sift
            one.moments, further = timeline(opening, actor.organisation_id, sift, most=MOMENTS)
            one.more = bool(further)
        elif needed:
            _fill(one, opening, actor, here)
            one.beside = [found for found in compared if found.category in part.categories]
        printed.append(one)
    chosen = {part.key for part in parts}
    member = Membership.objects.select_related("organisation", "user").filter(
        user_id=actor.user_id, organisation_id=actor.organisation_id, role=actor.role
    )
    membership = get_object_or_404(member)
    return Printed(
        patient=opening.patient,
        by=membership.user,
        membership=membership,
        at=timezone.now(),
        aim=str(Aim(aim).label),
        parts=printed,
        left_out=[part for part in PRINTABLE if part.key not in chosen],
        emergency=opening.emergency,
    )


def _fill(one: PrintedPart, opening: Opening, actor: Actor, facts: list[Fact]) -> None:
    """What stands in a part besides lines: medicines by treatment, who stands around the person, documents, what runs."""
    if one.part.key == "medication":
        one.medication = medication_of(facts)
    elif one.part.key == "network":
        one.network = network_for(opening, facts)
    elif one.part.key == "documents":
        one.documents = documents_for(opening)
    elif one.part.key == "running":
        one.running = running_for(opening.patient, actor)


def prints_of(opening: Opening, actor: Actor) -> list[Print]:
    """The documents of this record that this person asked for here and that can still be taken or are being made, newest first."""
    return list(_own(opening, actor).filter(Q(until=None) | Q(until__gt=Now())).order_by("-made_at")[:5])


def get_print(opening: Opening, actor: Actor, pk: int) -> Print:
    """One of the documents that this person asked for of this record; anything else does not exist."""
    found: Print = get_object_or_404(_own(opening, actor), pk=pk)
    return found


def _own(opening: Opening, actor: Actor) -> QuerySet[Print]:
    return Print.objects.filter(patient=opening.patient, user_id=actor.user_id, organisation_id=actor.organisation_id)


def document_of(wanted: Print) -> bytes:
    """The document, for who opened all that is in it in this transaction; when less may be seen than was printed it does not exist."""
    file = PrintFile.objects.filter(print=wanted, print__until__gt=Now()).first()
    if file is None:
        raise Http404
    return bytes(file.content)
