"""An exploratory talk: explorers of two domains that each say yes, see what they need, and one outcome told in plain words."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, connection, transaction
from django.http import Http404
from django.test import Client

from dossier.models import Fact
from events.actor import act, system
from events.errors import Refused
from events.models import Event, WorkItem
from exchange.access import hearers_of
from people.models import Membership
from referrals import access, actions
from referrals.models import Appointment, Exploring, Letter, LetterItem, Referral, Step
from tests import factories
from tests.referrals.world import LATER, World, another, take
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
PLAIN = "U bent moe en alleen. U gaat met het sociaal team praten over werk."


@dataclass
class Talk(World):
    """A practice that asks a social team for an exploratory talk, with mental health care that can join."""

    ggz: Membership = field(default_factory=lambda: factories.member("psychologist", name="Mila Visser"))
    welfare: Membership = field(
        default_factory=lambda: factories.member("welfare_worker", at=factories.organisation("welfare"), name="Ria Bos")
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        with factories.as_owner():
            self.service.process = "talk"
            self.service.save()

    def accepted(self, **values: Any) -> Referral:
        """A request that the social team took on: it explores for its own domain."""
        referral = self.send(**values)
        take("accept", referral, self.receiver)
        return referral

    def invite(self, referral: Referral, member: Membership, domain: str = "mental_health") -> Exploring:
        """Ask the organisation of a member."""
        return does(self.receiver, actions.invite, referral, organisation=member.organisation, domain=domain)

    def ready(self) -> Referral:
        """With somebody of mental health care who said yes."""
        referral = self.accepted()
        self.invite(referral, self.ggz)
        does(self.ggz, actions.join, referral)
        return referral


def does(member: Membership, action: Any, referral: Referral, **values: Any) -> Any:
    """Let a member do something, in a transaction of its own."""
    with act(factories.actor(member)) as actor:
        return action(referral=referral, by=actor, **values)


def seen(member: Membership, referral: Referral) -> tuple[bool, int, int, int]:
    """Whether a member sees the index and opens the content; then how many letters, items and appointments there are for it."""
    with act(factories.actor(member)) as actor:
        try:
            found = access.get_referral(actor, referral.pk)
        except Http404:
            return False, Letter.objects.count(), LetterItem.objects.count(), Appointment.objects.count()
        access.open_referral(actor, found)
        return True, Letter.objects.count(), LetterItem.objects.count(), Appointment.objects.count()


def statuses(referral: Referral) -> list[tuple[str, str]]:
    with factories.as_owner():
        return list(Exploring.objects.filter(referral=referral).order_by("pk").values_list("domain", "status"))


def work_at(member: Membership) -> list[str]:
    with factories.as_owner():
        return [item.title for item in WorkItem.objects.open().filter(organisation_id=member.organisation_id)]


def told(verb: str) -> list[str]:
    """Who hears of the latest event of a kind."""
    with factories.as_owner():
        event = Event.objects.filter(verb=verb).latest("id")
    with act(system("notifications", purpose="HOPERAT")):
        return [user.name for user in hearers_of(event)[1]]


def test_who_is_asked_sees_the_index_and_only_after_a_yes_the_letter_until_the_talk_is_over() -> None:
    world = Talk()
    referral = world.accepted(notice="Vastgelopen na ontslag.")
    take("plan", referral, world.receiver, starts=LATER, minutes=60, place="Dorpsstraat 3")
    assert seen(world.ggz, referral) == (False, 0, 0, 0)
    world.invite(referral, world.ggz)
    assert told("referral.explorer_invited") == ["Mila Visser"]
    assert seen(world.ggz, referral) == (True, 0, 0, 0), "not even where the appointment is, which may be a home"
    with act(factories.actor(world.ggz)) as actor:
        assert access.patients_of([access.get_referral(actor, referral.pk)], actor) == {}
    does(world.ggz, actions.join, referral)
    assert told("referral.explorer_joined") == ["Sanne Bakker"]
    assert seen(world.ggz, referral) == (True, 1, 0, 1)
    take("plan", referral, world.receiver, starts=LATER, minutes=45, place="Dorpsstraat 3")
    assert told("referral.talk_changed") == ["Mila Visser"], "one appointment for all"
    assert work_at(world.ggz) == ["Verkennend gesprek: Verkennend gesprek"]
    take("start", referral, world.receiver)
    with act(factories.actor(world.receiver)) as actor:
        opening = access.open_referral(actor, access.get_referral(actor, referral.pk))
        actions.complete(referral=referral, outcome="social", plain=PLAIN, opening=opening, by=actor)
    assert seen(world.ggz, referral)[1:] == (0, 0, 1)
    assert work_at(world.ggz) == []
    assert statuses(referral) == [("social", "agreed"), ("mental_health", "agreed")]


@pytest.mark.parametrize("how", ["decline", "release", "cancel", "pass_on"])
def test_whatever_ends_it_ends_the_access_of_who_explored_the_same_moment(how: str) -> None:
    world = Talk()
    referral = world.ready()
    assert seen(world.ggz, referral)[1] == 1
    with factories.as_owner():
        exploring = Exploring.objects.get(referral=referral, organisation=world.ggz.organisation)
    if how == "decline":
        does(world.ggz, actions.decline, referral)
        assert told("referral.explorer_declined") == ["Sanne Bakker"]
    elif how == "release":
        does(world.receiver, actions.release, referral, exploring=exploring)
        assert told("referral.explorer_released") == ["Mila Visser"]
    else:
        take(how, referral, world.sender if how == "cancel" else world.receiver)
        assert told("referral.talk_changed") == ["Mila Visser"]
    assert seen(world.ggz, referral) == (False, 0, 0, 0)
    assert work_at(world.ggz) == []
    with act(factories.actor(world.ggz)) as actor, pytest.raises(Http404):
        access.open_for_referral(actor, world.patient.key)


def test_who_referred_or_helps_already_stands_above_who_is_only_near() -> None:
    world = Talk()
    referral = world.accepted()
    factories.member("gp", at=factories.organisation("gp", "Aa-praktijk"))
    with act(factories.actor(world.receiver)) as actor:
        access.open_referral(actor, referral)
        able = {str(domain): found for domain, found in access.explorers_to_ask(referral)}
    assert [one.name for one in able["gp"]] == [world.sender.organisation.name, "Aa-praktijk"]


def test_it_begins_with_two_domains_that_count_and_not_before() -> None:
    world = Talk()
    referral = world.accepted()
    for member, domain in ((world.welfare, "experience"), (None, "")):
        if member:
            world.invite(referral, member, domain)
            does(member, actions.join, referral)
        with pytest.raises(Refused, match="ten minste twee domeinen"):
            take("start", referral, world.receiver)
    world.invite(referral, world.ggz)
    with pytest.raises(Refused, match="ten minste twee domeinen"):
        take("start", referral, world.receiver)
    does(world.ggz, actions.join, referral)
    assert take("start", referral, world.receiver).status == "in_progress"
    plain = world.send(service=another())
    take("accept", plain, factories.member("social_worker", at=another().organisation))
    with factories.as_owner():
        assert not Exploring.objects.filter(referral=plain).exists(), "any other referral begins as ever"


@pytest.mark.parametrize(
    ("outcome", "plain", "started", "words"),
    [
        ("social", PLAIN, False, "Geef eerst aan dat het gesprek er is geweest"),
        ("social", "  ", True, "Schrijf in gewone woorden"),
        ("not_come", "", False, ""),
        ("both", PLAIN, True, ""),
    ],
)
def test_the_outcome_is_of_a_talk_that_was_held_and_is_told_in_plain_words(
    outcome: str, plain: str, started: bool, words: str, client_of: ClientOf
) -> None:
    world = Talk()
    referral = world.ready()
    if started:
        take("start", referral, world.receiver)
    client = client_of(world.receiver)
    answer = client.post(f"/referrals/{referral.pk}/complete/", {"outcome": outcome, "plain": plain})
    if words:
        assert answer.status_code == 200
        with act(factories.actor(world.receiver)) as actor, pytest.raises(Refused, match=words):
            actions.complete(referral=referral, outcome=outcome, plain=plain, by=actor)
    else:
        assert answer.status_code == 302
    other = World().referral_in("in_progress")
    with factories.as_owner():
        desk = Membership.objects.get(organisation=other.receiving_organisation)
    with pytest.raises(Refused, match="hoort bij een verkennend gesprek"):
        take("complete", other, desk, outcome="both")


def test_nobody_asks_or_answers_for_another() -> None:
    world = Talk()
    referral = world.accepted()
    world.invite(referral, world.ggz)
    stranger = factories.member("psychologist")
    tries: list[tuple[Membership, Any, dict[str, Any]]] = [
        (world.sender, actions.invite, {"organisation": stranger.organisation, "domain": "mental_health"}),
        (world.ggz, actions.invite, {"organisation": stranger.organisation, "domain": "mental_health"}),
        (world.receiver, actions.invite, {"organisation": world.ggz.organisation, "domain": "mental_health"}),
        (world.receiver, actions.invite, {"organisation": stranger.organisation, "domain": "gp"}),
        (stranger, actions.join, {}),
        (stranger, actions.decline, {}),
        (world.ggz, actions.join, {"user_id": stranger.user_id}),
        (factories.member("manager", at=world.ggz.organisation), actions.join, {}),
    ]  # fmt: skip
    for member, action, values in tries:
        with pytest.raises((PermissionDenied, Refused)):
            does(member, action, referral, **values)
    assert statuses(referral) == [("social", "agreed"), ("mental_health", "invited")]
    raw: list[tuple[Membership, str]] = [
        (stranger, "select referrals_invite(%(r)s, %(s)s, 'mental_health')"),
        (world.ggz, "select referrals_invite(%(r)s, %(s)s, 'mental_health')"),
        (world.receiver, "select referrals_invite(%(r)s, %(s)s, 'social')"),
        (world.ggz, "select referrals_explore(%(r)s, true, %(u)s)"),
        (world.ggz, "update referrals_exploring set status = 'agreed'"),
        (world.ggz, "insert into referrals_exploring (referral_id, patient_id, organisation_id, domain, status, user_id, invited_by_id, "
         "invited_at) values (%(r)s, %(p)s, %(g)s, 'gp', 'agreed', %(u)s, %(u)s, now())"),
        (world.ggz, "select trust_start_relation(%(p)s, %(g)s, 'referral', 'referral:' || %(r)s, null)"),
        (world.ggz, "select trust_end_relation(%(p)s, 'referral:' || %(r)s)"),
        (world.ggz, "insert into referrals_step (referral_id, patient_id, verb, status, organisation_id, user_id, note, at) "
         "values (%(r)s, %(p)s, 'complete', 'completed', %(g)s, %(g_u)s, '', now())"),
    ]  # fmt: skip
    values = {
        "r": referral.pk, "s": stranger.organisation_id, "u": stranger.user_id, "p": world.patient.pk,
        "g": world.ggz.organisation_id, "g_u": world.ggz.user_id,
    }  # fmt: skip
    for member, statement in raw:
        with (
            act(factories.actor(member)),
            connection.cursor() as cursor,
            pytest.raises(ProgrammingError),
            transaction.atomic(),
        ):
            cursor.execute(statement, values)
    with act(factories.actor(stranger)), connection.cursor() as cursor:
        cursor.execute("select referrals_explore(%s, true, %s), referrals_release((select min(id) from referrals_exploring))",
                       [referral.pk, stranger.user_id])  # fmt: skip
        assert cursor.fetchone() == (False, False)
        assert not Exploring.objects.exists()
        assert not Step.objects.exists()


def test_who_explores_gets_of_what_was_sent_what_its_field_needs() -> None:
    """The practice sends an allergy along, which the social team gets no more than who works in welfare."""
    world = Talk()
    fact: Fact = factories.fact(
        world.patient, factories.source(world.sender.organisation), Category.FUNCTIONING, "Loopt met een rollator"
    )
    referral = world.accepted(items=[f"fact:{fact.reference}"])
    for member, domain in ((world.welfare, "social"), (world.ggz, "mental_health")):
        world.invite(referral, member, domain)
        does(member, actions.join, referral)
    with factories.as_owner():
        left_out = dict(Exploring.objects.filter(referral=referral).values_list("domain", "left_out"))
    bit = 1 << Category.FUNCTIONING
    with factories.as_owner():
        kept = {one.organisation_id: bool(one.left_out & bit) for one in Exploring.objects.filter(referral=referral)}
    assert left_out["mental_health"] & bit == 0 or kept[world.ggz.organisation_id]
    for member in (world.welfare, world.ggz):
        assert seen(member, referral)[2] == (0 if kept[member.organisation_id] else 1)
    assert kept[world.welfare.organisation_id], "a welfare worker does not need how somebody functions"
    assert not kept[world.receiver.organisation_id]


def test_who_explores_opens_a_document_that_went_along_as_far_as_its_field_needs_it(client_of: ClientOf) -> None:
    world = Talk()
    made = factories.document(world.patient, world.sender, category=Category.FUNCTIONING, title="Verslag")
    referral = world.accepted(items=[f"document:{made.pk}"])
    with factories.as_owner():
        address = f"/referrals/{referral.pk}/documents/{LetterItem.objects.get(document=made).pk}/file/"
    for member, domain in ((world.ggz, "mental_health"), (world.welfare, "social")):
        world.invite(referral, member, domain)
        assert client_of(member).get(address).status_code == 403, "not before the own yes"
        does(member, actions.join, referral)
    answer = client_of(world.ggz).get(address)
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, b"Geachte collega, zij slaapt slecht.")
    assert client_of(world.welfare).get(address).status_code in {403, 404, 409}, "a welfare worker does not need it"
    does(world.ggz, actions.decline, referral)
    assert client_of(world.ggz).get(address).status_code in {403, 404}


def test_two_who_ask_the_same_organisation_at_once_ask_it_once() -> None:
    world = Talk()
    referral = world.accepted()
    results: list[str] = []

    def ask() -> None:
        try:
            world.invite(referral, world.ggz)
            results.append("asked")
        except (Refused, Exploring.DoesNotExist):
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["asked", "refused"]
    assert len(statuses(referral)) == 2


def test_the_pages_lead_through_it(client_of: ClientOf) -> None:
    world = Talk()
    referral = world.accepted(question="Kan ontslag niet verwerken.", notice="Vastgelopen na ontslag.")
    address = f"/referrals/{referral.pk}/"
    lead, ggz = client_of(world.receiver), client_of(world.ggz)
    page = lead.get(address).content.decode()
    assert "Het gesprek kan beginnen als er twee domeinen meedoen" in page
    assert "Ja, het gesprek was er" not in page
    assert ggz.get(address).status_code == 404
    choice = {"who": f"mental_health:{world.ggz.organisation_id}"}
    assert lead.post(f"{address}explorers/invite/", choice).status_code == 302
    assert lead.post(f"{address}explorers/invite/", choice).status_code == 409
    asked = ggz.get(address).content.decode()
    assert "Doet u mee aan dit verkennend gesprek?" in asked
    assert "Vastgelopen na ontslag." in asked
    assert "Kan ontslag niet verwerken." not in asked
    assert "Vries" not in asked
    assert ggz.post(f"{address}explorers/join/", {}).status_code == 302
    joined = ggz.get(address).content.decode()
    assert "Kan ontslag niet verwerken." in joined
    assert ggz.post(f"{address}start/", {}).status_code == 403
    assert "Ja, het gesprek was er" in lead.get(address).content.decode()
    assert ggz.post(f"{address}explorers/decline/", {}).status_code == 302
    assert ggz.get(address).status_code == 404
