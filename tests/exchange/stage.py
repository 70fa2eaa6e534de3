"""What the tests of exchange share: a referral between two organisations, a mail server on loopback, deliveries."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from django.utils import timezone

from consultations.models import Consultation, Invitation
from events.actions import deliver_one, record
from events.actor import act
from events.models import Delivery, Destination
from people.models import Membership, Patient
from referrals.models import Letter, LetterItem, Referral
from tests import factories
from trust.categories import Category

_numbers = itertools.count(1)


def referral(sender: Membership, to: Membership, patient: Patient, **values: Any) -> Referral:
    """A referral as sending leaves it, with its letter and one fact."""
    service = values.pop("service", None) or factories.service(to.organisation, "Rouwgroep Samen verder")
    values = {"status": "requested", "due": timezone.now() + timedelta(days=5), **values}
    if values["status"] in {"accepted", "in_progress", "completed"}:
        values.setdefault("accepted_at", timezone.now())
    with factories.as_owner():
        made = Referral.objects.create(
            number=f"V-26-{next(_numbers):06d}", patient=patient, service=service, sending_organisation=sender.organisation,
            receiving_organisation=to.organisation, sender=sender.user, age=patient.age, gender=patient.gender,
            municipality=patient.municipality, **values,
        )  # fmt: skip
        common = {
            "referral": made,
            "patient": patient,
            "organisation": sender.organisation,
            "category": Category.REFERRAL,
        }
        Letter.objects.create(
            question="Somber na verlies, wat kan helpen?", wish="Liefst in de buurt", agreed=True, **common
        )
        LetterItem.objects.create(kind=Category.PROBLEMS, title="Rouw", detail="sinds mei", origin="HIS", **common)
    return made


def consultation(asker: Membership, *asked: Membership, patient: Patient) -> Consultation:
    """A consultation with an invitation for each asked organisation."""
    with factories.as_owner():
        made = Consultation.objects.create(
            number=f"C-26-{next(_numbers):06d}", patient=patient, asking_organisation=asker.organisation, asker=asker.user,
            due=timezone.now() + timedelta(days=2),
        )  # fmt: skip
        for one in asked:
            Invitation.objects.create(
                consultation=made,
                patient=patient,
                asking_organisation=asker.organisation,
                organisation=one.organisation,
            )
    return made


def happens(verb: str, thing: Referral | Consultation, by: Membership) -> int:
    """Record an event about a thread, as its action does; returns its number."""
    with act(factories.actor(by)) as actor:
        return record(verb, subject=thing, patient_id=thing.patient_id, by=actor)


def deliver(most: int = 100) -> int:
    """Deliver all that is due now; returns how many deliveries were tried."""
    return next(count for count in range(most) if not deliver_one())


def all_due() -> None:
    """Let what was put off be due at once, as if that time had passed."""
    with factories.as_owner():
        Destination.objects.update(rests_until=None)
        Delivery.objects.waiting().update(due_at=timezone.now() - timedelta(seconds=1))


def waiting() -> list[str]:
    """The listeners that still wait to hear of something."""
    with factories.as_owner():
        return list(Delivery.objects.waiting().order_by("pk").values_list("listener", flat=True))


class Inbox:
    """Takes what the mail server receives; with ``refuse`` it answers as a server in trouble does (RFC 5321, 4.2.1)."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse: set[str] = set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take or put off one receiver."""
        if address in self.refuse:
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep one message."""
        from email import policy
        from email.parser import BytesParser

        self.mails.append(BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(envelope.content))
        return "250 OK"

    def to(self, member: Membership) -> list[EmailMessage]:
        """What one person received."""
        return [mail for mail in self.mails if mail["To"] == member.user.email]


@contextmanager
def mail_server(port: int, inbox: Inbox) -> Iterator[None]:
    """An SMTP server on loopback for as long as this lasts."""
    from aiosmtpd.controller import Controller

    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def whole(mail: EmailMessage) -> str:
    """Everything that a mail says: its headers, its text and its HTML."""
    return "\n".join(
        [
            *(f"{name}: {value}" for name, value in mail.items()),
            *(part.get_content() for part in mail.walk() if not part.is_multipart()),
        ]
    )


__all__ = ["Inbox", "all_due", "consultation", "deliver", "happens", "mail_server", "referral", "waiting", "whole"]
