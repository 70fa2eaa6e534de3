"""AuditEvents over the open interface: the own lines for a citizen, those within reach for a privacy officer, nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from events.actor import act
from events.models import Event
from people.models import Membership, User
from tests import factories
from tests.exchange.test_fhir import FORM, answered
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]
Citizen = Callable[[User], Client]


class Stage:
    def __init__(self) -> None:
        self.gp, self.nurse = factories.member("gp"), factories.member("district_nurse")
        self.patient = factories.patient(
            related_to=[self.gp.organisation, self.nurse.organisation], own_name="Zwartekraaij"
        )
        self.other = factories.patient(related_to=[self.gp.organisation])
        self.user = factories.citizen(self.patient)
        self.officer = factories.member("privacy_officer", at=self.gp.organisation)
        self.regional = factories.member("privacy_officer", at=factories.organisation("region"))
        for who, whom, times in [(self.gp, self.patient, 3), (self.nurse, self.patient, 1), (self.gp, self.other, 2)]:
            for _ in range(times):
                with act(factories.actor(who)) as actor:
                    open_record(actor, whom.key, [Category.PLAN])


@pytest.fixture
def stage() -> Stage:
    return Stage()


def about(bundle: dict[str, Any]) -> list[str]:
    """The number of the citizen in each resource found, newest first, of openings alone."""
    events = [entry["resource"] for entry in bundle.get("entry", [])]
    openings = [event for event in events if any(one["code"] == "record.opened" for one in event["subtype"])]
    return [
        entity["what"]["identifier"]["value"] for event in openings for entity in event["entity"]
        if entity.get("role", {}).get("code") == "1"
    ]  # fmt: skip


def test_a_citizen_gets_the_own_lines_and_no_others(stage: Stage, citizen_client: Citizen) -> None:
    client = citizen_client(stage.user)
    bundle = answered(client.get("/fhir/AuditEvent"))
    assert about(bundle) == [str(stage.patient.pk)] * 4
    assert "total" not in bundle
    assert "Zwartekraaij" not in str(bundle)
    assert about(answered(client.get("/fhir/AuditEvent", {"patient": f"Patient/{stage.patient.key}"}))) == about(bundle)
    assert client.get("/fhir/AuditEvent", {"patient": str(stage.other.key)}).status_code == 404
    assert client.get("/fhir/AuditEvent", {"patient": "12"}).status_code == 404


def test_a_privacy_officer_gets_those_of_the_own_organisation_and_of_the_region_all(
    stage: Stage, client_of: Browser
) -> None:
    own = about(answered(client_of(stage.officer).get("/fhir/AuditEvent")))
    assert sorted(own) == sorted([str(stage.patient.pk)] * 3 + [str(stage.other.pk)] * 2)
    assert len(about(answered(client_of(stage.regional).get("/fhir/AuditEvent")))) == 6


def test_the_number_of_a_citizen_is_searched_by_post_alone(stage: Stage, client_of: Browser) -> None:
    client = client_of(stage.officer)
    answered(client.get("/fhir/AuditEvent", {"patient": stage.patient.pk}), 403)
    found = client.post("/fhir/AuditEvent/_search", urlencode({"patient": stage.patient.pk}), content_type=FORM)
    bundle = answered(found)
    assert about(bundle) == [str(stage.patient.pk)] * 3
    assert bundle["link"] == [{"relation": "self", "url": "http://localhost:8000/fhir/AuditEvent/_search"}]


@pytest.mark.parametrize("role", ["gp", "manager", "coordinator"])
def test_nobody_else_reads_the_log(stage: Stage, client_of: Browser, role: str) -> None:
    client = client_of(factories.member(role, at=stage.gp.organisation))
    answered(client.get("/fhir/AuditEvent"), 403)
    with factories.as_owner():
        number = Event.objects.earliest("id").pk
    answered(client.get(f"/fhir/AuditEvent/{number}"), 403)


def test_one_line_is_read_within_reach_alone(stage: Stage, client_of: Browser, citizen_client: Citizen) -> None:
    with factories.as_owner():
        elsewhere = Event.objects.get(organisation_id=stage.nurse.organisation_id, verb="record.opened").pk
        other = Event.objects.filter(patient_id=stage.other.pk).earliest("id").pk
    answered(client_of(stage.officer).get(f"/fhir/AuditEvent/{elsewhere}"), 404)
    assert answered(client_of(stage.regional).get(f"/fhir/AuditEvent/{elsewhere}"))["id"] == str(elsewhere)
    assert answered(citizen_client(stage.user).get(f"/fhir/AuditEvent/{elsewhere}"))["action"] == "R"
    answered(citizen_client(stage.user).get(f"/fhir/AuditEvent/{other}"), 404)


def test_pages_follow_each_other(stage: Stage, citizen_client: Citizen) -> None:
    client, seen = citizen_client(stage.user), list[str]()
    url = "/fhir/AuditEvent?_count=3&subtype=record.opened"
    while url:
        bundle = answered(client.get(url))
        seen += [entry["resource"]["id"] for entry in bundle.get("entry", [])]
        links = {link["relation"]: urlsplit(link["url"]) for link in bundle["link"]}
        url = f"{links['next'].path}?{links['next'].query}" if "next" in links else ""
    assert len(seen) == len(set(seen)) == 4


def test_lines_are_found_by_day_agent_outcome_and_kind(stage: Stage, client_of: Browser) -> None:
    client, today = client_of(stage.regional), timezone.localdate().isoformat()
    for query, number in [
        (f"date=ge{today}", 6), (f"date={today}", 6), (f"date=lt{today}", 0), (f"date=gt{today}", 0),
        (f"date=ge2020-01-01&date=le{today}", 6), (f"agent={stage.nurse.user_id}", 1), ("outcome=8", 0),
        ("subtype=record.opened", 6), ("subtype=referral.sent", 0),
    ]:  # fmt: skip
        assert len(about(answered(client.get(f"/fhir/AuditEvent?{query}")))) == number, query
    for query in ("date=today", "date=ap2026-01-01", "outcome=0", "agent=x", "entity=1", "_count=x"):
        answered(client.get(f"/fhir/AuditEvent?{query}"), 400)
    answered(client.get("/fhir/AuditEvent?_after=x"), 404)


def test_looking_is_itself_a_line(stage: Stage, client_of: Browser) -> None:
    client_of(stage.officer).get("/fhir/AuditEvent?subtype=record.opened")
    with factories.as_owner():
        line = Event.objects.get(verb="log.searched")
    assert (line.user_id, line.data) == (stage.officer.user_id, {"fields": ["subtype"], "found": 5})
