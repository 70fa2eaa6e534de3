"""A practice, a social team, and a participant that works with its own software, connected by who manages its connections."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from events.actor import act
from exchange import fhir
from exchange.partners import connecting
from exchange.partners.models import FhirConnection, Scope
from people.models import Membership, Organisation, Patient
from referrals.models import Referral
from region.partner import Partner
from tests import factories
from tests.referrals.world import send

BSN = "999990019"
ALL = [str(one) for one in Scope]


def partner_of(place: Organisation, system: Partner, **values: Any) -> FhirConnection:
    """Connect a system for an organisation, with its first key."""
    manager = factories.permit(factories.member("manager", at=place), "manage_sources")
    told = {"active": True, "scopes": ALL, "endpoint": "", "token_url": "", "own_client_id": "", "secret": "", **values}
    with act(factories.actor(manager)) as actor:
        made = connecting.connect(**told, by=actor)
        connecting.add_key(kid=system.key.kid, text=json.dumps(system.key.jwk), by=actor)
    system.client_id, system.base = made.client_id, fhir.BASE
    return made


def within() -> httpx.Client:
    """The product without a socket."""
    return httpx.Client(transport=httpx.WSGITransport(app=get_wsgi_application()))


@dataclass
class World:
    """``other`` works with ``system``; the practice helps the patient, and so does ``other``."""

    gp: Membership = field(init=False)
    social: Membership = field(init=False)
    other: Organisation = field(init=False)
    patient: Patient = field(init=False)

    def __post_init__(self) -> None:
        self.gp = factories.member("gp", name="Karim Haddou")
        self.social = factories.member("social_worker", name="Sanne Bakker")
        self.other = factories.organisation("home_care", "Thuiszorg De Meent")
        self.patient = factories.patient(
            related_to=[self.gp.organisation, self.other], number=BSN, own_name="Vries", own_prefix="de"
        )
        self.help = factories.service(self.social.organisation, "Samen verder")
        self.care = factories.service(self.other, "Wijkverpleging", domain="home_care")

    def system(self, **values: Any) -> Partner:
        """The connected system, within the process."""
        made = Partner(settings.ADDRESS)
        made.http = within()
        self.connection = partner_of(self.other, made, **values)
        return made

    def refer(self, **values: Any) -> Referral:
        """The practice refers to the participant with other software."""
        return send(self.gp, self.patient, self.care, notice="Wondzorg thuis", **values)


def now(referral: Referral) -> Referral:
    """The referral as it stands."""
    with factories.as_owner():
        return Referral.objects.get(pk=referral.pk)
