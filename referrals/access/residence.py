"""Which municipality is responsible for what is asked under Wmo or Jeugdwet, and to whom the wrong one can pass it on."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from dossier.access import Responsible, residences_for, responsible, responsible_for
from people.models import Domain
from referrals.access.offers import Someone
from referrals.models import Referral
from referrals.moves import BY_RESIDENCE, Status
from square.access import Wanted, services_for
from square.models import HealthcareService
from trust.access import Opening


@dataclass(frozen=True)
class Check:
    """What the place of residence says of a service: who is responsible and why, and whether the service is of another."""

    found: Responsible
    elsewhere: bool


def someone(opening: Opening) -> Someone:
    """The person of an opened record as offers are judged for: age, place, and who is responsible by each law."""
    rows, patient, today, found = residences_for(opening), opening.patient, timezone.localdate(), {}
    for law in BY_RESIDENCE:
        answer = responsible(rows, patient, law=law, kind="", on=today)
        if answer.municipality != patient.municipality:
            found[law] = answer.municipality
    return Someone(patient.age, patient.municipality, found)


def check_of(opening: Opening, service: HealthcareService) -> Check | None:
    """The check of residence for a service; nothing where another law than Wmo or Jeugdwet pays for it."""
    found = responsible_for(opening, law=service.law, kind=service.kind, on=timezone.localdate())
    if found is None:
        return None
    return Check(found, bool(found.municipality) and not _serves(service, found.municipality))


def rightful(referral: Referral) -> str:
    """The municipality that the rule gave when it was sent: the one that the sender found, else where the person lives; may be empty."""
    return referral.responsible or referral.municipality


def right_ones(referral: Referral) -> list[tuple[str, HealthcareService]]:
    """The services under the same law of other municipalities that can be asked instead, each with that municipality.

    Only while nobody looked at the request, and only under Wmo or Jeugdwet. The one that the rule gave comes first.
    """
    service = referral.service
    if referral.status != Status.REQUESTED or service.law not in BY_RESIDENCE:
        return []
    found = []
    for other in services_for(Wanted(law=service.law, everywhere=True)).filter(takes_referrals=True, open_for_new=True):
        own = [other.organisation.municipality] if other.organisation.domain == Domain.MUNICIPALITY else []
        for place in other.municipalities or own:
            if other.organisation_id != service.organisation_id and place not in service.municipalities:
                found.append((place, other))
    fits = [(place, other) for place, other in found if _of_age(referral, other)]
    return sorted(
        fits, key=lambda one: (one[0] != rightful(referral), one[1].kind != service.kind, one[0], one[1].name)
    )


def _of_age(referral: Referral, service: HealthcareService) -> bool:
    lowest, highest = service.minimum_age, service.maximum_age
    return (lowest is None or lowest <= referral.age) and (highest is None or highest >= referral.age)


def _serves(service: HealthcareService, municipality: str) -> bool:
    if service.municipalities:
        return municipality in service.municipalities
    place = service.organisation
    return place.domain != Domain.MUNICIPALITY or place.municipality == municipality
