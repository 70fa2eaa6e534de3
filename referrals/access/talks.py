"""Who explores together in a talk, who could be asked, and what the actor may do with an invitation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from events.actor import Actor
from people.models import Organisation
from referrals.models import Exploring, Referral
from referrals.moves import (
    HELPING,
    NOT_HELD,
    ORDER_OUTCOMES,
    OUTCOMES,
    TALK_OUTCOMES,
    TRAINING_OUTCOMES,
    Outcome,
)
from referrals.moves.talks import (
    COUNTED,
    EXPLORING,
    FROM_DOMAINS,
    LEAST_DOMAINS,
    MOST_EXPLORERS,
    Explorer,
    ExplorerStatus,
)
from square.models import HealthcareService
from trust.models import CareRelation

OPEN = (ExplorerStatus.INVITED, ExplorerStatus.AGREED)


@dataclass(frozen=True)
class Talk:
    """The explorers of a talk, with how many domains take part; ``mine`` is the invitation of the actor's own organisation."""

    explorers: list[Exploring]
    domains: frozenset[str]
    leads: bool
    mine: Exploring | None

    @property
    def complete(self) -> bool:
        """Whether enough domains take part to speak of an exploratory talk."""
        return len(self.domains) >= LEAST_DOMAINS

    @property
    def missing(self) -> list[str]:
        """The domains that could still join, in words."""
        return [str(domain.label) for domain in COUNTED if domain not in self.domains]

    @property
    def room(self) -> bool:
        """Whether another organisation can be asked."""
        return sum(one.status in OPEN for one in self.explorers) < MOST_EXPLORERS


def is_talk(service: HealthcareService) -> bool:
    """Whether a request to a service is one for an exploratory talk."""
    return service.process == HealthcareService.Process.TALK


def outcomes_of(service: HealthcareService, *, held: bool) -> tuple[Outcome, ...]:
    """With what a referral to a service can close; a talk with what it led to only once it was held."""
    if is_talk(service):
        return (*TALK_OUTCOMES, *NOT_HELD) if held else NOT_HELD
    own = {HealthcareService.Process.ORDER: ORDER_OUTCOMES, HealthcareService.Process.TRAINING: TRAINING_OUTCOMES}
    return own.get(HealthcareService.Process(service.process), OUTCOMES)


def invitation_of(referral: Referral, actor: Actor) -> Exploring | None:
    """The open invitation of the actor's own organisation, or the one that it took."""
    if actor.organisation_id is None:
        return None
    return Exploring.objects.filter(referral=referral, organisation_id=actor.organisation_id, status__in=OPEN).first()


def explorers_of(referral: Referral) -> list[Exploring]:
    """Everybody who was asked for a talk, in that order."""
    return list(Exploring.objects.filter(referral=referral).select_related("organisation", "user"))


def domains_of(explorers: Iterable[Exploring]) -> frozenset[str]:
    """The domains of which somebody takes part, as far as they count."""
    return frozenset(one.domain for one in explorers if one.status == ExplorerStatus.AGREED and one.domain in COUNTED)


def talk_of(referral: Referral, actor: Actor) -> Talk | None:
    """The explorers of a request for a talk; ``None`` for any other referral."""
    if not is_talk(referral.service):
        return None
    explorers = explorers_of(referral)
    mine = next((one for one in explorers if one.organisation_id == actor.organisation_id and one.status in OPEN), None)
    leads = actor.organisation_id is not None and referral.receiving_organisation_id == actor.organisation_id
    return Talk(explorers, domains_of(explorers), leads, mine)


def able_to(verb: str, exploring: Exploring, referral: Referral) -> bool:
    """Whether something can still be done with an invitation."""
    return referral.status in HELPING and verb in EXPLORING.get(ExplorerStatus(exploring.status), {})


def explorers_to_ask(referral: Referral) -> list[tuple[Explorer, list[Organisation]]]:
    """The participants that can be asked for each domain and were not asked yet: who referred or helps the person already first,
    then those where the person lives."""
    asked = {one.organisation_id for one in explorers_of(referral) if one.status in OPEN}
    fields = {domain for domains in FROM_DOMAINS.values() for domain in domains}
    places = Organisation.objects.admitted().filter(domain__in=fields).exclude(pk__in=asked)
    now = timezone.now()
    helping = CareRelation.objects.filter(patient=referral.patient_id, period__contains=now).exclude(
        source=CareRelation.Source.CONSULTATION
    )
    known = {referral.sending_organisation_id, *helping.values_list("organisation_id", flat=True)}
    found = sorted(places, key=lambda one: (one.pk not in known, one.municipality != referral.municipality, one.name))
    return [(domain, [one for one in found if one.domain in FROM_DOMAINS[domain]]) for domain in Explorer]
