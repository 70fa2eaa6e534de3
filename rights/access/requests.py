"""Who may see a request and what was said in it, who may take which step, and what a request may be about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q
from django.http import Http404

from dossier.access import facts_for
from dossier.models import Entry, Fact
from events.actor import Actor
from events.models import Event
from people.models import Organisation, Patient, User
from rights.access.people import answerers, handles, need_answerer
from rights.models import Message, Request, RequestQuerySet
from rights.moves import MOVES, Kind, Party, Verb
from trust.access import Opening, oversees
from trust.categories import Category
from trust.models import CareRelation

HIGHEST = 2**63
BY_REGION = frozenset({Kind.QUESTION, Kind.INSIGHT})
"""What the region's privacy officer may grant for an organisation that has nobody for it."""


def requests_of(actor: Actor, patient: Patient) -> RequestQuerySet:
    """The requests about one patient that a citizen may follow, the newest on top."""
    if actor.kind != "citizen":
        raise Http404
    return Request.objects.filter(patient=patient).select_related("organisation").order_by("-sent_at", "-id")


def inbox_for(actor: Actor) -> RequestQuerySet:
    """The requests for who handles them: to the own organisation, and for the region also to those without anybody for it."""
    reached = Q(organisation_id=need_answerer(actor))
    if oversees(actor):
        reached |= ~Q(organisation_id__in=answerers().values("organisation_id"))
    return Request.objects.filter(reached).select_related("handler", "organisation")


def open_request(actor: Actor, pk: int, *, patient: Patient | None = None) -> Request:
    """Open one request with what was said in it for this transaction; the line stands in the log of the person.

    For whom it is not addressed to or from it does not exist, and the try is logged. ``patient`` is in whose name a citizen
    acts now: the requests of anybody else wait until the citizen acts for them.
    """
    if patient is not None and Request.objects.filter(pk=pk).exclude(patient=patient).exists():
        raise Http404
    with connection.cursor() as cursor:
        cursor.execute("select rights_open(%s)", [pk if 0 < pk < HIGHEST else 0])
        if not cursor.fetchone()[0]:
            raise Http404
    return Request.objects.select_related("organisation", "handler", "about_user", "asker").get(pk=pk)


def messages_of(request: Request) -> list[Message]:
    """What was said in an opened request, oldest first."""
    return list(Message.objects.filter(request=request))


def party_of(request: Request, actor: Actor) -> Party:
    """On which side of a request the actor stands."""
    if actor.kind == "citizen":
        return "person"
    return "organisation" if handles(actor, request.organisation_id) else "nobody"


def stands_in(request: Request, actor: Actor) -> bool:
    """Whether the actor answers in the place of the organisation, which has nobody for it."""
    return actor.kind == "professional" and request.organisation_id != actor.organisation_id


def turn_of(request: Request) -> Party:
    """Whose turn it is now."""
    return next(move.turn for move in MOVES if move.target == request.status)


def may_grant(request: Request, actor: Actor) -> bool:
    """Whether the actor may grant it: who stands in grants nothing that changes data or closes them."""
    return not stands_in(request, actor) or request.kind in BY_REGION


def verbs_of(request: Request, actor: Actor) -> list[Verb]:
    """The steps that the actor may take now; the term is extended once only."""
    party = party_of(request, actor)
    verbs = [move.verb for move in MOVES if move.by == party and request.status in move.sources]
    if not may_grant(request, actor):
        verbs = [verb for verb in verbs if verb not in {Verb.GRANT, Verb.GRANT_PARTLY}]
    return [verb for verb in verbs if verb != Verb.EXTEND or request.extended_at is None]


def askable(opening: Opening) -> list[Organisation]:
    """Whom the person may ask: who has or had a care relation, who holds an entry, and who looked or tried to; by name."""
    patient = opening.patient
    known: set[int | None] = set(CareRelation.objects.filter(patient=patient).values_list("organisation_id", flat=True))
    known |= set(Entry.objects.filter(patient=patient).values_list("organisation_id", flat=True))
    known |= set(Fact.objects.filter(patient=patient).values_list("organisation_id", flat=True))
    known |= set(
        Event.objects.filter(patient_id=patient.pk, actor_kind="professional")
        .values_list("organisation_id", flat=True)
        .distinct()
    )
    return list(Organisation.objects.filter(pk__in=known - {None}))


@dataclass(frozen=True)
class Subject:
    """One thing of the own record that a request is about: where it is found again, who holds it, and what it says now."""

    reference: str
    organisation: Organisation
    category: Category
    words: str
    digest: str = ""


def subject_of(opening: Opening, reference: str) -> Subject | None:
    """What a reference (``entry:5``, ``fact:`` and its ``reference``) points at in the opened record; nothing when it shows no such thing.

    A fact is found again by what its source calls it, for the copy kept here comes and goes.
    """
    kind, _colon, name = reference.partition(":")
    if kind == "entry" and name.isdecimal() and int(name) < HIGHEST:
        entry = Entry.objects.select_related("organisation").filter(patient=opening.patient, pk=name).first()
        if entry is None:
            return None
        return Subject(f"entry:{entry.pk}", entry.organisation, Category(entry.category), entry.text)
    if kind == "fact" and "\x00" not in name:
        fact = next(iter(facts_for(opening, [name])), None)
        if fact is None:
            return None
        found = f"fact:{fact.source_id}:{fact.resource_type}/{fact.source_key}"
        words = " · ".join(filter(None, [fact.title, fact.detail]))
        return Subject(found, fact.organisation, Category(fact.category), words, digest_of(fact))
    return None


def digest_of(fact: Fact) -> str:
    """The digest of a fact as its source gave it, by which is seen later whether the source changed it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select encode(sha256(convert_to(resource::text, 'UTF8')), 'hex') from dossier_fact where id = %s",
            [fact.pk],
        )
        digest: str = cursor.fetchone()[0]
    return digest


@dataclass(frozen=True)
class Line:
    """A line of the own log that the person asks about: who, for which organisation, on which day."""

    day: date
    organisation: Organisation
    user: User | None


def line_of(opening: Opening, day: str, who: str) -> Line | None:
    """What ``day`` (2026-11-20) and ``who`` (``<organisation>`` or ``<organisation>.<account>``) find in the own log."""
    organisation, _dot, user = who.partition(".")
    if not organisation.isdecimal() or (user and not user.isdecimal()):
        return None
    try:
        on = date.fromisoformat(day)
    except ValueError:
        return None
    if any(len(number) > 18 for number in (organisation, user)):
        return None
    lines = Event.objects.filter(patient_id=opening.patient.pk, at__date=on, organisation_id=int(organisation))
    if user:
        lines = lines.filter(user_id=int(user))
    if not lines.exists():
        return None
    return Line(
        on, Organisation.objects.get(pk=int(organisation)), User.objects.filter(pk=int(user)).first() if user else None
    )


def has_running(
    patient: Patient, *, organisation: Organisation, kind: str, reference: str, days: Iterable[date]
) -> bool:
    """Whether the same was asked of the same organisation already, and still waits."""
    same = Request.objects.running().filter(patient=patient, organisation=organisation, kind=kind, reference=reference)
    asked = list(days)
    return (same.filter(about_day__in=asked) if asked else same.filter(about_day=None)).exists()
