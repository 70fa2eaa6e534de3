"""Every state, verb and party, written by hand; who was first; and what each step leaves behind."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.utils import timezone

from events.actor import act
from events.clock import due_after
from events.errors import Refused
from events.models import Event, WorkItem
from people.models import Membership
from referrals import access
from referrals.models import Referral, Step
from referrals.moves import Status, Verb
from tests import factories
from tests.referrals.world import STEPS, World, another, read, send, take, values_of
from trust.models import CareRelation

pytestmark = pytest.mark.django_db(transaction=True)

# state → verb → (what the sender gets, what the receiver gets):
# the new state, "refused" (the wrong moment) or "denied" (the wrong person)
TABLE = {
    "requested": {
        "consult": ("completed", "denied"),
        "tell": ("requested", "refused"),
        "enrol": ("requested", "requested"),
        "advise": ("denied", "completed"),
        "engage": ("denied", "refused"),
        "say": ("requested", "refused"), "cannot": ("denied", "denied"),
        "supplement": ("requested", "denied"), "no_letter": ("refused", "denied"),
        "plan": ("denied", "refused"), "call_off": ("denied", "refused"), "no_show": ("denied", "refused"),
        "pick_up": ("denied", "requested"), "assign": ("denied", "requested"), "propose": ("denied", "asked_back"),
        "redirect": ("refused", "denied"), "pass_on": ("denied", "refused"),
        "report": ("denied", "refused"),
        "continue": ("denied", "refused"), "settle": ("refused", "denied"),
        "accept": ("denied", "accepted"), "reject": ("denied", "rejected"), "ask": ("denied", "asked_back"),
        "answer": ("refused", "denied"),
        "start": ("denied", "refused"), "complete": ("denied", "refused"), "cancel": ("cancelled", "denied"),
    },
    "asked_back": {
        "consult": ("completed", "denied"),
        "tell": ("asked_back", "refused"),
        "enrol": ("refused", "refused"),
        "advise": ("denied", "refused"),
        "engage": ("denied", "refused"),
        "say": ("asked_back", "refused"), "cannot": ("denied", "denied"),
        "supplement": ("asked_back", "denied"), "no_letter": ("refused", "denied"),
        "plan": ("denied", "refused"), "call_off": ("denied", "refused"), "no_show": ("denied", "refused"),
        "pick_up": ("denied", "refused"), "assign": ("denied", "refused"), "propose": ("denied", "refused"),
        "redirect": ("requested", "denied"), "pass_on": ("denied", "refused"),
        "report": ("denied", "refused"),
        "continue": ("denied", "refused"), "settle": ("refused", "denied"),
        "accept": ("denied", "refused"), "reject": ("denied", "refused"), "ask": ("denied", "refused"), "answer": ("requested", "denied"),
        "start": ("denied", "refused"), "complete": ("denied", "refused"), "cancel": ("cancelled", "denied"),
    },
    "accepted": {
        "consult": ("refused", "denied"),
        "tell": ("accepted", "accepted"),
        "enrol": ("refused", "accepted"),
        "advise": ("denied", "refused"),
        "engage": ("denied", "accepted"),
        "say": ("accepted", "accepted"), "cannot": ("denied", "denied"),
        "supplement": ("accepted", "denied"), "no_letter": ("refused", "denied"),
        "plan": ("denied", "accepted"), "call_off": ("denied", "refused"), "no_show": ("denied", "refused"),
        "pick_up": ("denied", "accepted"), "assign": ("denied", "accepted"), "propose": ("denied", "refused"),
        "redirect": ("refused", "denied"), "pass_on": ("denied", "requested"),
        "report": ("denied", "accepted"),
        "continue": ("denied", "refused"), "settle": ("refused", "denied"),
        "accept": ("denied", "refused"), "reject": ("denied", "refused"), "ask": ("denied", "refused"), "answer": ("refused", "denied"),
        "start": ("denied", "in_progress"), "complete": ("denied", "completed"), "cancel": ("cancelled", "denied"),
    },
    "in_progress": {
        "consult": ("refused", "denied"),
        "tell": ("in_progress", "in_progress"),
        "enrol": ("refused", "refused"),
        "advise": ("denied", "refused"),
        "engage": ("denied", "in_progress"),
        "say": ("in_progress", "in_progress"), "cannot": ("denied", "denied"),
        "supplement": ("in_progress", "denied"), "no_letter": ("refused", "denied"),
        "plan": ("denied", "in_progress"), "call_off": ("denied", "refused"), "no_show": ("denied", "refused"),
        "pick_up": ("denied", "in_progress"), "assign": ("denied", "in_progress"), "propose": ("denied", "refused"),
        "redirect": ("refused", "denied"), "pass_on": ("denied", "requested"),
        "report": ("denied", "in_progress"),
        "continue": ("denied", "in_progress"), "settle": ("refused", "denied"),
        "accept": ("denied", "refused"), "reject": ("denied", "refused"), "ask": ("denied", "refused"), "answer": ("refused", "denied"),
        "start": ("denied", "refused"), "complete": ("denied", "completed"), "cancel": ("refused", "denied"),
    },
    "completed": {
        "consult": ("refused", "denied"),
        "tell": ("completed", "refused"),
        "enrol": ("refused", "refused"),
        "advise": ("denied", "refused"),
        "engage": ("denied", "refused"),
        "say": ("refused", "refused"), "cannot": ("denied", "denied"),
        "supplement": ("refused", "denied"), "no_letter": ("refused", "denied"),
        "plan": ("denied", "refused"), "call_off": ("denied", "refused"), "no_show": ("denied", "refused"),
        "pick_up": ("denied", "refused"), "assign": ("denied", "refused"), "propose": ("denied", "refused"),
        "redirect": ("refused", "denied"), "pass_on": ("denied", "refused"),
        "report": ("denied", "refused"),
        "continue": ("denied", "refused"), "settle": ("refused", "denied"),
        "accept": ("denied", "refused"), "reject": ("denied", "refused"), "ask": ("denied", "refused"), "answer": ("refused", "denied"),
        "start": ("denied", "refused"), "complete": ("denied", "refused"), "cancel": ("refused", "denied"),
    },
    "rejected": {
        "consult": ("refused", "denied"),
        "tell": ("rejected", "refused"),
        "enrol": ("refused", "refused"),
        "advise": ("denied", "refused"),
        "engage": ("denied", "refused"),
        "say": ("refused", "refused"), "cannot": ("denied", "denied"),
        "supplement": ("refused", "denied"), "no_letter": ("refused", "denied"),
        "plan": ("denied", "refused"), "call_off": ("denied", "refused"), "no_show": ("denied", "refused"),
        "pick_up": ("denied", "refused"), "assign": ("denied", "refused"), "propose": ("denied", "refused"),
        "redirect": ("requested", "denied"), "pass_on": ("denied", "refused"),
        "report": ("denied", "refused"),
        "continue": ("denied", "refused"), "settle": ("rejected", "denied"),
        "accept": ("denied", "refused"), "reject": ("denied", "refused"), "ask": ("denied", "refused"), "answer": ("refused", "denied"),
        "start": ("denied", "refused"), "complete": ("denied", "refused"), "cancel": ("refused", "denied"),
    },
    "cancelled": {
        "consult": ("refused", "denied"),
        "tell": ("cancelled", "refused"),
        "enrol": ("refused", "refused"),
        "advise": ("denied", "refused"),
        "engage": ("denied", "refused"),
        "say": ("refused", "refused"), "cannot": ("denied", "denied"),
        "supplement": ("refused", "denied"), "no_letter": ("refused", "denied"),
        "plan": ("denied", "refused"), "call_off": ("denied", "refused"), "no_show": ("denied", "refused"),
        "pick_up": ("denied", "refused"), "assign": ("denied", "refused"), "propose": ("denied", "refused"),
        "redirect": ("refused", "denied"), "pass_on": ("denied", "refused"),
        "report": ("denied", "refused"),
        "continue": ("denied", "refused"), "settle": ("refused", "denied"),
        "accept": ("denied", "refused"), "reject": ("denied", "refused"), "ask": ("denied", "refused"), "answer": ("refused", "denied"),
        "start": ("denied", "refused"), "complete": ("denied", "refused"), "cancel": ("refused", "denied"),
    },
}  # fmt: skip


def tried(verb: str, referral: Referral, member: Membership) -> str:
    try:
        return str(take(verb, referral, member).status)
    except Refused as refusal:
        return "refused" if refusal.message else "refused without a word"
    except PermissionDenied:
        return "denied"


def stands(referral: Referral) -> Referral:
    with factories.as_owner():
        return Referral.objects.get(pk=referral.pk)


def waits_at(member: Membership) -> list[str]:
    with factories.as_owner():
        return [item.title for item in WorkItem.objects.open().filter(organisation_id=member.organisation_id)]


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(Status.values)
    assert all(set(row) == set(Verb.values) - {"send"} == set(STEPS) for row in TABLE.values())


@pytest.mark.parametrize("status", TABLE)
def test_each_step_goes_where_the_table_says(status: str) -> None:
    world = World()
    for verb, (by_sender, by_receiver) in TABLE[status].items():
        for side, expected in (("sender", by_sender), ("receiver", by_receiver)):
            world = World() if verb == "enrol" else world  # a person has one place on a training
            member = getattr(world, side)
            referral = world.referral_in(status)
            assert tried(verb, referral, member) == expected, f"{verb} in {status} by {member.role}"
            assert stands(referral).status == (status if expected in {"refused", "denied"} else expected)


def test_a_stranger_takes_no_step_and_does_not_know_it_exists() -> None:
    world, stranger = World(), factories.member("gp")
    referral, values = world.send(), {verb: values_of(verb) for verb in STEPS}
    with act(factories.actor(stranger)) as actor:
        with pytest.raises(Http404):
            access.get_referral(actor, referral.pk)
        assert not access.referrals_for(actor).exists()
        assert not Step.objects.exists()
        for verb, (action, _usual) in STEPS.items():
            with pytest.raises(Referral.DoesNotExist):
                action(referral=referral, by=actor, **values[verb])
    assert stands(referral).status == "requested"


@pytest.mark.parametrize("later", [[], ["ask"], ["accept"], ["accept", "start"], ["accept", "complete"], ["reject"]])
def test_a_former_receiver_takes_no_step_whatever_the_state_is_by_then(later: list[str]) -> None:
    """By hand: in every later state each verb is refused, with the words that it is no longer there; nothing changes."""
    world, other = World(), another()
    referral = world.referral_in("rejected")
    take("redirect", referral, world.sender, service=other)
    newcomer = factories.member("social_worker", at=other.organisation)
    for verb in later:
        take(verb, referral, newcomer)
    before = stands(referral)
    for verb in set(Verb.values) - {"send"}:
        assert tried(verb, referral, world.receiver) == "refused", verb
    after = stands(referral)
    assert (after.status, after.receiving_organisation_id, after.receiver_id) == (
        before.status, other.organisation_id, before.receiver_id,
    )  # fmt: skip


def test_two_colleagues_accept_at_once_and_one_hears_who_was_first() -> None:
    world = World()
    colleague = factories.member("social_worker", at=world.receiver.organisation, name="Piet de Jong")
    referral = world.send()
    barrier, answers = threading.Barrier(2), []

    def run(member: Membership) -> None:
        try:
            barrier.wait(5)
            take("accept", referral, member)
            answers.append("accepted")
        except Refused as refusal:
            answers.append(refusal.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(member,)) for member in (world.receiver, colleague)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    first = "Sanne Bakker" if stands(referral).receiver_id == world.receiver.user_id else "Piet de Jong"
    assert sorted(answers) == sorted(["accepted", next(a for a in answers if a != "accepted")])
    assert next(a for a in answers if a != "accepted").startswith(f"{first} heeft deze verwijzing al geaccepteerd om ")
    with factories.as_owner():
        assert Step.objects.filter(verb="accept").count() == 1
        assert CareRelation.objects.filter(source="referral").count() == 1


def test_sending_puts_work_at_the_receiver_with_a_day_by_which_to_answer() -> None:
    world = World()
    referral = world.send()
    assert referral.number.startswith("V-")
    with factories.as_owner():
        item = WorkItem.objects.open().get()
        assert (item.organisation_id, item.kind, item.due) == (world.receiver.organisation_id, "referral", referral.due)
        assert item.title == "Verwijzing: Verkennend gesprek"
        assert "Vries" not in item.title + item.sender
        event = Event.objects.filter(verb="referral.sent").get()
        assert (event.patient_id, event.data) == (
            world.patient.pk,
            {"service": world.service.pk, "urgency": "routine", "items": 0},
        )
    assert referral.due == due_after(referral.sent_at, 5)


def test_accepting_begins_the_relation_and_completing_ends_it() -> None:
    world = World()
    referral = world.send()
    take("accept", referral, world.receiver)
    assert waits_at(world.receiver) == ["Eerste contact: Verkennend gesprek"]
    with factories.as_owner():
        relation = CareRelation.objects.get(organisation=world.receiver.organisation)
        assert (relation.source, relation.reference, relation.period.upper) == (
            "referral",
            f"referral:{referral.pk}",
            None,
        )
    take("start", referral, world.receiver)
    take("complete", referral, world.receiver)
    assert waits_at(world.receiver) == []
    with factories.as_owner():
        relation.refresh_from_db()
        assert relation.period.upper is not None
        verbs = list(Event.objects.filter(verb__startswith="referral.").order_by("id").values_list("verb", flat=True))
    assert verbs == ["referral.sent", "referral.accepted", "referral.started", "referral.completed"]


def test_who_stays_in_care_keeps_the_relation_for_a_year_at_most() -> None:
    world = World()
    referral = world.referral_in("in_progress")
    take("complete", referral, world.receiver, outcome="ongoing")
    with factories.as_owner():
        current = CareRelation.objects.get(organisation=world.receiver.organisation, period__contains=timezone.now())
    assert timedelta(days=364) < current.period.upper - timezone.now() < timedelta(days=366)
    assert read(world.receiver, referral)[0], "what was sent along stays readable"


@pytest.mark.parametrize("ending", ["reject", "cancel"])
def test_refusing_and_withdrawing_leave_the_receiver_nothing(ending: str) -> None:
    world = World()
    referral = world.send() if ending == "reject" else world.referral_in("accepted")
    take(ending, referral, world.receiver if ending == "reject" else world.sender)
    assert waits_at(world.receiver) == []
    assert read(world.receiver, referral) == (False, 0, 0)
    with factories.as_owner():
        assert not CareRelation.objects.filter(
            organisation=world.receiver.organisation, period__contains=timezone.now()
        ).exists()


def test_a_refusal_is_work_for_the_sender_until_it_was_seen() -> None:
    world = World()
    referral = world.referral_in("rejected")
    assert waits_at(world.sender) == ["Afgewezen, zoek verder: Verkennend gesprek"]
    assert stands(referral).rejection_reason == "no_capacity"
    assert tried("settle", referral, world.receiver) == "denied"
    for _twice in range(2):
        take("settle", referral, world.sender)
        assert waits_at(world.sender) == []
    made = stands(referral)
    assert made.settled_at
    assert made.due is None
    with factories.as_owner():
        assert list(Step.objects.filter(referral=referral).values_list("verb", flat=True)) == [
            "send",
            "reject",
            "settle",
        ]
        assert Event.objects.filter(verb="referral.settled", subject_id=referral.pk).count() == 1
    with act(factories.actor(world.sender)) as actor:
        assert not access.moves_for(made, actor)


def test_asking_back_moves_the_work_to_the_sender_and_answering_moves_it_back() -> None:
    world = World()
    referral = world.referral_in("asked_back")
    assert (waits_at(world.sender), waits_at(world.receiver)) == (["Vraag over verwijzing: Verkennend gesprek"], [])
    take("answer", referral, world.sender)
    assert (waits_at(world.sender), waits_at(world.receiver)) == (
        [],
        ["Verwijzing, vraag beantwoord: Verkennend gesprek"],
    )


@pytest.mark.parametrize("note", ["Mevrouw De Vries komt graag.", "BSN 9999 01 234", "de vries"])
def test_a_note_names_nobody(note: str) -> None:
    world = World()
    referral = world.referral_in("asked_back")
    with pytest.raises(Refused):
        take("answer", referral, world.sender, note=note)
    assert stands(referral).status == "asked_back"


def test_an_organisation_may_refer_within_its_own_walls() -> None:
    world = World()
    own = factories.service(world.sender.organisation, "Praktijkondersteuner")
    referral = send(world.sender, world.patient, own)
    colleague = factories.member("practice_nurse", at=world.sender.organisation)
    take("accept", referral, colleague)
    assert stands(referral).status == "accepted"
    assert waits_at(world.sender) == ["Eerste contact: Praktijkondersteuner"]
