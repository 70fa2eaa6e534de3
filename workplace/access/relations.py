"""Care relations of the own organisation that somebody should look at: to confirm, or to end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
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
TENDED = (CareRelation.Source.SOURCE_SYSTEM, CareRelation.Source.STATED, CareRelation.Source.MERGER)
"""What a practice tends itself; the others end with the referral, question or journey that began them."""

CAUSES = {
    "unconfirmed": _("verklaard, nog niet bevestigd"),
    "deceased": _("overleden"),
    "unseen": _("een jaar niet bekeken"),
    "source_ended": _("bronsysteem gestopt"),
    "double": _("dubbel"),
}
"""Why a relation is worth a look, in the order in which the page names them."""


@dataclass(frozen=True)
class Line:
    """One relation on the list, with the patient as far as within reach, and the causes."""

    relation: CareRelation
    patient: Patient | None
    causes: list[str]

    @property
    def since(self) -> datetime | None:
        """From when the relation runs, if that is known."""
        begins: datetime | None = self.relation.period.lower
        return begins


def _tended(actor: Actor) -> QuerySet[CareRelation]:
    need_role(actor, Category.IDENTITY)
    return CareRelation.objects.filter(organisation_id=actor.organisation_id, source__in=TENDED, period__contains=Now())


def _worth_a_look(actor: Actor) -> QuerySet[CareRelation]:
    """Running relations with a mark per cause; what was confirmed within a year is left in peace."""
    since = timezone.now() - YEAR
    own_sources = Source.objects.filter(organisation_id=OuterRef("organisation_id"))
    others = CareRelation.objects.filter(
        organisation_id=OuterRef("organisation_id"), patient_id=OuterRef("patient_id"), period__contains=Now()
    ).exclude(source=CareRelation.Source.CONSULTATION)
    stopped = Exists(own_sources.filter(active=False)) & ~Exists(own_sources.filter(active=True))
    gone = Patient.objects.filter(pk=OuterRef("patient_id"), deceased_on__isnull=False)
    return (
        _tended(actor)
        .filter(Q(confirmed_at=None) | Q(confirmed_at__lt=since))
        .annotate(
            unconfirmed=Q(source=CareRelation.Source.STATED) & Q(confirmed_at=None),
            deceased=Exists(gone),
            unseen=Q(patient_id__in=RawSQL("select trust_unseen(%s)", [since])),
            source_ended=Q(source=CareRelation.Source.SOURCE_SYSTEM) & stopped,
            double=Exists(others.exclude(pk=OuterRef("pk"))),
        )
        .filter(Q(unconfirmed=True) | Q(deceased=True) | Q(unseen=True) | Q(source_ended=True) | Q(double=True))
    )


def relations_to_tend(
    actor: Actor, *, cause: str = "", page: str | None = None
) -> tuple[Page[CareRelation], list[Line]]:
    """The relations to look at, of one cause or of all, the oldest relation first; 50 a page."""
    found = _worth_a_look(actor).select_related("stated_by")
    if cause in CAUSES:
        found = found.filter(**{cause: True})
    shown = Paginator(found.order_by("period", "pk"), PER_PAGE).get_page(page)
    relations = list(shown)
    patients = Patient.objects.in_bulk({relation.patient_id for relation in relations})
    return shown, [
        Line(relation, patients.get(relation.patient_id), [name for name in CAUSES if getattr(relation, name)])
        for relation in relations
    ]


def count_relations(actor: Actor) -> dict[str, int]:
    """How many relations are worth a look: in all (under the empty name), and by each cause."""
    marked = _worth_a_look(actor).order_by().values(*CAUSES).annotate(number=Count("pk"))
    counts = {"": 0, **dict.fromkeys(CAUSES, 0)}
    for marks in marked:
        for name in ["", *(cause for cause in CAUSES if marks[cause])]:
            counts[name] += marks["number"]
    return counts


def chosen_relations(actor: Actor, numbers: Iterable[str]) -> list[CareRelation]:
    """The running relations of the own organisation with these numbers, as many as one page holds."""
    wanted = [int(number) for number in numbers if number.isdecimal() and len(number) < 19][:PER_PAGE]
    return list(_tended(actor).filter(pk__in=wanted).order_by("patient_id", "pk"))
