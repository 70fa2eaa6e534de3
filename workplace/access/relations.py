"""Care relations of the own organisation that somebody should look at: to confirm, or to end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossier.models import Source
from events.actor import Actor
from people.models import Patient
from trust.access import need_role
from trust.categories import Category
from trust.models import CareRelation

PER_PAGE = 50
YEAR = timedelta(days=365)
TENDED = frozenset({CareRelation.Source.SOURCE_SYSTEM, CareRelation.Source.STATED, CareRelation.Source.MERGER})
"""What a practice tends itself; the others end with the referral, question or journey that began them."""

CAUSES = {
    "unconfirmed": _("verklaard, nog niet bevestigd"),
    "deceased": _("overleden"),
    "source_ended": _("bronsysteem gestopt"),
    "double": _("dubbel"),
    "unseen": _("een jaar niet bekeken"),
}
"""Why a relation is worth a look, the most pressing first."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Mark:
    """One relation that is worth a look, and why, before anything else of it is read."""

    number: int
    patient_id: int
    begins: datetime
    causes: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One relation on the list, with the patient as far as within reach, and the causes."""

    relation: CareRelation
    patient: Patient | None
    causes: tuple[str, ...]

    @property
    def since(self) -> datetime | None:
        """From when the relation runs, if that is known."""
        begins: datetime | None = self.relation.period.lower
        return begins


def _running(actor: Actor) -> QuerySet[CareRelation]:
    need_role(actor, Category.IDENTITY)
    running = CareRelation.objects.filter(organisation_id=actor.organisation_id, period__contains=Now())
    return running.exclude(source=CareRelation.Source.CONSULTATION)


def _unseen(since: datetime) -> frozenset[int]:
    """The patients in care longer than that, whose record nobody of the own organisation has opened since; from the log."""
    with connection.cursor() as cursor:
        cursor.execute("select array(select trust_unseen(%s))", [since])
        return frozenset(cursor.fetchone()[0])


def worth_a_look(actor: Actor, *, pressing: bool = False) -> list[Mark]:
    """The relations to look at, those with a pressing cause first, then the oldest; five queries, whatever their number.

    What was confirmed within a year is left in peace. ``pressing`` leaves out what was only not looked at for a year, for
    which the log must be searched.
    """
    since = timezone.now() - YEAR
    running = _running(actor)
    rows = list(running.values_list("pk", "patient_id", "source", "confirmed_at", "period"))
    relations_of = Counter(patient for _pk, patient, *_rest in rows)
    deceased = set(
        Patient.objects.filter(deceased_on__isnull=False, pk__in=running.values("patient_id")).values_list(
            "pk", flat=True
        )
    )
    own = list(Source.objects.filter(organisation_id=actor.organisation_id).values_list("active", flat=True))
    unseen = frozenset() if pressing else _unseen(since)
    marks = []
    for number, patient, source, confirmed_at, period in rows:
        if source not in TENDED or (confirmed_at and confirmed_at >= since):
            continue
        holds = {
            "unconfirmed": source == CareRelation.Source.STATED and confirmed_at is None,
            "deceased": patient in deceased,
            "source_ended": source == CareRelation.Source.SOURCE_SYSTEM and bool(own) and not any(own),
            "double": relations_of[patient] > 1,
            "unseen": patient in unseen,
        }
        if causes := tuple(cause for cause in CAUSES if holds[cause]):
            marks.append(Mark(number, patient, period.lower or _LONG_AGO, causes))
    return sorted(marks, key=lambda mark: (mark.causes == ("unseen",), mark.begins, mark.number))


def count_pressing(actor: Actor) -> int:
    """How many relations have a pressing cause, as many as ``worth_a_look`` finds; counted where they are kept.

    A practice has tens of thousands of relations, of which only those of a patient with two, of one who died, or that nobody
    confirmed leave the database.
    """
    year_ago = timezone.now() - YEAR
    own = list(Source.objects.filter(organisation_id=actor.organisation_id).values_list("active", flat=True))
    if own and not any(own):
        return len(worth_a_look(actor, pressing=True))
    tended = Q(source__in=TENDED) & (Q(confirmed_at=None) | Q(confirmed_at__lt=year_ago))
    stated = Q(source=CareRelation.Source.STATED, confirmed_at=None)
    running = _running(actor).order_by()
    found = {
        patient: of_patient if number > 1 else unconfirmed
        for patient, number, of_patient, unconfirmed in running.values("patient_id")
        .annotate(n=Count("id"), tended=Count("id", filter=tended), stated=Count("id", filter=stated))
        .filter(Q(n__gt=1) | Q(stated__gt=0))
        .values_list("patient_id", "n", "tended", "stated")
    }
    # Of who died every relation is worth a look, so it counts in place of what was found above.
    gone = running.filter(tended, patient__deceased_on__isnull=False).values_list("patient_id", flat=True)
    return sum({**found, **Counter(gone)}.values())


def count_causes(marks: Iterable[Mark]) -> dict[str, int]:
    """How many relations are worth a look by each cause; one relation may count under several."""
    found = Counter(cause for mark in marks for cause in mark.causes)
    return {cause: found[cause] for cause in CAUSES}


def relations_to_tend(marks: list[Mark], *, page: str | None = None) -> tuple[Page[Mark], list[Line]]:
    """One page of fifty of these relations, with their patients as far as within reach."""
    shown = Paginator(marks, PER_PAGE).get_page(page)
    relations = CareRelation.objects.select_related("stated_by").in_bulk([mark.number for mark in shown])
    patients = Patient.objects.in_bulk({mark.patient_id for mark in shown})
    return shown, [
        Line(relations[mark.number], patients.get(mark.patient_id), mark.causes)
        for mark in shown
        if mark.number in relations
    ]


def chosen_relations(actor: Actor, numbers: Iterable[str]) -> list[CareRelation]:
    """The running relations of the own organisation with these numbers, as many as one page holds."""
    wanted = [int(number) for number in numbers if number.isdecimal() and len(number) < 19][:PER_PAGE]
    return list(_running(actor).filter(pk__in=wanted, source__in=TENDED).order_by("patient_id", "pk"))
