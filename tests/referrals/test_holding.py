"""Who has a referral in hand: picking up, giving to a colleague, being away; the work, the news and the list follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from dossier.models import Cover
from events.actions import record
from events.actor import act, system
from events.errors import Refused
from events.models import Event, WorkItem
from exchange.access import hearers_of
from people.models import Membership
from referrals import actions
from referrals.models import Referral, Step
from tests import factories
from tests.referrals.world import World, take
from workplace.access.work import count_work, work_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def colleague(world: World) -> Membership:
    return factories.member("social_worker", at=world.receiver.organisation, name="Piet de Jong")


def stands(referral: Referral) -> Referral:
    with factories.as_owner():
        return Referral.objects.get(pk=referral.pk)


def holder_of_work(referral: Referral) -> int | None:
    with factories.as_owner():
        return WorkItem.objects.open().get(subject_type="referral", subject_id=referral.pk).user_id


def hear(verb: str) -> list[str]:
    """Who hears of the last event with this verb."""
    with act(system("deliveries", purpose="HOPERAT")):
        event = Event.objects.filter(verb=verb).order_by("-id").first()
        assert event is not None
        return sorted(user.name for user in hearers_of(event)[1])


def away(who: Membership, stand_in: Membership | None = None) -> None:
    now = timezone.now()
    with factories.as_owner():
        Cover.objects.create(
            organisation=who.organisation, membership=who, stand_in=stand_in,
            period=(now - timedelta(days=1), now + timedelta(days=5)),
        )  # fmt: skip


def test_picking_up_changes_who_has_it_and_nothing_else(world: World) -> None:
    referral = world.send()
    assert holder_of_work(referral) is None
    before = stands(referral)
    take("pick_up", referral, world.receiver)
    now = stands(referral)
    assert (now.receiver_id, now.status, now.due, now.level) == (
        world.receiver.user_id, before.status, before.due, before.level,
    )  # fmt: skip
    assert now.picked_up_at is not None
    assert holder_of_work(referral) == world.receiver.user_id
    take("pick_up", referral, world.receiver)
    with factories.as_owner():
        assert list(Step.objects.values_list("verb", flat=True).order_by("id")) == ["send", "pick_up"]


def test_what_a_colleague_at_work_has_is_not_picked_up_but_taken_over_by_name(
    world: World, colleague: Membership
) -> None:
    referral = world.send()
    take("pick_up", referral, world.receiver)
    with pytest.raises(Refused, match="Sanne Bakker heeft deze verwijzing al opgepakt"):
        take("pick_up", referral, colleague)
    take("assign", referral, colleague, to=colleague.user_id)
    assert holder_of_work(referral) == colleague.user_id


def test_who_gets_it_is_told_and_who_gives_it_to_the_own_self_is_not(world: World, colleague: Membership) -> None:
    referral = world.send()
    take("assign", referral, world.receiver, to=colleague.user_id)
    assert hear("referral.assigned") == ["Piet de Jong"]
    take("assign", referral, colleague, to=world.receiver.user_id)
    assert hear("referral.assigned") == ["Sanne Bakker"]
    take("assign", referral, world.receiver, to=colleague.user_id)
    take("assign", referral, colleague, to=None)
    assert hear("referral.assigned") == []
    assert (stands(referral).receiver_id, stands(referral).picked_up_at) == (None, None)
    assert holder_of_work(referral) is None
    take("pick_up", referral, world.receiver)
    take("assign", referral, world.receiver, to=None)
    take("assign", referral, world.receiver, to=world.receiver.user_id)
    assert hear("referral.assigned") == []


def test_only_a_colleague_who_works_with_referrals_gets_it(world: World) -> None:
    referral = world.send()
    left = factories.member("social_worker", at=world.receiver.organisation)
    with factories.as_owner():
        Membership.objects.filter(pk=left.pk).update(period=(None, timezone.now() - timedelta(days=1)))
    desk = factories.member("manager", at=world.receiver.organisation)
    for nobody in (world.sender, left, desk):
        with pytest.raises(Refused):
            take("assign", referral, world.receiver, to=nobody.user_id)
    with pytest.raises(PermissionDenied):
        take("assign", referral, desk, to=world.receiver.user_id)
    assert stands(referral).receiver_id is None


def test_who_was_given_it_keeps_it_when_a_colleague_accepts(world: World, colleague: Membership) -> None:
    referral = world.send()
    take("assign", referral, world.receiver, to=colleague.user_id)
    take("accept", referral, world.receiver)
    assert stands(referral).receiver_id == colleague.user_id
    assert holder_of_work(referral) == colleague.user_id


def test_a_reminder_goes_to_who_has_it_or_stands_in_or_else_to_the_team(world: World, colleague: Membership) -> None:
    third = factories.member("social_worker", at=world.receiver.organisation, name="Alie Vos")
    referral = world.send()
    take("pick_up", referral, world.receiver)
    with factories.as_owner():
        Referral.objects.filter(pk=referral.pk).update(due=timezone.now())
    with act(system("referrals", purpose="HOPERAT")) as worker:
        due = Referral.objects.get(pk=referral.pk).due
        assert due is not None
        record("referral.reminded", subject=referral, data={"due": due.isoformat()}, by=worker)
    assert hear("referral.reminded") == ["Sanne Bakker"]
    away(world.receiver, colleague)
    assert hear("referral.reminded") == ["Piet de Jong"]
    away(colleague)
    assert hear("referral.reminded") == sorted([third.user.name, "Piet de Jong", "Sanne Bakker"])


def test_the_work_of_who_is_away_is_the_stand_ins(world: World, colleague: Membership) -> None:
    referral = world.send()
    take("pick_up", referral, world.receiver)
    away(world.receiver, colleague)
    with act(factories.actor(colleague)) as actor:
        assert count_work(actor) == (1, 1)
        assert [work.mine for work in work_of(actor, only_mine=True)] == [True]
    third = factories.member("social_worker", at=world.receiver.organisation)
    with act(factories.actor(third)) as actor:
        assert count_work(actor) == (1, 0)
    with pytest.raises(Refused):
        take("assign", referral, world.receiver, to=world.sender.user_id)


def shown(browser: Client, query: str) -> tuple[list[str], dict[str, int | None]]:
    context = browser.get(f"/referrals/?side=received{query}").context
    return [row.what_note for row in context["rows"]], {s["label"]: s.get("count") for s in context["sifts"]}


def test_the_list_tells_what_is_mine_and_what_nobody_has(
    world: World, colleague: Membership, client_of: Callable[..., Client]
) -> None:
    mine, theirs, free, orphaned = (world.send() for _number in range(4))
    take("pick_up", mine, world.receiver)
    take("assign", theirs, world.receiver, to=colleague.user_id)
    left = factories.member("social_worker", at=world.receiver.organisation)
    take("assign", orphaned, world.receiver, to=left.user_id)
    with factories.as_owner():
        Membership.objects.filter(pk=left.pk).update(period=(None, timezone.now() - timedelta(hours=1)))
    browser = client_of(world.receiver)
    notes, counts = shown(browser, "")
    assert (counts["van mij"], counts["niet opgepakt"]) == (1, 2)
    assert any("bij Piet de Jong" in note for note in notes)
    notes, _counts = shown(browser, "&hand=mine")
    assert [mine.number in note for note in notes] == [True]
    notes, _counts = shown(browser, "&hand=free")
    assert {number for number in (free.number, orphaned.number, theirs.number) if any(number in n for n in notes)} == {
        free.number, orphaned.number,
    }  # fmt: skip
    away(colleague, world.receiver)
    assert shown(browser, "")[1]["van mij"] == 2


def test_the_page_picks_up_and_gives(world: World, colleague: Membership, client_of: Callable[..., Client]) -> None:
    referral = world.send()
    browser = client_of(world.receiver)
    page = browser.get(f"/referrals/{referral.pk}/").content.decode()
    assert "Nog niet opgepakt" in page
    assert browser.post(f"/referrals/{referral.pk}/pick_up/").status_code == 302
    assert "U heeft deze verwijzing in handen" in browser.get(f"/referrals/{referral.pk}/").content.decode()
    assert browser.post(f"/referrals/{referral.pk}/assign/", {"to": colleague.user_id}).status_code == 302
    assert "Piet de Jong heeft deze verwijzing in handen" in browser.get(f"/referrals/{referral.pk}/").content.decode()
    assert browser.post(f"/referrals/{referral.pk}/assign/", {"to": world.sender.user_id}).status_code == 409
    assert browser.post(f"/referrals/{referral.pk}/assign/", {"to": ""}).status_code == 302
    assert stands(referral).receiver_id is None
    assert client_of(world.sender).post(f"/referrals/{referral.pk}/pick_up/").status_code == 403


@pytest.mark.parametrize(
    ("reason", "title", "label"),
    [
        ("question", "Vraag over verwijzing: Verkennend gesprek", "vraag aan ons"),
        ("incomplete", "Teruggestuurd, onvolledig: Verkennend gesprek", "teruggestuurd aan ons: onvolledig"),
        (
            "unclear",
            "Teruggestuurd, onduidelijk: Verkennend gesprek",
            "teruggestuurd aan ons: onduidelijk wat de vraag is",
        ),
        ("other", "Vraag over verwijzing: Verkennend gesprek", "vraag aan ons"),
    ],
)
def test_a_referral_is_given_back_with_a_reason(
    world: World, client_of: Callable[..., Client], reason: str, title: str, label: str
) -> None:
    referral = world.send()
    answer = client_of(world.receiver).post(
        f"/referrals/{referral.pk}/ask/", {"note": "Welke hulp is er al?", "reason": reason}
    )
    assert answer.status_code == 302
    with factories.as_owner():
        assert WorkItem.objects.open().get(organisation_id=world.sender.organisation_id).title == title
        assert Event.objects.get(verb="referral.asked_back").data["code"] == reason
        assert Step.objects.get(verb="ask").code == reason
    assert label in client_of(world.sender).get(f"/referrals/{referral.pk}/").content.decode()
    task = client_of(world.sender).get(f"/fhir/Task/{referral.pk}").json()
    assert task["statusReason"]["coding"][0]["code"] == reason
    take("answer", referral, world.sender)
    assert stands(referral).ask_reason == ""


def test_what_fits_better_elsewhere_is_proposed_and_not_asked(world: World) -> None:
    referral = world.send()
    with pytest.raises(Refused):
        take("ask", referral, world.receiver, reason="elsewhere")
    with pytest.raises(Refused), act(factories.actor(world.receiver)) as actor:
        actions.ask_back(referral=referral, note="?", reason="nonsense", by=actor)
