"""The facts of source systems that an opened record shows: at a glance for the overview, and whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dossier.access.entries import statements_for
from dossier.models import Fact, Source, Statement
from dossier.sources.units import same_unit
from dossier.sources.wording import OVER
from people.models import Organisation
from trust.access import Opening
from trust.categories import Category

WHOLE = (
    Category.PROBLEMS,
    Category.MEDICATION,
    Category.ALLERGIES,
    Category.ALERTS,
    Category.WISHES,
    Category.APPOINTMENTS,
)
"""Categories of which a glance must miss nothing that counts now; of medication nothing at all, for its blocks explain each other."""
GLANCE = 8
"""How many of the newest facts of any other category a glance shows."""
TESTS = 12
"""How many kinds of results a glance shows, those measured last, and how many values of each; of results of no known kind the newest."""
_UNREAD = frozenset({"resource", "original", "line"})
_SAME_DAY = 'source_id, resource_type, source_key collate "C", id'  # as Fact.ORDER
_GLANCE = f"""
    with ranked as materialized (
      select id, category, source_id, resource_type, source_key, code, value, unit, detail, on_date, state,
             row_number() over (partition by category order by on_date desc, title, {_SAME_DAY}) as place,
             row_number() over (partition by category, code order by on_date desc, {_SAME_DAY}) as place_in_kind,
             count(*) over (partition by category) as all_of_it
      from dossier_fact where patient_id = %(patient)s and expires_at > %(now)s
    ), kind as (
      select code from ranked where category = %(results)s and code <> '' group by code order by max(on_date) desc, code limit {TESTS}
    ), giver as materialized (
      select category, array_agg(distinct source_id) as sources from ranked group by category
    ), shown as (
      select * from ranked r
      where case when category = any(%(whole)s) then place <= {GLANCE} or category = %(medication)s or not state = any(%(over)s)
                 when category <> %(results)s then place <= {GLANCE}
                 when code = '' then place_in_kind <= {GLANCE}
                 else place_in_kind = 1 and code in (select code from kind) end
    )
    select {", ".join(f"f.{f.column}" for f in Fact._meta.concrete_fields if f.name not in _UNREAD)},
           case when f.category = %(network)s then f.resource end as register, s.all_of_it,
           (select g.sources from giver g where g.category = s.category) as givers,
           case when s.category = %(results)s and s.code <> '' then (
             select jsonb_agg(jsonb_build_array(r.on_date, r.value, r.unit, r.detail) order by r.place_in_kind) from ranked r
             where r.category = s.category and r.code = s.code and r.value is not null) end as course
    from shown s join dossier_fact f on f.id = s.id
    order by f.on_date desc, f.title, f.{_SAME_DAY.replace(", ", ", f.")}
"""  # noqa: S608 - the names of columns and numbers of this module; what is asked goes apart


class Point(NamedTuple):
    """One value of a course: its day, the number that is drawn, and the value in words."""

    on: str
    value: float
    detail: str


@dataclass(frozen=True)
class Glance:
    """The facts that the overview shows at once; ``counts`` tells how many there are of each category in all, and ``givers`` of
    which sources, by primary key: a source of which nothing shows at a glance may well have given something.

    ``series`` gives, by code of a result, its latest values with their dates, oldest first, all in the unit of the latest.
    """

    facts: list[Fact]
    counts: dict[Category, int]
    givers: dict[Category, frozenset[int]]
    series: dict[str, list[Point]]

    def of(self, category: Category) -> list[Fact]:
        """Those of one category, newest first."""
        return [fact for fact in self.facts if fact.category == category]


def glance(
    opening: Opening, beside: dict[str, list[Statement]] | None = None, sources: Iterable[Source] = ()
) -> Glance:
    """What the overview shows of the facts, in one query however large the record; the database filters by what was opened.

    ``beside`` are the statements of the person and ``sources`` the source systems, when they were read already; for either
    that is wanting there is a query more.
    """
    values: dict[str, Any] = {
        "patient": opening.patient.pk,
        "now": timezone.now(),
        "whole": list(WHOLE),
        "over": list(OVER),
        **{name.lower(): Category[name].value for name in ("RESULTS", "MEDICATION", "NETWORK")},
    }
    found: list[Any] = list(
        Fact.objects.raw(_GLANCE, values)
    )  # with what the query adds: register, all_of_it, givers, course
    series: dict[str, list[Point]] = {}
    for fact in found:
        if fact.category == Category.NETWORK:
            fact.resource = orjson.loads(fact.register)  # what the register of the care network compares with
        elif fact.category == Category.RESULTS and fact.code:
            series[fact.code] = _in_one_unit(orjson.loads(fact.course or "[]"))
    _name_holders(found, {source.pk: source for source in sources})
    _put_beside(found, statements_for(opening) if beside is None else beside)
    counts = {Category(fact.category): fact.all_of_it for fact in found}
    givers = {Category(fact.category): frozenset(fact.givers) for fact in found}
    return Glance(found, counts, givers, series)


def _in_one_unit(course: list[tuple[str, float, str, str]]) -> list[Point]:
    """The latest values, oldest first, in the unit of the latest: mmol/l and mg/dl never stand in one line."""
    alike = [
        Point(at, value, detail) for at, value, unit, detail in course if same_unit(unit) == same_unit(course[0][2])
    ]
    return alike[:TESTS][::-1]


def _name_holders(facts: list[Fact], sources: Mapping[int, Source]) -> None:
    wanting = {fact.source_id for fact in facts} - set(sources)
    if wanting:
        sources = {**sources, **Source.objects.select_related("organisation").in_bulk(wanting)}
    holders = {source.organisation_id: source.organisation for source in sources.values()}
    moved = {fact.organisation_id for fact in facts} - set(holders)  # of a holder whose source went to its successor
    if moved:
        holders |= Organisation.objects.in_bulk(moved)
    source, organisation = Fact._meta.get_field("source"), Fact._meta.get_field("organisation")
    for fact in facts:  # as a prefetch does it, for setting each attribute takes ten times as long
        source.set_cached_value(fact, sources[fact.source_id])
        organisation.set_cached_value(fact, holders[fact.organisation_id])


def facts_for(opening: Opening, only: Collection[str] | None = None) -> list[Fact]:
    """The facts of source systems that the opened record shows, newest first; the database filters by what was opened.

    With ``only`` those with these references (:attr:`dossier.models.Fact.reference`).
    """
    if only is not None and not only:
        return []
    current = Fact.objects.filter(patient=opening.patient, expires_at__gt=timezone.now())
    if only is not None:
        current = current.filter(mark__in=[ref.partition("-")[2] for ref in only])
    facts = list(current.select_related("source", "organisation").defer(*_UNREAD).order_by(*Fact.ORDER))
    if only is not None:
        facts = [fact for fact in facts if fact.reference in only]
    _put_beside(facts, statements_for(opening))
    return facts


def _put_beside(facts: list[Fact], beside: dict[str, list[Statement]]) -> None:
    for fact in facts:
        fact.statements = beside.get(f"fact:{fact.source_id}:{fact.resource_type}/{fact.source_key}", [])


def when(on_date: str) -> str:
    """A whole or partial date (``2011``, ``2011-05``, ``2011-05-03``) as people write it."""
    return _written(on_date, get_language() or "")


@lru_cache(maxsize=4096)
def _written(on_date: str, language: str) -> str:
    """One page writes the same days many times, and each takes Django's formatter longer than all the rest of a line."""
    parts = on_date[:10].split("-")
    try:
        numbers = [int(part) for part in parts]
        if len(numbers) == 3:
            return date_format(date(*numbers), _("j b Y"))
        if len(numbers) == 2:
            return date_format(date(numbers[0], numbers[1], 1), _("b Y"))
    except ValueError:
        return on_date
    return on_date[:4]
