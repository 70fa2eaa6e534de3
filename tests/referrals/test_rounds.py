"""Another receiver under the same number: who may do it, what goes along, and what the former receiver keeps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.actor import act, system
from events.errors import Refused
from events.models import Event, WorkItem
from exchange import access as exchange
from people.models import Membership, Organisation
from referrals import access, actions
from referrals.models import Letter, LetterItem, QuestionnaireResponse, Referral, Report, Round, Step
from square.models import HealthcareService
from tests import factories
from tests.portal import scene
from tests.referrals.test_content import facts
from tests.referrals.world import World, another, read, send, take
from trust.access import open_record, sharing
from trust.categories import EVERYTHING, Category, from_mask, to_mask
from trust.models import CareRelation, Restriction

pytestmark = pytest.mark.django_db(transaction=True)


def there(service: HealthcareService, name: str = "Noor de Wit") -> Membership:
    """Somebody at the organisation of a service."""
    roles = {"gp": "gp", "mental_health": "psychologist", "hospital": "specialist"}
    return factories.member(roles.get(service.organisation.domain, "social_worker"), at=service.organisation, name=name)


def stands(referral: Referral) -> Referral:
    with factories.as_owner():
        return Referral.objects.get(pk=referral.pk)


def rounds(referral: Referral) -> list[tuple[str, str, str]]:
    with factories.as_owner():
        found = referral.rounds.select_related("service").order_by("position")
        return [(one.service.name, one.status, one.reason) for one in found]


def waits_at(organisation: Organisation) -> list[str]:
    with factories.as_owner():
        return [item.title for item in WorkItem.objects.open().filter(organisation_id=organisation.pk)]


def seen_by(member: Membership, referral: Referral) -> dict[str, Any]:
    """All that the application's own role reads of a referral for this person, asking for everything there is."""
    with act(factories.actor(member)):
        return {
            "referral": Referral.objects.filter(pk=referral.pk).count(),
            "rounds": list(Round.objects.filter(referral=referral).values_list("position", "status")),
            "steps": list(Step.objects.filter(referral=referral).order_by("id").values_list("verb", flat=True)),
            "letters": Letter.objects.filter(referral=referral).count(),
            "items": LetterItem.objects.filter(referral=referral).count(),
            "work": WorkItem.objects.filter(subject_type="referral", subject_id=referral.pk, done_at=None).count(),
        }


def test_with_one_receiver_there_is_no_round() -> None:
    world = World()
    referral = world.referral_in("completed")
    assert rounds(referral) == []


def test_the_sender_says_yes_to_a_proposal_and_the_number_stays() -> None:
    world, other = World(), another()
    newcomer = there(other)
    referral = world.send()
    take("propose", referral, world.receiver, service=other)
    assert (stands(referral).status, stands(referral).ask_reason) == ("asked_back", "elsewhere")
    assert waits_at(world.sender.organisation) == ["Ander aanbod voorgesteld: Verkennend gesprek"]
    with act(factories.actor(world.sender)) as actor:
        actions.redirect(referral=access.get_referral(actor, referral.pk), agreed=True, by=actor)
    now = stands(referral)
    assert (now.number, now.status, now.service_id, now.receiving_organisation_id, now.round) == (
        referral.number, "requested", other.pk, other.organisation_id, 2,
    )  # fmt: skip
    assert now.due is not None
    assert now.due > timezone.now()
    assert rounds(referral) == [("Verkennend gesprek", "redirected", "elsewhere"), ("Wijkteam Noord", "current", "")]
    assert (waits_at(world.sender.organisation), waits_at(world.receiver.organisation)) == ([], [])
    assert waits_at(other.organisation) == ["Verwijzing: Wijkteam Noord"]
    take("accept", referral, newcomer)
    assert read(newcomer, referral) == (True, 1, 0)


def test_only_another_service_that_fits_and_is_open_is_proposed_or_asked() -> None:
    world = World()
    full = factories.service(factories.organisation("social"), "Vol", open_for_new=False)
    young = factories.service(factories.organisation("social"), "Jongeren", maximum_age=23)
    far = factories.service(factories.organisation("social"), "Alleen Hilversum", municipalities=["Hilversum"])
    out = factories.service(factories.organisation("social", admission="suspended"), "Geschorst")
    for service in (full, young, far, out, world.service):
        referral = world.send()
        with pytest.raises(Refused):
            take("propose", referral, world.receiver, service=service)
        take("ask", referral, world.receiver)
        with pytest.raises(Refused):
            take("redirect", referral, world.sender, service=service)
        assert (stands(referral).status, rounds(referral)) == ("asked_back", [])


def test_a_rejection_that_was_taken_off_the_list_goes_nowhere() -> None:
    world = World()
    referral = world.referral_in("rejected")
    take("settle", referral, world.sender)
    with pytest.raises(Refused):
        take("redirect", referral, world.sender)


@pytest.mark.parametrize(("verb", "status"), [("redirect", "rejected"), ("pass_on", "accepted")])
def test_nothing_goes_to_another_without_the_agreement_of_the_person(verb: str, status: str) -> None:
    world = World()
    referral = world.referral_in(status)
    with pytest.raises(Refused) as caught:
        take(verb, referral, world.sender if verb == "redirect" else world.receiver, agreed=False)
    assert caught.value.field == "agreed"
    assert stands(referral).status == status


def test_who_no_longer_cares_for_the_person_sends_nothing_elsewhere() -> None:
    world = World()
    referral = world.referral_in("rejected")
    with factories.as_owner():
        CareRelation.objects.filter(organisation=world.sender.organisation).delete()
    with pytest.raises(PermissionDenied):
        take("redirect", referral, world.sender)


def test_passing_on_ends_the_access_the_same_moment_and_keeps_what_was_said() -> None:
    world, other = World(), another()
    newcomer = there(other)
    refs = facts(world)
    referral = world.send(items=[refs[Category.FUNCTIONING]])
    take("accept", referral, world.receiver)
    assert read(world.receiver, referral) == (True, 1, 1)
    take("pass_on", referral, world.receiver, service=other)
    with act(factories.actor(world.receiver)) as actor, pytest.raises(Http404):
        open_record(actor, world.patient.key, Category)
    assert seen_by(world.receiver, referral) == {
        "referral": 0, "rounds": [(1, "passed_on")], "steps": ["send", "accept", "pass_on"],
        "letters": 0, "items": 0, "work": 0,
    }  # fmt: skip
    now = stands(referral)
    assert (now.status, now.accepted_at, now.receiver_id, now.number) == ("requested", None, None, referral.number)
    assert read(newcomer, referral) == (False, 0, 0), "it opens with acceptance"
    take("accept", referral, newcomer)
    assert read(newcomer, referral) == (True, 1, 1)
    assert seen_by(newcomer, referral)["steps"] == ["send", "pass_on", "accept"]


def test_who_is_asked_next_reads_nothing_of_what_others_answered(client_of: Callable[..., Client]) -> None:
    """Who said no, why, and what was reported is no part of the question; before acceptance least of all."""
    world, other, third = World(), another("Noord"), another("Zuid")
    second, newcomer = there(other), there(third, "Mila Smit")
    referral = world.send()
    take("ask", referral, world.receiver, note="Is er eerder iets geprobeerd?")
    take("answer", referral, world.sender, note="Nee, niets.")
    take("reject", referral, world.receiver, note="Komt afspraken niet na.")
    take("redirect", referral, world.sender, service=other)
    assert seen_by(second, referral)["steps"] == ["send", "answer", "redirect"]
    assert seen_by(second, referral)["rounds"] == [(2, "current")]
    page = client_of(second).get(reverse("referrals:thread", args=[referral.pk])).content.decode()
    for unsaid in ("Komt afspraken niet na.", "afgewezen", world.receiver.organisation.name, "Wie gevraagd is"):
        assert unsaid not in page
    take("accept", referral, second)
    take("report", referral, second, text="Twee gesprekken; er speelt meer.")
    take("pass_on", referral, second, service=third, note="Daar is een groep die past.")
    take("accept", referral, newcomer)
    assert seen_by(newcomer, referral)["steps"] == ["send", "answer", "redirect", "pass_on", "accept"]
    assert seen_by(newcomer, referral)["rounds"] == [(3, "current")]
    for member, reports in ((newcomer, 0), (world.sender, 1)):
        with act(factories.actor(member)) as actor:
            assert access.open_referral(actor, access.get_referral(actor, referral.pk)) is not None
            assert Report.objects.count() == reports
    assert len(seen_by(world.sender, referral)["rounds"]) == 3, "the sender sees all of it"


def test_the_former_receiver_sees_its_own_round_and_nothing_of_what_comes_after(
    client_of: Callable[..., Client],
) -> None:
    world, other = World(), another()
    newcomer = there(other)
    referral = world.send()
    take("ask", referral, world.receiver, reason="incomplete", note="Welke hulp is er al?")
    take("redirect", referral, world.sender, service=other)
    before = seen_by(world.receiver, referral)
    assert before == {
        "referral": 0, "rounds": [(1, "redirected")], "steps": ["send", "ask"], "letters": 0, "items": 0, "work": 0,
    }  # fmt: skip
    take("accept", referral, newcomer)
    take("start", referral, newcomer)
    take("complete", referral, newcomer, note="Zij is bij ons geholpen.")
    assert seen_by(world.receiver, referral) == before

    browser = client_of(world.receiver)
    page = browser.get(reverse("referrals:thread", args=[referral.pk])).content.decode()
    assert "ligt niet meer bij u" in page
    assert "Welke hulp is er al?" in page
    for gone in ("Noor de Wit", "geholpen", "Wijkteam Noord", "afgerond", world.patient.own_name):
        assert gone not in page
    assert referral.number in browser.get(reverse("referrals:list") + "?state=former").content.decode()
    for state in ("open", "ours", "late", "closed"):
        assert (
            referral.number
            not in browser.get(reverse("referrals:list") + f"?side=received&state={state}").content.decode()
        )
    assert browser.get(f"/fhir/Task/{referral.pk}").status_code == 404
    assert browser.get(f"/fhir/ServiceRequest/{referral.pk}").status_code == 404
    assert browser.get("/fhir/Task", {"identifier": referral.number}).json()["total"] == 0
    assert browser.get(reverse("referrals:letter", args=[referral.pk])).status_code == 404
    for verb in ("accept", "pick_up", "reject", "complete"):
        assert browser.post(reverse("referrals:move", args=[referral.pk, verb])).status_code == 404
    with act(factories.actor(world.receiver)) as actor:
        assert not exchange.referrals_for(actor).exists()


def test_a_former_receiver_who_cares_for_the_person_itself_sees_no_more() -> None:
    """Its own relation opens the record and what others in care may see, but nothing of the referral that went on."""
    world, other = World(), another()
    factories.relation(world.patient, world.receiver.organisation)
    for category in (Category.SOCIAL, Category.FUNCTIONING, Category.REFERRAL):
        factories.consent(world.patient, category, reader_domain="social")
    refs = facts(world)
    referral = world.send(items=[refs[Category.FUNCTIONING]])
    take("reject", referral, world.receiver)
    take("redirect", referral, world.sender, service=other)
    with act(factories.actor(world.receiver)) as actor:
        open_record(actor, world.patient.key, Category)
        assert not Referral.objects.exists()
        assert (Letter.objects.count(), LetterItem.objects.count()) == (0, 0)
        assert list(Step.objects.values_list("verb", flat=True)) == ["send", "reject"]


def test_what_may_not_go_to_the_new_receiver_is_left_out_and_said() -> None:
    world = World()
    hospital = factories.service(factories.organisation("hospital"), "Longarts")
    specialist = there(hospital)
    refs = facts(world)
    referral = world.send(items=[refs[Category.FUNCTIONING], refs[Category.SOCIAL]])
    take("reject", referral, world.receiver)
    with act(factories.actor(world.sender)) as actor:
        assert Category.SOCIAL in access.held_back(access.get_referral(actor, referral.pk), hospital)
    take("redirect", referral, world.sender, service=hospital)
    take("accept", referral, specialist)
    with act(factories.actor(specialist)) as actor:
        assert access.open_referral(actor, access.get_referral(actor, referral.pk)) is not None
        assert [item.kind for item in LetterItem.objects.all()] == [Category.FUNCTIONING]
        assert Letter.objects.count() == 1
    assert read(world.sender, referral)[2] == 2, "the sender keeps what it sent"


DOMAINS = ("gp", "home_care", "mental_health", "hospital", "pharmacy", "social", "municipality", "welfare")


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_database_judges_what_goes_along_as_sending_does(domain: str) -> None:
    world = World()
    service = factories.service(factories.organisation(domain), "Ander")
    factories.consent(world.patient, Category.MENTAL_HEALTH, reader_domain=domain)
    factories.consent(world.patient, Category.FUNCTIONING, permit=False, reader_organisation=service.organisation)
    referral = world.send()
    with act(factories.actor(world.sender)) as actor:
        may = sharing(actor, world.patient, service.organisation)
        with connection.cursor() as cursor:
            cursor.execute("select referrals_goes_along(%s, %s)", [referral.pk, service.pk])
            assert from_mask(cursor.fetchone()[0]) == EVERYTHING - may.allowed


def test_a_guarded_referral_stays_guarded_and_an_ordinary_one_becomes_it() -> None:
    world = World()
    hospital = factories.service(factories.organisation("hospital"), "Longarts")
    first = world.referral_in("rejected")
    take("redirect", first, world.sender, service=hospital)
    assert stands(first).sensitivity == Category.SOCIAL
    second = world.send(service=hospital)
    take("reject", second, there(hospital))
    take("redirect", second, world.sender, service=another())
    assert stands(second).sensitivity == Category.SOCIAL
    with factories.as_owner():
        assert set(Letter.objects.values_list("category", flat=True)) == {Category.SOCIAL}


def test_the_field_of_the_service_guards_and_mental_health_goes_before_all() -> None:
    world = World()
    ward = factories.service(factories.organisation("hospital"), "Psychiatrie", domain="mental_health")
    hospital = factories.service(factories.organisation("hospital"), "Longarts")
    first = world.send(service=hospital)
    take("reject", first, there(hospital))
    second = world.referral_in("rejected")
    with factories.as_owner():
        QuestionnaireResponse.objects.create(
            referral=first, patient=world.patient, organisation=world.sender.organisation, category=12, questionnaire="a|1", answers=[]
        )  # fmt: skip
    for referral in (first, second):
        take("redirect", referral, world.sender, service=ward)
        assert stands(referral).sensitivity == Category.MENTAL_HEALTH
    with factories.as_owner():
        for content in (Letter, QuestionnaireResponse):
            assert set(content.objects.values_list("category", flat=True)) == {Category.MENTAL_HEALTH}


def test_who_acts_for_the_person_reads_of_no_offer_in_a_field_beyond_the_mandate() -> None:
    world = World()
    hospital = factories.service(factories.organisation("hospital"), "Longarts")
    clinic = factories.service(factories.organisation("mental_health"), "Kliniek")
    referral = world.send(service=hospital, then=[clinic])
    take("propose", referral, there(hospital), service=clinic)
    narrow, wide = (factories.citizen(factories.patient()) for _ in range(2))
    factories.citizen(world.patient)
    scene.mandate(world.patient, narrow, Category.IDENTITY, Category.REFERRAL)
    scene.mandate(world.patient, wide, Category.IDENTITY, Category.REFERRAL, Category.MENTAL_HEALTH)
    for user, positions, verbs in ((narrow, [1], ["send"]), (wide, [1, 2], ["send", "propose"])):
        with act(factories.citizen_actor(user)):
            assert list(Round.objects.order_by("position").values_list("position", flat=True)) == positions
            assert list(Step.objects.order_by("id").values_list("verb", flat=True)) == verbs


def turn(referral: Referral, service: HealthcareService, verb: str, by: Membership, **values: Any) -> Any:
    """Ask the database itself to turn, as somebody who goes round the application would."""
    said = {"reason": "no_capacity", "agreed": True, **values}
    with act(factories.actor(by)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select referrals_turn(%s, %s, %s, %s, %s, now())",
            [referral.pk, service.pk, verb, said["reason"], said["agreed"]],
        )
        return cursor.fetchone()[0]


def test_the_database_refuses_who_may_not_turn_it() -> None:
    world, other = World(), another()
    newcomer, stranger = there(other), factories.member("gp")
    requested, accepted, rejected = (world.referral_in(status) for status in ("requested", "accepted", "rejected"))
    tries = [
        (requested, "redirect", world.sender), (requested, "redirect", world.receiver), (requested, "pass_on", world.receiver),
        (requested, "reject", world.receiver), (accepted, "pass_on", world.sender), (accepted, "redirect", world.sender),
        (accepted, "pass_on", newcomer), (rejected, "redirect", world.receiver), (rejected, "redirect", stranger),
        (rejected, "steal", world.sender), (accepted, "reject", world.receiver),
    ]  # fmt: skip
    for referral, verb, by in tries:
        with pytest.raises(ProgrammingError):
            turn(referral, other, verb, by)
    with pytest.raises(ProgrammingError):
        turn(rejected, other, "redirect", world.sender, agreed=False)
    with pytest.raises(ProgrammingError):
        turn(accepted, other, "pass_on", factories.member("manager", at=world.receiver.organisation))
    for referral in (requested, accepted, rejected):
        assert stands(referral).receiving_organisation_id == world.receiver.organisation_id
    for column in ("service_id", "receiving_organisation_id", "round", "asked_at", "left_out", "sensitivity"):
        with pytest.raises(ProgrammingError), act(factories.actor(world.receiver)), connection.cursor() as cursor:
            cursor.execute(f"update referrals_referral set {column} = {column} where id = %s", [accepted.pk])
    with pytest.raises(ProgrammingError), act(factories.actor(world.receiver)), connection.cursor() as cursor:
        cursor.execute("delete from referrals_round")


def test_nobody_writes_a_step_into_the_round_of_another() -> None:
    world, other = World(), another()
    referral = world.referral_in("rejected")
    take("redirect", referral, world.sender, service=other)
    newcomer = there(other)
    with pytest.raises(ProgrammingError, match="row-level security"), act(factories.actor(newcomer)) as actor:
        Step.objects.create(
            referral=referral, patient=world.patient, verb="reject", status="rejected", round=1, note="x",
            organisation_id=actor.organisation_id, user_id=actor.user_id,
        )  # fmt: skip


def at_once(*runs: Callable[[], Any]) -> list[Any]:
    """What each answered when all began in one instant: what it gave back, or the class of what it raised."""
    barrier, answers = threading.Barrier(len(runs)), [None] * len(runs)

    def run(number: int) -> None:
        try:
            barrier.wait(5)
            answers[number] = runs[number]()
        except (Refused, PermissionDenied) as error:
            answers[number] = type(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(runs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return answers


def test_two_redirects_at_once_ask_one_receiver() -> None:
    world = World()
    one, two = another("Noord"), another("Zuid")
    colleague = factories.member("gp", at=world.sender.organisation)
    referral = world.referral_in("rejected")
    answers = at_once(
        lambda: take("redirect", referral, world.sender, service=one).service_id,
        lambda: take("redirect", referral, colleague, service=two).service_id,
    )
    assert Refused in answers
    assert {stands(referral).service_id} == {answer for answer in answers if answer is not Refused}
    assert len(rounds(referral)) == 2
    assert len(waits_at(one.organisation)) + len(waits_at(two.organisation)) == 1


def test_an_answer_with_acceptance_against_a_redirect() -> None:
    world, other = World(), another()
    referral = world.referral_in("asked_back")

    def accept() -> str:
        take("answer", referral, world.sender)
        return str(take("accept", referral, world.receiver).status)

    answers = at_once(accept, lambda: str(take("redirect", referral, world.sender, service=other).status))
    assert sorted(str(answer) for answer in answers if answer is not Refused) in (["accepted"], ["requested"])
    now = stands(referral)
    assert (now.status, now.receiving_organisation_id) in {
        ("accepted", world.receiver.organisation_id), ("requested", other.organisation_id),
    }  # fmt: skip


def test_passing_on_against_completing() -> None:
    world, other = World(), another()
    colleague = factories.member("social_worker", at=world.receiver.organisation)
    for _time in range(3):
        referral = world.referral_in("in_progress")
        answers = at_once(
            lambda: str(take("pass_on", referral, world.receiver, service=other).status),  # noqa: B023
            lambda: str(take("complete", referral, colleague).status),  # noqa: B023
        )
        assert answers.count(Refused) == 1
        assert stands(referral).status in {"requested", "completed"}
        with factories.as_owner():
            reference = f"referral:{referral.pk}"
            assert not CareRelation.objects.filter(reference=reference, period__contains=timezone.now()).exists()


def shortlisted(world: World, *names: str, **values: Any) -> tuple[Referral, list[HealthcareService]]:
    services = [another(name) for name in names]
    return world.send(then=services, **values), services


def test_a_rejection_moves_on_to_the_next_that_was_named() -> None:
    world = World()
    referral, (second, third) = shortlisted(world, "Noord", "Zuid")
    assert [status for _name, status, _reason in rounds(referral)] == ["current", "waiting", "waiting"]
    assert waits_at(second.organisation) == [], "one after another: nobody but the first knows of it"
    assert seen_by(there(second), referral)["rounds"] == []
    assert seen_by(world.receiver, referral)["rounds"] == [(1, "current")]
    take("reject", referral, world.receiver)
    now = stands(referral)
    assert (now.status, now.service_id, now.round, now.rejection_reason) == ("requested", second.pk, 2, "")
    assert (waits_at(world.sender.organisation), waits_at(second.organisation)) == ([], ["Verwijzing: Noord"])
    assert seen_by(world.receiver, referral)["rounds"] == [(1, "rejected")]
    with factories.as_owner():
        verbs = list(Event.objects.filter(verb__startswith="referral.").order_by("id").values_list("verb", flat=True))
    assert verbs == ["referral.sent", "referral.rejected", "referral.turned"]
    take("reject", referral, there(second))
    assert stands(referral).service_id == third.pk
    take("reject", referral, there(third))
    assert stands(referral).status == "rejected"
    assert waits_at(world.sender.organisation) == ["Afgewezen, zoek verder: Zuid"]
    assert [status for _name, status, _reason in rounds(referral)] == ["rejected", "rejected", "current"]


def test_who_is_asked_cannot_find_out_whom_the_sender_named_next() -> None:
    world = World()
    referral, (second, _third) = shortlisted(world, "Noord", "Zuid")
    for member in (world.receiver, there(second)):
        with act(factories.actor(member)), connection.cursor() as cursor:
            cursor.execute("select referrals_after(%s)", [referral.pk])
            assert cursor.fetchone() == (None,)
    for by in (factories.actor(world.receiver), system("referrals", purpose="TREAT")):
        with pytest.raises(ProgrammingError), act(by), connection.cursor() as cursor:
            cursor.execute(
                "select referrals_turn(%s, %s, 'reject', 'no_capacity', true, now())", [referral.pk, second.pk]
            )
    assert stands(referral).service_id == world.service.pk, "nobody said no"


def test_nothing_goes_to_another_while_what_the_sender_holds_is_restricted() -> None:
    world, other = World(), another()
    referral = world.referral_in("rejected")
    with factories.as_owner():
        Restriction.objects.create(
            patient=world.patient, organisation=world.sender.organisation, categories=to_mask([Category(referral.sensitivity)]),
            period=DateTimeTZRange(timezone.now(), None),
        )  # fmt: skip
    with act(factories.actor(world.sender)) as actor:
        open_record(actor, world.patient.key, access.CONTENT)
        with pytest.raises(Refused, match="Op verzoek van de inwoner"):
            actions.redirect(referral=referral, service=other, agreed=True, by=actor)
    with pytest.raises(ProgrammingError):
        turn(referral, other, "redirect", world.sender)
    assert stands(referral).status == "rejected"


def test_who_closed_meanwhile_is_skipped() -> None:
    world = World()
    referral, (second, third) = shortlisted(world, "Noord", "Zuid")
    with factories.as_owner():
        HealthcareService.objects.filter(pk=second.pk).update(open_for_new=False)
    take("reject", referral, world.receiver)
    assert stands(referral).service_id == third.pk
    assert [status for _name, status, _reason in rounds(referral)] == ["rejected", "lapsed", "current"]


def test_acceptance_and_withdrawal_end_the_list() -> None:
    world = World()
    referral, (second, third) = shortlisted(world, "Noord", "Zuid")
    take("accept", referral, world.receiver)
    take("pass_on", referral, world.receiver, service=third)
    take("reject", referral, there(third))
    assert stands(referral).status == "rejected", "it does not go to the second by itself any more"
    withdrawn, _services = shortlisted(world, "Noord", "Zuid")
    take("cancel", withdrawn, world.sender)
    assert waits_at(second.organisation) == []
    assert stands(withdrawn).status == "cancelled"


def test_time_alone_moves_nothing_on() -> None:
    world = World()
    referral, _services = shortlisted(world, "Noord")
    with factories.as_owner():
        Referral.objects.filter(pk=referral.pk).update(due=timezone.now() - timedelta(days=60))
    with act(system("referrals", purpose="HOPERAT")) as worker:
        actions.tell_late(by=worker)
    assert stands(referral).service_id == world.service.pk


def test_at_most_three_that_fit_each_once_are_named() -> None:
    world = World()
    full = factories.service(factories.organisation("social"), "Vol", open_for_new=False)
    one = another("Noord")
    for then in ([full], [one, one], [world.service], [one, another("Zuid"), another("West")]):
        with pytest.raises(Refused):
            world.send(then=then)
    with factories.as_owner():
        assert not Referral.objects.exists()
    referral = world.send()
    with pytest.raises(ProgrammingError), act(factories.actor(world.receiver)), connection.cursor() as cursor:
        cursor.execute("select referrals_shortlist(%s, %s)", [referral.pk, [one.pk]])


def test_an_own_choice_or_a_yes_ends_the_list() -> None:
    world = World()
    referral, _services = shortlisted(world, "Noord")
    take("propose", referral, world.receiver, service=another("Zuid"))
    with act(factories.actor(world.sender)) as actor:
        actions.redirect(referral=referral, agreed=True, by=actor)
    assert rounds(referral) == [
        ("Verkennend gesprek", "redirected", "elsewhere"), ("Noord", "lapsed", ""), ("Zuid", "current", ""),
    ]  # fmt: skip


def test_work_goes_within_the_own_walls_too() -> None:
    world = World()
    own = factories.service(world.sender.organisation, "Praktijkondersteuner")
    referral = world.referral_in("rejected")
    take("redirect", referral, world.sender, service=own)
    assert stands(referral).receiving_organisation_id == world.sender.organisation_id
    back = send(world.sender, world.patient, own)
    with act(factories.actor(world.sender)) as actor:
        actions.propose(referral=back, service=world.service, by=actor)
        actions.redirect(referral=back, agreed=True, by=actor)
    assert stands(back).receiving_organisation_id == world.receiver.organisation_id


def test_the_person_reads_who_is_asked_and_why(client_of: Callable[..., Client]) -> None:
    from portal.access.record import _referrals
    from referrals.access import story_of as tell

    world = World()
    referral, (second,) = shortlisted(world, "Noord")
    citizen = factories.citizen(world.patient)

    def lines() -> list[str]:
        with act(factories.citizen_actor(citizen)):
            told = _referrals(world.patient).get(pk=referral.pk)
            return [line.word for line in tell(told, told.steps.all()).lines]

    second_name, first_name = second.organisation.name, world.receiver.organisation.name
    assert f"Lukt het daar niet? Dan vragen wij {second_name}." in lines()
    take("reject", referral, world.receiver)
    said = lines()
    assert f"{first_name} kan u niet helpen." in said
    assert f"{second_name} is nu gevraagd." in said
    assert f"{second_name} bekijkt de aanvraag." in said
    take("ask", referral, there(second), reason="incomplete")
    assert f"{second_name} mist nog iets en vraagt {world.sender.organisation.name} om aanvulling." in lines()


def test_the_form_names_who_is_asked_next(client_of: Callable[..., Client]) -> None:
    world, second, third = World(), another("Noord"), another("Zuid")
    browser, page = client_of(world.sender), f"/referrals/new/{world.patient.key}/"
    chosen = browser.post(
        page, {"do": "choose", "service": world.service.pk, "then": [second.pk, ""]}, HTTP_HX_REQUEST="true"
    )
    text = chosen.content.decode()
    assert "Tweede keus" in text
    assert f'<option value="{second.pk}" selected>' in text
    assert f'<option value="{world.service.pk}"' not in text
    values = {
        "do": "send", "service": world.service.pk, "shown": world.service.pk, "question": "Wat kan helpen?", "urgency": "routine",
        "agreed": "on", "token": "0b1e6f0e-7d7e-4a35-9d0c-2f3f7f1f2a11",
    }  # fmt: skip
    wrong = browser.post(page, {**values, "then": [second.pk, second.pk]})
    assert "Kies drie verschillende mogelijkheden." in wrong.content.decode()
    full = factories.service(factories.organisation("social"), "Vol", open_for_new=False)
    assert "past niet of neemt niemand meer aan" in browser.post(page, {**values, "then": [full.pk]}).content.decode()
    assert browser.post(page, {**values, "then": [second.pk, third.pk]}).status_code == 302
    with factories.as_owner():
        referral = Referral.objects.get()
    assert [status for _name, status, _reason in rounds(referral)] == ["current", "waiting", "waiting"]


def test_the_pages_propose_send_on_and_pass_on(client_of: Callable[..., Client]) -> None:
    world, other = World(), another()
    referral = world.send()
    receiver, sender = client_of(world.receiver), client_of(world.sender)
    propose = f"/referrals/{referral.pk}/elsewhere/propose/"
    page = receiver.get(propose).content.decode()
    assert world.patient.own_name not in page
    found = receiver.post(propose, {"do": "search", "q": "Noord"}).content.decode()
    assert "Wijkteam Noord" in found
    assert receiver.post(propose, {"do": "send", "q": "Noord"}).status_code == 200, "nothing was chosen"
    assert receiver.post(propose, {"do": "send", "service": other.pk, "note": "Daar past het."}).status_code == 302
    text = sender.get(f"/referrals/{referral.pk}/").content.decode()
    assert f"Ja, stuur naar {other.organisation.name}" in text
    assert sender.post(f"/referrals/{referral.pk}/redirect/").status_code == 409, "without agreement nothing goes"
    assert sender.post(f"/referrals/{referral.pk}/redirect/", {"agreed": "on"}).status_code == 302
    newcomer = client_of(there(other))
    assert newcomer.post(f"/referrals/{referral.pk}/accept/").status_code == 302
    on = f"/referrals/{referral.pk}/elsewhere/pass_on/"
    chosen = newcomer.post(on, {"do": "choose", "service": world.service.pk}, HTTP_HX_REQUEST="true").content.decode()
    assert "Met overdragen eindigt uw toegang" in chosen
    assert newcomer.post(on, {"do": "send", "service": world.service.pk}).status_code == 200, "agreement is missing"
    assert newcomer.post(on, {"do": "send", "service": world.service.pk, "agreed": "on"}).status_code == 302
    assert "door u overgedragen" in newcomer.get(f"/referrals/{referral.pk}/").content.decode()
    assert stands(referral).receiving_organisation_id == world.receiver.organisation_id
    assert receiver.get(on).status_code == 409
    assert sender.get(f"/referrals/{referral.pk}/elsewhere/steal/").status_code == 404
