"""What was chosen in a draft and cannot be asked any more: why not, and what can be asked in its place."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from people.models import Organisation
from people.moves import Admission
from referrals.access.offers import Offer, Person, get_offer, weighed
from square.access import Wanted, services_for, stopped_words
from square.models import HealthcareService

MOST_INSTEAD, MOST_WEIGHED = 3, 12
LONGEST_LINE = 20
"""How many mergers one after another are followed."""


@dataclass(frozen=True)
class Gone:
    """An offer that was chosen and cannot be asked now, with the reason and what can be asked in its place, the nearest first."""

    service: HealthcareService
    why: str
    instead: list[Offer]


def gone_offer(patient: Person, chosen: object) -> Gone | None:
    """Why a service that was chosen cannot be asked (any more); ``None`` while it can, and for what never was a service.

    In its place come the services of the participant it merged into, those of the same kind where it has them; else those of the
    same kind of its own provider, and then of others.
    """
    number = str(chosen or "")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    service = HealthcareService.objects.select_related("organisation").filter(pk=number).first()
    offer = get_offer(patient, number, figures=False)
    if service is None or (offer is not None and offer.choosable):
        return None
    successor = _successor(service.organisation)
    return Gone(service, _why(service, successor, patient), _instead(service, successor, patient))


def _successor(organisation: Organisation) -> Organisation:
    """The participant that a merged one goes on as; itself where it did not merge."""
    for _step in range(LONGEST_LINE):
        if organisation.merged_into_id is None:
            break
        organisation = Organisation.objects.get(pk=organisation.merged_into_id)
    return organisation


def _why(service: HealthcareService, successor: Organisation, patient: Person) -> str:
    place = service.organisation
    if successor != place:
        return _("%(name)s is opgegaan in %(into)s.") % {"name": place.name, "into": successor.name}
    if place.admission != Admission.ADMITTED:
        return _("%(name)s doet niet meer mee in het netwerk.") % {"name": place.name}
    if not service.active:
        return _("Dit aanbod is er niet meer.")
    if not service.takes_referrals:
        return _("Hierheen kan niet meer verwezen worden.")
    if not service.open_for_new:
        return capfirst(f"{place.name} {stopped_words(service)}.")
    unmet = [
        one.text
        for offer in weighed(patient, [service.pk], None, figures=False)
        for one in offer.conditions
        if one.met is False
    ]
    return _("Het past niet meer bij deze inwoner: %(why)s.") % {"why": "; ".join(unmet)}


def _instead(service: HealthcareService, successor: Organisation, patient: Person) -> list[Offer]:
    wanted = Q(kind=service.kind)
    if successor != service.organisation:
        wanted |= Q(organisation=successor)
    found = services_for(Wanted(everywhere=True)).filter(wanted, takes_referrals=True, open_for_new=True)
    rows = list(found.exclude(pk=service.pk))
    rows.sort(
        key=lambda one: (
            one.organisation_id != successor.pk,
            one.kind != service.kind,
            one.name.casefold() != service.name.casefold(),
        )
    )
    near = weighed(patient, [one.pk for one in rows[:MOST_WEIGHED]], None, figures=False)
    able = [offer for offer in near if offer.choosable]
    same = [offer for offer in able if offer.service.kind == service.kind]
    found_there = any(offer.service.organisation_id == successor.pk for offer in same)
    return (same if found_there else able)[:MOST_INSTEAD]
