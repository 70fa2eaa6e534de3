"""Referrals with a participant that works with other software, over sockets: there and back, both threads the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from events.models import WorkItem
from exchange import fhir
from exchange.partners.models import PartnerTask
from referrals.models import Referral
from region import services
from region.partner import Partner
from tests import factories
from tests.exchange.partners.world import BSN, World, now, partner_of
from tests.exchange.stage import all_due, deliver, waiting
from tests.referrals.world import take

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(settings: Settings, live_server: LiveServer) -> World:
    settings.ADDRESS = live_server.url
    return World()


@pytest.fixture
def system(world: World, live_server: LiveServer, settings: Settings, tmp_path: Path) -> Iterator[Partner]:
    """The other software on a port of its own; the network signs in there with a key file of that organisation."""
    made = Partner(live_server.url)
    server = services.serve(made, 0)
    made.address = f"http://127.0.0.1:{server.server_port}"
    settings.SECRETS = str(tmp_path)
    folder = tmp_path / f"organisation-{world.other.pk}"
    folder.mkdir()
    (folder / "network.pem").write_text(made.network_key.pem)
    partner_of(
        world.other, made, endpoint=f"{made.address}/fhir", token_url=f"{made.address}/token", own_client_id="nis",
        secret="network.pem",
    )  # fmt: skip
    yield made
    made.http.close()
    server.shutdown()
    server.server_close()


def until(holds: Callable[[], object]) -> None:
    """Deliver until something holds."""
    for _ in range(50):
        all_due()
        deliver()
        if holds():
            return
        time.sleep(0.1)
    with factories.as_owner():
        raise AssertionError(f"not reached; waiting: {waiting()}")


def same(system: Partner, referral: Referral) -> bool:
    """Whether both threads say the same."""
    there, here = system.tasks()[-1], system.call("GET", f"/Task/{referral.pk}").json()

    def said(task: dict[str, Any]) -> list[object]:
        return [task["status"], task.get("output"), [(one["time"], one["text"]) for one in task.get("note", [])]]

    return said(there) == said(here)


def test_a_referral_goes_out_without_a_name_and_comes_back_step_by_step(world: World, system: Partner) -> None:
    referral = world.refer()
    until(system.tasks)
    (task,) = system.tasks()
    said = str(system.heard)
    assert task["description"] == "Wondzorg thuis"
    assert task["status"] == "requested"
    assert BSN not in said
    assert "Vries" not in said, "before acceptance nobody is named (ADR 0010)"
    read = system.call("GET", f"/ServiceRequest/{referral.pk}").json()
    assert "contained" not in read
    assert "Vries" not in str(read)

    asked = {"coding": [{"system": fhir.OWN_ASK_REASON, "code": "question"}]}
    assert system.step(referral.pk, "received", "Is er een tolk nodig?", statusReason=asked).status_code == 200
    assert now(referral).status == "asked_back"
    take("answer", referral, world.gp, note="Nee, niet nodig.")
    until(lambda: "Nee, niet nodig." in str(system.tasks()[0].get("note")))
    assert system.step(referral.pk, "accepted").status_code == 200
    content = system.call("GET", f"/ServiceRequest/{referral.pk}").json()
    person = content["contained"][0]
    assert {"system": fhir.BSN, "value": BSN} in person["identifier"]
    assert content["reasonCode"] == [{"text": "Wat kan helpen?"}]
    take("supplement", referral, world.gp)
    until(lambda: "/fhir/Communication/" in str(system.tasks()[0].get("input")))
    assert "huid" not in str(system.heard), "that something was added is told, not what"
    assert system.step(referral.pk, "in-progress").status_code == 200
    done = {
        "type": {"text": "uitkomst"},
        "valueCodeableConcept": {"coding": [{"system": fhir.OWN_OUTCOME, "code": "helped"}]},
    }
    assert system.step(referral.pk, "completed", "Wond is dicht.", output=[done]).status_code == 200
    assert (now(referral).status, now(referral).outcome) == ("completed", "helped")
    until(lambda: same(system, referral))
    with factories.as_owner():
        steps = list(Referral.objects.get(pk=referral.pk).steps.values_list("verb", "user__name"))
    assert steps == [
        ("send", "Karim Haddou"), ("ask", None), ("answer", "Karim Haddou"),
        ("accept", None), ("supplement", "Karim Haddou"), ("start", None),
        ("complete", None),
    ]  # fmt: skip


def test_a_referral_comes_in_once_and_its_system_hears_what_happens(world: World, system: Partner) -> None:
    brought = system.referral("R-1", BSN, world.help.pk)
    first = system.call("POST", "", brought)
    assert first.status_code == 200, first.text
    places = [one["response"]["location"] for one in first.json()["entry"]]
    again = system.call("POST", "", brought)
    assert [one["response"]["location"] for one in again.json()["entry"]] == places, "bringing it again is harmless"
    other = system.call("POST", "", system.referral("R-1", BSN, world.help.pk, Task__description="Iets anders"))
    assert other.status_code == 409
    with factories.as_owner():
        (referral,) = Referral.objects.all()
        assert PartnerTask.objects.get().remote == "Task/R-1"
    assert (referral.sending_organisation, referral.origin, referral.sender) == (world.other, "system", None)
    assert referral.channel == "paper", (
        "as is usual for the person; its own system hears the steps, and nothing waits here"
    )
    with factories.as_owner():
        assert not WorkItem.objects.open().filter(organisation_id=world.other.pk).exists()
    take("ask", referral, world.social, note="Mogen wij bellen?")
    until(lambda: "Mogen wij bellen?" in str(system.stored["Task/R-1"]))
    assert system.tasks()[0]["status"] == "received"
    assert system.step(referral.pk, "requested", "Ja, na 10 uur.").status_code == 200
    take("accept", referral, world.social)
    take("complete", referral, world.social)
    until(lambda: system.tasks()[0]["status"] == "completed")
    assert same(system, referral)


def test_a_refusal_that_its_system_heard_of_waits_for_nobody(world: World, system: Partner) -> None:
    assert system.call("POST", "", system.referral("R-1", BSN, world.help.pk)).status_code == 200
    with factories.as_owner():
        (referral,) = Referral.objects.all()
    take("reject", referral, world.social)
    until(lambda: system.tasks()[0]["status"] == "rejected")
    until(lambda: now(referral).settled_at)
    assert system.tasks()[0]["statusReason"]["coding"][0]["code"] == "no_capacity"


def test_the_same_twice_at_once_is_one_referral_and_one_step(world: World, system: Partner) -> None:
    brought = system.referral("R-1", BSN, world.help.pk)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _n: system.call("POST", "", brought), range(3)))
    assert [one.status_code for one in answers] == [200] * 3
    assert len({str([entry["response"]["location"] for entry in one.json()["entry"]]) for one in answers}) == 1
    out = world.refer()
    read = system.call("GET", f"/Task/{out.pk}")
    taken, known = {**read.json(), "status": "accepted"}, {"If-Match": read.headers["ETag"]}
    with ThreadPoolExecutor(3) as pool:
        codes = [
            one.status_code
            for one in pool.map(lambda _n: system.call("PUT", f"/Task/{out.pk}", taken, **known), range(3))
        ]
    assert sorted(codes) == [200, 412, 412]
    with factories.as_owner():
        assert Referral.objects.count() == 2
        assert out.steps.filter(verb="accept").count() == 1


def test_what_the_system_does_not_take_waits_and_nothing_is_told_twice(world: World, system: Partner) -> None:
    system.trouble = 503
    referral = world.refer()
    deliver()
    assert waiting().count("exchange.partners.tasks.send") == 1
    system.trouble = 0
    until(system.tasks)
    take("cancel", referral, world.gp)
    name = next(name for name in system.stored if name.startswith("Task/"))
    system._keep(name, {**system.tasks()[0], "owner": {"display": "balie 2"}})  # it changed there meanwhile
    until(lambda: system.tasks()[0]["status"] == "cancelled")
    assert system.tasks()[0]["owner"] == {"display": "balie 2"}, "only what is told changes there"
    assert len(system.tasks()) == 1
