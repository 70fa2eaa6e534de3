"""Which lines of the log a privacy officer finds, one line in full, and what the numbers in it stand for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import Http404
from django.shortcuts import get_object_or_404

from events.access import PAGE, Found, Mark, Search, find_lines
from events.actor import Actor
from events.models import Event
from oversight.access.guard import get_officer, is_officer
from people.models import Membership, Organisation, User


def lines_for(actor: Actor, search: Search, *, after: Mark | None = None, size: int = PAGE) -> Found:
    """Lines that fit, newest first: of the own organisation, or of the whole network for the region's privacy officer.

    The same reach is held by row-level security (``own_organisation``, ``region_oversight``); naming the organisation lets
    the database use its order. Raises as :func:`oversight.access.guard.get_officer` does.
    """
    officer = get_officer(actor)
    if not officer.regional:
        if search.organisation_id not in {None, officer.organisation.pk}:
            return Found([])
        search = replace(search, organisation_id=officer.organisation.pk)
    return find_lines(search, after=after, size=size)


def get_line(actor: Actor, pk: int) -> Event:
    """One line within the officer's reach; another one, and any to another role, does not exist."""
    if not is_officer(actor):
        raise Http404
    return get_object_or_404(Event.objects.all(), pk=pk)


def organisations_for(actor: Actor) -> list[Organisation]:
    """The organisations by which this officer can narrow: all for the region's, else the own one."""
    officer = get_officer(actor)
    return list(Organisation.objects.order_by("name")) if officer.regional else [officer.organisation]


def may_use_bsn(actor: Actor) -> bool:
    """Whether this officer may look a citizen up by BSN: not for a participant that may not process it (Wabvpz)."""
    officer = get_officer(actor)
    return officer.regional or officer.organisation.may_process_bsn


def professionals_named(actor: Actor, name: str, *, most: int = 20) -> list[User]:
    """Professionals whose name holds every word of ``name``, who work or worked within the officer's reach."""
    officer = get_officer(actor)
    members = Membership.objects.all()
    if not officer.regional:
        members = members.filter(organisation=officer.organisation)
    found = User.objects.filter(pk__in=members.values("user_id"))
    for word in name.split():
        found = found.filter(name__icontains=word)
    return list(found.order_by("name", "pk")[:most])


@dataclass(frozen=True)
class Names:
    """What the numbers in lines stand for, as far as an auditor may know: people at work and organisations, never a citizen."""

    users: dict[int, str]
    organisations: dict[int, str]


def names_in(lines: list[Event]) -> Names:
    """The names of the professionals and organisations in these lines, read at once."""
    users = {line.user_id for line in lines if line.user_id and line.actor_kind == "professional"}
    holders = {int(number) for line in lines for number in (line.grounds or {}).get("holders", {})}
    places = holders | {line.organisation_id for line in lines if line.organisation_id}
    return Names(
        dict(User.objects.filter(pk__in=users).values_list("pk", "name")),
        dict(Organisation.objects.filter(pk__in=places).values_list("pk", "name")),
    )
