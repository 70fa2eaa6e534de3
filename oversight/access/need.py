"""Which categories each role needs, as it stands at a moment, who stated it, and who may state it anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models.functions import Now
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actor import Actor
from oversight.access.guard import own_organisation
from people.access import need_professional
from people.models import Domain
from trust.access import has_permission
from trust.categories import Category, from_mask
from trust.models import RoleNeed

APART = (Category.MENTAL_HEALTH, Category.SOCIAL, Category.FINANCIAL)
"""The categories with a stricter start, shown apart: mental-health, social and financial facts."""
GENERAL = tuple(category for category in Category if category not in APART)


@dataclass(frozen=True)
class Row:
    """One role with what it needs, and the version that says so; without one it needs nothing."""

    role: str
    label: str
    need: RoleNeed | None
    categories: frozenset[Category]


@dataclass(frozen=True)
class Version:
    """A moment from which the table was another: for which roles, stated by whom and why. ``starts`` is empty for the first."""

    starts: datetime | None
    needs: list[RoleNeed]
    ahead: bool


def labels() -> dict[str, str]:
    """The roles of the table with their words: everybody who works in the network, and the citizen."""
    field = RoleNeed._meta.get_field("role")
    return {str(value): str(label) for value, label in field.flatchoices}


def table_at(actor: Actor, moment: datetime | None = None) -> list[Row]:
    """The table of roles and categories as it holds at a moment, now when none is given; for every professional to read."""
    need_professional(actor)
    held = RoleNeed.objects.select_related("stated_by").filter(period__contains=moment or Now())
    needs = {need.role: need for need in held}
    return [
        Row(role, label, needs.get(role), from_mask(needs[role].categories) if role in needs else frozenset())
        for role, label in labels().items()
    ]


def versions(actor: Actor) -> list[Version]:
    """Every moment at which the table became another, those still to come included; the latest first."""
    need_professional(actor)
    found: dict[datetime | None, list[RoleNeed]] = {}
    for need in RoleNeed.objects.select_related("stated_by").exclude(period__isempty=True):
        found.setdefault(need.period.lower, []).append(need)
    now = timezone.now()
    order = sorted(found, key=lambda starts: (starts is not None, starts or now), reverse=True)
    return [Version(starts, found[starts], starts is not None and starts > now) for starts in order]


def moment_now(found: list[Version]) -> datetime | None:
    """The moment of the version that holds now; nothing when it is the first."""
    return next((version.starts for version in found if not version.ahead), None)


def may_manage(actor: Actor) -> bool:
    """Whether the actor states needs in the name of the region."""
    if actor.works_for is None:
        return False
    organisation = own_organisation(actor)
    return organisation.domain == Domain.REGION and has_permission(actor, organisation, "manage_rules")


def get_row(actor: Actor, role: str) -> Row:
    """One role, for who may state its need anew."""
    row = next((row for row in table_at(actor) if row.role == role), None)
    if row is None:
        raise Http404
    if not may_manage(actor):
        raise PermissionDenied(_("De tabel van rollen is voor wie de regio daarvoor heeft aangewezen."))
    return row


@dataclass(frozen=True)
class Difference:
    """What a role would see more and less than it may now."""

    more: list[Category]
    less: list[Category]

    def __bool__(self) -> bool:
        return bool(self.more or self.less)


def difference(row: Row, categories: Iterable[int]) -> Difference:
    """What changes for a role when it needs these categories."""
    wanted = frozenset(Category(category) for category in categories)
    return Difference(sorted(wanted - row.categories), sorted(row.categories - wanted))
