"""What of an opened record can go along with a referral, by category, the least ticked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from django.utils.translation import gettext as _

from dossier.access import Item, items_for, own_documents_for, questionnaires
from events.actor import Actor
from people.models import Domain
from referrals.moves import DEFAULTS
from square.models import HealthcareService
from trust.access import Opening, Sharing, sharing
from trust.categories import Category


@dataclass(frozen=True)
class Group:
    """The things of one category that could go along; with ``reason`` they cannot, and it says why."""

    category: Category
    items: tuple[Item, ...]
    ticked: frozenset[str]
    reason: str = ""


def selection_for(
    actor: Actor, opening: Opening, service: HealthcareService, refs: Collection[str] | None = None
) -> list[Group]:
    """What of the opened record can go along to a service, by category, the least ticked; what cannot go, with the reason.

    Minimal by default (AVG art. 5(1)(c), ``moves.DEFAULTS``): nothing for a training, for an order what its form names, one of what
    several sources say alike, and no document unless it is ticked. Names and ways to reach go along by themselves after acceptance.
    With ``refs`` only those things are looked at: what was ticked is judged without reading the record.
    """
    if refs is not None and not refs:
        return []
    may = sharing(actor, opening.patient, service.organisation)
    ticked = _least(service)
    groups = []
    found_all = [*items_for(opening, refs), *own_documents_for(opening, actor.works_for, refs)]
    for category, found in groupby(sorted(found_all, key=lambda item: item.kind), key=lambda item: item.kind):
        items = tuple(found)
        reason = why_not(category, may, service)
        groups.append(
            Group(category, items, _newest(items) if category in ticked and not reason else frozenset(), reason)
        )
    return groups


def _least(service: HealthcareService) -> frozenset[Category]:
    """The categories that a first contact there needs; for an order what its form names; alerts in the social domain only of
    who comes to the door."""
    if service.process == HealthcareService.Process.TRAINING:
        return frozenset()
    if service.process == HealthcareService.Process.ORDER:
        form = questionnaires.newest(service.questionnaire)
        return frozenset(map(Category, form.first)) if form else frozenset()
    domain = service.organisation.domain
    unmet = {Category.ALERTS} if domain == Domain.SOCIAL and not service.at_home else frozenset()
    return DEFAULTS.get(domain, frozenset()) - unmet


def _newest(items: Iterable[Item]) -> frozenset[str]:
    """What a first contact may need, once: of what several sources say in the same words the newest."""
    found: dict[tuple[str, str], Item] = {}
    for item in items:
        key = (item.title.casefold(), item.detail.casefold())
        if item.first and (key not in found or found[key].on_date < item.on_date):
            found[key] = item
    return frozenset(item.ref for item in found.values())


def why_not(category: Category, may: Sharing, service: HealthcareService) -> str:
    """Why things of a category cannot go along to a service; empty where they can."""
    domain = {"domain": service.organisation.get_domain_display()}
    if category in may.not_needed:
        return _("niet nodig voor %(domain)s") % domain
    return _("geen toestemming van de inwoner voor %(domain)s") % domain if category in may.not_consented else ""


def ticked_as(groups: Iterable[Group], refs: Iterable[str]) -> list[Group]:
    """The same groups with other things ticked, as far as they can go along."""
    chosen = set(refs)
    return [
        group
        if group.reason
        else replace(group, ticked=frozenset(item.ref for item in group.items if item.ref in chosen))
        for group in groups
    ]
