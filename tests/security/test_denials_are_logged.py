"""Every refused door leaves a line that says who tried what, about whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from events.models import Event
from people.models import Membership, Patient
from tests import factories
from tests.consultations.helpers import Stage
from tests.referrals.world import World

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def tried(client_of: Browser, address: str, kind: str, number: int, patient: Patient) -> None:
    """A stranger asks for the page, finds nothing, and the log knows about it."""
    stranger = factories.member("gp")
    assert client_of(stranger).get(address).status_code == 404
    with factories.as_owner():
        line = Event.objects.get(verb="record.denied", subject_type=kind, subject_id=number)
    assert (line.user_id, line.organisation_id) == (stranger.user_id, stranger.organisation_id)
    assert (line.patient_id, line.outcome) == (patient.pk, "denied")


def test_a_strangers_try_on_a_referral(client_of: Browser) -> None:
    world = World()
    referral = world.send()
    tried(client_of, reverse("referrals:thread", args=[referral.pk]), "referral", referral.pk, world.patient)


def test_a_strangers_try_on_a_consultation(client_of: Browser) -> None:
    stage = Stage()
    consultation = stage.ask()
    tried(
        client_of,
        reverse("consultations:thread", args=[consultation.pk]),
        "consultation",
        consultation.pk,
        stage.patient,
    )
