"""A referral from a participant that works with notified pull, over sockets: announced without a name, fetched once the desk says yes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from events.actor import act
from events.models import Delivery, Event, WorkItem
from exchange.pull.models import Announcement
from people.models import Membership, PatientIdentity
from referrals import access
from referrals.models import Letter, LetterItem, Referral
from region.partner_pull import PullPartner, held, person
from tests import factories
from tests.exchange.partners.test_through_sockets import until
from tests.exchange.partners.world import World, now
from tests.exchange.pull.test_out import connected
from tests.exchange.stage import all_due, deliver
from tests.referrals.world import take

pytestmark = pytest.mark.django_db(transaction=True)
BSN, TO = "999990032", "00005678"
"""Of somebody whom this network does not know yet."""


@pytest.fixture
def world(settings: Settings, live_server: LiveServer) -> World:
    settings.ADDRESS = live_server.url
    made = World()
    made.social = factories.member("specialist", name="Sanne Bakker")
    made.help = factories.service(made.social.organisation, "Wondpoli", domain="hospital")
    return made


@pytest.fixture
def system(world: World, live_server: LiveServer, settings: Settings, tmp_path: Path) -> Iterator[PullPartner]:
    for made in connected(world, live_server, settings, tmp_path):
        made.record = [person("p1", BSN, "Berg", "1948-03-02", "van den"), *held()]
        yield made


def announced(system: PullPartner, **more: Any) -> Announcement:
    """Announced, looked at, and on the list of the desk."""
    answer = system.refer("R-1", TO, "Wond aan de hiel", **more)
    assert answer.status_code == 201, answer.text
    until(work)
    return one()


def one() -> Announcement:
    with factories.as_owner():
        return Announcement.objects.select_related("service", "referral").get()


def work() -> list[str]:
    with factories.as_owner():
        return list(WorkItem.objects.filter(subject_type="announcement", done_at=None).values_list("title", flat=True))


def said_yes(client: Any, found: Announcement) -> None:
    answer = client.post(f"/announced/{found.pk}/take/", {"service": found.service_id})
    assert answer.status_code == 302, answer.content.decode()


def test_before_acceptance_nobody_is_named_and_nothing_of_the_record_was_fetched(
    world: World, system: PullPartner, client_of: Any
) -> None:
    found = announced(system)
    assert (found.notice, found.service, found.organisation_id) == (
        "Wond aan de hiel",
        world.help,
        world.social.organisation_id,
    )
    assert system.asked == []
    page = client_of(world.social).get(f"/announced/{found.pk}/").content.decode()
    assert "Wond aan de hiel" in page
    for word in ("Berg", BSN, "Decubitus"):
        assert word not in page
    assert b"Aangekondigde verwijzing" in client_of(world.social).get("/today/").content
    assert b"1 verwijzing is aangekondigd" in client_of(world.social).get("/referrals/?side=received").content
    assert b"is aangekondigd" not in client_of(world.gp).get("/referrals/?side=received").content
    with factories.as_owner():
        assert not Referral.objects.exists()
        assert b"base-R-1" not in bytes(found.sealed), "sealed, also for who reads the database"
    assert client_of(world.gp).get(f"/announced/{found.pk}/").status_code == 404
    with act(factories.actor(world.gp)), database.cursor() as cursor:
        cursor.execute("select count(*) from exchange_announcement")
        assert cursor.fetchone()[0] == 0, "of another organisation, also by SQL"


def test_who_has_another_role_there_too_takes_it_on_in_the_one_that_works_with_referrals(
    world: World, system: PullPartner, client_of: Any
) -> None:
    found = announced(system)
    with factories.as_owner():
        Membership.objects.filter(pk=world.social.pk).update(role="manager")  # the older of the two
        works = Membership.objects.create(
            user=world.social.user, organisation=world.social.organisation, role="specialist", period=factories.since(9)
        )
    said_yes(client_of(works), found)
    until(lambda: one().status != "accepted")
    assert one().status == "taken"


def test_after_acceptance_it_is_a_referral_with_what_came_along_and_its_source(
    world: World, system: PullPartner, client_of: Any
) -> None:
    found = announced(system)
    desk = client_of(world.social)
    said_yes(desk, found)
    until(lambda: one().status == "taken")
    referral = one().referral
    assert referral is not None
    assert (referral.status, referral.origin, referral.sending_organisation_id) == (
        "accepted",
        "system",
        world.other.pk,
    )
    assert referral.receiver_id == world.social.user_id
    assert system.stored["Task/R-1"][-1]["status"] == "accepted"
    assert sum(1 for version in system.stored["Task/R-1"] if version["status"] == "accepted") == 1
    page = desk.get(f"/referrals/{referral.pk}/").content.decode()
    for word in (
        "van den Berg",
        "Graag beoordelen van de wond.",
        "Decubitus",
        "Jodium",
        "Metformine tablet 500mg",
        world.other.name,
    ):
        assert word in page, word
    with factories.as_owner():
        items = {item.title: item for item in LetterItem.objects.all()}
        assert {item.origin for item in items.values()} == {world.other.name}
        assert items["Decubitus"].coded["code"]["coding"][0]["code"] == "420226006"
        assert PatientIdentity.objects.filter(bsn=BSN).count() == 1
        assert Event.objects.filter(verb="referral.accepted", user_id=world.social.user_id).count() == 1
    assert desk.get(f"/announced/{found.pk}/").status_code == 302
    assert (referral.notice, one().notice) == ("Wond aan de hiel", ""), (
        "kept once, so that it is removed with the referral"
    )
    take("complete", referral, world.social)
    until(lambda: system.stored["Task/R-1"][-1]["status"] == "completed")
    assert system.stored["Task/R-1"][-1]["output"]
    until(lambda: bytes(one().sealed) == b"")


def test_a_no_is_told_with_its_reason_and_nothing_was_fetched(
    world: World, system: PullPartner, client_of: Any
) -> None:
    found = announced(system)
    desk = client_of(world.social)
    naming = desk.post(f"/announced/{found.pk}/refuse/", {"reason": "no_capacity", "note": "BSN 999990032 past niet."})
    assert naming.status_code == 422
    assert (
        desk.post(f"/announced/{found.pk}/refuse/", {"reason": "no_capacity", "note": "Vol tot mei."}).status_code
        == 302
    )
    until(lambda: system.stored["Task/R-1"][-1]["status"] == "rejected")
    reason = system.stored["Task/R-1"][-1]["statusReason"]
    assert (reason["coding"][0]["code"], reason["text"]) == ("no_capacity", "Vol tot mei.")
    until(lambda: (one().notice, one().note, bytes(one().sealed)) == ("", "", b""))
    after = desk.get(f"/announced/{found.pk}/").content.decode()
    assert "Wond aan de hiel" not in after
    assert "gaf geen aankondiging mee" not in after, "there was one"
    assert system.asked == []
    assert work() == []
    late = desk.post(f"/announced/{found.pk}/take/", {"service": world.help.pk})
    assert (late.status_code, one().status) == (409, "rejected")


def test_what_is_forged_or_wrong_announces_nothing(world: World, system: PullPartner) -> None:
    ura = {"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": "00009999"}
    for more, place in (
        ({"requester": {"onBehalfOf": {"identifier": ura}}}, "Task.requester.onBehalfOf"),
        ({"owner": {"identifier": ura}}, "Task.owner"),
        ({"basedOn": [{"reference": "https://elders.voorbeeld.nl/fhir/Task/R-1"}]}, "Task.basedOn"),
        ({"basedOn": [{"reference": f"{system.address}/fhir/Task/../../token"}]}, "Task.basedOn"),
        ({"for": {"identifier": {"value": BSN}}}, "Task.for"),
        ({"input": []}, "Task.input"),
        ({"status": "completed"}, "Task.status"),
        ({"code": {}}, "Task.code"),
        ({"groupIdentifier": {}, "identifier": []}, "Task.groupIdentifier"),
    ):
        answer = system.refer("R-1", TO, "Wond", **more)
        places = [one["expression"][0] for one in answer.json()["issue"]]
        assert (answer.status_code, places) == (422, [place]), more
    nobody = PullPartner(system.product, system.client_id)
    nobody.address = system.address
    assert nobody.sign_in().status_code == 401, "another key"
    nobody.http.close()
    with factories.as_owner():
        assert not Announcement.objects.exists()
    assert BSN not in str(work())


def test_the_same_again_and_long_after_is_harmless(world: World, system: PullPartner, client_of: Any) -> None:
    found = announced(system)
    assert system.notify("R-1", TO).status_code == 201
    said_yes(client_of(world.social), found)
    until(lambda: one().status == "taken")
    referral = one().referral
    assert system.notify("R-1", TO).status_code == 201
    for _ in range(3):
        all_due()
        deliver()
    with factories.as_owner():
        assert Referral.objects.count() == 1
        assert LetterItem.objects.count() == 4
    assert work() == []
    take("complete", referral, world.social)  # type: ignore[arg-type]
    assert system.notify("R-1", TO).status_code == 201
    all_due()
    deliver()
    assert one().status == "taken"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_withdrawn_over_there_is_closed_here(world: World, system: PullPartner, client_of: Any, moment: str) -> None:
    found = announced(system)
    if moment == "after":
        said_yes(client_of(world.social), found)
        until(lambda: one().status == "taken")
    assert system.notify("R-1", TO, status="cancelled", input=[]).status_code == 201
    if moment == "before":
        assert (one().status, one().notice) == ("withdrawn", "")
        assert work() == []
        return
    referral = now(one().referral)  # type: ignore[arg-type]
    assert referral.status == "cancelled"
    with act(factories.actor(world.social)) as actor:
        assert access.open_referral(actor, access.get_referral(actor, referral.pk)) is None, "the letter is shut"


WRONG = {
    "other-person": [person("p9", BSN, "Berg", "1948-03-02")],
    "no-bsn": [{**person("p1", BSN, "Berg", "1948-03-02"), "identifier": []}],
    "several-patients": [person("p1", BSN, "Berg", "1948-03-02"), person("p2", "999990044", "Jong", "1950-01-01")],
    "no-birth-date": [person("p1", BSN, "Berg", "1948")],
    "identity-differs": [person("p1", "999990019", "Berg", "1948-03-02")],
    "unreadable": [{**person("p1", BSN, "Berg\0", "1948-03-02"), "address": [{"line": None}]}],
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_person_is_never_taken_and_the_desk_is_told(
    world: World, system: PullPartner, client_of: Any, fault: str
) -> None:
    system.record = [*WRONG[fault], *held()]
    found = announced(system)
    said_yes(client_of(world.social), found)
    until(lambda: one().status == "failed")
    assert one().fault == fault
    with factories.as_owner():
        assert not Referral.objects.exists()
    assert work() == ["Verwijzing niet op te halen"]
    page = client_of(world.social).get(f"/announced/{found.pk}/").content.decode()
    assert "Niets" in page or "niets" in page or "gaf geen" in page
    assert "Berg" not in page


def test_what_the_other_side_writes_oddly_or_with_the_name_in_it_is_taken_all_the_same(
    world: World, system: PullPartner, client_of: Any
) -> None:
    medicine = {"resourceType": "Medication", "id": "m9", "code": {"text": "Vuil\0"}}
    system.record += [medicine, {**held()[0], "id": "c7", "code": {"text": "Vuil\0"}}]
    assert system.refer("R-1", TO, "Mevrouw Berg heeft een wond").status_code == 201
    system.stored["Task/R-1"][-1]["reason"] = {"text": "Wond\0 aan de hiel"}
    until(work)
    said_yes(client_of(world.social), one())
    until(lambda: one().status == "taken")
    referral = one().referral
    assert referral is not None
    with factories.as_owner():
        assert Letter.objects.get(referral=referral).question == "Wond aan de hiel"
        assert LetterItem.objects.count() == 4
    assert referral.notice == "", "the surname stood in it"


def test_a_system_that_is_connected_no_more_leaves_nothing_waiting_for_ever(
    world: World, system: PullPartner, client_of: Any
) -> None:
    found = announced(system)
    said_yes(client_of(world.social), found)
    with factories.as_owner():
        type(world.other).objects.filter(pk=world.other.pk).update(admission="suspended")
    until(lambda: one().status == "failed")
    assert (one().fault, system.asked, work()) == ("not-connected", [], ["Verwijzing niet op te halen"])


def test_withdrawn_while_it_is_fetched_or_helped_is_neither_lost_nor_tried_for_ever(
    world: World, system: PullPartner, client_of: Any
) -> None:
    found = announced(system)
    said_yes(client_of(world.social), found)
    until(lambda: one().status == "taken")
    referral = one().referral
    assert referral is not None
    with factories.as_owner():
        Announcement.objects.update(status="accepted", referral=None)
    withdraw = Thread(target=lambda: system.notify("R-1", TO, status="cancelled", input=[]))
    with factories.as_owner(), transaction.atomic():
        Announcement.objects.update(status="taken", referral=referral)
        withdraw.start()
        withdraw.join(1.5)
    withdraw.join()
    assert (one().status, one().referral, now(referral).status) == ("taken", referral, "cancelled")
    with factories.as_owner():
        Referral.objects.update(status="in_progress", closed_at=None)
    system.stored["Task/R-1"].append({**system.stored["Task/R-1"][-1], "status": "cancelled"})
    assert system.notify("R-1", TO, status="cancelled", input=[]).status_code == 409, "the help has begun"
    assert system.notify("R-1", TO).status_code == 201
    all_due()
    deliver()
    with factories.as_owner():
        assert not Delivery.objects.waiting().filter(listener="exchange.pull.tasks.look").exists()


def test_what_is_about_another_person_is_set_aside_and_said(world: World, system: PullPartner, client_of: Any) -> None:
    alien = {**held()[0], "id": "c9", "subject": {"reference": "Patient/p2"}, "code": {"text": "Van een ander"}}
    poverty = {"coding": [{"system": "http://hl7.org/fhir/sid/icpc-1-nl", "code": "Z01"}], "text": "Armoede"}
    system.record += [alien, {**held()[0], "id": "c8", "code": poverty}]
    found = announced(system)
    said_yes(client_of(world.social), found)
    until(lambda: one().status == "taken")
    with factories.as_owner():
        titles = set(LetterItem.objects.values_list("title", flat=True))
    assert titles == {"Decubitus", "Jodium", "Metformine tablet 500mg", "Bloeddruk"}, (
        "nor what may not go to a hospital"
    )
    page = client_of(world.social).get(f"/announced/{found.pk}/").content.decode()
    assert "ging over iemand anders" in page


def test_a_system_that_is_down_is_tried_again(world: World, system: PullPartner, client_of: Any) -> None:
    found = announced(system)
    system.trouble = 503
    said_yes(client_of(world.social), found)
    deliver()
    assert (one().status, work()) == ("accepted", ["Verwijzing wordt opgehaald"])
    assert b"Verwijzing wordt opgehaald" in client_of(world.social).get("/today/").content
    page = client_of(world.social).get(f"/announced/{found.pk}/").content.decode()
    assert "probeert het netwerk het" in page
    with factories.as_owner():
        assert Delivery.objects.waiting().filter(listener="exchange.pull.tasks.fetch").count() == 1
    system.trouble = 0
    until(lambda: one().status == "taken")
    assert work() == []
    assert b"is aangekondigd" not in client_of(world.social).get("/referrals/?side=received").content


def test_who_does_not_work_with_referrals_and_the_database_alone_decide_nothing(
    world: World, system: PullPartner, client_of: Any
) -> None:
    found = announced(system)
    desk: Membership = factories.member("manager", at=world.social.organisation)
    assert client_of(desk).post(f"/announced/{found.pk}/take/", {"service": world.help.pk}).status_code in {403, 404}
    foreign = factories.service(world.gp.organisation, "Van een ander")
    assert client_of(world.social).post(f"/announced/{found.pk}/take/", {"service": foreign.pk}).status_code == 422
    for change in ("status = 'taken'", "status = 'accepted', decided_by_id = 1"):
        with (
            act(factories.actor(world.social)),
            database.cursor() as cursor,
            pytest.raises(Exception, match="row-level security"),
        ):
            cursor.execute(f"update exchange_announcement set {change}")
