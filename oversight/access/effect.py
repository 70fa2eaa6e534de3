"""What a change of a participant's policy means for who reads: which categories appear or disappear, per kind of reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models.functions import Now

from people.models import ROLES_OF, Domain, Organisation, Role
from trust.categories import Category, from_mask
from trust.models import CareRelation, PolicyLine, RoleNeed

ORDINARY = frozenset({"TREAT", "COC"})
URGENT = frozenset({"ETREAT"})
RELATIONS = tuple(source.value for source in CareRelation.Source if source != CareRelation.Source.CONSULTATION)
"""The kinds of care relation that let read facts of others; one that is lent for a question lets read none."""


@dataclass(frozen=True)
class Effect:
    """For these readers in these roles, these categories appear or disappear.

    ``urgent`` is about access in an emergency. ``relations`` names the kinds of care relation it is true for, when not all.
    """

    reader: str
    roles: tuple[str, ...]
    urgent: bool
    relations: tuple[str, ...]
    more: tuple[Category, ...]
    less: tuple[Category, ...]


def offered(
    lines: Iterable[PolicyLine], *, domain: str, organisation_id: int | None, role: str, relation: str, urgent: bool
) -> frozenset[Category]:
    """What these lines let go to one reader: the union of all that fit; in an emergency there may be no relation at all."""
    found: frozenset[Category] = frozenset()
    for line in lines:
        if (
            (URGENT if urgent else ORDINARY).intersection(line.purposes)
            and line.reader_domain in {"", domain}
            and line.reader_organisation_id in {None, organisation_id}
            and (not line.roles or role in line.roles)
            and (not line.relations or relation in line.relations)
        ):
            found |= from_mask(line.categories)
    return found


def effects(now: list[PolicyLine], then: list[PolicyLine], *, needs: dict[str, frozenset[Category]]) -> list[Effect]:
    """Who would see more or less by ``then`` than by ``now``, as far as the role needs it; empty when nothing changes.

    A named organisation stands apart only where it is affected otherwise than its kind.
    """
    named = {line.reader_organisation_id for line in [*now, *then]} - {None}
    found: list[Effect] = []
    of_kind: dict[str, list[Effect]] = {}
    for domain, roles in ROLES_OF.items():
        of_kind[domain] = list(_of_reader(now, then, str(Domain(domain).label), domain, None, roles, needs))
        found += of_kind[domain]
    for place in Organisation.objects.filter(pk__in=named).order_by("name"):
        own = list(_of_reader(now, then, place.name, place.domain, place.pk, ROLES_OF.get(place.domain, ()), needs))
        if [_without_name(one) for one in own] != [_without_name(one) for one in of_kind.get(place.domain, [])]:
            found += own
    return found


def needs_now() -> dict[str, frozenset[Category]]:
    """What each role needs at this moment."""
    return {need.role: from_mask(need.categories) for need in RoleNeed.objects.filter(period__contains=Now())}


def _without_name(effect: Effect) -> tuple[object, ...]:
    return effect.roles, effect.urgent, effect.relations, effect.more, effect.less


Change = tuple[tuple[Category, ...], tuple[Category, ...]]


def _of_reader(
    now: list[PolicyLine],
    then: list[PolicyLine],
    reader: str,
    domain: str,
    organisation_id: int | None,
    roles: tuple[Role, ...],
    needs: dict[str, frozenset[Category]],
) -> Iterator[Effect]:
    """The effects on one reader; roles and relations for which the same is true stand in one line."""
    for urgent in (False, True):
        together: dict[tuple[tuple[tuple[str, ...], Change], ...], list[str]] = {}
        for role in roles:
            by_change: dict[Change, list[str]] = {}
            for relation in ("",) if urgent else RELATIONS:
                before, after = (
                    offered(
                        lines,
                        domain=domain,
                        organisation_id=organisation_id,
                        role=role,
                        relation=relation,
                        urgent=urgent,
                    )
                    & needs.get(role, frozenset())
                    for lines in (now, then)
                )
                by_change.setdefault((tuple(sorted(after - before)), tuple(sorted(before - after))), []).append(
                    relation
                )
            shape = tuple(
                ((), change) if len(by_change) == 1 else (tuple(relations), change)
                for change, relations in by_change.items()
                if any(change)
            )
            if shape:
                together.setdefault(shape, []).append(role)
        for shape, same in together.items():
            for relations, (more, less) in shape:
                yield Effect(reader, tuple(same), urgent, relations, more, less)
