"""A referral that nobody sent: it keeps to its origin, and whatever asks for a sender does without, with no door left open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from dashboards.stuck import stuck_figures
from events.actor import act
from people.models import Membership, User
from referrals import access
from referrals.actions.turning import name_next
from referrals.models import Letter, LetterItem, Referral, Step
from referrals.moves import Origin, Status
from tests import factories
from tests.referrals.world import World, another, read, send, take
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)


def unsent(world: World, origin: str = "self", **more: Any) -> Referral:
    """A request of the person or of who walked in, with a letter, as it stands in the database."""
    with factories.as_owner():
        made = Referral.objects.create(
            number=f"V-26-{Referral.objects.count() + 900001}", patient=world.patient, service=world.service, origin=origin,
            receiving_organisation=world.receiver.organisation, age=78, gender="female", municipality="Huizen",
            **{"sensitivity": Category.SOCIAL, **more},
        )  # fmt: skip
        content = {"referral": made, "patient": world.patient, "organisation": world.receiver.organisation}
        Letter.objects.create(**content, category=made.sensitivity, question="Wie kan mij helpen?", agreed=True)
        LetterItem.objects.create(
            **content, category=made.sensitivity, kind=Category.NETWORK, title="Dochter", origin="Uzelf"
        )
        Step.objects.create(referral=made, patient=world.patient, verb="send", status="requested", party="citizen")
    return made


# origin → (with sender and organisation, without a sender, with neither)
HOLDS = {
    "sent": (True, False, False), "consultation": (True, False, False), "system": (False, True, False),
    "self": (False, False, True), "walk_in": (False, False, True),
}  # fmt: skip


def test_who_sent_is_as_the_origin_says() -> None:
    assert set(HOLDS) == set(Origin.values)
    world = World()
    for origin, expected in HOLDS.items():
        whole = {"sender": world.sender.user, "sending_organisation": world.sender.organisation}
        without = {"sending_organisation": world.sender.organisation}
        for given, holds in zip((whole, without, {}), expected, strict=True):
            try:
                with transaction.atomic():
                    unsent(world, origin, **given)
                made = True
            except IntegrityError:
                made = False
            assert made == holds, f"{origin} with {sorted(given)}"
    with pytest.raises(IntegrityError), transaction.atomic():
        unsent(world, "self", entered_by=world.receiver.user)  # whose account would tell the receiver who it is


def test_without_a_sender_the_receiver_reads_nothing_before_it_accepts_and_nothing_after_it_said_no() -> None:
    world = World()
    referral = unsent(world, left_out=1 << Category.NETWORK, sensitivity=Category.REFERRAL)
    factories.relation(world.patient, world.receiver.organisation)
    assert read(world.receiver, referral) == (False, 0, 0)
    with act(factories.actor(world.receiver)) as actor:  # also with the record open on another ground
        access.open_for_referral(actor, world.patient.key)
        assert (Letter.objects.count(), LetterItem.objects.count()) == (0, 0)
        assert access.parties_of(referral, actor) == {"receiver"}
    stranger = factories.member("gp")
    factories.relation(world.patient, stranger.organisation)
    with act(factories.actor(stranger)) as actor:
        assert access.parties_of(referral, actor) == frozenset()
    take("accept", referral, world.receiver)
    assert read(world.receiver, referral) == (True, 1, 0)
    elsewhere = factories.service(factories.organisation("home_care"), "Wijkverpleging")
    take("pass_on", referral, world.receiver, service=elsewhere)
    factories.relation(world.patient, world.receiver.organisation)
    with act(factories.actor(world.receiver)) as actor:
        access.open_for_referral(actor, world.patient.key)
        assert not Referral.objects.exists()
        assert access.former_round(actor, referral.pk)


def test_who_has_no_part_in_it_names_no_next_receiver() -> None:
    world = World()
    referral = unsent(world)
    for member in (world.receiver, world.sender):
        with act(factories.actor(member)), pytest.raises(Exception, match="the sender names"), transaction.atomic():
            name_next(referral, [another()])


@pytest.mark.filterwarnings("ignore:.*sRGB2014.*:pytest.PytestUnraisableExceptionWarning")
def test_every_page_does_without_a_sender(
    client_of: Callable[[Membership], Client], citizen_client: Callable[[User], Client]
) -> None:
    world = World()
    citizen = citizen_client(factories.citizen(world.patient))
    coordinator = factories.member("coordinator", at=factories.organisation("region"))
    for origin, words, told in (
        ("self", "De inwoner zelf", "U heeft zich aangemeld"),
        ("walk_in", "Binnengelopen", "U kwam langs"),
    ):
        referral = unsent(world, origin)
        client = client_of(world.receiver)
        thread = reverse("referrals:thread", args=[referral.pk])
        assert words in client.get(thread).content.decode()
        assert words.casefold() in client.get("/referrals/").content.decode().casefold()
        for kind in ("ServiceRequest", "Task"):
            found = client.get(f"/fhir/{kind}/{referral.pk}").json()
            assert found["requester"] == {"type": "Patient", "display": "vrouw, 78 jaar, Huizen"}
        assert told in citizen.get(reverse("portal:referral", args=[referral.pk])).content.decode()
        assert citizen.get(reverse("portal:referrals")).status_code == 200
        take("accept", referral, world.receiver)
        assert "Vries" in client.get(thread).content.decode()
        assert client.get(reverse("referrals:letter", args=[referral.pk])).status_code == 200
        overview = client.get(reverse("workplace:patient", args=[world.patient.key]))
        assert words.casefold() in overview.content.decode().casefold()
        with factories.as_owner():
            Referral.objects.filter(pk=referral.pk).update(due="2026-01-05T17:00:00Z", level=2)
    with act(factories.actor(coordinator)):
        assert {one.other for one in stuck_figures().rows} == {"de inwoner zelf"}


def test_what_waits_for_nobody_who_referred_waits_for_the_person(client_of: Callable[[Membership], Client]) -> None:
    world = World()
    referral = unsent(world)
    take("ask", referral, world.receiver)
    with act(factories.actor(world.receiver)) as actor:
        now = access.get_referral(actor, referral.pk)
        assert (now.status, access.turn_of(now)) == (Status.ASKED_BACK, "self")
    assert (
        "de inwoner" in client_of(world.receiver).get(reverse("referrals:thread", args=[referral.pk])).content.decode()
    )
    assert access.turn_of(send(world.sender, world.patient, world.service)) == "receiver"
