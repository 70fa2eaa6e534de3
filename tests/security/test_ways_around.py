"""Ways around the front: sending along what may not be seen, steps by a role without patients, addresses and numbers in the log."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.test import Client, override_settings
from django.urls import reverse

from consultations.models import Attachment, Consultation, Invitation
from events.actor import act
from events.errors import Refused
from events.models import Event, WorkItem
from exchange.partners.identity import ASSERTION
from people.models import Membership
from referrals.models import Referral
from tests import factories
from tests.consultations.helpers import Stage
from tests.referrals.world import World, take
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


def test_a_question_takes_along_nothing_the_patient_keeps_from_whom_is_asked() -> None:
    stage = Stage()
    factories.consent(stage.patient)
    factories.consent(
        stage.patient,
        Category.RESULTS,
        permit=False,
        reader_organisation=stage.asked.organisation,
        period=factories.since(5),
    )
    own = factories.source(stage.asker.organisation)
    kept = factories.fact(stage.patient, own, Category.RESULTS, "HbA1c 53")
    told = factories.fact(stage.patient, own, Category.MEDICATION, "Metformine")
    with pytest.raises(Refused):
        stage.ask(stage.asked, items=[f"fact:{kept.reference}"])
    stage.ask(stage.asked, items=[f"fact:{told.reference}"])
    with factories.as_owner():
        assert [item.title for item in Attachment.objects.all()] == ["Metformine"]


def test_guarded_facts_go_along_only_by_a_choice_for_every_reader() -> None:
    stage = Stage()
    own = factories.source(stage.asker.organisation)
    ggz = factories.fact(stage.patient, own, Category.MENTAL_HEALTH, "Depressie")
    with pytest.raises(Refused):
        stage.ask(stage.asked, items=[f"fact:{ggz.reference}"])


@pytest.mark.parametrize("named", [{"iss": "\x00"}, {"iss": "\ud800"}, {"iss": ["a"]}, ["a"]])
def test_whoever_asks_for_a_token_in_odd_characters_is_nobody(client: Client, named: object) -> None:
    signed = ".".join(
        urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "ES256", "kid": "\x00" if named == ["a"] else "a"}, named, "none")
    )
    asked = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": signed}
    assert client.post("/oauth/token", urlencode(asked), "application/x-www-form-urlencoded").status_code == 401


@pytest.mark.parametrize("role", ["manager", "privacy_officer", "coordinator"])
def test_a_role_without_patients_takes_no_step(role: str) -> None:
    world, stage = World(), Stage()
    referral, consultation = world.send(), stage.ask()
    desk = factories.member(role, at=world.receiver.organisation)
    for verb in ("accept", "reject", "ask"):
        with pytest.raises(PermissionDenied):
            take(verb, referral, desk)
    with pytest.raises(Http404):
        stage.pick_up(consultation, factories.member(role, at=stage.asked.organisation))
    with pytest.raises(Http404):
        stage.cancel(consultation, factories.member(role, at=stage.asker.organisation))


@override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1)
def test_behind_a_proxy_the_log_names_the_place_of_the_person(client_of: ClientOf) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    client_of(gp).get(
        reverse("workplace:patient", args=[patient.key]),
        REMOTE_ADDR="10.0.0.1",
        HTTP_X_FORWARDED_FOR="6.6.6.6, 192.0.2.7",
    )
    with factories.as_owner():
        event = Event.objects.filter(verb="record.opened").first()
        assert event is not None
        assert event.place == "192.0.2.7", "what the proxy itself saw; what came before it anybody can write"


def test_a_fault_of_the_database_names_no_row_of_a_person() -> None:
    """PostgreSQL leaves the values out of its message for a table under row-level security; what is logged stays clean."""
    number = factories.bsn()
    factories.patient(number=number)
    other = factories.patient()
    with factories.as_owner(), pytest.raises(IntegrityError) as error, transaction.atomic():  # noqa: SIM117
        with connection.cursor() as cursor:
            cursor.execute("update people_patientidentity set bsn = %s where patient_id = %s", [number, other.pk])
    assert number not in str(error.value)


@pytest.mark.parametrize("pk", [2**62, 2**63, 10**30])
def test_a_number_that_cannot_be_is_not_found(client_of: ClientOf, pk: int) -> None:
    client = client_of(factories.member("gp"))
    for address in ("/referrals/{}/", "/consultations/{}/", "/fhir/Task/{}", "/fhir/ServiceRequest/{}", "/square/{}/"):
        assert client.get(address.format(pk)).status_code == 404, address


def test_odd_characters_are_bad_input_and_no_fault(client_of: ClientOf) -> None:
    gp = factories.member("gp")
    client = client_of(gp)
    patient = factories.patient(related_to=[gp.organisation])
    assert client.get("/referrals/", {"q": "a\x00b"}).status_code < 500
    assert client.get("/square/", {"q": "a\x00b", "page": "\x00"}).status_code < 500
    assert client.post("/choose/", {"membership": "²"}).status_code == 404
    assert client.get(f"/referrals/new/{patient.key}/", {"service": "²"}).status_code < 500
    long = {"to": "9" * 5000, "template": "9" * 5000, "service": "9" * 5000, "sender": "9" * 5000, "question": "a"}
    for doing in ("hand", "fill", "choose", "send", "keep"):
        assert client.post(f"/referrals/new/{patient.key}/", {**long, "do": doing}).status_code < 500, doing
    assert client.get("/referrals/", {"service": "9" * 5000}).status_code < 500
    assert client.post(f"/consultations/new/{patient.key}/", {"organisations": "²", "search": "1"}).status_code < 500
    assert client.post("/fhir/Patient/_search", "name=%00a", "application/x-www-form-urlencoded").status_code == 400
    assert client.post("/patients/", {"name": "a\x00b"}).status_code < 500
    assert client.get("/fhir/Organization", {"name": "\x00"}).status_code == 400


@pytest.mark.parametrize("role", ["manager", "privacy_officer", "coordinator"])
def test_a_role_that_meets_no_patients_sees_no_referral_question_or_work(
    role: str, client_of: Callable[..., Client]
) -> None:
    world, stage = World(), Stage()
    world.send()
    stage.ask()
    for organisation in (world.receiver.organisation, world.sender.organisation, stage.asked.organisation):
        desk = factories.member(role, at=organisation)
        with act(factories.actor(desk)):
            assert not Referral.objects.exists()
            assert not Consultation.objects.exists()
            assert not Invitation.objects.exists()
            assert not WorkItem.objects.exists()
        for name in ("workplace:today", "referrals:list", "consultations:list"):
            page = client_of(desk).get(reverse(name)).content.decode()
            assert world.service.name not in page, name
            assert "naam na acceptatie" not in page, name
