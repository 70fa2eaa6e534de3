"""A letter that was announced and that its sender can write no more: it is said that it does not come, and nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.utils import timezone

from events.actor import act
from events.errors import Refused
from events.models import Event, WorkItem
from exchange.models import Notification
from people.models import Membership, Patient, User
from referrals import access
from referrals.models import Letter, Referral
from tests import factories
from tests.exchange.stage import deliver
from tests.referrals.world import World, another, read, staffed, take
from trust.models import CareRelation

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
CitizenClient = Callable[[User], Client]
WHY = "Onze zorg is geëindigd. Vraag de brief bij de nieuwe huisarts."
TO = {"requested": [], "asked_back": ["ask"], "accepted": ["accept"], "in_progress": ["accept", "start"]}


def announced(world: World, status: str = "requested", **values: object) -> Referral:
    """A referral of which the letter was to follow, brought to a state."""
    referral = world.send(
        **{"question": "", "letter_later": True, "notice": "Rouw, wil weer onder de mensen.", **values}
    )
    for verb in TO[status]:
        take(verb, referral, world.receiver)
    return referral


def relation_over(world: World) -> None:
    with factories.as_owner():
        CareRelation.objects.filter(patient=world.patient, organisation=world.sender.organisation).update(
            period=DateTimeTZRange(timezone.now() - timedelta(days=9), timezone.now())
        )


def shut_out(world: World) -> None:
    factories.consent(world.patient, permit=False, reader_organisation=world.sender.organisation)


LOST: list[Callable[[World], None]] = [relation_over, shut_out]


def waiting(world: World, kind: str = "letter") -> int:
    with factories.as_owner():
        return WorkItem.objects.open().filter(kind=kind, organisation_id=world.sender.organisation_id).count()


def openings() -> int:
    with factories.as_owner():
        return Event.objects.filter(verb="record.opened").count()


@pytest.mark.parametrize("lose", LOST)
@pytest.mark.parametrize("status", TO)
def test_who_can_write_the_letter_no_more_says_so_and_the_work_is_done(
    status: str, lose: Callable[[World], None]
) -> None:
    world = World()
    referral = announced(world, status)
    lose(world)
    assert waiting(world) == 1
    with pytest.raises((PermissionDenied, Patient.DoesNotExist)):
        take("supplement", referral, world.sender, text="Slaapt slecht.")
    before = openings()
    take("no_letter", referral, world.sender, note=WHY)
    assert openings() == before, "nothing is opened to say that the letter does not come"
    assert waiting(world) == 0
    with factories.as_owner():
        now = Referral.objects.get(pk=referral.pk)
        assert (now.status, now.letter_due, now.due) == (status, None, now.due)
        step = now.steps.get(verb="no_letter")
        assert (step.note, step.user_id) == (WHY, world.sender.user_id)
        assert not Letter.objects.exists()
    with pytest.raises(Refused, match="geen brief"):
        take("no_letter", referral, world.sender, note=WHY)


def test_while_the_letter_can_be_written_it_is_owed() -> None:
    world = World()
    referral = announced(world)
    with pytest.raises(Refused, match="nog schrijven"):
        take("no_letter", referral, world.sender, note=WHY)
    relation_over(world)
    for nothing in ("", "  "):
        with pytest.raises(Refused, match="waarom"):
            take("no_letter", referral, world.sender, note=nothing)
    with pytest.raises(Refused, match="negen cijfers"):
        take("no_letter", referral, world.sender, note="BSN 999990019")
    with pytest.raises(PermissionDenied):
        take("no_letter", referral, world.receiver, note=WHY)
    with pytest.raises(PermissionDenied):
        take("no_letter", referral, factories.member("manager", at=world.sender.organisation), note=WHY)
    with pytest.raises(Referral.DoesNotExist):
        take("no_letter", referral, factories.member("gp"), note=WHY)
    assert waiting(world) == 1


@pytest.mark.parametrize("lose", LOST)
def test_saying_it_opens_nothing_and_the_letter_stays_closed(lose: Callable[[World], None]) -> None:
    world = World()
    referral = announced(world, "accepted")
    lose(world)
    take("no_letter", referral, world.sender, note=WHY)
    assert read(world.sender, referral)[0] is False
    with act(factories.actor(world.sender)) as actor:
        found = access.get_referral(actor, referral.pk)
        assert not access.letter_closed(found, actor), "nothing is to come any more"


@pytest.mark.parametrize("lose", LOST)
def test_the_page_offers_it_to_who_cannot_write_and_all_read_why(
    client_of: ClientOf, citizen_client: CitizenClient, lose: Callable[[World], None]
) -> None:
    world = World()
    citizen = factories.citizen(world.patient)
    referral = announced(world, "accepted", channel="portal")
    address, client = f"/referrals/{referral.pk}/", client_of(world.sender)
    assert "De brief komt niet" not in client.get(address).content.decode()
    assert "Brief schrijven" in client.get(address).content.decode()
    lose(world)
    page = client.get(address).content.decode()
    assert "De brief kan niet meer van u komen" in page
    assert "Brief schrijven" not in page
    assert "De brief kan niet meer" not in client_of(world.receiver).get(address).content.decode()
    assert "Waarom komt" in client.post(f"{address}no_letter/", {"note": ""}).content.decode()
    assert client.post(f"{address}no_letter/", {"note": WHY})["Location"] == address
    assert "De brief kan niet meer" not in client.get(address).content.decode()
    theirs = client_of(world.receiver).get(address).content.decode()
    assert "liet weten dat de brief niet komt" in theirs
    assert "De brief komt niet." in theirs
    assert WHY in theirs
    own = citizen_client(citizen).get(f"/portal/referrals/{referral.pk}/").content.decode()
    assert "stuurt de brief niet meer" in own
    assert WHY in own
    assert "De brief komt nog" not in own
    deliver()
    with factories.as_owner():
        event = Event.objects.get(verb="referral.no_letter")
        heard = Notification.objects.filter(event_id=event.pk).values_list("user_id", flat=True)
        assert world.receiver.user_id in list(heard)
        assert WHY not in str(event.data)


def test_who_has_no_portal_is_told_by_who_announced_it(client_of: ClientOf) -> None:
    world = World()
    referral = announced(world, "accepted", channel="paper")
    take("tell", referral, world.sender, how="given")
    relation_over(world)
    take("no_letter", referral, world.sender, note=WHY)
    assert (waiting(world, "paper"), waiting(world, "tell")) == (0, 1), "no new paper, which they could not print"
    page = client_of(world.sender).get(f"/referrals/{referral.pk}/").content.decode()
    assert "stuurt de brief niet meer" in page
    take("tell", referral, world.sender, how="said")
    assert waiting(world, "tell") == 0


def test_who_is_asked_next_waits_for_no_letter_either() -> None:
    world = World()
    referral = announced(world, "accepted")
    relation_over(world)
    take("no_letter", referral, world.sender, note=WHY)
    take("pass_on", referral, world.receiver, service=staffed(another()))
    with factories.as_owner():
        assert Referral.objects.get(pk=referral.pk).letter_due is None
    assert waiting(world) == 0


def test_who_has_a_relation_again_and_asks_another_owes_the_letter_again() -> None:
    world = World()
    referral = announced(world)
    relation_over(world)
    take("no_letter", referral, world.sender, note=WHY)
    factories.relation(world.patient, world.sender.organisation)
    take("reject", referral, world.receiver)
    take("redirect", referral, world.sender, service=staffed(another()))
    assert waiting(world) == 1
    take("supplement", referral, world.sender, text="Slaapt slecht.")
    assert waiting(world) == 0
