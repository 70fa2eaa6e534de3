"""Emergency access of one professional: what runs now, what has just ended, and what the review said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Func
from django.db.models.functions import Now
from django.http import Http404

from events.actor import Actor
from people.models import Patient
from trust.models import Emergency

SAID_FOR = timedelta(minutes=15)
"""How long every page says that emergency access has ended."""
KEPT_IN_SIGHT = timedelta(days=30)


@dataclass(frozen=True)
class Access:
    """One emergency access as its own professional sees it; ``patient`` is gone when nothing else gives reach."""

    emergency: Emergency
    patient: Patient | None
    running: bool

    @property
    def began(self) -> datetime:
        """From when."""
        began: datetime = self.emergency.period.lower
        return began

    @property
    def until(self) -> datetime:
        """Until when."""
        until: datetime = self.emergency.period.upper
        return until


def accesses_of(actor: Actor, *, within: timedelta = KEPT_IN_SIGHT) -> list[Access]:
    """The actor's own emergency accesses at this organisation that run, or ended ``within`` this long; the newest first."""
    if actor.works_for is None:
        return []
    found = list(
        Emergency.objects.filter(user_id=actor.user_id, organisation_id=actor.organisation_id)
        .annotate(ends=Func("period", function="upper"), now=Now())
        .filter(ends__gt=Now() - within)
        .order_by("-ends", "-pk")
    )
    patients = Patient.objects.in_bulk({one.patient_id for one in found}) if found else {}
    return [Access(one, patients.get(one.patient_id), one.ends > one.now) for one in found]


def banner_of(actor: Actor) -> list[Access]:
    """What stands above every page: what runs, and for a quarter of an hour what has ended."""
    return accesses_of(actor, within=SAID_FOR)


def get_running(actor: Actor, pk: int) -> Emergency:
    """One running emergency access of the actor; of anybody else it does not exist."""
    for access in accesses_of(actor, within=timedelta(0)):
        if access.emergency.pk == pk:
            return access.emergency
    raise Http404
