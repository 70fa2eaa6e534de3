"""Who looked at the record and who was kept from it, as the log holds it, gathered per person and day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg, BitOr
from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Count, DateField, F, Func, Max, Min, QuerySet
from django.utils import timezone

from events.models import Event
from people.models import Organisation, Patient, User
from portal import words
from trust.access import Opening
from trust.categories import Category, from_mask
from trust.models import Emergency, Mandate

PER_PAGE = 50


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
    in_name: bool
    urgent: bool
    emergency: Emergency | None
    user_id: int | None
    organisation_id: int | None

    @property
    def reason(self) -> str:
        """Why somebody looked in an emergency."""
        return words.reason_of(self.emergency) if self.emergency else ""

    @property
    def review(self) -> str:
        """What the review of the emergency found."""
        return words.review_of(self.emergency) if self.emergency else ""


def _lines(patient: Patient) -> QuerySet[Event]:
    return Event.objects.filter(patient_id=patient.pk, verb__in=["record.opened", "record.denied"])


_QUARTER = Func(F("at"), template="date_bin('15 minutes', %(expressions)s, timestamptz '2000-01-03')")
"""One look is what somebody opened within a quarter of an hour: a page of a record opens it in several parts."""

# What is grouped by holds no parameter: a prepared statement would take the same one twice for two.
_DAY = Func(F("at"), template=f"(%(expressions)s at time zone '{settings.TIME_ZONE}')::date", output_field=DateField())
_URGENT = Func(F("purpose"), template="(%(expressions)s = 'ETREAT')", output_field=BooleanField())


def _grouped(lines: QuerySet[Event]) -> QuerySet[Event, Any]:
    return (
        lines.annotate(day=_DAY, urgent=_URGENT)
        .values("day", "verb", "actor_kind", "user_id", "organisation_id", "role", "urgent")
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


def others(lines: QuerySet[Event], patient: Patient) -> QuerySet[Event]:
    """The lines of everybody but the person whose record it is; who acts by mandate is somebody else."""
    return lines.exclude(actor_kind="citizen", user_id=patient.account_id)


def visits_for(opening: Opening, *, page: str | None = None, own: bool = False) -> tuple[Page[Any], list[Visit]]:
    """Who looked at the record or was kept from it, newest first, fifty visits a page; ``own`` gives the person's own."""
    patient, lines = opening.patient, _lines(opening.patient)
    lines = lines.filter(actor_kind="citizen", user_id=patient.account_id) if own else others(lines, patient)
    found = Paginator(_grouped(lines), PER_PAGE).get_page(page)
    rows = list(found.object_list)
    around = _Around(
        people=User.objects.in_bulk({row["user_id"] for row in rows} - {None}),
        places=Organisation.objects.in_bulk({row["organisation_id"] for row in rows} - {None}),
        mandates={mandate.holder_id: mandate for mandate in Mandate.objects.filter(patient=patient).order_by("period")},
        emergencies=list(Emergency.objects.filter(patient=patient)) if any(row["urgent"] for row in rows) else [],
    )
    return found, [_visit(row, around, patient) for row in rows]


@dataclass(frozen=True)
class _Around:
    """What is needed to tell lines of the log in names."""

    people: dict[int, User]
    places: dict[int, Organisation]
    mandates: dict[int | None, Mandate]
    emergencies: list[Emergency]

    def emergency(self, row: dict[str, Any]) -> Emergency | None:
        """The emergency in which somebody looked, when it was one."""
        if not row["urgent"]:
            return None
        return next(
            (
                one
                for one in self.emergencies
                if (one.user_id, one.organisation_id) == (row["user_id"], row["organisation_id"])
                and one.period.lower <= row["last"]
                and row["first"] <= one.period.lower + timedelta(hours=1)
            ),
            None,
        )


def _visit(row: dict[str, Any], around: _Around, patient: Patient) -> Visit:
    user, place = around.people.get(row["user_id"]), around.places.get(row["organisation_id"])
    in_name = row["actor_kind"] == "citizen" and row["user_id"] != patient.account_id
    mandate = around.mandates.get(row["user_id"]) if in_name else None
    name = mandate.name if mandate else user.name if user else ""
    denied = row["verb"] == "record.denied"
    seen, own = from_mask(row["seen"]), from_mask(row["own"])
    if denied:
        why, shown, rest = words.denial_of(row["reasons"]), from_mask(row["kept"]), frozenset[Category]()
    else:
        basis = words.basis_of(row["bases"], place.domain if place else "")
        purpose = "" if in_name else words.purpose_of(sorted(row["purposes"])[-1])
        why = ", ".join(filter(None, [purpose, basis]))
        why, shown, rest = why[:1].upper() + why[1:] + ".", seen, own - seen
    return Visit(
        day=row["day"],
        first=row["first"],
        last=row["last"],
        times=row["times"],
        who=words.person(row["actor_kind"], name, in_name=in_name),
        role=words.role_of(row["role"]),
        organisation=place.name if place else "",
        denied=denied,
        why=why,
        kinds=words.kinds(shown),
        own_kinds=words.kinds(rest),
        in_name=in_name,
        urgent=row["urgent"],
        emergency=around.emergency(row),
        user_id=row["user_id"],
        organisation_id=row["organisation_id"],
    )


def visits_lately(opening: Opening, days: int = 7) -> int:
    """How often others looked at the record in the last days, counted as the log page counts."""
    lines = others(_lines(opening.patient), opening.patient).filter(
        verb="record.opened", at__gte=timezone.now() - timedelta(days=days)
    )
    return sum(_grouped(lines).values_list("times", flat=True))
