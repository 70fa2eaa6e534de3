"""When the national consent service must be heard before facts of another participant are asked for, and what was heard lately."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Now

from events.actor import Actor
from people.models import CARE_ROLES, Organisation, Patient
from trust.access import Decision
from trust.categories import Category
from trust.models import NationalAnswer
from trust.national.client import connected
from trust.national.codes import ABOUT, takes_part


@dataclass(frozen=True)
class Hearing:
    """What the service told one reader about one patient: the reader, when it takes part, and the holders heard about lately.

    ``at`` is the moment of looking, by the database's clock.
    """

    reader: Organisation | None
    heard: frozenset[int] = frozenset()
    at: datetime | None = None

    def concerns(self, decision: Decision, holder: Organisation, served: Iterable[Category]) -> frozenset[Category]:
        """The categories about which the service has a say before this holder's systems are asked.

        None where one of both does not take part, for the own system, for a reader whose access is lent for a question, or
        where the holder's policy offers this reader nothing: a question to no purpose is a BSN sent for nothing.
        """
        sight = decision.sights.get(holder.pk)
        if self.reader is None or sight is None or self.reader.pk == holder.pk or decision.lent:
            return frozenset()
        return frozenset(served) & ABOUT & sight.offered if takes_part(holder) else frozenset()

    def wanting(self, decision: Decision, holder: Organisation, served: Iterable[Category]) -> frozenset[Category]:
        """Those about which it was not heard lately."""
        return frozenset() if holder.pk in self.heard else self.concerns(decision, holder, served)


def hearing_of(actor: Actor, patient: Patient) -> Hearing:
    """What was heard for this reader and patient; nothing to hear for citizens, other readers, or without a service.

    An answer counts until its permission ends (``NATIONAL_CONSENT_KEPT_MINUTES``), also when it said neither yes nor no.
    """
    if not connected() or actor.kind != "professional" or actor.role not in CARE_ROLES:
        return Hearing(None)
    reader = Organisation.objects.annotate(now=Now()).filter(pk=actor.organisation_id).first()
    if reader is None or not takes_part(reader):
        return Hearing(None)
    answers = NationalAnswer.objects.filter(
        patient=patient, reader=reader, holder__isnull=False, period__contains=Now(), period__upper_inf=False
    )
    return Hearing(reader, frozenset(answers.values_list("holder_id", flat=True)), reader.now)
