"""What a citizen may see: the own record, through the same opening and the same log as everybody else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg, BitOr
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, F, Func, Max, Min, Prefetch, QuerySet
from django.db.models.functions import TruncDate
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from consultations.models import Consultation, Invitation
from dossier.models import Participant
from events.actor import Actor
from events.models import Event
from people.models import ROLES_OF, Domain, Organisation, Patient, User
from portal import words
from portal.story import Story, tell
from referrals.models import Letter, LetterItem, Referral, Step
from trust.access import Opening, open_record
from trust.categories import NETWORK_RECORD, Category, from_mask, to_mask
from trust.models import CareRelation, Consent, RoleNeed

PER_PAGE = 50


def own_patient(actor: Actor) -> Patient:
    """The citizen's own index; raises ``Http404`` for everybody who is not a citizen with a record in the network."""
    if actor.kind != "citizen":
        raise Http404
    patient = Patient.objects.filter(account_id=actor.user_id).first()
    if patient is None:
        raise Http404
    return patient


def open_own(actor: Actor, categories: Iterable[int]) -> Opening:
    """Open the citizen's own record; the log keeps that the person looked at it, as of everybody."""
    return open_record(actor, own_patient(actor).key, categories)


def _referrals(patient: Patient) -> QuerySet[Referral]:
    return (
        Referral.objects.filter(patient=patient)
        .select_related("service", "sending_organisation", "receiving_organisation", "sender", "receiver")
        .prefetch_related(Prefetch("steps", Step.objects.order_by("at", "id")))
        .order_by("-sent_at", "-id")
    )


def stories_for(opening: Opening) -> list[Story]:
    """The citizen's referrals as stories, running ones first, then the newest."""
    stories = [tell(referral, referral.steps.all()) for referral in _referrals(opening.patient)]
    return sorted(stories, key=lambda story: not story.running)


def get_story(patient: Patient, pk: int) -> Story:
    """One of the citizen's own referrals as a story; anything else does not exist."""
    referral = get_object_or_404(_referrals(patient), pk=pk)
    return tell(referral, referral.steps.all())


def letter_for(opening: Opening, referral: Referral) -> tuple[Letter | None, list[LetterItem]]:
    """The question that was sent and the data that went along, as far as the record was opened for them."""
    letter = Letter.objects.filter(referral=referral).select_related("organisation").first()
    return letter, list(LetterItem.objects.filter(referral=referral).order_by("kind", "title"))


def consultations_for(opening: Opening) -> list[Consultation]:
    """Which organisations were asked to think along about the citizen, newest first; not what they said."""
    return list(
        Consultation.objects.filter(patient=opening.patient)
        .select_related("asking_organisation")
        .prefetch_related(Prefetch("invitations", Invitation.objects.select_related("organisation").order_by("id")))
        .order_by("-asked_at")
    )


@dataclass
class Helper:
    """An organisation that helps the citizen, since when and because of what, with its people."""

    organisation: Organisation
    since: datetime | None
    because: str
    people: list[Participant] = field(default_factory=list)


def helpers_for(opening: Opening, participants: Iterable[Participant] = ()) -> list[Helper]:
    """The organisations with a care relation now, with the people who take part; the longest relation first."""
    found: dict[int, Helper] = {}
    relations = (
        CareRelation.objects.filter(patient=opening.patient, period__contains=timezone.now())
        .select_related("organisation", "stated_by")
        .order_by("period", "id")
    )
    for relation in relations:
        because = words.basis_of([relation.source], relation.organisation.domain)
        if relation.source == CareRelation.Source.STATED and relation.reason:
            because = words.stated_by(relation.stated_by.name if relation.stated_by else "", relation.reason)
        found.setdefault(relation.organisation_id, Helper(relation.organisation, relation.period.lower, because))
    for person in participants:
        helper = found.setdefault(person.organisation_id, Helper(person.organisation, None, ""))
        helper.people.append(person)
    return list(found.values())


@dataclass(frozen=True)
class Visit:
    """All openings of the record by one person for one organisation on one day, or all refusals of such."""

    day: date
    first: datetime
    last: datetime
    times: int
    who: str
    role: str
    organisation: str
    denied: bool
    why: str
    kinds: list[str]
    own_kinds: list[str]


def _lines(patient: Patient) -> QuerySet[Event]:
    return Event.objects.filter(patient_id=patient.pk, verb__in=["record.opened", "record.denied"])


_QUARTER = Func(F("at"), template="date_bin('15 minutes', %(expressions)s, timestamptz '2000-01-03')")
"""One look is what somebody opened within a quarter of an hour: a page of a record opens it in several parts."""


def _grouped(lines: QuerySet[Event]) -> QuerySet[Event, Any]:
    return (
        lines.annotate(day=TruncDate("at"))
        .values("day", "verb", "actor_kind", "user_id", "organisation_id", "role")
        .annotate(
            first=Min("at"),
            last=Max("at"),
            times=Count(_QUARTER, distinct=True),
            seen=BitOr("categories"),
            own=BitOr("own_categories"),
            kept=BitOr("withheld"),
            purposes=ArrayAgg("purpose", distinct=True, default=[]),
            bases=ArrayAgg("basis", distinct=True, default=[]),
            reasons=ArrayAgg("reason", distinct=True, default=[]),
        )
        .order_by("-day", "-last", "user_id")
    )


def others(lines: QuerySet[Event], actor: Actor) -> QuerySet[Event]:
    """The lines of everybody but the citizen."""
    return lines.exclude(actor_kind="citizen", user_id=actor.user_id)


def visits_for(
    actor: Actor, opening: Opening, *, page: str | None = None, own: bool = False
) -> tuple[Page[Any], list[Visit]]:
    """Who looked at the record or was kept from it, newest first, fifty visits a page; ``own`` gives the citizen's own."""
    lines = _lines(opening.patient)
    lines = lines.filter(actor_kind="citizen", user_id=actor.user_id) if own else others(lines, actor)
    found = Paginator(_grouped(lines), PER_PAGE).get_page(page)
    rows = list(found.object_list)
    people = User.objects.in_bulk({row["user_id"] for row in rows} - {None})
    places = Organisation.objects.in_bulk({row["organisation_id"] for row in rows} - {None})
    return found, [_visit(row, people, places) for row in rows]


def _visit(row: dict[str, Any], people: dict[int, User], places: dict[int, Organisation]) -> Visit:
    user, place = people.get(row["user_id"]), places.get(row["organisation_id"])
    denied = row["verb"] == "record.denied"
    seen, own = from_mask(row["seen"]), from_mask(row["own"])
    if denied:
        why, shown, rest = words.denial_of(row["reasons"]), from_mask(row["kept"]), frozenset[Category]()
    else:
        basis = words.basis_of(row["bases"], place.domain if place else "")
        why = ", ".join(filter(None, [words.purpose_of(sorted(row["purposes"])[-1]), basis]))
        why, shown, rest = why[:1].upper() + why[1:] + ".", seen, own - seen
    return Visit(
        day=row["day"],
        first=row["first"],
        last=row["last"],
        times=row["times"],
        who=words.person(row["actor_kind"], user.name if user else ""),
        role=words.role_of(row["role"]),
        organisation=place.name if place else "",
        denied=denied,
        why=why,
        kinds=words.kinds(shown),
        own_kinds=words.kinds(rest),
    )


def visits_lately(actor: Actor, opening: Opening, days: int = 7) -> int:
    """How often others looked at the record in the last days, counted as the log page counts."""
    lines = others(_lines(opening.patient), actor).filter(
        verb="record.opened", at__gte=timezone.now() - timedelta(days=days)
    )
    return sum(_grouped(lines).values_list("times", flat=True))


@dataclass(frozen=True)
class Answer:
    """What the citizen's choices come down to for one group of data.

    ``yes``; ``joint``: entries of the shared record, but not what others keep in their own systems; ``part``; ``no``; or
    ``never``, because nobody who reads there needs it.
    """

    group: words.Group
    state: str
    choice: Consent | None


@dataclass(frozen=True)
class Reader:
    """A kind of reader, or one organisation for which a choice of its own was made, with the answer per group."""

    key: str
    title: str
    domain: str
    helps_now: bool
    answers: list[Answer]

    @property
    def may_see(self) -> list[str]:
        """What this reader may see, in words."""
        return [answer.group.words for answer in self.answers if answer.state in {"yes", "joint", "part"}]


@dataclass(frozen=True)
class Sight:
    """What a reader may see by the choices of the citizen: of the shared record, and of the systems of others."""

    shared: frozenset[Category]
    elsewhere: frozenset[Category]

    def of(self, group: words.Group, needed: frozenset[Category]) -> str:
        """The answer for one group, as far as a reader needs it at all."""
        wanted = group.categories & needed
        if not wanted:
            return "never"
        if wanted <= self.elsewhere:
            return "yes"
        if wanted <= self.shared:
            return "joint"
        return "part" if wanted & (self.shared | self.elsewhere) else "no"


def readers_for(opening: Opening) -> list[Reader]:
    """Every kind of reader with what it may see of others' data, as the database itself decides it; helpers of now first.

    An organisation about which a choice of its own was made comes as a reader besides, for that choice wins.
    """
    now = timezone.now()
    choices = list(
        Consent.objects.filter(patient=opening.patient, period__contains=now)
        .select_related("set_by", "reader_organisation")
        .order_by("-period")
    )
    apart = {choice.reader_organisation for choice in choices if choice.reader_organisation}
    asked: list[tuple[str, int | None]] = [(str(domain), None) for domain in words.READERS]
    asked += [(place.domain, place.pk) for place in sorted(apart, key=lambda o: o.name)]
    sights = _sights(opening.patient, asked)
    needs = {need.role: from_mask(need.categories) for need in RoleNeed.objects.filter(period__contains=now)}
    relations = CareRelation.objects.filter(patient=opening.patient, period__contains=now)
    helping: set[object] = set()
    for pair in relations.values_list("organisation_id", "organisation__domain"):
        helping.update(pair)
    by_number = {place.pk: place for place in apart}
    readers = []
    for (domain, number), sight in zip(asked, sights, strict=True):
        needed = frozenset().union(*(needs.get(role, frozenset()) for role in ROLES_OF.get(domain, ())))
        answers = [
            Answer(group, sight.of(group, needed), _choice(choices, group, domain, number)) for group in words.groups()
        ]
        title = by_number[number].name if number else str(words.READERS[Domain(domain)])
        readers.append(Reader(str(number or domain), title, domain, (number or domain) in helping, answers))
    return sorted(readers, key=lambda reader: not reader.helps_now)


def _choice(choices: list[Consent], group: words.Group, domain: str, number: int | None) -> Consent | None:
    """The choice that decides for this group: of the organisation, else of the kind of reader, else of everybody."""
    fitting = [choice for choice in choices if from_mask(choice.categories) & group.categories]
    levels = [(number, ""), (None, domain), (None, "")] if number else [(None, domain), (None, "")]
    for organisation, kind in levels:
        for choice in fitting:
            if choice.reader_organisation_id == organisation and choice.reader_domain == kind:
                return choice
    return None


def organisation_of(pk: int) -> Organisation:
    """An organisation about which the citizen makes a choice."""
    return Organisation.objects.get(pk=pk)


def _sights(patient: Patient, asked: list[tuple[str, int | None]]) -> list[Sight]:
    """What each of the asked readers may see, by the one rule in the database: grants are derived by the same function."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select trust_consented(%s, a.domain, a.organisation, now(), %s), trust_consented(%s, a.domain, a.organisation, now(), 0)"
            " from unnest(%s::text[], %s::bigint[]) with ordinality a(domain, organisation, place) order by a.place",
            [
                patient.pk,
                to_mask(NETWORK_RECORD),
                patient.pk,
                [domain for domain, _ in asked],
                [number for _, number in asked],
            ],
        )
        return [Sight(from_mask(shared), from_mask(elsewhere)) for shared, elsewhere in cursor.fetchall()]
