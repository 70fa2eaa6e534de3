"""Wmo and Jeugdwet: who is responsible is shown before sending, and who is not passes it on under the same number."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse

from dossier import actions as dossier
from events.actor import act
from events.errors import Refused
from exchange.chain.following import step_of
from exchange.chain.following import take as follow_step
from exchange.chain.models import Assignment, ChainMessage
from people.models import Membership, Organisation
from referrals import access, actions
from referrals.models import Letter, Referral, Round, Step
from square.models import HealthcareService
from tests import factories
from tests.referrals.world import World, read, send, take
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)


def town(name: str, law: str = "wmo") -> tuple[HealthcareService, Membership]:
    """A municipality with its own service and somebody who works there."""
    place = factories.organisation("municipality", name=f"Gemeente {name}", municipality=name)
    made = factories.service(place, f"Wmo-loket {name}", law=law, municipalities=[name], kind="wmo_report")
    return made, factories.member("social_worker", at=place, name=f"Loket {name}")


def lived(world: World, *rows: tuple[Any, ...]) -> None:
    with act(factories.actor(world.sender)) as actor:
        opening = open_record(actor, world.patient.key, {Category.IDENTITY})
        for kind, place, since in rows:
            dossier.add_residence(opening=opening, kind=kind, municipality=place, since=since, by=actor)


def on(member: Membership, referral: Referral, service: HealthcareService, place: str, **values: Any) -> Referral:
    with act(factories.actor(member)) as actor:
        return actions.pass_to_municipality(
            referral=referral, service=service, municipality=place, by=actor, note="Niet van hier.", **values
        )


def stands(referral: Referral) -> Referral:
    with factories.as_owner():
        return Referral.objects.get(pk=referral.pk)


def seen(member: Membership, referral: Referral) -> tuple[int, list[int], list[str], int]:
    with act(factories.actor(member)):
        return (
            Referral.objects.filter(pk=referral.pk).count(),
            list(Round.objects.filter(referral=referral).values_list("position", flat=True)),
            list(Step.objects.filter(referral=referral).order_by("id").values_list("verb", flat=True)),
            Letter.objects.filter(referral=referral).count(),
        )


def test_the_wrong_municipality_passes_it_on_under_the_same_number_and_keeps_its_own_round() -> None:
    world = World()
    huizen, wrong = town("Huizen")
    hilversum, right = town("Hilversum")
    lived(world, ("home", "Huizen", date(2010, 1, 1)), ("home", "Hilversum", date(2026, 10, 1)))
    referral = send(world.sender, world.patient, huizen)
    assert stands(referral).responsible == "Hilversum"
    now = on(wrong, referral, hilversum, "Hilversum")
    assert (now.number, now.status, now.service_id) == (referral.number, "requested", hilversum.pk)
    after = stands(referral)
    assert (after.receiving_organisation_id, after.round, after.responsible) == (
        hilversum.organisation_id,
        2,
        "Hilversum",
    )
    with factories.as_owner():
        one = Round.objects.get(referral=referral, position=1)
        assert (one.status, one.reason) == ("passed_on", "residence")
        assert Step.objects.get(referral=referral, verb="pass_on").code == "residence"
    assert seen(wrong, referral) == (0, [1], ["send", "pass_on"], 0)
    assert seen(right, referral)[:3] == (1, [2], ["send", "pass_on"])
    assert read(right, referral) == (False, 0, 0)
    take("accept", referral, right)
    assert read(right, referral) == (True, 1, 0)
    assert seen(wrong, referral) == (0, [1], ["send", "pass_on"], 0)


def test_only_before_it_was_looked_at_only_under_these_laws_and_only_to_that_municipality() -> None:
    world = World()
    huizen, wrong = town("Huizen")
    hilversum, _right = town("Hilversum")
    youth, _there = town("Laren", law="jeugdwet")
    referral = send(world.sender, world.patient, huizen)
    for service, place in ((youth, "Laren"), (hilversum, "Laren"), (huizen, "Huizen"), (world.service, "Huizen")):
        with pytest.raises(Refused):
            on(wrong, referral, service, place)
    take("accept", referral, wrong)
    with pytest.raises(Refused):
        on(wrong, referral, hilversum, "Hilversum")
    insured = factories.service(wrong.organisation, "Verpleging", law="zvw")
    other = send(world.sender, world.patient, insured)
    with pytest.raises(Refused):
        on(wrong, other, hilversum, "Hilversum")
    assert (stands(referral).status, stands(other).service_id) == ("accepted", insured.pk)


def test_the_database_itself_judges_who_passes_on_and_to_whom() -> None:
    world = World()
    huizen, wrong = town("Huizen")
    hilversum, right = town("Hilversum")
    youth, _there = town("Laren", law="jeugdwet")
    referral = send(world.sender, world.patient, huizen)
    tries = [
        (right, hilversum, "residence", "Hilversum"), (world.sender, hilversum, "residence", "Hilversum"),
        (wrong, hilversum, "residence", ""), (wrong, hilversum, "residence", "Huizen"), (wrong, youth, "residence", "Laren"),
        (wrong, hilversum, "", "Hilversum"), (wrong, hilversum, "no_capacity", "Hilversum"),
        (wrong, hilversum, "residence", "Laren"), (wrong, hilversum, "residence", "Hilversum"),
    ]  # fmt: skip
    for member, service, reason, place in tries:
        with (
            act(factories.actor(member)),
            pytest.raises(ProgrammingError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "select referrals_turn(%s, %s, 'pass_on', %s, true, now(), %s)",
                [referral.pk, service.pk, reason, place],
            )
    take("accept", referral, wrong)
    with (
        act(factories.actor(wrong)),
        pytest.raises(ProgrammingError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "select referrals_turn(%s, %s, 'pass_on', 'residence', true, now(), 'Hilversum')",
            [referral.pk, hilversum.pk],
        )
    assert stands(referral).receiving_organisation_id == huizen.organisation_id


def test_the_page_says_who_is_responsible_and_why_and_warns(client_of: Any) -> None:
    world = World()
    huizen, _wrong = town("Huizen")
    hilversum, _right = town("Hilversum")
    lived(world, ("home", "Hilversum", date(2010, 1, 1)), ("stay", "Huizen", date(2026, 10, 1)))
    with factories.as_owner():
        world.patient.birth_date = date(2014, 5, 2)
        world.patient.save()
        HealthcareService.objects.filter(pk__in=[huizen.pk, hilversum.pk]).update(law="jeugdwet")
    page = client_of(world.sender).get(reverse("referrals:new", args=[world.patient.key]), {"service": huizen.pk})
    text = page.content.decode()
    assert "verantwoordelijk is Hilversum, en dit aanbod is van een andere gemeente" in text
    assert "De gemeente van het woonadres vlak voor het verblijf" in text
    assert "Niet bevestigd door de BRP" in text
    page = client_of(world.sender).get(reverse("referrals:new", args=[world.patient.key]), {"service": hilversum.pk})
    assert "Verantwoordelijk: Hilversum" in page.content.decode()
    part = client_of(world.sender).post(
        reverse("referrals:new", args=[world.patient.key]),
        {"do": "search", "q": "", "at_jeugdwet": "Hilversum"},
        headers={"hx-request": "true"},
    )
    assert "Wmo-loket Hilversum" in part.content.decode().partition("unfit")[0]


def test_from_the_page_the_wrong_one_sends_it_on(client_of: Any) -> None:
    world = World()
    huizen, wrong = town("Huizen")
    hilversum, right = town("Hilversum")
    referral = send(world.sender, world.patient, huizen)
    url = reverse("referrals:residence", args=[referral.pk])
    assert url in client_of(wrong).get(reverse("referrals:thread", args=[referral.pk])).content.decode()
    assert client_of(right).get(url).status_code == 404
    assert client_of(world.sender).get(url).status_code == 403
    assert client_of(wrong).post(url, {"service": f"{huizen.pk}:Huizen", "note": ""}).status_code == 200
    blank = client_of(wrong).post(url, {"service": f"{hilversum.pk}:Hilversum", "note": ""}, follow=True)
    assert "Schrijf waarom deze gemeente verantwoordelijk is" in blank.content.decode(), "the rule gave another"
    with act(factories.actor(wrong)) as actor, pytest.raises(Refused):
        actions.pass_to_municipality(referral=referral, service=hilversum, municipality="Hilversum", by=actor)
    why = {"service": f"{hilversum.pk}:Hilversum", "note": "Woont er sinds mei."}
    answer = client_of(wrong).post(url, why, follow=True)
    assert "is doorgestuurd naar Gemeente Hilversum" in answer.content.decode()
    assert stands(referral).service_id == hilversum.pk
    with act(factories.actor(right)) as actor:
        assert access.get_referral(actor, referral.pk).number == referral.number


def test_a_message_that_names_the_right_municipality_sends_it_on_in_the_same_thread() -> None:
    """319, reason 8 with the municipality (WJ759, IV095)."""
    world = World()
    huizen, wrong = town("Huizen", law="jeugdwet")
    hilversum, _right = town("Hilversum", law="jeugdwet")
    with factories.as_owner():
        Organisation.objects.filter(pk=hilversum.organisation_id).update(municipality_code="0402")
    referral = send(world.sender, world.patient, huizen)
    refused = {
        "law": "jeugdwet", "organisation": wrong.organisation, "provider": world.sender.organisation, "person": "x",
        "referral": referral, "patient": world.patient, "status": Assignment.Status.REFUSED, "refusal": "8", "begins": date(2026, 12, 1),
    }  # fmt: skip
    with factories.as_owner():
        row = Assignment.objects.create(reference=referral.number, **refused)
        message = ChainMessage(law="jeugdwet")
        rejected = step_of(message, stands(referral))
        assert rejected
        assert rejected.verb == "reject", "no municipality is named"
        Assignment.objects.filter(pk=row.pk).update(municipality_code="0402")
        step = step_of(message, stands(referral))
    assert step
    assert (step.verb, step.organisation_id) == ("pass_on", wrong.organisation_id)
    assert follow_step(referral, step, by=factories.actor(wrong))
    assert stands(referral).service_id == hilversum.pk
    with factories.as_owner():
        assert step_of(message, stands(referral)) is None
