"""What goes along, who reads it, and from when on."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dossier.models import Fact
from events.actor import act
from events.errors import Refused
from people.models import Membership, Patient
from referrals import access, actions
from referrals.models import Letter, LetterItem, Referral
from square.access import find_place
from tests import factories
from tests.referrals.world import World, read, send, take
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)


def facts(world: World) -> dict[Category, str]:
    """One fact of several categories at the sender's own source; gives their references."""
    source = factories.source(world.sender.organisation)
    kinds = (
        Category.PROBLEMS,
        Category.MEDICATION,
        Category.FUNCTIONING,
        Category.MENTAL_HEALTH,
        Category.ALERTS,
        Category.SOCIAL,
    )
    return {
        kind: f"fact:{factories.fact(world.patient, source, kind, f'Feit {kind.name}').reference}" for kind in kinds
    }


def selected(world: World, service: object = None) -> dict[Category, access.Group]:
    with act(factories.actor(world.sender)) as actor:
        opening = access.open_for_referral(actor, world.patient.key)
        return {group.category: group for group in access.selection_for(actor, opening, service or world.service)}  # type: ignore[arg-type]


def test_the_least_is_ticked_and_what_may_not_go_says_why() -> None:
    world = World()
    refs = facts(world)
    groups = selected(world)
    assert groups[Category.FUNCTIONING].ticked == {refs[Category.FUNCTIONING]}
    assert groups[Category.ALERTS].ticked == frozenset(), "nobody comes to the door"
    at_home = factories.service(world.receiver.organisation, "Thuisbegeleiding", at_home=True)
    assert selected(world, at_home)[Category.ALERTS].ticked == {refs[Category.ALERTS]}
    assert groups[Category.PROBLEMS].reason == "niet nodig voor sociaal domein"
    assert groups[Category.MENTAL_HEALTH].reason == "niet nodig voor sociaal domein"
    assert groups[Category.SOCIAL].ticked == frozenset(), "may go, but is the sender's choice"


def test_what_several_sources_say_alike_is_ticked_once_and_what_differs_each() -> None:
    world = World()
    first, second = factories.source(world.sender.organisation), factories.source(world.sender.organisation)
    factories.fact(world.patient, first, Category.FUNCTIONING, "Loopt met rollator", on_date="2023-01-01")
    newest = factories.fact(world.patient, second, Category.FUNCTIONING, "loopt met rollator", on_date="2026-01-01")
    other = factories.fact(world.patient, second, Category.FUNCTIONING, "Loopt met rollator", detail="alleen buiten")
    assert selected(world)[Category.FUNCTIONING].ticked == {f"fact:{newest.reference}", f"fact:{other.reference}"}
    assert len(selected(world)[Category.FUNCTIONING].items) == 3


def test_goals_are_ticked_but_not_every_note_nor_what_has_ended() -> None:
    world = World()
    source = factories.source(world.sender.organisation)
    goal = factories.entry(world.patient, world.sender, "Weer naar de markt", kind="goal")
    factories.entry(world.patient, world.sender, "Belde op dinsdag", kind="note")
    factories.entry(world.patient, world.sender, "Bereikt doel", kind="goal", done=True)
    now = factories.fact(world.patient, source, Category.FUNCTIONING, "Loopt met rollator")
    factories.fact(world.patient, source, Category.FUNCTIONING, "Liep met krukken", state="ended")
    groups = selected(world)
    assert groups[Category.PLAN].ticked == {f"entry:{goal.pk}"}
    assert len(groups[Category.PLAN].items) == 3, "the rest can still be chosen"
    assert groups[Category.FUNCTIONING].ticked == {f"fact:{now.reference}"}


def test_mental_health_goes_elsewhere_only_by_the_patients_choice() -> None:
    world = World()
    gp = factories.service(factories.organisation("gp"), "Huisarts")
    facts(world)
    assert selected(world, gp)[Category.MENTAL_HEALTH].reason == "geen toestemming van de inwoner voor huisartsenzorg"
    ggz = factories.service(factories.organisation("mental_health"), "Basis-ggz")
    assert selected(world, ggz)[Category.MENTAL_HEALTH].reason == "", "it is their own field"
    factories.consent(world.patient, Category.MENTAL_HEALTH, reader_domain="gp")
    assert selected(world, gp)[Category.MENTAL_HEALTH].reason == ""
    factories.consent(world.patient, Category.MEDICATION, permit=False, reader_organisation=gp.organisation)
    assert selected(world, gp)[Category.MEDICATION].reason != "", "an objection holds back ordinary facts too"


def test_only_what_was_ticked_goes_along_as_it_was_then() -> None:
    world = World()
    refs = facts(world)
    referral = world.send(items=[refs[Category.FUNCTIONING], refs[Category.SOCIAL]], wish="Weer samen eten.")
    take("accept", referral, world.receiver)
    with act(factories.actor(world.receiver)) as actor:
        opening = access.open_referral(actor, referral_of(referral))
        assert opening is not None
        assert {item.title for item in access.items_of(opening, referral)} == {"Feit FUNCTIONING", "Feit SOCIAL"}
        letter = access.letter_of(opening, referral)
        assert letter is not None
        assert (letter.question, letter.wish) == ("Wat kan helpen?", "Weer samen eten.")
        assert opening.patient.name == "A. de Vries"


def test_what_is_not_ticked_is_not_read_to_send(client_of: Callable[[Membership], Client]) -> None:
    world = World()
    refs = facts(world)
    typed = {
        "do": "send", "token": str(uuid.uuid4()), "service": world.service.pk, "shown": world.service.pk, "question": "Wat kan helpen?",
        "urgency": "routine", "agreed": "on",
    }  # fmt: skip
    url, browser = reverse("referrals:new", args=[world.patient.key]), client_of(world.sender)
    with CaptureQueriesContext(connection) as asked:
        assert browser.post(url, typed).status_code == 302
    record = ("dossier_fact", "dossier_entry", "dossier_relatedperson", "dossier_document")
    touched = [name for name in record if any(f'FROM "{name}"' in one["sql"] for one in asked)]
    assert touched == [], "nothing goes along, so nothing of the record is read"
    typed |= {"token": str(uuid.uuid4()), "items": [refs[Category.FUNCTIONING]], "question": ""}
    page = browser.post(url, typed)
    assert page.status_code == 200, "without a question it comes back"
    assert b"Feit SOCIAL" in page.content, "with everything that could go along"
    typed["question"] = "Wat kan helpen?"
    assert browser.post(url, typed).status_code == 302
    assert [item.title for item in stored_items()] == ["Feit FUNCTIONING"]


def stored_items() -> list[LetterItem]:
    with factories.as_owner():
        return list(LetterItem.objects.all())


def referral_of(referral: Referral) -> Referral:
    return Referral.objects.get(pk=referral.pk)


def test_what_may_not_go_is_refused_even_when_it_is_asked_for() -> None:
    world = World()
    refs = facts(world)
    with pytest.raises(Refused):
        world.send(items=[refs[Category.PROBLEMS]])
    with pytest.raises(Refused):
        world.send(items=["fact:999999"])
    with factories.as_owner():
        assert not Referral.objects.exists()


def test_before_acceptance_the_receiver_reads_the_index_and_no_letter() -> None:
    world = World()
    refs = facts(world)
    referral = world.send(items=[refs[Category.FUNCTIONING]], notice="Rouw, wil weer onder de mensen.")
    with act(factories.actor(world.receiver)) as actor:
        seen = access.get_referral(actor, referral.pk)
        assert (seen.age, seen.gender, seen.municipality, seen.notice) == (
            world.patient.age,
            "female",
            "Huizen",
            "Rouw, wil weer onder de mensen.",
        )
        assert access.patients_of([seen], actor) == {}
        assert Patient.objects.count() == 0
        with pytest.raises(Http404):
            open_record(actor, world.patient.key, [Category.REFERRAL])
        assert (Letter.objects.count(), LetterItem.objects.count()) == (0, 0)
    assert read(world.receiver, referral) == (False, 0, 0)
    take("ask", referral, world.receiver)
    assert read(world.receiver, referral) == (False, 0, 0)


def test_a_receiver_who_already_cares_for_the_patient_waits_for_acceptance_too() -> None:
    world = World()
    refs = facts(world)
    factories.relation(world.patient, world.receiver.organisation)
    referral = world.send(items=[refs[Category.ALERTS]])

    def raw() -> tuple[int, int]:
        with act(factories.actor(world.receiver)) as actor:
            open_record(actor, world.patient.key, Category)
            return Letter.objects.count(), LetterItem.objects.count()

    assert raw() == (0, 0)
    take("accept", referral, world.receiver)
    assert raw() == (1, 1)
    take("complete", referral, world.receiver)
    assert raw() == (1, 1)
    other = world.send(items=[refs[Category.ALERTS]])
    take("reject", other, world.receiver)
    assert raw() == (1, 1), "the refused one stays closed"


def test_after_completion_the_access_that_came_from_it_is_over() -> None:
    world = World()
    referral = world.referral_in("in_progress")
    assert read(world.receiver, referral) == (True, 1, 0)
    take("complete", referral, world.receiver)
    assert read(world.receiver, referral) == (False, 0, 0)
    assert read(world.sender, referral) == (True, 1, 0)


def test_a_third_organisation_reads_of_a_letter_only_categories_it_may_see() -> None:
    world = World()
    refs = facts(world)
    world.send(items=[refs[Category.FUNCTIONING]])
    third = factories.member("district_nurse", at=factories.organisation("home_care"))
    factories.relation(world.patient, third.organisation)
    with act(factories.actor(third)) as actor:
        open_record(actor, world.patient.key, Category)
        assert Letter.objects.count() == 0, "a social referral is not for everybody in the network"
        assert LetterItem.objects.count() == 0
    factories.consent(world.patient, Category.FUNCTIONING, reader_domain="home_care")
    with act(factories.actor(third)) as actor:
        open_record(actor, world.patient.key, Category)
        assert LetterItem.objects.count() == 1


def test_nobody_writes_a_letter_into_the_referral_of_another() -> None:
    world = World()
    referral = world.send()
    other = factories.member("gp")
    factories.relation(world.patient, other.organisation)

    def write() -> None:
        with act(factories.actor(other)) as actor:
            open_record(actor, world.patient.key, Category)
            with connection.cursor() as cursor:
                cursor.execute(
                    "insert into referrals_letteritem"
                    " (referral_id, patient_id, organisation_id, category, kind, title, detail, on_date, origin)"
                    " values (%s, %s, %s, 15, 15, 'x', '', '', '')",
                    [referral.pk, world.patient.pk, other.organisation_id],
                )

    with pytest.raises(ProgrammingError, match="row-level security"):
        write()


def test_the_same_form_sent_twice_sends_once() -> None:
    world, token = World(), uuid.uuid4()
    first, second = world.send(token=token), world.send(token=token)
    assert first.pk == second.pk
    with factories.as_owner():
        assert Referral.objects.count() == 1
        assert Letter.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"agreed": False}, "agreed"),
        ({"notice": "Mw. de Vríes, somber"}, "notice"),
        ({"notice": "999990019 somber"}, "notice"),
    ],
)
def test_what_must_not_be_sent_is_refused_at_its_field(values: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as caught:
        World().send(**values)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "notice", ["Somber na verlies, bel 035-6281234", "Woont aan de Vriesestraat", "mobiel 06 12345678"]
)
def test_a_notice_without_a_name_is_fine(notice: str) -> None:
    assert World().send(notice=notice).notice == notice


def test_a_service_that_is_full_cannot_be_chosen() -> None:
    world = World()
    full = factories.service(world.receiver.organisation, "Vol", open_for_new=False)
    with pytest.raises(Refused, match="neemt nu geen nieuwe aanvragen aan"):
        world.send(service=full)


def test_who_has_no_relation_or_was_only_asked_to_think_along_does_not_refer() -> None:
    world = World()
    stranger, asked = factories.member("gp"), factories.member("gp")
    factories.relation(world.patient, asked.organisation, source="consultation", reference="consultation:1")
    with pytest.raises(Http404):
        send(stranger, world.patient, world.service)
    with pytest.raises(PermissionDenied):
        send(asked, world.patient, world.service)


def test_sensitive_referrals_are_seen_by_others_only_under_their_category() -> None:
    world = World()
    ggz = factories.service(factories.organisation("mental_health"), "Basis-ggz")
    assert world.send(service=ggz).sensitivity == Category.MENTAL_HEALTH
    assert world.send().sensitivity == Category.SOCIAL
    hospital = factories.service(factories.organisation("hospital"), "Longarts")
    assert world.send(service=hospital).sensitivity == Category.REFERRAL
    third = factories.member("district_nurse", at=factories.organisation("home_care"))
    factories.relation(world.patient, third.organisation)
    with act(factories.actor(third)) as actor:
        open_record(actor, world.patient.key, Category)
        assert [r.service.name for r in Referral.objects.select_related("service")] == ["Longarts"]


def test_the_citizen_sees_the_own_referral_and_letter() -> None:
    world = World()
    referral = world.send()
    citizen = factories.citizen(world.patient)
    with act(factories.citizen_actor(citizen)) as actor:
        assert Referral.objects.get().pk == referral.pk
        open_record(actor, world.patient.key, Category)
        assert Letter.objects.count() == 1


def test_offers_fit_the_patient_and_show_wait_and_distance() -> None:
    world = World()
    factories.service(world.receiver.organisation, "Jongerencoach", maximum_age=23)
    factories.service(world.receiver.organisation, "Alleen Hilversum", municipalities=["Hilversum"])
    factories.service(world.receiver.organisation, "Neemt geen verwijzingen", takes_referrals=False)
    with act(factories.actor(world.sender)):
        offers = access.find_offers(world.patient, access.Search(near=find_place("1271"))).offers
    assert [offer.service.name for offer in offers] == ["Verkennend gesprek"]
    assert offers[0].metres is not None
    assert offers[0].metres < 5000


def test_realised_waits_are_of_five_or_more_own_referrals_and_count_who_still_waits() -> None:
    world = World()
    made = [world.send() for _number in range(4)]
    with act(factories.actor(world.sender)):
        assert access.realised_waits([world.service]) == {}
    made.append(world.send())
    now = timezone.now()
    with factories.as_owner():
        for number, referral in enumerate(made):
            Referral.objects.filter(pk=referral.pk).update(
                sent_at=now - timedelta(days=10 * number + 5),
                started_at=now - timedelta(days=4) if number < 2 else None,
            )
    with act(factories.actor(world.sender)):
        realised = access.realised_waits([world.service])[world.service.pk]
    assert (realised.count, realised.days) == (5, 25), "1, 11, and still waiting 25, 35 and 45 days"
    with act(factories.actor(factories.member("gp"))):
        assert access.realised_waits([world.service]) == {}, "others' referrals are not the own"


def test_who_works_for_no_organisation_sends_nothing() -> None:
    world = World()
    with act(factories.actor(world.sender)) as actor:
        opening = access.open_for_referral(actor, world.patient.key)
        lone = type(actor)(kind="professional", user_id=actor.user_id)
        with pytest.raises(PermissionDenied):
            actions.send(opening=opening, service=world.service, question="?", agreed=True, by=lone)


def test_what_a_source_filed_elsewhere_meanwhile_is_another_thing() -> None:
    world = World()
    source = factories.source(world.sender.organisation)

    def said(category: Category, code: str) -> Fact:
        coding = {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": code}]}
        return factories.fact(
            world.patient, source, category, f"Feit {code}", source_key="one", resource={"resourceType": "Condition", "code": coding},
        )  # fmt: skip

    before, now = said(Category.PROBLEMS, "35489007"), said(Category.FUNCTIONING, "282097004")
    assert before.mark == now.mark
    with pytest.raises(Refused):
        world.send(items=[f"fact:{before.reference}"])
    world.send(items=[f"fact:{now.reference}"])
    with factories.as_owner():
        (kept,) = LetterItem.objects.all()
        assert kept.title == "Feit 282097004"
        assert "282097004" in json.dumps(kept.coded)
        assert "35489007" not in json.dumps(kept.coded), "nor by its codes"
