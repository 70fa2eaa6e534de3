"""Who may see journeys and the citizens in them, and who manages them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from events.actor import Actor
from journeys.models import Enrolment, EnrolmentQuerySet, Journey, JourneyQuerySet, JourneyStep
from journeys.moves import Status
from people.access import may_manage_admission, need_professional
from people.models import Patient


@dataclass(frozen=True)
class Included:
    """A citizen of the own organisation in a journey.

    ``patient`` is empty when the care relation has ended. ``due`` is the step that by the plan is at hand today, empty
    after the last one; it says nothing about what was done.
    """

    enrolment: Enrolment
    patient: Patient | None
    due: JourneyStep | None


def journeys_for(actor: Actor) -> JourneyQuerySet:
    """The live journeys and those with own citizens in them, for who manages them all; with the own numbers of citizens."""
    own = Q(enrolments__organisation_id=need_professional(actor))
    counted = Journey.objects.annotate(
        running=Count("enrolments", filter=own & Q(enrolments__ended_at=None)), included=Count("enrolments", filter=own)
    ).prefetch_related(Prefetch("steps", JourneyStep.objects.order_by("position")))
    return counted if may_manage(actor) else counted.filter(Q(status=Status.LIVE) | Q(running__gt=0))


def get_journey(actor: Actor, pk: int) -> Journey:
    """One journey that the actor may see."""
    return get_object_or_404(journeys_for(actor), pk=pk)


def may_manage(actor: Actor) -> bool:
    """Whether the actor sets up journeys in the name of the region."""
    return may_manage_admission(actor)


def enrolments_for(actor: Actor, journey: Journey, *, ended: bool = False) -> EnrolmentQuerySet:
    """The citizens that the own organisation included in a journey, newest first."""
    found = Enrolment.objects.filter(journey=journey, organisation_id=actor.organisation_id).order_by(
        "-started_at", "-pk"
    )
    return found.exclude(ended_at=None) if ended else found.running()


def included(journey: Journey, enrolments: list[Enrolment]) -> list[Included]:
    """Enrolments with the citizen, as far as within reach, and the step that is at hand by the plan."""
    patients = Patient.objects.in_bulk({enrolment.patient_id for enrolment in enrolments})
    steps = list(journey.steps.all())
    return [
        Included(
            one,
            patients.get(one.patient_id),
            next((step for step in steps if step.days >= one.days), None) if one.ended_at is None else None,
        )
        for one in enrolments
    ]


def get_enrolment(actor: Actor, pk: int) -> Enrolment:
    """One enrolment of the own organisation."""
    found = Enrolment.objects.filter(pk=pk, organisation_id=actor.organisation_id).select_related("journey").first()
    if actor.kind != "professional" or found is None:
        raise Http404
    return found
