"""In whose record a citizen stands: the own one, or that of somebody for whom the citizen acts by mandate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from events.actor import Actor
from people.access import greeting
from people.models import Patient
from portal import words
from trust.access import Opening, acts_for, get_acted_for, open_record, scope_of
from trust.categories import Category
from trust.models import Mandate


@dataclass(frozen=True)
class Standing:
    """In whose record a citizen stands, in which capacity, and how far that goes.

    ``kind`` is empty in the own record. ``categories`` is what may be seen; ``acts`` tells whether the citizen may also
    choose, ask, read the log and give mandates there.
    """

    patient: Patient
    kind: str
    categories: frozenset[Category]
    acts: bool

    @property
    def own(self) -> bool:
        """Whether it is the citizen's own record."""
        return not self.kind

    @property
    def name(self) -> str:
        """How the person whose record it is, is called."""
        return greeting(self.patient)

    @property
    def guards(self) -> bool:
        """Whether the citizen represents the person by law, and so confirms what a child permits."""
        return self.acts and self.kind not in {"", Mandate.Kind.CARER}

    def covers(self, *categories: Category) -> bool:
        """Whether any of these kinds of data may be seen here."""
        return bool(self.categories & frozenset(categories))

    @property
    def choosable(self) -> list[str]:
        """The groups of data about which may be chosen here: nobody gives away in another's name what the mandate leaves out."""
        return [group.key for group in words.groups() if group.categories <= self.categories] if self.acts else []

    @property
    def outside_choice(self) -> list[str]:
        """The groups about which the mandate gives no say, in words."""
        may = set(self.choosable)
        return [group.plain for group in words.groups() if group.key not in may]

    @property
    def outside(self) -> list[str]:
        """The groups of data that the mandate leaves out, in words."""
        return [group.plain for group in words.scopes() if not group.categories & self.categories]


def standings(actor: Actor) -> list[Standing]:
    """Every record in which the citizen may stand now: the own one first, then those of others by name."""
    found = (_standing(actor, patient) for patient in acts_for(actor))
    return [standing for standing in found if standing]


def standing(actor: Actor, acted_for: str) -> Standing | None:
    """The record chosen, as far as the citizen may stand in it at this moment; the own one when none was chosen."""
    try:
        patient = get_acted_for(actor, str(UUID(acted_for)) if acted_for else "")
    except (Http404, ValueError):
        return None
    return _standing(actor, patient)


def _standing(actor: Actor, patient: Patient) -> Standing | None:
    try:
        scope = scope_of(actor, patient)
    except Http404:
        return None
    return Standing(patient, "" if scope.kind == "self" else scope.kind, scope.categories, scope.acts)


def open_in(actor: Actor, standing: Standing, wanted: Iterable[Category], *needed: Category) -> Opening:
    """Open the record in which the citizen stands, and write the line that says who looked and on which basis.

    Raises ``PermissionDenied``, after the line of the denial, when the mandate covers nothing of it, or none of ``needed``.
    """
    try:
        opening = open_record(actor, standing.patient.key, wanted)
    except PermissionDenied:
        raise PermissionDenied(_beyond(standing)) from None
    if needed and not opening.allowed & frozenset(needed):
        raise PermissionDenied(_beyond(standing))
    return opening


def open_least(actor: Actor, standing: Standing) -> Opening:
    """Open as little as a page needs that shows no content: who the person is, or else what the mandate covers."""
    return open_in(actor, standing, standing.categories & {Category.IDENTITY} or standing.categories)


def need_acting(standing: Standing) -> None:
    """Refuse who may look in this record, but not choose, ask or read the log in the person's name."""
    if not standing.acts:
        raise PermissionDenied(
            _("De machtiging voor %(name)s is om te bekijken. Dingen regelen en zien wie er keek, hoort er niet bij.")
            % {"name": standing.name}
        )


def need_choosing(standing: Standing, categories: Iterable[Category]) -> None:
    """Refuse to choose, for another, about data that the mandate does not cover."""
    need_acting(standing)
    if not frozenset(categories) <= standing.categories:
        raise PermissionDenied(
            _("Over deze gegevens van %(name)s kiezen kan niet. Zij horen niet bij de machtiging.")
            % {"name": standing.name}
        )


def _beyond(standing: Standing) -> str:
    return _("Deze gegevens van %(name)s horen niet bij de machtiging.") % {"name": standing.name}
