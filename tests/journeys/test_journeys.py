"""Journeys: who is included and when, once; who sees whom; and how a version is taken into use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, connection, transaction
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from events.actions import deliver_one, record
from events.actor import act, system
from events.errors import Refused
from events.models import Event
from journeys import access, actions
from journeys.models import Enrolment, Journey
from journeys.moves import MOVES, Status, Verb
from people.models import Membership, Patient, Role, User
from referrals.models import Referral
from region.generate.catalogue import CATALOGUE
from tests import factories
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def make_journey(name: str = "Verkennend gesprek", *kinds: str, **values: Any) -> Journey:
    values = {"status": Status.LIVE, "purpose": "Eerst samen kijken.", "criteria": "Volwassenen", **values}
    with factories.as_owner():
        made = Journey.objects.create(name=name, **values)
        for kind in kinds or ("exploratory_talk",):
            made.triggers.create(service_kind=kind)
        for position, (title, days) in enumerate([("Bellen", 5), ("Gesprek", 14), ("Evaluatie", 90)], 1):
            made.steps.create(position=position, title=title, role="social_worker", days=days)
    return made


def accepted(
    sender: Membership,
    receiver: Membership,
    patient: Patient,
    *,
    number: str = "V-26-000001",
    kind: str = "exploratory_talk",
    **values: Any,
) -> Referral:
    service = factories.service(receiver.organisation, kind=kind)
    with factories.as_owner():
        return Referral.objects.create(
            number=number, patient=patient, service=service, sending_organisation=sender.organisation,
            receiving_organisation=receiver.organisation, sender=sender.user, receiver=receiver.user, status="accepted",
            age=patient.age, gender=patient.gender, accepted_at=timezone.now(), due=timezone.now() + timedelta(days=9), **values,
        )  # fmt: skip


def enrol(referral: Referral) -> list[Enrolment]:
    with act(system("deliveries", purpose="HOPERAT")) as worker:
        return actions.enrol(referral_id=referral.pk, by=worker)


def everybody() -> list[Enrolment]:
    with factories.as_owner():
        return list(Enrolment.objects.order_by("pk"))


def manager() -> Membership:
    made = factories.member("coordinator")
    with factories.as_owner():
        assign_perm("people.manage_admission", made.user, made.organisation)
    return made


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp")


@pytest.fixture
def social() -> Membership:
    return factories.member("social_worker")


@pytest.fixture
def patient(gp: Membership) -> Patient:
    return factories.patient(related_to=[gp.organisation], own_name="Zwaluw")


def test_an_accepted_referral_includes_the_citizen_through_a_real_delivery(
    gp: Membership, social: Membership, patient: Patient
) -> None:
    assert "journeys.tasks.enrol" in settings.LISTENERS["referral.accepted"]
    journey = make_journey()
    make_journey("Andere klantreis", "debt_help")
    referral = accepted(gp, social, patient)
    with act(factories.actor(social)) as actor:
        record("referral.accepted", subject=referral, patient_id=patient.pk, by=actor)
    while deliver_one():
        pass
    (enrolment,) = everybody()
    assert (enrolment.patient_id, enrolment.organisation_id, enrolment.journey_id) == (
        patient.pk,
        social.organisation_id,
        journey.pk,
    )
    assert (enrolment.referral_number, enrolment.started_at, enrolment.category) == (
        referral.number,
        referral.accepted_at,
        Category.REFERRAL,
    )
    with factories.as_owner():
        event = Event.objects.get(verb="journey.enrolled")
    assert (event.patient_id, event.actor_kind, event.data) == (patient.pk, "system", {"journey": journey.pk})


def test_hearing_of_it_again_changes_nothing_even_after_the_end(
    gp: Membership, social: Membership, patient: Patient
) -> None:
    make_journey()
    referral = accepted(gp, social, patient)
    (made,) = enrol(referral)
    assert enrol(referral) == []
    with act(factories.actor(social)) as actor:
        actions.end(enrolment=made, by=actor)
    assert enrol(referral) == []
    assert len(everybody()) == 1


def test_a_second_referral_includes_nobody_twice_but_again_after_the_end(
    gp: Membership, social: Membership, patient: Patient
) -> None:
    make_journey()
    (made,) = enrol(accepted(gp, social, patient))
    other = factories.member("social_worker")
    assert enrol(accepted(gp, other, patient, number="V-26-000002")) == []
    with act(factories.actor(social)) as actor:
        actions.end(enrolment=made, by=actor)
    assert len(enrol(accepted(gp, other, patient, number="V-26-000003"))) == 1


def test_two_workers_at_once_include_once(gp: Membership, social: Membership, patient: Patient) -> None:
    make_journey()
    referrals = [accepted(gp, social, patient, number=f"V-26-00000{n}") for n in (1, 2)]
    start, made = threading.Barrier(2), []

    def work(referral: Referral) -> None:
        start.wait()
        try:
            made.extend(enrol(referral))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[referral]) for referral in referrals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(everybody()) == 1


@pytest.mark.parametrize("status", [Status.DRAFT, Status.ENDED])
def test_a_journey_that_is_not_live_includes_nobody(
    gp: Membership, social: Membership, patient: Patient, status: Status
) -> None:
    make_journey(status=status)
    assert enrol(accepted(gp, social, patient)) == []


def test_only_a_worker_includes_and_the_database_says_so_too(
    gp: Membership, social: Membership, patient: Patient
) -> None:
    journey, referral = make_journey(), accepted(gp, social, patient)
    with act(factories.actor(social)) as actor:
        with pytest.raises(PermissionDenied):
            actions.enrol(referral_id=referral.pk, by=actor)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Enrolment.objects.create(
                patient=patient, organisation=social.organisation, journey=journey, referral_number="V-1"
            )


def test_the_organisation_the_citizen_and_who_opened_the_record_see_an_enrolment_and_nobody_else(
    gp: Membership, social: Membership, patient: Patient
) -> None:
    make_journey()
    enrol(accepted(gp, social, patient, sensitivity=Category.SOCIAL))
    with act(factories.actor(social)):
        assert Enrolment.objects.count() == 1
    with act(factories.citizen_actor(factories.citizen(patient))):
        assert Enrolment.objects.count() == 1
    with act(factories.actor(gp)) as actor:
        assert Enrolment.objects.count() == 0
        open_record(actor, patient.key, [Category.SOCIAL])
        assert Enrolment.objects.count() == 0, "no consent for facts of others in this category"
    factories.consent(patient, Category.SOCIAL)
    with act(factories.actor(gp)) as actor:
        open_record(actor, patient.key, [Category.SOCIAL])
        assert Enrolment.objects.count() == 1
    with act(factories.actor(factories.member("gp"))):
        assert Enrolment.objects.count() == 0
    assert Enrolment.objects.count() == 0, "without an actor there is nothing"


def test_only_the_own_organisation_ends_and_only_once(gp: Membership, social: Membership, patient: Patient) -> None:
    make_journey()
    (made,) = enrol(accepted(gp, social, patient))
    with act(factories.actor(gp)) as actor:
        with pytest.raises(Http404):
            access.get_enrolment(actor, made.pk)
        with pytest.raises(Enrolment.DoesNotExist):
            actions.end(enrolment=made, by=actor)
    with act(factories.actor(social)) as actor:
        assert actions.end(enrolment=made, by=actor).ended_at
        with pytest.raises(Refused):
            actions.end(enrolment=made, by=actor)


def test_the_step_at_hand_follows_from_the_plan(gp: Membership, social: Membership, patient: Patient) -> None:
    journey = make_journey()
    (made,) = enrol(accepted(gp, social, patient))
    for days, title in [(0, "Bellen"), (4, "Bellen"), (5, "Gesprek"), (60, "Evaluatie"), (200, None)]:
        made.started_at = timezone.now() - timedelta(days=days)
        (one,) = access.included(journey, [made])
        assert (one.due.title if one.due else None) == title


# -- pages


def test_the_list_shows_live_journeys_with_steps_and_the_own_count(
    client_of: Browser, gp: Membership, social: Membership, patient: Patient
) -> None:
    make_journey()
    make_journey("Nog in de maak", "debt_help", status=Status.DRAFT)
    enrol(accepted(gp, social, patient))
    page = client_of(social).get(reverse("journeys:list"))
    assert page.status_code == 200
    text = page.content.decode()
    assert "Verkennend gesprek" in text
    assert "binnen 14 dagen" in text
    assert "Nog in de maak" not in text
    assert page.context["journeys"][0].running == 1
    assert client_of(gp).get(reverse("journeys:list")).context["journeys"][0].running == 0
    assert "Nog in de maak" in client_of(manager()).get(reverse("journeys:list")).content.decode()


def test_the_journey_names_citizens_within_reach_to_the_own_organisation_alone(
    client_of: Browser, gp: Membership, social: Membership, patient: Patient
) -> None:
    journey = make_journey()
    (made,) = enrol(accepted(gp, social, patient))
    address = reverse("journeys:journey", args=[journey.pk])
    assert "Zwaluw" in client_of(social).get(address).content.decode(), "being in a journey is a care relation"
    with factories.as_owner():
        patient.care_relations.filter(source="enrolment").delete()
    assert "niet meer bij u in zorg" in client_of(social).get(address).content.decode()
    factories.relation(patient, social.organisation)
    text = client_of(social).get(address).content.decode()
    assert "Zwaluw" in text
    assert reverse("workplace:patient", args=[patient.key]) in text
    assert "Zwaluw" not in client_of(gp).get(address).content.decode()
    assert client_of(gp).post(reverse("journeys:end", args=[made.pk])).status_code == 404
    assert client_of(social).post(reverse("journeys:end", args=[made.pk])).status_code == 302
    assert "Zwaluw" not in client_of(social).get(address).content.decode()
    assert "Zwaluw" in client_of(social).get(f"{address}?state=ended").content.decode()
    assert client_of(social).post(reverse("journeys:end", args=[made.pk])).status_code == 409


def test_a_visitor_signs_in_first_and_a_citizen_has_no_such_pages(
    citizen_client: Callable[[User], Client], patient: Patient
) -> None:
    journey = make_journey()
    citizen = citizen_client(factories.citizen(patient))
    for address in [reverse("journeys:list"), reverse("journeys:journey", args=[journey.pk])]:
        assert Client().get(address).status_code == 302
        assert citizen.get(address).status_code == 404


# -- versions


def test_the_moves_are_these() -> None:
    assert {(source, move.verb, move.target) for move in MOVES for source in move.sources} == {
        (Status.DRAFT, Verb.PUBLISH, Status.LIVE),
        (Status.DRAFT, Verb.END, Status.ENDED),
        (Status.LIVE, Verb.END, Status.ENDED),
    }


def test_a_new_version_ends_the_former_and_who_is_in_it_stays(
    client_of: Browser, gp: Membership, social: Membership, patient: Patient
) -> None:
    former, new = make_journey(), make_journey(version=2, status=Status.DRAFT)
    enrol(accepted(gp, social, patient))
    address = reverse("journeys:move", args=[new.pk])
    assert client_of(social).post(address, {"verb": "publish"}).status_code == 404, "a draft does not exist for others"
    assert client_of(social).post(reverse("journeys:move", args=[former.pk]), {"verb": "end"}).status_code == 403
    boss = client_of(manager())
    assert boss.post(address, {"verb": "publish"}).status_code == 302
    assert boss.post(address, {"verb": "publish"}).status_code == 409
    former.refresh_from_db()
    new.refresh_from_db()
    assert (former.status, new.status) == (Status.ENDED, Status.LIVE)
    assert client_of(social).get(reverse("journeys:journey", args=[former.pk])).status_code == 200, (
        "own citizens are still in it"
    )
    assert client_of(gp).get(reverse("journeys:journey", args=[former.pk])).status_code == 404


def test_a_journey_without_steps_does_not_go_live() -> None:
    with factories.as_owner():
        empty = Journey.objects.create(name="Leeg", purpose="-", criteria="-")
    with act(factories.actor(manager())) as actor, pytest.raises(Refused):
        actions.move(journey=empty, verb="publish", by=actor)


def test_the_first_journeys_fit_the_offer_and_the_roles() -> None:
    kinds = {kind.kind for kinds in CATALOGUE.values() for kind in kinds}
    first = import_module("journeys.migrations.0002_rights").JOURNEYS
    assert [name for name, *_ in first] == [
        "Verkennend gesprek",
        "Zorg en welzijn samen",
        "Kwetsbare ouderen en ACP",
        "Verwijzing naar het sociaal domein",
    ]
    for _name, _purpose, _criteria, triggers, steps in first:
        assert set(triggers) <= kinds
        assert {role for _title, role, _days in steps} <= set(Role.values)
        assert [days for *_step, days in steps] == sorted(days for *_step, days in steps)
