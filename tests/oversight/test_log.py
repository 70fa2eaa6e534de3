"""Searching the log as a privacy officer: what is found, what stays out of reach, and that looking is written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection
from django.test import Client
from django.utils import timezone

from events.access import Mark, Search, find_lines
from events.actor import act
from events.models import Event
from oversight.access.log import get_line, lines_for
from people.models import Membership, Organisation, Patient
from tests import factories
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def officer(at: Organisation) -> Membership:
    return factories.member("privacy_officer", at=at, name="Petra de Wacht")


def region() -> Organisation:
    return factories.organisation("region", may_process_bsn=False)


def look(who: Membership, patient: Patient, category: Category = Category.PLAN, times: int = 1) -> None:
    for _ in range(times):
        with act(factories.actor(who)) as actor:
            open_record(actor, patient.key, [category])


def line(**values: Any) -> None:
    """One line as the owner of the log may write it, to have the rarer kinds."""
    values = {"verb": "record.opened", "outcome": "allowed", "actor_kind": "professional", "role": "gp"} | values
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"insert into events_event ({names}) values ({marks})", list(values.values()))


class World:
    """Two practices that look at the same citizen, and who watches over them."""

    def __init__(self) -> None:
        self.gp = factories.member("gp", name="Karim Haddou")
        self.other = factories.member("district_nurse", name="Fatima Bakker")
        self.bsn = factories.bsn()
        self.patient = factories.patient(
            related_to=[self.gp.organisation, self.other.organisation], own_name="Zwartekraaij", number=self.bsn
        )
        self.officer, self.regional = officer(self.gp.organisation), officer(region())
        look(self.gp, self.patient, times=2)
        look(self.other, self.patient)

    def found(self, who: Membership, **asked: Any) -> list[tuple[int | None, str]]:
        with act(factories.actor(who)) as actor:
            found = lines_for(actor, Search(**asked))
            return [(one.user_id, one.verb) for one in found.lines]


@pytest.fixture
def world() -> World:
    return World()


def test_an_officer_finds_the_lines_of_the_own_organisation_and_that_of_the_region_all(world: World) -> None:
    gp, other = (world.gp.user_id, "record.opened"), (world.other.user_id, "record.opened")
    assert world.found(world.officer) == [gp, gp]
    assert world.found(world.regional) == [other, gp, gp]


def test_asking_for_another_organisation_finds_nothing_outside_the_region(world: World) -> None:
    elsewhere = world.other.organisation_id
    assert world.found(world.officer, organisation_id=elsewhere) == []
    assert world.found(world.regional, organisation_id=elsewhere) == [(world.other.user_id, "record.opened")]


@pytest.mark.parametrize("role", ["gp", "manager", "coordinator"])
def test_row_level_security_holds_it_where_a_page_would_forget(world: World, role: str) -> None:
    everybody = "select count(*) from events_event"
    for member, expected in [
        (world.officer, 2),
        (world.regional, 3),
        (factories.member(role, at=world.gp.organisation), 0),
    ]:
        with act(factories.actor(member)), connection.cursor() as cursor:
            cursor.execute(everybody)
            assert cursor.fetchone()[0] == expected, role


def test_a_privacy_officer_of_a_suspended_region_sees_the_own_lines_only(world: World) -> None:
    with factories.as_owner():
        Organisation.objects.filter(pk=world.regional.organisation_id).update(admission="suspended")
    with act(factories.actor(world.regional)), connection.cursor() as cursor:
        cursor.execute("select count(*) from events_event")
        assert cursor.fetchone()[0] == 0


def test_each_way_to_narrow_finds_its_lines(world: World) -> None:
    place, someone = world.gp.organisation_id, world.gp.user_id
    about = {"organisation_id": place, "user_id": someone, "patient_id": world.patient.pk}
    line(**about, purpose="ETREAT", basis="emergency")
    line(**about, verb="record.denied", outcome="denied", reason="role", purpose="TREAT")
    line(**about, verb="referral.sent", outcome="done", purpose="COC", at=timezone.now() - timedelta(days=400))
    today = timezone.localdate()
    for asked, expected in [
        ({"emergency": True}, ["record.opened"]),
        ({"purpose": "ETREAT"}, ["record.opened"]),
        ({"purpose": "COC"}, ["referral.sent"]),
        ({"outcome": "denied"}, ["record.denied"]),
        ({"verb": "record.denied"}, ["record.denied"]),
        ({"verb": "referral.sent"}, ["referral.sent"]),
        ({"user_id": someone}, ["record.denied", *["record.opened"] * 3, "referral.sent"]),
        ({"user_id": someone, "verb": "record.denied", "outcome": "denied"}, ["record.denied"]),
        ({"user_id": world.other.user_id}, []),
        ({"patient_id": world.patient.pk, "outcome": "done"}, ["referral.sent"]),
        ({"patient_id": world.patient.pk + 1}, []),
        ({"since": today}, ["record.denied", *["record.opened"] * 3]),
        ({"until": today - timedelta(days=1)}, ["referral.sent"]),
        ({"since": today - timedelta(days=500), "until": today - timedelta(days=300)}, ["referral.sent"]),
        ({"since": today - timedelta(days=300), "until": today - timedelta(days=1)}, []),
        ({"emergency": True, "purpose": "TREAT"}, []),
    ]:
        for who in (world.officer, world.regional):
            if who is world.regional and "since" in asked:
                continue
            verbs = [verb for user, verb in world.found(who, **asked) if user == someone]
            assert sorted(verbs) == sorted(expected), asked


def test_pages_follow_each_other_without_gap_or_double(world: World) -> None:
    moment = timezone.now() - timedelta(days=70)
    for number in range(30):
        line(organisation_id=world.gp.organisation_id, user_id=number, at=moment + timedelta(days=number // 3))
    with act(factories.actor(world.officer)) as actor:
        seen: list[int] = []
        after: Mark | None = None
        while True:
            found = lines_for(actor, Search(), after=after, size=7)
            seen += [one.pk for one in found.lines]
            if found.older is None:
                break
            after = Mark.of(str(found.older))
        everything = [one.pk for one in Event.objects.order_by("-at", "-id")]
    assert seen == everything
    assert len(seen) == 32


def test_a_search_that_takes_too_long_says_how_far_it_came_and_goes_on_from_there(world: World) -> None:
    line(organisation_id=world.gp.organisation_id, user_id=7, verb="referral.sent", outcome="done",
         at=timezone.now() - timedelta(days=200))  # fmt: skip
    with act(factories.actor(world.officer)):
        search, after, turns = Search(verb="referral.sent"), None, 0
        while True:
            found = find_lines(search, after=after, patience=0)
            turns += 1
            if found.lines or found.older is None:
                break
            assert found.reached is not None
            after = Mark.of(str(found.older))
        assert [one.user_id for one in found.lines] == [7]
        assert turns > 3


def test_a_line_out_of_reach_does_not_exist(world: World, client_of: Browser) -> None:
    with factories.as_owner():
        elsewhere = Event.objects.filter(organisation_id=world.other.organisation_id).latest("id")
    assert client_of(world.officer).get(f"/oversight/log/{elsewhere.pk}/").status_code == 404
    page = client_of(world.regional).get(f"/oversight/log/{elsewhere.pk}/")
    assert page.status_code == 200
    assert "7.4.12" in page.content.decode()
    with act(factories.actor(world.regional)) as actor:
        assert get_line(actor, elsewhere.pk).user_id == world.other.user_id


def test_a_line_shows_the_versions_its_decision_rested_on(world: World, client_of: Browser) -> None:
    line(
        organisation_id=world.gp.organisation_id, user_id=world.gp.user_id, patient_id=world.patient.pk,
        grounds=json.dumps({"need": None, "holders": {str(world.other.organisation_id): [2048, 4, None]}}),
    )  # fmt: skip
    with factories.as_owner():
        made = Event.objects.latest("id")
    page = client_of(world.officer).get(f"/oversight/log/{made.pk}/").content.decode()
    assert world.other.organisation.name in page
    assert "geen beleid" in page


def test_the_pages_name_people_at_work_and_never_a_citizen(world: World, client_of: Browser) -> None:
    client = client_of(world.officer)
    page = client.get("/oversight/log/").content.decode()
    assert "Karim Haddou" in page
    assert f">{world.patient.pk}<" in page
    for secret in ("Zwartekraaij", world.bsn, str(world.patient.key)):
        assert secret not in page


def test_looking_in_the_log_is_written_down_by_field_and_not_by_value(world: World, client_of: Browser) -> None:
    client = client_of(world.officer)
    client.post("/oversight/log/", {"patient_id": world.patient.pk, "outcome": "allowed"})
    assert client.get("/oversight/log/").status_code == 200
    with factories.as_owner():
        looked = Event.objects.get(verb="log.searched")
    assert looked.user_id == world.officer.user_id
    assert looked.data == {"fields": ["patient_id", "outcome"], "found": 2}
    assert looked.patient_id is None
    with factories.as_owner():
        number = Event.objects.filter(verb="record.opened").earliest("id").pk
    client.get(f"/oversight/log/{number}/")
    with factories.as_owner():
        opened = Event.objects.get(verb="log.opened")
    assert (opened.subject_type, opened.subject_id, opened.patient_id) == ("event", number, world.patient.pk)


def test_what_is_searched_for_stands_in_no_address(world: World, client_of: Browser) -> None:
    client = client_of(world.officer)
    answer = client.post("/oversight/log/", {"person": "Haddou", "patient_id": world.patient.pk})
    assert (answer.status_code, answer["Location"]) == (302, "/oversight/log/")
    page = client.get("/oversight/log/").content.decode()
    assert 'value="Karim Haddou"' in page
    client.post("/oversight/log/", {"clear": "1"})
    assert "log_search" not in client.session


def test_a_citizen_is_found_by_bsn_and_birth_date_as_a_number(world: World, client_of: Browser) -> None:
    client = client_of(world.regional)
    sought = {"bsn": world.bsn, "birth_date": "12-03-1948"}
    assert client.post("/oversight/log/", sought).status_code == 302
    assert client.session["log_search"] == {"patient_id": world.patient.pk}
    page = client.get("/oversight/log/").content.decode()
    assert world.bsn not in page
    with factories.as_owner():
        sought_line = Event.objects.get(verb="log.patient_sought")
    assert sought_line.patient_id == world.patient.pk
    assert sought_line.data == {"fields": ["bsn", "birth_date"]}


def test_an_officer_finds_no_citizen_whom_the_own_lines_are_not_about(world: World, client_of: Browser) -> None:
    number = factories.bsn()
    factories.patient(related_to=[world.other.organisation], number=number)
    client = client_of(world.officer)
    for sought in ({"bsn": number, "birth_date": "12-03-1948"}, {"bsn": world.bsn, "birth_date": "13-03-1948"}):
        answer = client.post("/oversight/log/", sought)
        assert answer.status_code == 422
        assert "Geen regels over iemand" in answer.content.decode()
    with factories.as_owner():
        assert list(Event.objects.filter(verb="log.patient_sought").values_list("patient_id", "reason")) == [
            (None, "unknown"),
            (None, "unknown"),
        ]


def test_guessing_at_citizens_stops_after_ten(world: World, client_of: Browser) -> None:
    client = client_of(world.officer)
    for _ in range(10):
        assert client.post("/oversight/log/", {"bsn": factories.bsn(), "birth_date": "12-03-1948"}).status_code == 422
    assert client.post("/oversight/log/", {"bsn": world.bsn, "birth_date": "12-03-1948"}).status_code == 409


def test_a_participant_that_may_not_process_the_bsn_finds_nobody_by_it(world: World, client_of: Browser) -> None:
    welfare = factories.member("privacy_officer", at=factories.organisation("welfare", may_process_bsn=False))
    question = "select * from oversight_find_patient(%s, %s)"
    with (
        pytest.raises(ProgrammingError, match="may process the BSN"),
        act(factories.actor(welfare)),
        connection.cursor() as cursor,
    ):
        cursor.execute(question, [world.bsn, "1948-03-12"])
    client = client_of(welfare)
    assert 'name="bsn"' not in client.get("/oversight/log/").content.decode()
    client.post("/oversight/log/", {"bsn": world.bsn, "birth_date": "12-03-1948"})
    assert client.session["log_search"] == {}


def test_of_people_with_the_same_name_one_is_chosen(world: World, client_of: Browser) -> None:
    namesake = factories.member("gp", at=world.gp.organisation, name="Karim Haddouche")
    client = client_of(world.officer)
    answer = client.post("/oversight/log/", {"person": "karim"})
    assert answer.status_code == 422
    assert "Kies wie u bedoelt" in answer.content.decode()
    assert client.post("/oversight/log/", {"person": "karim", "user_id": namesake.user_id}).status_code == 302
    assert client.session["log_search"] == {"user_id": namesake.user_id}
    assert client.post("/oversight/log/", {"person": "Fatima Bakker"}).status_code == 422


@pytest.mark.parametrize(
    "days",
    [{"since": "0001-01-01"}, {"until": "9999-12-31"}, {"since": "2026-11-02", "until": "2026-11-01"}, {"since": "x"}],
)
def test_days_that_cannot_be_are_refused_at_their_field(world: World, client_of: Browser, days: dict[str, str]) -> None:
    assert client_of(world.officer).post("/oversight/log/", days).status_code == 422


@pytest.mark.parametrize("mark", ["x", "1-", "-1", "1-1-1", "99999999999999999999-1", "1-٣"])
def test_a_mark_that_was_not_given_out_leads_nowhere(world: World, client_of: Browser, mark: str) -> None:
    assert client_of(world.officer).get("/oversight/log/", {"after": mark}).status_code == 404


@pytest.mark.parametrize("role", ["gp", "manager", "coordinator"])
def test_other_roles_have_no_business_in_the_log(world: World, client_of: Browser, role: str) -> None:
    client = client_of(factories.member(role, at=world.gp.organisation))
    for path in ("/oversight/log/", "/oversight/log/1/", "/oversight/exports/", "/oversight/exports/1/"):
        assert client.get(path).status_code in {403, 404}
