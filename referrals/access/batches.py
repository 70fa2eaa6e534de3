"""Who can be referred as a group, to what, and how a group stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import Http404
from django.utils import timezone

from events.actor import Actor
from people.models import Patient
from referrals.access.parties import need_organisation
from referrals.models import Batch, BatchPatient, Referral
from square.access import Wanted, services_for
from square.models import HealthcareService
from trust.access import need_rest, need_role, note_search
from trust.categories import Category
from trust.models import CareRelation

MOST_TOGETHER = 200
"""How many can be referred at once; more is no longer a choice per person."""
MOST_SERVICES = 12


@dataclass(frozen=True)
class Group:
    """For whom is looked: ages in whole years, both ends included, and where they live; empty is no limit."""

    lowest: int | None = None
    highest: int | None = None
    municipality: str = ""


@dataclass(frozen=True)
class Candidate:
    """One citizen of the own organisation, and whether a referral to the same service runs already."""

    patient: Patient
    running: bool


def services_for_batch(words: str) -> list[HealthcareService]:
    """What a group can be referred to: open for new, and without a form of its own, which asks something of each person."""
    found = services_for(Wanted(words=words, everywhere=True))
    return list(found.filter(takes_referrals=True, open_for_new=True, questionnaire="")[:MOST_SERVICES])


def service_for_batch(pk: str) -> HealthcareService | None:
    """One such service, by number; nothing for any other."""
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
        return None
    found = services_for(Wanted(everywhere=True)).filter(takes_referrals=True, open_for_new=True, questionnaire="")
    return found.filter(pk=int(pk)).first()


def usual_group(service: HealthcareService) -> Group:
    """For whom a service is: its ages, and its municipality when it is for one."""
    only = service.municipalities[0] if len(service.municipalities) == 1 else ""
    return Group(service.minimum_age, service.maximum_age, only)


def candidates(actor: Actor, service: HealthcareService, group: Group) -> tuple[list[Candidate], bool]:
    """The living citizens in care of the own organisation that a service can be for, by name, and whether there are more.

    The list names people, so it is written in the log as a search is. Raises ``PermissionDenied`` for who may not refer.
    """
    need_organisation(actor)
    need_role(actor, Category.REFERRAL)
    need_rest()
    today = timezone.localdate()
    relations = CareRelation.objects.filter(organisation_id=actor.organisation_id, period__contains=Now())
    relations = relations.exclude(source=CareRelation.Source.CONSULTATION)
    found = Patient.objects.filter(pk__in=relations.values("patient_id"), deceased_on=None)
    usual = usual_group(service)
    lowest = max(filter(None, [group.lowest, usual.lowest]), default=None)
    highest = min((age for age in (group.highest, usual.highest) if age is not None), default=None)
    if lowest is not None:
        found = found.filter(birth_date__lte=_years_before(today, lowest))
    if highest is not None:
        found = found.filter(birth_date__gt=_years_before(today, highest + 1))
    if service.municipalities:
        found = found.filter(municipality__in=service.municipalities)
    if group.municipality:
        found = found.filter(municipality__iexact=group.municipality)
    people = list(found.order_by("own_name", "first_names", "pk")[: MOST_TOGETHER + 1])
    shown = people[:MOST_TOGETHER]
    note_search(["age", "municipality"], len(shown))
    running = set(
        Referral.objects.running()
        .filter(service=service, patient__in=[one.pk for one in shown], sending_organisation_id=actor.organisation_id)
        .values_list("patient_id", flat=True)
    )
    return [Candidate(one, one.pk in running) for one in shown], len(people) > MOST_TOGETHER


def _years_before(day: date, years: int) -> date:
    years = min(years, day.year - 1)
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def batches_for(actor: Actor) -> QuerySet[Batch]:
    """The groups that this person referred for this organisation and that are still kept, newest first."""
    found = Batch.objects.filter(user_id=actor.user_id, organisation_id=need_organisation(actor))
    return found.select_related("service__organisation").order_by("-made_at", "-pk")


def get_batch(actor: Actor, pk: int) -> Batch:
    """One of these; of anybody else it does not exist."""
    found = batches_for(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def people_of(batch: Batch) -> list[tuple[BatchPatient, Patient | None]]:
    """Each citizen of a group with how it went, those for whom it failed first; no name of who is out of reach by now."""
    found = list(batch.patients.select_related("referral"))
    known = Patient.objects.in_bulk([one.patient_id for one in found])
    named = [(one, known.get(one.patient_id)) for one in found]
    return sorted(named, key=lambda pair: (not pair[0].refusal, pair[1].own_name if pair[1] else "", pair[0].pk))
