"""A consultation on stage: a practice asks others about its patient."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from consultations import actions
from consultations.access import (
    CONTENT,
    get_consultation,
    open_consultation,
    open_for_question,
    open_running,
    open_to_conclude,
)
from consultations.models import Consultation
from events.actor import act
from people.models import Membership, Patient
from tests import factories


@dataclass
class Stage:
    """The asker, whom is asked, and the patient; each method acts as one of them in a transaction of its own."""

    asker: Membership = field(default_factory=lambda: factories.member("gp", name="Karim Haddou"))
    asked: Membership = field(default_factory=lambda: factories.member("pharmacist", name="Noor Bakker"))
    second: Membership = field(default_factory=lambda: factories.member("district_nurse", name="Tom Visser"))
    patient: Patient = field(init=False)

    def __post_init__(self) -> None:
        self.patient = factories.patient(related_to=[self.asker.organisation])

    def ask(
        self,
        *to: Membership,
        items: Iterable[str] = (),
        token: uuid.UUID | None = None,
        question: str = "Wat te doen bij vallen?",
    ) -> Consultation:
        """The asker asks."""
        with act(factories.actor(self.asker)) as by:
            opening = open_for_question(by, self.patient.key)
            due = timezone.now() + timedelta(days=2)
            organisations = [member.organisation for member in to or (self.asked,)]
            return actions.ask(
                opening=opening,
                question=question,
                organisations=organisations,
                due=due,
                items=items,
                token=token,
                by=by,
            )

    def pick_up(self, consultation: Consultation, who: Membership) -> None:
        """Somebody takes it in hand."""
        with act(factories.actor(who)) as by:
            actions.pick_up(consultation=get_consultation(by, consultation.pk), by=by)

    def answer(
        self, consultation: Consultation, who: Membership, text: str = "Halveer de dosis.", *, addition: bool = False
    ) -> None:
        """Somebody answers."""
        with act(factories.actor(who)) as by:
            mine = get_consultation(by, consultation.pk)
            actions.answer(opening=open_running(by, mine), consultation=mine, text=text, addition=addition, by=by)

    def conclude(
        self, consultation: Consultation, who: Membership | None = None, text: str = "Dosis gehalveerd."
    ) -> None:
        """Somebody concludes."""
        with act(factories.actor(who or self.asker)) as by:
            mine = get_consultation(by, consultation.pk)
            actions.conclude(opening=open_to_conclude(by, mine), consultation=mine, text=text, by=by)

    def cancel(self, consultation: Consultation, who: Membership | None = None) -> None:
        """Somebody withdraws it."""
        with act(factories.actor(who or self.asker)) as by:
            actions.cancel(consultation=get_consultation(by, consultation.pk), by=by)


def status_of(consultation: Consultation) -> str:
    """The state as it is kept."""
    with factories.as_owner():
        return Consultation.objects.get(pk=consultation.pk).status


__all__ = ["CONTENT", "Stage", "open_consultation", "status_of"]
