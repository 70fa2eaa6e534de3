"""The whole exchange over sockets: request, assignment, start and stop, with each answer, through the simulated hub."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from region import hub, services
from tests import factories
from tests.exchange.chain.world import World, messages, rows, status_of, work
from tests.exchange.stage import all_due, deliver

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a-secret-of-at-least-thirty-two-signs"


@pytest.fixture
def simulated(live_server: LiveServer, settings: Settings) -> Iterator[hub.Hub]:
    """The hub on a port of its own, connected to the product on its own."""
    app = hub.Hub(f"{live_server.url}/chain/hub/", SECRET)
    server = services.serve(app, 0)
    settings.CHAIN_URL, settings.CHAIN_SECRET = f"http://127.0.0.1:{server.server_port}/", SECRET
    yield app
    server.shutdown()
    server.server_close()


def until(holds: Callable[[], bool]) -> None:
    """Deliver and wait until something holds."""
    for _ in range(100):
        all_due()
        deliver()
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(f"not reached: {messages()}")


def test_a_request_is_assigned_started_and_stopped_and_every_message_is_answered(simulated: hub.Hub) -> None:
    world = World()
    world.connect(world.official)
    world.connect(world.carer)
    referral = world.refer()
    world.make("request", referral, world.carer)
    until(lambda: status_of(referral) == "accepted")
    (one,) = rows()
    assert (one.status, one.reference, one.patient_id) == ("assigned", referral.number, world.patient.pk)
    assert "Toewijzing ontvangen" in work(world.carer.organisation_id)
    world.make("start", referral, world.carer)
    until(lambda: status_of(referral) == "in_progress")
    world.make("stop", referral, world.carer, reason="19")
    until(lambda: status_of(referral) == "completed")
    until(lambda: [one["kind"] for one in simulated.passed].count("wmo302") == 1)
    passed = [(one["way"], one["kind"]) for one in simulated.passed]
    assert sorted(passed) == sorted(
        [
            ("taken", "wmo315"), ("brought", "wmo316"), ("brought", "wmo301"), ("taken", "wmo302"), ("taken", "wmo305"),
            ("brought", "wmo306"), ("taken", "wmo307"), ("brought", "wmo308"),
        ]
    )  # fmt: skip
    assert not any(one["codes"] for one in simulated.passed)
    assert {state for _way, _kind, state in messages()} == {"approved", "handled"}
    with factories.as_owner():
        from exchange.chain.models import ChainMessage

        kept = ChainMessage.objects.exclude(sealed=None).values_list("kind", flat=True)
        assert set(kept) <= {"302"}, "of what was understood nothing is kept"


def test_a_refusal_ends_the_referral_in_the_name_of_the_municipality(simulated: hub.Hub) -> None:
    world = World()
    world.connect(world.official)
    world.connect(world.carer)
    simulated.manner = "refuse"
    referral = world.refer()
    world.make("request", referral, world.carer)
    until(lambda: status_of(referral) == "rejected")
    (one,) = rows()
    assert (one.status, one.refusal) == ("refused", "3")
    assert "Antwoord op verzoek om toewijzing" in work(world.carer.organisation_id)


def test_what_the_other_party_does_not_take_is_taken_back_and_asked_of_who_sent_it(simulated: hub.Hub) -> None:
    world = World()
    world.connect(world.official)
    world.connect(world.carer)
    simulated.manner = "decline"
    referral = world.refer()
    world.make("request", referral, world.carer)
    until(lambda: ("out", "315", "declined") in messages())
    assert rows()[0].status == "removed"
    assert work(world.carer.organisation_id) == ["Bericht afgekeurd door de ontvanger"]


def test_a_hub_that_is_away_delays_and_loses_nothing(simulated: hub.Hub, settings: Settings) -> None:
    world = World()
    world.connect(world.official)
    world.connect(world.carer)
    there, settings.CHAIN_URL = settings.CHAIN_URL, "http://127.0.0.1:9/"
    referral = world.refer()
    world.make("request", referral, world.carer)
    deliver()
    assert simulated.passed == []
    settings.CHAIN_URL = there
    until(lambda: status_of(referral) == "accepted")
