"""A citizen in the middle of care, somebody who may act for her, and how a page reads."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.http import Http404
from django.test import Client
from django.utils import timezone

from events.actor import act
from people.models import Membership, Patient, User
from referrals.models import Letter, LetterItem, Referral
from tests import factories
from tests.dashboards.rows import referral
from trust.access import open_record
from trust.categories import EVERYTHING, Category, to_mask
from trust.models import Mandate


class Scene:
    """A citizen with a practice, a district nurse elsewhere, and a referral to the social team."""

    def __init__(self) -> None:
        self.practice = factories.organisation("gp", "Huisartsenpraktijk De Linde", phone="035-1234567")
        self.gp = factories.member("gp", self.practice, "M. Smit")
        self.nurse = factories.member(
            "district_nurse", factories.organisation("home_care", "Wijkzorg Gooi"), "J. Pater"
        )
        self.team = factories.organisation("social", "Wijkteam Huizen", phone="035-7654321")
        self.worker = factories.member("social_worker", self.team, "Sanne Willems")
        self.patient: Patient = factories.patient(related_to=[self.practice], own_prefix="de", own_name="Vries")
        self.user = factories.citizen(self.patient)
        self.service = factories.service(self.team)

    def refer(self, **values: Any) -> Referral:
        made = referral(self.patient, self.gp, self.service, 3, **values)
        with factories.as_owner():
            rest = {
                "referral": made,
                "patient": self.patient,
                "organisation": self.practice,
                "category": Category.REFERRAL,
            }
            Letter.objects.create(**rest, question="Wilt u met haar praten?", wish="Zelf naar de markt", agreed=True)
            LetterItem.objects.create(
                **rest, kind=Category.MEDICATION, title="Metoprolol 50 mg", origin="HIS De Linde", on_date="2026-05"
            )
        return made

    def look(self, who: Membership, *categories: Category, times: int = 1, purpose: str = "TREAT") -> None:
        """Open the record as a professional; a refusal is kept in the log as it is in a request."""
        for _ in range(times):
            with act(factories.actor(who, purpose)), suppress(Http404, PermissionDenied):
                open_record(factories.actor(who, purpose), self.patient.key, categories)


def text(client: Client, address: str, status: int = 200) -> str:
    """The words of a page, with single spaces."""
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return " ".join(answer.content.decode().split())


def stranger_account() -> User:
    """An account of somebody without a record, such as a carer has."""
    with factories.as_owner():
        return User.objects.create_user(f"digid:carer{User.objects.count()}")


def mandate(of: Patient, to: User | None, *categories: Category, acts: bool = False, **values: Any) -> Mandate:
    """A mandate in force, of everything when no category is named."""
    who = of.account or to
    values = {
        "name": "Els de Vries", "kind": "carer", "given_by": who,
        "period": DateTimeTZRange(timezone.now() - timezone.timedelta(days=3), None), **values,
    }  # fmt: skip
    with factories.as_owner():
        return Mandate.objects.create(
            patient=of, holder=to, categories=to_mask(categories or EVERYTHING), acts=acts, **values
        )


def act_for(client: Client, patient: Patient) -> Client:
    """Choose to act for somebody."""
    assert client.post("/portal/acting/for/", {"key": patient.key}).status_code == 302
    return client
