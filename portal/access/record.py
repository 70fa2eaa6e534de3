"""What is going on and who helps: referrals as stories, questions to think along, organisations and their people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.models import Consultation, Invitation
from dossier.models import Participant
from events.actor import Actor
from people.models import Organisation, Patient
from portal import words
from portal.access.acting import Standing
from referrals.access import Story, booked_of, is_training, person_moves, place_of, story_of, supplements_of
from referrals.models import Letter, LetterItem, Referral, Round, Step
from referrals.moves import Origin, Verb
from square.models import HealthcareService
from trust.access import Opening
from trust.categories import Category
from trust.models import CareRelation


def _referrals(patient: Patient) -> QuerySet[Referral]:
    return (
        Referral.objects.filter(patient=patient)
        .select_related("service", "sending_organisation", "receiving_organisation", "sender", "receiver")
        .prefetch_related(
            Prefetch("steps", Step.objects.select_related("service").order_by("at", "id")),
            Prefetch("rounds", Round.objects.select_related("organisation").order_by("position")),
            "appointments",
        )
        .order_by("-sent_at", "-id")
    )


def stories_for(opening: Opening) -> list[Story]:
    """The citizen's referrals as stories, running ones first, then the newest; none where referrals were not opened."""
    if Category.REFERRAL not in opening.allowed:
        return []
    stories = [story_of(referral, referral.steps.all()) for referral in _referrals(opening.patient)]
    return sorted(stories, key=lambda story: not story.running)


def get_story(standing: Standing, pk: int) -> Story:
    """One referral of the person in whose record the citizen stands; anything else does not exist."""
    if not standing.covers(Category.REFERRAL):
        raise PermissionDenied(_("Verwijzingen van %(name)s horen niet bij wat u mag zien.") % {"name": standing.name})
    referral = get_object_or_404(_referrals(standing.patient), pk=pk)
    return story_of(referral, referral.steps.all())


def asked_already(standing: Standing, service: HealthcareService) -> Referral | None:
    """The running request that the person made oneself to this service, as far as it is seen here: there is one at a time."""
    mine = Referral.objects.running().filter(patient=standing.patient, service=service, origin=Origin.SELF)
    return mine.first() if standing.covers(Category.REFERRAL) else None


def steps_for(actor: Actor, referral: Referral) -> frozenset[Verb]:
    """The steps that the citizen can take now: saying that one cannot come only to an own appointment that lies ahead, and choosing a
    place only for a training."""
    found = person_moves(referral, actor)
    if not is_training(referral.service):
        found -= {Verb.ENROL}
    elif place_of(referral):
        return found - {Verb.CANNOT}
    made = booked_of(referral)
    return found if made and made.starts > timezone.now() else found - {Verb.CANNOT}


def letter_for(opening: Opening, referral: Referral) -> tuple[Letter | None, list[str], list[LetterItem]]:
    """The question that was sent, what was written after it, and the data that went along, as far as the record was opened."""
    letter = Letter.objects.filter(referral=referral).select_related("organisation").first()
    later = [one.text for one in supplements_of(opening, referral)]
    return letter, later, list(LetterItem.objects.filter(referral=referral).order_by("kind", "title"))


def consultations_for(opening: Opening) -> list[Consultation]:
    """Which organisations were asked to think along about the citizen, newest first; not what they said."""
    if Category.CONSULTATION not in opening.allowed:
        return []
    return list(
        Consultation.objects.filter(patient=opening.patient)
        .select_related("asking_organisation")
        .prefetch_related(Prefetch("invitations", Invitation.objects.select_related("organisation").order_by("id")))
        .order_by("-asked_at")
    )


@dataclass
class Helper:
    """An organisation that helps the citizen, since when and because of what, with its people."""

    organisation: Organisation
    since: datetime | None
    because: str
    people: list[Participant] = field(default_factory=list)


def helpers_for(opening: Opening, participants: Iterable[Participant] = ()) -> list[Helper]:
    """The organisations with a care relation now, with the people who take part; the longest relation first."""
    if Category.NETWORK not in opening.allowed:
        return []
    found: dict[int, Helper] = {}
    relations = (
        CareRelation.objects.filter(patient=opening.patient, period__contains=timezone.now())
        .select_related("organisation", "stated_by")
        .order_by("period", "id")
    )
    for relation in relations:
        because = words.basis_of([relation.source], relation.organisation.domain)
        if relation.source == CareRelation.Source.STATED and relation.reason:
            because = words.stated_by(relation.stated_by.name if relation.stated_by else "", relation.reason)
        found.setdefault(relation.organisation_id, Helper(relation.organisation, relation.period.lower, because))
    for person in participants:
        place = person.place
        if place is not None:
            found.setdefault(place.pk, Helper(place, None, "")).people.append(person)
    return list(found.values())
