"""What goes on about a patient: one line says one thing, the same on every page that names it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations.models import Consultation
from events.models import WorkItem
from people.models import Membership
from tests import factories
from tests.exchange import stage
from tests.referrals.world import World, take
from tests.workplace.test_parts import card, overview
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def test_a_question_to_two_of_whom_one_answered_says_one_thing(client_of: Browser) -> None:
    gp = factories.member("gp")
    nurse = factories.member("district_nurse", factories.organisation("home_care", "Wijkzorg Gooi"))
    pharmacist = factories.member("pharmacist", factories.organisation("pharmacy", "Apotheek De Brink"))
    patient = factories.patient(related_to=[gp.organisation, pharmacist.organisation])
    asked = stage.consultation(gp, nurse, pharmacist, patient=patient)
    with factories.as_owner():
        asked.invitations.filter(organisation=nurse.organisation).update(status="answered", answered_at=timezone.now())
        Consultation.objects.update(due=timezone.now() - timedelta(days=2))
        WorkItem.objects.create(
            kind="consultation", subject_type="consultation", subject_id=asked.pk, patient_id=patient.pk,
            organisation_id=gp.organisation.pk, user_id=gp.user.pk, title="Consult beantwoord: Wijkzorg Gooi",
        )  # fmt: skip
    client = client_of(gp)
    page = overview(client, patient)
    so_far = "1 van 2 antwoorden; Apotheek De Brink is 2 dagen te laat"
    said = card(page, "running")
    assert so_far in said
    assert not [words for words in ("beantwoord", "wacht op", "over tijd") if words in said]
    assert f"Consult gevraagd: {so_far}" in card(page, "timeline")
    today = client.get(reverse("workplace:today")).content.decode()
    answered, late = so_far.split("; ")
    assert f"Consult: {answered}</span><small>{late}</small>" in today
    listed = client.get(reverse("consultations:list"), {"side": "asked"}).content.decode()
    assert so_far in listed
    assert "over tijd" not in listed
    said = card(overview(client_of(pharmacist), patient), "running")
    assert "1 van 2 antwoorden; uw organisatie is 2 dagen te laat" in said


def test_an_appointment_that_was_is_not_still_to_be_confirmed(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    factories.fact(
        patient, factories.source(gp.organisation), Category.APPOINTMENTS, "Longarts", on_date="2022-05-01T10:00:00+02:00",
        status="nog te bevestigen", state="planned",
    )  # fmt: skip
    said = card(overview(client_of(gp), patient), "running")
    assert "Geen afspraak die nog komt. De laatste: Longarts" in said
    assert "was nog te bevestigen" in said


def test_a_request_that_the_reader_did_not_take_on_is_not_in_the_record_either(client_of: Browser) -> None:
    world = World()
    factories.relation(world.patient, world.receiver.organisation)
    referral = world.send()
    reader = client_of(world.receiver)
    for name in ("running", "timeline"):
        assert referral.service.name not in card(overview(reader, world.patient), name)
    assert referral.service.name in card(overview(client_of(world.sender), world.patient), "running")
    take("accept", referral, world.receiver)
    for name in ("running", "timeline"):
        assert referral.service.name in card(overview(reader, world.patient), name)
