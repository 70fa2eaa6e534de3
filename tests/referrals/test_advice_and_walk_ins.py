"""Advice in the place of taking somebody on, and who came by himself."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from events.actor import act
from events.errors import Refused
from events.models import Event, WorkItem
from people.models import Membership, Patient
from referrals import access, actions
from referrals.models import Letter, Referral, Report, Step
from square.models import HealthcareService
from tests import factories
from tests.referrals.world import World, read, take
from trust.access import open_record
from trust.categories import EVERYTHING, Category
from trust.models import CareRelation

pytestmark = pytest.mark.django_db(transaction=True)


def test_advice_closes_the_request_and_is_read_by_the_sender_and_the_person_and_not_by_who_gave_it() -> None:
    world = World()
    referral = world.send(question="GEHEIM")
    take("advise", referral, world.receiver)
    with factories.as_owner():
        done = Referral.objects.get(pk=referral.pk)
        assert (done.status, done.outcome, done.accepted_at) == ("completed", "advised", None)
        assert not WorkItem.objects.open().filter(subject_id=referral.pk, kind="referral").exists()
        assert not CareRelation.objects.filter(organisation=world.receiver.organisation).exists()
        assert Event.objects.filter(verb="referral.advised", subject_id=referral.pk).count() == 1
    with act(factories.actor(world.sender)) as actor:
        mine = access.get_referral(actor, referral.pk)
        opening = access.open_referral(actor, mine)
        assert opening
        assert [one.text for one in access.reports_of(opening, mine)] == ["Begin met wandelen."]
    with act(factories.citizen_actor(factories.citizen(world.patient))) as actor:
        open_record(actor, world.patient.key, EVERYTHING)
        assert [one.plain for one in Report.objects.all()] == ["Ga elke dag een stukje lopen."]
    # Also who has a relation of another kind with the person learns nothing through this request.
    factories.relation(world.patient, world.receiver.organisation)
    assert read(world.receiver, referral) == (False, 0, 0)
    with act(factories.actor(world.receiver)) as actor:
        open_record(actor, world.patient.key, EVERYTHING)
        assert not Letter.objects.filter(referral=referral).exists()
        assert not Report.objects.filter(referral=referral).exists()


@pytest.mark.parametrize(
    "values", [{"text": " "}, {"plain": ""}, {"text": "BSN 999901234"}, {"plain": "Uw nummer is 9999 01 234."}]
)
def test_advice_says_something_to_both_and_names_nobody(values: dict[str, Any]) -> None:
    world = World()
    referral = world.send()
    with pytest.raises(Refused) as caught:
        take("advise", referral, world.receiver, **values)
    assert caught.value.field in values
    with factories.as_owner():
        assert Referral.objects.get(pk=referral.pk).status == "requested"
        assert not Report.objects.exists()


def test_nobody_else_writes_a_report_to_a_request_that_waits() -> None:
    """Raw rows as the application's role: another organisation, and the receiver under another category."""
    world, stranger = World(), factories.member("gp")
    referral = world.send()
    for member, category in (
        (stranger, referral.sensitivity),
        (world.sender, referral.sensitivity),
        (world.receiver, 2),
    ):
        with act(factories.actor(member)), pytest.raises(DatabaseError), transaction.atomic():
            _report(referral, member, category)


def _report(referral: Referral, member: Membership, category: int) -> None:
    common: dict[str, Any] = {
        "referral": referral, "patient_id": referral.patient_id, "organisation_id": member.organisation_id,
    }  # fmt: skip
    step = Step.objects.create(verb="advise", status="completed", round=1, user_id=member.user_id, **common)
    Report.objects.create(step=step, token=uuid.uuid4(), text="x", category=category, **common)


def test_advice_from_the_page(client_of: Any) -> None:
    world = World()
    referral = world.send()
    url = reverse("referrals:move", args=[referral.pk, "advise"])
    typed = {"text": "Begin met wandelen.", "plain": "Ga lopen.", "token": str(uuid.uuid4())}
    wrong = client_of(world.receiver).post(url, {**typed, "plain": ""})
    assert "Schrijf ook wat de inwoner hieraan heeft." in wrong.content.decode()
    answer = client_of(world.receiver).post(url, typed, follow=True)
    assert "Uw advies bij" in answer.content.decode()
    assert "de verwijzing is niet door u aangenomen" in answer.content.decode()
    thread = client_of(world.sender).get(reverse("referrals:thread", args=[referral.pk])).content.decode()
    assert "Begin met wandelen." in thread
    assert "afgerond: advies gegeven" in thread


def come_in(member: Membership, patient: Patient, service: HealthcareService, **values: Any) -> Referral:
    with act(factories.actor(member)) as actor:
        opening = access.open_for_referral(actor, patient.key)
        return actions.walk_in(
            opening=opening, service=service, by=actor, **{"question": "Wil een maatje.", "agreed": True, **values}
        )


def test_who_came_by_himself_is_helped_at_once_with_a_relation_of_that_help_alone() -> None:
    world = World()
    factories.relation(world.patient, world.receiver.organisation, source="stated", reference="stated:1")
    token = uuid.uuid4()
    made = come_in(world.receiver, world.patient, world.service, token=token)
    assert come_in(world.receiver, world.patient, world.service, token=token).pk == made.pk
    with factories.as_owner():
        found = Referral.objects.get()
        assert (found.origin, found.status, found.sending_organisation_id, found.sender_id) == (
            "walk_in", "in_progress", None, None,
        )  # fmt: skip
        assert (found.receiver_id, found.entered_by_id) == (world.receiver.user_id, world.receiver.user_id)
        assert found.started_at
        assert found.due
        assert [(step.verb, step.status, step.code) for step in Step.objects.all()] == [
            ("send", "in_progress", "walk_in")
        ]
        assert Event.objects.filter(verb="referral.walked_in").count() == 1
        assert WorkItem.objects.open().get(kind="referral").user_id == world.receiver.user_id
        relation = CareRelation.objects.get(source="referral", organisation=world.receiver.organisation)
        assert relation.reference == f"referral:{made.pk}"
    assert read(world.receiver, made) == (True, 1, 0)
    take("complete", made, world.receiver)
    with factories.as_owner():
        relation.refresh_from_db()
        assert relation.period.upper <= timezone.now()


def test_only_for_the_own_offer_with_agreement_and_a_record_that_is_open() -> None:
    world = World()
    factories.relation(world.patient, world.receiver.organisation, source="stated", reference="stated:1")
    other = factories.service(factories.organisation("welfare"), "Elders")
    for values, field in (({"agreed": False}, "agreed"), ({"service": other}, "service")):
        with pytest.raises(Refused) as caught:
            come_in(world.receiver, world.patient, **{"service": world.service, **values})
        assert caught.value.field == field
    with pytest.raises(PermissionDenied):
        come_in(factories.member("manager", at=world.receiver.organisation), world.patient, world.service)
    with factories.as_owner():
        assert not Referral.objects.exists()


def test_the_database_writes_nobody_in_for_another_or_without_a_relation() -> None:
    world = World()
    factories.relation(world.patient, world.receiver.organisation, source="stated", reference="stated:1")
    unknown = factories.patient(related_to=[world.sender.organisation])
    there: dict[str, Any] = {"status": "in_progress", "origin": "walk_in", "entered_by_id": world.receiver.user_id}
    tries: list[tuple[Membership, Patient, dict[str, Any]]] = [
        (world.receiver, unknown, {}),
        (world.sender, world.patient, {}),
        (world.receiver, world.patient, {"status": "requested"}),
        (world.receiver, world.patient, {"origin": "self", "entered_by_id": None}),
        (world.receiver, world.patient, {"entered_by_id": world.sender.user_id}),
    ]
    for number, (member, patient, values) in enumerate(tries):
        with act(factories.actor(member)), pytest.raises(DatabaseError), transaction.atomic():
            Referral.objects.create(
                number=f"V-x-{number}", patient=patient, service=world.service, age=70, gender="female",
                receiving_organisation_id=world.receiver.organisation_id, receiver_id=world.receiver.user_id,
                accepted_at=timezone.now(), started_at=timezone.now(), sensitivity=Category.SOCIAL, **{**there, **values},
            )  # fmt: skip


def test_from_the_overview_in_three_clicks(client_of: Any) -> None:
    world = World()
    factories.relation(world.patient, world.receiver.organisation, source="stated", reference="stated:1")
    client, url = client_of(world.receiver), reverse("referrals:walk_in", args=[world.patient.key])
    page = client.get(url)
    assert "checked" in page.content.decode(), "with one service it is chosen already"
    typed = {"service": world.service.pk, "question": "", "token": page.context["form"]["token"].value()}
    assert "Vraag eerst of de inwoner" in client.post(url, typed).content.decode()
    answer = client.post(url, {**typed, "agreed": "on"}, follow=True)
    assert "De hulp loopt." in answer.content.decode()
    assert "schreef in wie zelf kwam" in answer.content.decode()
    assert client_of(factories.member("gp")).get(url).status_code == 404
