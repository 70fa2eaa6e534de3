"""A referral to a participant that works with notified pull, over sockets: told thinly, fetched after acceptance, closed at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from events.actor import act
from events.models import Event
from exchange import fhir
from exchange.pull import spec
from referrals.models import LetterItem, Referral
from region import services
from region.partner_pull import PullPartner
from tests import factories
from tests.exchange.partners.test_through_sockets import until
from tests.exchange.partners.world import BSN, World, now, partner_of
from tests.exchange.stage import all_due, deliver, waiting
from tests.referrals.world import send, take
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
CONDITION = {
    "resourceType": "Condition", "id": "1", "subject": {"reference": "Patient/9"},
    "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "420226006"}], "text": "Decubitus"},
    "note": [{"text": "Dit zag de verwijzer niet."}],
}  # fmt: skip
PRESSURE = {
    "resourceType": "Observation", "id": "2", "status": "final", "subject": {"reference": "Patient/9"}, "effectiveDateTime": "2026-11-01",
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
    "component": [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
            "valueQuantity": {"value": 142, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        }
    ],
}  # fmt: skip


@pytest.fixture
def world(settings: Settings, live_server: LiveServer) -> World:
    settings.ADDRESS = live_server.url
    return World()


@pytest.fixture
def system(world: World, live_server: LiveServer, settings: Settings, tmp_path: Path) -> Iterator[PullPartner]:
    yield from connected(world, live_server, settings, tmp_path)


def connected(world: World, live_server: LiveServer, settings: Settings, tmp_path: Path) -> Iterator[PullPartner]:
    """The other software on a port of its own, known by its URA."""
    with factories.as_owner():
        type(world.other).objects.filter(pk=world.other.pk).update(ura="00001234")
        type(world.other).objects.filter(pk=world.social.organisation_id).update(ura="00005678")
    world.other.ura = "00001234"
    made = PullPartner(live_server.url, ura="00001234")
    server = services.serve(made, 0)
    made.address = f"http://127.0.0.1:{server.server_port}"
    settings.SECRETS = str(tmp_path)
    folder = tmp_path / f"organisation-{world.other.pk}"
    folder.mkdir()
    (folder / "network.pem").write_text(made.network_key.pem)
    world.connection = partner_of(
        world.other, made, endpoint=f"{made.address}/fhir", token_url=f"{made.address}/token", own_client_id="nis",
        secret="network.pem", way="pull",
    )  # fmt: skip
    yield made
    made.http.close()
    server.shutdown()
    server.server_close()


def referred(world: World) -> Referral:
    """A referral with two facts of a source system chosen, of which a third was not."""
    source = factories.source(world.gp.organisation)
    common: dict[str, Any] = {"of": world.patient, "from_": source}
    chosen = [
        factories.fact(
            title="Decubitus",
            category=Category.PROBLEMS,
            resource=CONDITION,
            code="http://snomed.info/sct|420226006",
            **common,
        ),
        factories.fact(
            title="Bloeddruk", detail="142 mmHg", category=Category.RESULTS, resource=PRESSURE, source_key="2", **common
        ),
    ]
    factories.fact(title="Astma", category=Category.PROBLEMS, source_key="3", **common)
    return world.refer(items=[f"fact:{one.reference}" for one in chosen])


def told(system: PullPartner) -> dict[str, Any]:
    until(lambda: system.notified)
    return system.notified[-1]


def token(system: PullPartner) -> str:
    return str(system.pulling(system.base_of(told(system))).json()["access_token"])


def read(system: PullPartner, query: str, shown: str) -> Any:
    path, _mark, rest = query.partition("?")
    return system.come("GET", f"/{path}?{quote(rest, safe='=&,')}" if rest else f"/{path}", shown)


def test_the_notification_is_thin_and_the_task_names_nobody_before_acceptance(
    world: World, system: PullPartner
) -> None:
    referral = referred(world)
    task = told(system)
    assert task["basedOn"] == [{"reference": f"{spec.BASE}/Task/{referral.pk}"}]
    assert task["owner"]["identifier"] == {"system": fhir.URA, "value": "00001234"}
    assert "for" not in task
    for word in (BSN, "Vries", "Decubitus", "Wondzorg", "Wijkverpleging", str(world.patient.key)):
        assert word not in str(task), f"{word} in the notification"
    shown = token(system)
    workflow = system.come("GET", f"/Task/{referral.pk}", shown).json()
    assert (workflow["status"], workflow["description"]) == ("requested", "Wondzorg thuis")
    assert not {"for", "input", "reason"} & workflow.keys()
    assert "Vries" not in str(workflow)
    for section in spec.SECTIONS.values():
        assert read(system, section.query, shown).status_code == 403, "nothing of the record before acceptance"


def test_after_acceptance_what_was_chosen_is_fetched_and_no_more_and_each_reading_is_logged(
    world: World, system: PullPartner
) -> None:
    referral = referred(world)
    assert system.bring(told(system), "accepted").status_code == 200
    assert now(referral).status == "accepted"
    shown = token(system)
    task = system.come("GET", f"/Task/{referral.pk}", shown).json()
    assert task["reason"] == {"text": "Wat kan helpen?"}
    queries = [one["valueString"] for one in task["input"]]
    codes = [one["type"]["coding"][0]["code"] for one in task["input"]]
    assert codes == ["79191-3", "11450-4", "85354-9", "77599-9"]
    before = logged()
    answers = {query: read(system, query, shown).json() for query in queries}
    assert logged() == before + len(queries)
    person, problems, pressure, documents = ([one["resource"] for one in answers[query]["entry"]] for query in queries)
    assert person[0]["identifier"][0] == {"system": fhir.BSN, "value": BSN}
    assert problems[0]["code"]["coding"] == CONDITION["code"]["coding"]  # type: ignore[index]
    assert problems[0]["clinicalStatus"] == "active", "in STU3 that is a code"
    assert problems[0]["subject"] == {"reference": f"Patient/{world.patient.key}"}
    assert pressure[0]["component"][0]["valueQuantity"]["value"] == 142
    assert [one["type"]["text"] for one in documents] == ["Verwijsbrief"]
    everything = str(answers)
    for word in ("Astma", "zag de verwijzer niet", "Patient/9'"):
        assert word not in everything, f"{word} was not chosen, or is not of this network"
    empty = [one for one in spec.SECTIONS.values() if one.query not in queries]
    assert len(empty) == 25
    assert {read(system, one.query, shown).json()["total"] for one in empty} == {0}


def logged() -> int:
    with factories.as_owner():
        return Event.objects.filter(verb="record.opened").count()


def test_whom_it_is_about_is_never_taken_from_the_question(world: World, system: PullPartner) -> None:
    other = factories.patient(related_to=[world.gp.organisation, world.other], own_name="Jansen")
    referral, second = referred(world), send(world.gp, other, world.care, notice="Ander")
    until(lambda: len(system.notified) == 2)
    first = next(one for one in system.notified if str(referral.pk) in str(one["basedOn"]))
    for one in system.notified:
        assert system.bring(one, "accepted").status_code == 200
    shown = system.pulling(system.base_of(first)).json()["access_token"]
    for query in (
        f"Condition?patient={other.key}",
        f"Condition?subject=Patient/{other.key}",
        "Patient",
        "Condition?code=1",
        "Task",
        "Goal",
    ):
        answer = read(system, query, shown)
        assert (answer.status_code, "Jansen" in answer.text) in {(400, False), (200, False), (403, False)}, query
    assert read(system, f"Condition?patient={other.key}", shown).status_code == 400
    assert system.come("GET", f"/Task/{second.pk}", shown).status_code == 404, "bound to one referral"
    assert system.call("GET", f"/stu3/Task/{referral.pk}").status_code == 403, "a token without a base fetches nothing"
    assert system.come("GET", f"/Task/{referral.pk}", shown).status_code == 200


@pytest.mark.parametrize("end", ["reject", "cancel", "complete", "pass on", "late"])
def test_the_access_ends_with_the_referral_at_once(world: World, system: PullPartner, end: str) -> None:
    referral = referred(world)
    notice = told(system)
    shown = token(system)
    if end != "reject":
        assert system.bring(notice, "accepted").status_code == 200
        assert read(system, "Condition", shown).json()["total"] == 1
    match end:
        case "reject":
            reason = {"coding": [{"system": fhir.OWN_REJECTION, "code": "no_capacity"}], "text": "Vol tot mei."}
            assert system.bring(notice, "rejected", statusReason=reason).status_code == 200
            assert (now(referral).status, now(referral).rejection_reason) == ("rejected", "no_capacity")
        case "cancel":
            take("cancel", referral, world.gp)
            until(lambda: system.notified[-1]["status"] == "cancelled")
            assert "input" not in system.notified[-1]
        case "complete":
            assert system.bring(notice, "completed").status_code == 200
            assert now(referral).status == "completed"
        case "pass on":
            with factories.as_owner():
                Referral.objects.filter(pk=referral.pk).update(round=2)
        case "late":
            with factories.as_owner():
                long_ago = now(referral).sent_at.replace(year=2025)
                Referral.objects.filter(pk=referral.pk).update(accepted_at=long_ago)
    for section in spec.SECTIONS.values():
        assert read(system, section.query, shown).status_code in {403, 404}, section.query
    workflow = system.come("GET", f"/Task/{referral.pk}", shown)
    assert "Vries" not in workflow.text
    if end != "late":
        assert system.pulling(system.base_of(notice)).json() == {"error": "invalid_grant"}


def test_a_base_that_was_forged_or_is_another_systems_brings_no_token(world: World, system: PullPartner) -> None:
    referred(world)
    base = system.base_of(told(system))
    stranger = PullPartner(system.product)
    partner_of(factories.organisation("home_care", "Thuiszorg Elders"), stranger)
    for shower, shown in (
        (stranger, base),
        (system, base[:-8] + "AAAAAAA="),
        (system, "base"),
        (system, "é"),
        (system, "0" * 5000),
    ):
        answer = shower.pulling(shown)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"}), shown[:20]
    stranger.http.close()


def test_a_step_is_taken_on_the_newest_version_and_heard_of_once(world: World, system: PullPartner) -> None:
    referral = referred(world)
    notice = told(system)
    assert system.bring(notice, "received").status_code == 200
    assert (now(referral).status, bool(now(referral).picked_up_at)) == ("requested", True)
    shown = token(system)
    old = system.come("GET", f"/Task/{referral.pk}", shown)
    assert old.json()["status"] == "received"
    take("supplement", referral, world.gp)
    known = {"If-Match": old.headers["ETag"]}
    taken = {**old.json(), "status": "accepted"}
    assert system.come("PUT", f"/Task/{referral.pk}", shown, taken).status_code == 428
    assert system.come("PUT", f"/Task/{referral.pk}", shown, taken, **known).status_code == 412
    until(lambda: len(system.notified) == 2)
    assert system.notified[0]["groupIdentifier"] == system.notified[1]["groupIdentifier"]
    assert system.bring(notice, "accepted").status_code == 200
    for _ in range(3):
        all_due()
        deliver()
    assert len(system.notified) == 2, "what it did itself is not told"
    with factories.as_owner():
        assert list(referral.steps.values_list("verb", flat=True)) == ["send", "pick_up", "supplement", "accept"]


def test_who_is_asked_no_more_is_told_so_once_and_of_nothing_after(world: World, system: PullPartner) -> None:
    referral = referred(world)
    notice = told(system)
    assert system.bring(notice, "rejected").status_code == 200
    take("redirect", referral, world.gp, service=world.help)
    until(lambda: system.notified[-1]["status"] == "cancelled")
    for verb in ("accept", "start"):
        take(verb, referral, world.social)
        all_due()
        deliver()
    assert len(system.notified) == 2
    assert system.notified[1]["groupIdentifier"] == notice["groupIdentifier"]
    assert not {"restriction", "input"} & system.notified[1].keys(), "nor since when another was asked"


def test_a_system_that_is_down_is_told_when_it_is_back(world: World, system: PullPartner) -> None:
    system.trouble = 503
    referred(world)
    deliver()
    assert waiting().count("exchange.partners.tasks.send") == 1
    system.trouble = 0
    assert told(system)["status"] == "requested"
    assert len(system.notified) == 1


def test_what_may_not_go_to_the_receiver_is_in_no_section(world: World, system: PullPartner) -> None:
    referral = referred(world)
    assert system.bring(told(system), "accepted").status_code == 200
    with factories.as_owner():
        Referral.objects.filter(pk=referral.pk).update(left_out=1 << Category.PROBLEMS)
        assert LetterItem.objects.filter(referral=referral, kind=Category.PROBLEMS).exists()
    shown = token(system)
    assert read(system, "Condition", shown).json()["total"] == 0
    task = system.come("GET", f"/Task/{referral.pk}", shown).text
    assert "11450-4" not in task


def test_people_with_a_session_have_no_business_there(world: World, system: PullPartner, client_of: Any) -> None:
    referral = referred(world)
    with act(factories.actor(world.gp)):
        pass
    for path in (f"/fhir/stu3/Task/{referral.pk}", "/fhir/stu3/Condition", "/fhir/stu3/Binary/1"):
        assert client_of(world.gp).get(path).status_code == 403
    assert client_of(world.gp).get("/fhir/stu3/metadata").json()["fhirVersion"] == "3.0.2"
