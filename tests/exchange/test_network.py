"""The register of the network in the open interface, and that everybody in the network hears of a change."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dossier import actions
from dossier.access import network as around
from dossier.models import Participant, RelatedPerson
from events.actor import act
from events.models import Delivery, Event
from exchange import actions as exchange_actions
from exchange.models import Notification, Subscription
from people.models import Membership, Patient
from tests import factories
from tests.exchange.stage import Inbox, all_due, deliver
from tests.exchange.test_fhir import answered, refused
from trust.access import open_record
from trust.categories import Category
from trust.models import CareRelation

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp", name="Karim Haddou", uzi="900000001")


@pytest.fixture
def nurse() -> Membership:
    return factories.member("district_nurse", name="Tom Visser")


@pytest.fixture
def patient(gp: Membership, nurse: Membership) -> Patient:
    made = factories.patient(related_to=[gp.organisation, nurse.organisation])
    factories.consent(made)
    return made


def does(who: Membership, of: Patient, what: Callable[..., Any], **values: Any) -> Any:
    with act(factories.actor(who)) as by:
        return what(opening=open_record(by, of.key, [Category.NETWORK]), by=by, **values)


def daughter(who: Membership, of: Patient, **values: Any) -> RelatedPerson:
    given = {
        "name": "Els de Vries",
        "relationship": "DAUC",
        "roles": ["01", "100001"],
        "phone": "06-11112222",
        **values,
    }
    made: RelatedPerson = does(who, of, actions.add_related_person, values=given)
    return made


def member(who: Membership, of: Patient) -> Participant:
    values = {"membership": who, "function": who.get_role_display(), "capacity": "ATND"}
    made: Participant = does(who, of, actions.add_participant, values=values)
    return made


def test_a_contact_person_is_nl_core_with_coded_roles_and_its_keeper(
    gp: Membership, patient: Patient, client_of: Browser
) -> None:
    made = daughter(gp, patient, email="els@post.example", address="Lindelaan 12, Bussum")
    resource = answered(client_of(gp).get(f"/fhir/RelatedPerson/{made.key}"))
    assert resource["meta"]["profile"] == ["http://nictiz.nl/fhir/StructureDefinition/nl-core-ContactPerson"]
    assert resource["meta"]["source"].endswith(f"/fhir/Organization/{gp.organisation_id}")
    assert resource["meta"]["versionId"] == "1"
    codes = {(c["system"], c["code"]) for concept in resource["relationship"] for c in concept["coding"]}
    assert codes == {
        ("urn:oid:2.16.840.1.113883.2.4.3.11.22.472", "01"),
        ("urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.23.1", "100001"),
        ("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "DAUC"),
    }
    assert resource["identifier"] == [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{made.key}"}]
    assert (resource["active"], resource["name"][0]["text"]) == (True, "Els de Vries")
    assert {one["value"] for one in resource["telecom"]} == {"06-11112222", "els@post.example"}


def test_contact_persons_are_searched_within_one_record(gp: Membership, patient: Patient, client_of: Browser) -> None:
    client = client_of(gp)
    made = daughter(gp, patient)
    ended = daughter(
        gp,
        patient,
        name="Bas Buur",
        relationship="",
        roles=["19"],
        phone="",
        since=timezone.localdate() - timedelta(days=90),
    )
    does(gp, patient, actions.end_entry, entry=ended, seen=1, until=timezone.localdate() - timedelta(days=1))
    base = f"/fhir/RelatedPerson?patient=Patient/{patient.key}"
    assert answered(client.get(base))["total"] == 2
    for more, names in (
        ("active=true", {"Els de Vries"}), ("active=false", {"Bas Buur"}), ("relationship=DAUC", {"Els de Vries"}),
        ("name=buur", {"Bas Buur"}), (f"identifier=urn:ietf:rfc:3986|urn:uuid:{made.key}", {"Els de Vries"}),
    ):  # fmt: skip
        found = answered(client.get(f"{base}&{more}"))
        assert {entry["resource"]["name"][0]["text"] for entry in found["entry"]} == names
    assert "patient is verplicht" in refused(client.get("/fhir/RelatedPerson"), 400, "invalid")
    refused(client.get(f"{base}&active=perhaps"), 400, "invalid")
    refused(client.get(f"{base}&phone=06"), 400, "invalid")


def test_the_care_team_names_everybody_with_function_place_reach_and_who_coordinates(
    gp: Membership, nurse: Membership, patient: Patient, client_of: Browser
) -> None:
    first = member(gp, patient)
    member(nurse, patient)
    daughter(gp, patient)
    does(
        gp,
        patient,
        actions.add_participant,
        values={"place_name": "Fysio Bussum", "function": "fysiotherapeut", "phone": "035-5556060"},
    )
    does(gp, patient, actions.hand_over, from_=None, to=first)
    resource = answered(client_of(nurse).get(f"/fhir/CareTeam/{patient.key}"))
    assert resource["meta"]["profile"] == ["http://nictiz.nl/fhir/StructureDefinition/nl-core-CareTeam"]
    assert resource["managingOrganization"][0]["reference"] == f"Organization/{gp.organisation_id}"
    shown = [one["member"]["display"] for one in resource["participant"]]
    assert shown[0] == "Karim Haddou, huisarts"
    assert {"Tom Visser, wijkverpleegkundige", "Fysio Bussum, fysiotherapeut", "Els de Vries"} < set(shown)
    roles = {c["code"] for concept in resource["participant"][0]["role"] for c in concept.get("coding", [])}
    assert roles == {"ATND", "coordinator"}
    held = {one["id"]: one for one in resource["contained"]}
    assert held[f"person-{first.key}"]["identifier"][0]["value"] == "900000001"
    assert {
        one["member"].get("reference", "")[1:]
        for one in resource["participant"]
        if one["member"]["type"] == "PractitionerRole"
    } <= set(held)
    found = answered(client_of(nurse).get(f"/fhir/CareTeam?patient={patient.key}"))
    assert found["total"] == 1
    refused(client_of(nurse).get(f"/fhir/CareTeam?patient={patient.key}&status=inactive"), 400, "invalid")


def test_reading_leaves_its_line_and_a_stranger_finds_nothing(
    gp: Membership, patient: Patient, client_of: Browser
) -> None:
    made = daughter(gp, patient)
    client = client_of(factories.member("gp"))
    addresses = (
        f"/fhir/RelatedPerson/{made.key}", f"/fhir/RelatedPerson?patient={patient.key}", f"/fhir/CareTeam/{patient.key}",
        f"/fhir/CareTeam?patient={patient.key}",
    )  # fmt: skip
    for address in addresses:
        assert client.get(address).status_code == 404
    with factories.as_owner():
        assert Event.objects.filter(verb="record.denied").count() == 4
        before = Event.objects.filter(verb="record.opened", patient_id=patient.pk).count()
    for address in addresses:
        answered(client_of(gp).get(address))
    with factories.as_owner():
        assert Event.objects.filter(verb="record.opened", patient_id=patient.pk).count() == before + 4


def test_a_change_is_told_to_everybody_in_the_network_but_who_made_it(
    gp: Membership, nurse: Membership, patient: Patient, client_of: Browser, inbox: Inbox
) -> None:
    stranger = factories.member("district_nurse", nurse.organisation)
    member(gp, patient)
    member(nurse, patient)
    deliver()
    with factories.as_owner():
        Notification.objects.all().delete()
    daughter(gp, patient)
    deliver()
    with factories.as_owner():
        told = list(Notification.objects.all())
        assert [(one.user_id, one.kind, one.subject_type, one.subject_id, one.rhythm) for one in told] == [
            (nurse.user_id, "network", "patient", patient.pk, "digest")
        ]
    assert inbox.mails == []
    page = client_of(nurse).get("/notifications/").content.decode()
    assert "Er is iets veranderd in het zorgnetwerk van een inwoner" in page
    assert f"/patients/network/{patient.pk}/" in page
    assert "Els" not in page
    assert "Er is iets veranderd" not in client_of(stranger).get("/notifications/").content.decode()


def test_a_proposal_is_told_to_who_wrote_the_entry_and_its_outcome_to_who_proposed(
    gp: Membership, nurse: Membership, patient: Patient
) -> None:
    made = daughter(gp, patient)
    proposal = does(nurse, patient, actions.change_entry, entry=made, seen=1, values={"phone": "06-99998888"})
    deliver()
    with factories.as_owner():
        assert [one.user_id for one in Notification.objects.all()] == [gp.user_id]
        Notification.objects.all().delete()
    does(gp, patient, actions.decline_proposal, proposal=proposal, reply="Oud nummer.")
    deliver()
    with factories.as_owner():
        assert [one.user_id for one in Notification.objects.all()] == [nurse.user_id]


def test_who_is_no_longer_involved_hears_nothing(gp: Membership, nurse: Membership, patient: Patient) -> None:
    former = factories.member("gp")
    relation = factories.relation(patient, former.organisation)
    member(former, patient)
    with factories.as_owner():
        relation.period = (timezone.now() - timedelta(days=30), timezone.now() - timedelta(seconds=1))
        relation.save()
    deliver()
    with factories.as_owner():
        Notification.objects.all().delete()
    daughter(gp, patient)
    deliver()
    with factories.as_owner():
        assert not Notification.objects.exists()


def test_the_register_says_in_which_record_only_to_who_has_the_person_in_reach(
    gp: Membership, patient: Patient
) -> None:
    made = daughter(gp, patient)
    with act(factories.actor(gp)):
        assert around.patient_key_of(made.key) == patient.key
    with act(factories.actor(factories.member("gp"))):
        assert around.patient_key_of(made.key) is None


class Listener:
    """A system of a participant on loopback that hears CloudEvents and answers as it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.paths: list[str] = []
        self.status = 204
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heard.append((dict(self.headers), json.loads(body)))
                outer.paths.append(self.path)
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/events"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


def subscribed(at: Membership, address: str, secret: str = "") -> Subscription:
    manager = factories.permit(factories.member("manager", at.organisation), "manage_sources")
    with act(factories.actor(manager)) as by:
        return exchange_actions.add_subscription(endpoint=address, secret=secret, by=by)


def test_a_system_is_told_with_a_reference_and_nothing_else(
    gp: Membership, nurse: Membership, patient: Patient, listener: Listener, settings: Any, tmp_path: Path
) -> None:
    folder = tmp_path / f"organisation-{nurse.organisation_id}"
    folder.mkdir()
    (folder / "meldingen").write_text("geheim-van-het-ecd\n")
    settings.SECRETS = str(tmp_path)
    subscribed(nurse, listener.address, "meldingen")
    made = daughter(gp, patient)
    deliver()
    [(headers, told)] = listener.heard
    assert headers["Authorization"] == "Bearer geheim-van-het-ecd"
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    assert told.keys() == {"specversion", "id", "source", "type", "subject", "time", "dataref", "sequence"}
    assert (told["specversion"], told["type"], told["subject"]) == (
        "1.0",
        "nl.nis.relatedperson.added",
        f"RelatedPerson/{made.key}",
    )
    assert "Els" not in json.dumps(told)
    member(nurse, patient)
    deliver()
    assert listener.heard[-1][1]["subject"] == f"CareTeam/{patient.key}"
    with factories.as_owner():
        assert Event.objects.filter(verb="subscription.due", patient_id=patient.pk).count() == 2
        assert Subscription.objects.get().told_at is not None


def test_who_may_not_see_the_network_is_told_nothing_not_even_at_a_later_try(
    gp: Membership, nurse: Membership, patient: Patient, listener: Listener
) -> None:
    stranger = factories.member("gp")
    subscribed(stranger, listener.address)
    daughter(gp, patient)
    deliver()
    assert listener.heard == []
    with factories.as_owner():
        Subscription.objects.all().delete()
    listener.status = 503
    subscribed(nurse, listener.address)
    daughter(gp, patient, name="Bas de Vries", phone="")
    deliver()
    assert len(listener.heard) == 1
    listener.status = 204
    with factories.as_owner():
        CareRelation.objects.filter(organisation=nurse.organisation).update(
            period=(timezone.now() - timedelta(days=30), timezone.now() - timedelta(seconds=1))
        )
    all_due()
    deliver()
    assert len(listener.heard) == 1
    with factories.as_owner():
        assert not Delivery.objects.filter(status="waiting").exists()


def test_a_system_that_is_down_is_tried_again_and_one_that_is_gone_is_left_alone(
    gp: Membership, nurse: Membership, patient: Patient, listener: Listener
) -> None:
    subscribed(nurse, listener.address)
    listener.status = 500
    daughter(gp, patient)
    deliver()
    with factories.as_owner():
        assert Delivery.objects.get(status="waiting").last_error == "http-500"
    all_due()
    listener.status = 410
    deliver()
    with factories.as_owner():
        assert not Subscription.objects.get().active
    daughter(gp, patient, name="Bas de Vries", phone="")
    deliver()
    assert len(listener.heard) == 2


def test_only_who_manages_the_connections_subscribes_and_only_for_the_own_organisation(
    gp: Membership, nurse: Membership, client_of: Browser, listener: Listener
) -> None:
    manager = factories.permit(factories.member("manager", gp.organisation), "manage_sources")
    client = client_of(manager)
    assert client.get("/subscriptions/").status_code == 200
    assert client.post("/subscriptions/", {"endpoint": listener.address, "topics": "network"}).status_code == 302
    assert client.post("/subscriptions/", {"endpoint": "geen adres"}).status_code == 200
    assert listener.address in client.get("/subscriptions/").content.decode()
    assert client_of(gp).get("/subscriptions/").status_code == 403
    other = client_of(factories.permit(factories.member("manager", nurse.organisation), "manage_sources"))
    with factories.as_owner():
        made = Subscription.objects.get()
    assert other.post(f"/subscriptions/{made.pk}/stop/").status_code == 404
    assert listener.address not in other.get("/subscriptions/").content.decode()
    assert client.post(f"/subscriptions/{made.pk}/stop/").status_code == 302
    with factories.as_owner():
        assert not Subscription.objects.get().active
