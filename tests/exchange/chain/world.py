"""A municipality and a provider that exchange messages, and a referral of the provider to the municipality."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from events.actor import act
from exchange.chain import access, handling, making
from exchange.chain.models import Assignment, ChainConnection, ChainMessage
from exchange.chain.receiving import Taken
from people.models import Membership, Patient
from referrals.access import get_referral, open_for_referral
from referrals.actions import send
from referrals.models import Referral
from tests import factories
from tests.exchange.chain import examples

ASKED: dict[str, Any] = {
    "product_category": "02", "product_code": "02A03", "begins": examples.TODAY, "ends": None, "volume": 3, "unit": "04",
    "frequency": "4", "referrer": "06", "referrer_name": "", "remark": "",
}  # fmt: skip


@dataclass
class World:
    """Who takes part; the provider helps the person, the municipality does not know it."""

    official: Membership = field(init=False)
    carer: Membership = field(init=False)
    patient: Patient = field(init=False)

    def __post_init__(self) -> None:
        here = factories.organisation("municipality", "Gemeente Huizen", municipality_code=examples.MUNICIPALITY)
        there = factories.organisation("home_care", "Thuiszorg De Meent", agb=examples.PROVIDER)
        self.official = factories.member("social_worker", at=here, name="Sanne Bakker")
        self.carer = factories.member("district_nurse", at=there, name="Fatima Yilmaz")
        self.patient = factories.patient(
            related_to=[there], number=examples.BSN, own_name="Vries", own_prefix="de", initials="A.B."
        )
        self.service = factories.service(here, "Begeleiding", law="wmo", domain="municipality", municipalities=[])

    def refer(self) -> Referral:
        """The provider refers to the municipality."""
        with act(factories.actor(self.carer)) as actor:
            opening = open_for_referral(actor, self.patient.key)
            return send(opening=opening, service=self.service, question="Begeleiding thuis?", agreed=True, by=actor)

    def bring(self, body: bytes, who: Membership) -> Taken:
        """Bring a file on the page."""
        with act(factories.actor(who)) as actor:
            return handling.bring(body=body, by=actor)

    def make(self, kind: str, referral: Referral, who: Membership, **values: Any) -> ChainMessage:
        """Make a message about a referral."""
        with act(factories.actor(who)) as actor:
            found = get_referral(actor, referral.pk)
            opening = access.open_for_message(actor, found)
            rows = access.assignments_of(actor, opening)
            if kind == "request":
                return making.request(opening=opening, referral=found, values={**ASKED, **values}, by=actor)
            if kind == "assign":
                return making.assign(opening=opening, referral=found, values={**ASKED, **values}, by=actor)
            if kind == "answer":
                return making.answer(opening=opening, assignment=rows[0], values=values, by=actor)
            if kind == "start":
                return making.tell_start(opening=opening, assignment=rows[0], on=examples.TODAY, by=actor)
            return making.tell_stop(opening=opening, assignment=rows[0], on=examples.TODAY, by=actor, **values)

    def connect(self, who: Membership, *, acting: bool = True) -> ChainConnection:
        """Connect an organisation to the hub, with steps in this member's name."""
        with factories.as_owner():
            return ChainConnection.objects.create(
                organisation=who.organisation, active=True, acting=who if acting else None
            )


def rows() -> list[Assignment]:
    """Every assignment, as the owner sees them."""
    with factories.as_owner():
        return list(Assignment.objects.order_by("pk").select_related("referral"))


def messages() -> list[tuple[str, str, str]]:
    """Every message by direction, number and state."""
    with factories.as_owner():
        return [(one.direction, one.kind, one.status) for one in ChainMessage.objects.order_by("pk")]


def status_of(referral: Referral) -> str:
    """The state of a referral now."""
    with factories.as_owner():
        return Referral.objects.get(pk=referral.pk).status


def work(organisation_id: int) -> list[str]:
    """What waits at an organisation about messages."""
    from events.models import WorkItem

    with factories.as_owner():
        return sorted(
            WorkItem.objects.filter(
                organisation_id=organisation_id, done_at=None, kind__startswith="chain"
            ).values_list("title", flat=True)
        )
