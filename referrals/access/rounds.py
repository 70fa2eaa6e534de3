"""Whom a referral was sent to under one number, who is asked next, and what a former receiver keeps of it."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from events.actor import Actor
from people.access import need_professional
from referrals.access.offers import get_offer
from referrals.access.parties import need_organisation
from referrals.models import Referral, Round, Step
from referrals.moves import AskReason, RoundStatus, Status, Verb
from square.models import HealthcareService
from trust.categories import Category, from_mask

FORMER = (RoundStatus.REJECTED, RoundStatus.REDIRECTED, RoundStatus.PASSED_ON)


def rounds_of(referral: Referral) -> list[Round]:
    """Who was asked and who is asked next, as far as the actor may know, in the order of asking; none with one receiver."""
    found = referral.rounds.select_related("service", "organisation")
    return sorted(found, key=lambda one: (one.asked_at is None, one.asked_at, one.position))


def turnable(referral: Referral, service: HealthcareService) -> bool:
    """Whether this service can be asked instead of the present one: open for new, and the person fits by age and place."""
    offer = get_offer(referral, service.pk)
    return offer is not None and offer.choosable and service.pk != referral.service_id


def proposed_for(referral: Referral) -> HealthcareService | None:
    """The service that the receiver proposed and the sender did not answer yet."""
    if referral.status != Status.ASKED_BACK or referral.ask_reason != AskReason.ELSEWHERE:
        return None
    step = referral.steps.filter(verb=Verb.PROPOSE, round=referral.round).select_related("service__organisation").last()
    return step.service if step else None


def asked_of(referral: Referral) -> Step | None:
    """What was asked last and waits for an answer."""
    if referral.status != Status.ASKED_BACK:
        return None
    return referral.steps.filter(verb__in=[Verb.ASK, Verb.PROPOSE], round=referral.round).last()


def held_back(referral: Referral, service: HealthcareService) -> frozenset[Category]:
    """The categories of which nothing that was sent would go along to this service, judged as it will count."""
    with connection.cursor() as cursor:
        cursor.execute("select referrals_goes_along(%s, %s)", [referral.pk, service.pk])
        mask: int | None = cursor.fetchone()[0]
    return from_mask(mask or 0)


def former_rounds_for(actor: Actor) -> QuerySet[Round]:
    """The ended rounds of the actor's organisation in referrals that are with another now, the latest first."""
    mine = Round.objects.filter(organisation_id=need_organisation(actor), status__in=FORMER)
    still = Referral.objects.filter(receiving_organisation_id=actor.organisation_id).values("pk")
    sent = Referral.objects.filter(sending_organisation_id=actor.organisation_id).values("pk")
    return mine.exclude(referral_id__in=still).exclude(referral_id__in=sent).order_by("-ended_at", "-pk")


def former_round(actor: Actor, pk: int) -> tuple[list[Round], list[Step]] | None:
    """What the actor's organisation keeps of a referral that went to another: its own rounds and the steps in them."""
    need_professional(actor)
    rounds = list(former_rounds_for(actor).filter(referral_id=pk).select_related("service", "organisation"))
    if not rounds:
        return None
    steps = Step.objects.filter(referral_id=pk, round__in=[one.position for one in rounds])
    return rounds[::-1], list(steps.select_related("organisation", "user", "service"))
