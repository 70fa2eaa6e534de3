"""The open interface: what it shows to whom, that it is FHIR R4, and that reading leaves its line in the log."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import jsonschema_rs
import orjson
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from dossier.sources.check import fault_of
from events.models import Event
from exchange import fhir
from people.models import Membership, Patient, User
from tests import factories
from tests.exchange import stage

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]
Json = dict[str, Any]


@cache
def _own_schema(kind: str) -> Any:
    schema = orjson.loads(Path(__file__).with_name("schema").joinpath("bundles.schema.json").read_bytes())
    return jsonschema_rs.validator_for({**schema, "$ref": f"#/definitions/{kind}"})


def fault(resource: Json) -> str:
    """What is wrong with a resource by the R4 schema; empty when nothing is."""
    if resource["resourceType"] not in {"Bundle", "CapabilityStatement"}:
        return fault_of(resource)
    return "; ".join(str(error) for error in _own_schema(resource["resourceType"]).iter_errors(resource))


FORM = "application/x-www-form-urlencoded"


def search(client: Client, typed: dict[str, str]) -> Any:
    """Search patients as FHIR has it: a form in the body."""
    return client.post("/fhir/Patient/_search", urlencode(typed), content_type=FORM)


def answered(response: Any, status: int = 200) -> Json:
    """The resource in an answer, after checking its status, its media type and, against the schema, its form."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/fhir+json"
    resource: Json = response.json()
    assert fault(resource) == ""
    for entry in resource.get("entry", []):
        assert fault_of(entry["resource"]) == ""
    return resource


def refused(response: Any, status: int, code: str) -> str:
    """The words of a refusal."""
    resource = answered(response, status)
    assert (resource["resourceType"], resource["issue"][0]["code"]) == ("OperationOutcome", code)
    return str(resource["issue"][0]["diagnostics"])


def lines(verb: str) -> list[Event]:
    with factories.as_owner():
        return list(Event.objects.filter(verb=verb))


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp")


@pytest.fixture
def nurse() -> Membership:
    return factories.member("district_nurse")


def somebody(at: Membership, **values: Any) -> Patient:
    named = {
        "first_names": "Anna Maria",
        "call_name": "An",
        "own_prefix": "de",
        "own_name": "Vries",
        "partner_name": "Jansen",
        "name_use": "NL4",
    }
    return factories.patient(related_to=[at.organisation], **{**named, **values})


# -- patients


def test_reading_a_patient_opens_the_record_and_never_tells_the_bsn(client_of: Browser, gp: Membership) -> None:
    patient = somebody(gp, number="999990019")
    response = client_of(gp).get(f"/fhir/Patient/{patient.key}")
    resource = answered(response)
    assert b"999990019" not in response.content
    assert resource["name"][0]["_family"]["extension"][0]["valueString"] == "de"
    assert resource["name"][0]["family"] == patient.surname
    assert resource["name"][0]["given"] == ["Anna", "Maria"]
    assert resource["address"][0]["postalCode"] == "1271 AA"
    assert {"system": "phone", "value": "06-12345678"} in resource["telecom"]
    opened = lines("record.opened")
    assert [(e.patient_id, e.user_id, e.purpose) for e in opened] == [(patient.pk, gp.user_id, "TREAT")]


def test_a_stranger_finds_no_patient_and_the_try_is_logged(
    client_of: Browser, gp: Membership, nurse: Membership
) -> None:
    patient = somebody(gp)
    refused(client_of(nurse).get(f"/fhir/Patient/{patient.key}"), 404, "not-found")
    assert [(e.patient_id, e.user_id, e.outcome) for e in lines("record.denied")] == [
        (patient.pk, nurse.user_id, "denied")
    ]


def test_a_citizen_reads_the_own_record_and_no_other(citizen_client: Callable[[User], Client], gp: Membership) -> None:
    own, other = somebody(gp), factories.patient()
    client = citizen_client(factories.citizen(own))
    assert answered(client.get(f"/fhir/Patient/{own.key}"))["id"] == str(own.key)
    refused(client.get(f"/fhir/Patient/{other.key}"), 404, "not-found")
    refused(client.get("/fhir/Task"), 403, "forbidden")


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "vries"},
        {"name": "Jansen An"},
        {"birthdate": "1948-03-12"},
        {"birthdate": "eq1948-03-12"},
        {"identifier": f"{fhir.BSN}|999990019"},
    ],
)
def test_a_patient_is_found_by_post_within_reach_alone(
    client_of: Browser, gp: Membership, typed: dict[str, str]
) -> None:
    patient = somebody(gp, number="999990019")
    factories.patient(own_name="Vries")
    bundle = answered(search(client_of(gp), typed))
    assert (bundle["total"], [entry["resource"]["id"] for entry in bundle["entry"]]) == (1, [str(patient.key)])
    found = bundle["entry"][0]["resource"]
    assert found["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert "address" not in found
    assert "999990019" not in str(bundle)
    assert len(lines("record.searched")) == 1


@pytest.mark.parametrize(
    "typed",
    [{}, {"_count": "10"}, {"name": "  "}, {"identifier": "999990019"}, {"identifier": f"{fhir.BSN}|"}, {"identifier": "urn:x|1"},
     {"birthdate": "1948"},
     {"address": "x"}],
)  # fmt: skip
def test_a_search_that_says_too_little_or_too_much_is_refused(
    client_of: Browser, gp: Membership, typed: dict[str, str]
) -> None:
    somebody(gp)
    refused(search(client_of(gp), typed), 400, "invalid")


@pytest.mark.parametrize("query", ["", f"?identifier={fhir.BSN}|999990019", "?name=vries", "?_id=1"])
def test_a_patient_is_never_searched_by_address(client_of: Browser, gp: Membership, query: str) -> None:
    somebody(gp, number="999990019")
    words = refused(client_of(gp).get(f"/fhir/Patient{query}"), 400, "invalid")
    assert "POST" in words
    assert "999990019" not in words


def test_a_participant_that_may_not_use_the_bsn_does_not_search_by_it(client_of: Browser) -> None:
    welfare = factories.member("welfare_worker", factories.organisation("welfare", may_process_bsn=False))
    somebody(welfare, number="999990019")
    client = client_of(welfare)
    refused(search(client, {"identifier": f"{fhir.BSN}|999990019"}), 403, "forbidden")
    assert answered(search(client, {"name": "vries"}))["total"] == 1


# -- referrals


def test_a_referral_is_read_by_its_parties_and_named_only_after_acceptance(
    client_of: Browser, gp: Membership, nurse: Membership
) -> None:
    patient = somebody(gp)
    referral = stage.referral(gp, nurse, patient)
    sent = answered(client_of(gp).get(f"/fhir/ServiceRequest/{referral.pk}"))
    assert sent["subject"]["reference"] == f"Patient/{patient.key}"
    assert sent["reasonCode"][0]["text"].startswith("Somber")
    assert sent["supportingInfo"] == [{"display": "Rouw: sinds mei"}]
    assert len(lines("record.opened")) == 1
    received = client_of(nurse).get(f"/fhir/ServiceRequest/{referral.pk}")
    index = answered(received)
    assert "reference" not in index["subject"]
    assert index["subject"]["display"] == f"vrouw, {patient.age} jaar, Huizen"
    for secret in ["Vries", "Somber", "Rouw:", str(patient.key), "1948"]:
        assert secret not in received.content.decode()
    factories.relation(patient, nurse.organisation, source="referral", reference=f"referral:{referral.pk}")
    assert "reference" not in answered(client_of(nurse).get(f"/fhir/Task/{referral.pk}"))["for"], (
        "a relation of before changes nothing"
    )
    with factories.as_owner():
        referral.status, referral.accepted_at = "accepted", timezone.now()
        referral.save()
    accepted = answered(client_of(nurse).get(f"/fhir/ServiceRequest/{referral.pk}"))
    assert accepted["subject"]["reference"] == f"Patient/{patient.key}"
    assert accepted["reasonCode"][0]["text"].startswith("Somber")


@pytest.mark.parametrize("kind", ["ServiceRequest", "Task"])
def test_a_stranger_finds_no_referral_and_the_try_is_logged(
    client_of: Browser, gp: Membership, nurse: Membership, kind: str
) -> None:
    referral = stage.referral(gp, nurse, somebody(gp))
    stranger = factories.member("gp")
    client = client_of(stranger)
    refused(client.get(f"/fhir/{kind}/{referral.pk}"), 404, "not-found")
    assert answered(client.get(f"/fhir/{kind}"))["total"] == 0
    assert [(e.subject_id, e.user_id) for e in lines("record.denied")] == [(referral.pk, stranger.user_id)]


@pytest.mark.parametrize(
    ("status", "request_status", "task_status"),
    [
        ("requested", "active", "requested"), ("asked_back", "active", "received"), ("accepted", "active", "accepted"),
        ("in_progress", "active", "in-progress"), ("completed", "completed", "completed"), ("rejected", "revoked", "rejected"),
        ("cancelled", "revoked", "cancelled"),
    ],
)  # fmt: skip
def test_each_state_has_its_fhir_word(
    client_of: Browser, gp: Membership, nurse: Membership, status: str, request_status: str, task_status: str
) -> None:
    more = {"rejection_reason": "no_capacity"} if status == "rejected" else {}
    referral = stage.referral(gp, nurse, somebody(gp), status=status, **more)
    client = client_of(gp)
    assert answered(client.get(f"/fhir/ServiceRequest/{referral.pk}"))["status"] == request_status
    task = answered(client.get(f"/fhir/Task/{referral.pk}"))
    assert task["status"] == task_status
    assert task["businessStatus"]["coding"][0]["code"] == status
    assert ("statusReason" in task) is (status == "rejected")
    assert answered(client.get(f"/fhir/Task?status={task_status}"))["total"] == 1


def test_pages_follow_each_other_without_a_gap_and_count_what_may_be_seen(
    client_of: Browser, gp: Membership, nurse: Membership
) -> None:
    patient, service = somebody(gp), factories.service(nurse.organisation)
    made = [stage.referral(gp, nurse, patient, service=service).pk for _ in range(7)]
    stage.referral(factories.member("gp"), factories.member("gp"), patient)
    client, address, seen = client_of(gp), "/fhir/ServiceRequest?_count=3", []
    while address:
        bundle = answered(client.get(address))
        assert bundle["total"] == 7
        seen += [int(entry["resource"]["id"]) for entry in bundle["entry"]]
        following = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
        assert following.startswith(settings.ADDRESS) or not following
        address = following and "?".join(urlsplit(following)[2:4])
    assert seen == sorted(made, reverse=True)
    assert lines("record.opened") == [], "an index opens nothing"
    only_count = answered(client.get("/fhir/Task?_count=0"))
    assert (only_count["total"], only_count.get("entry")) == (7, None)


def test_referrals_are_found_by_patient_and_number(client_of: Browser, gp: Membership, nurse: Membership) -> None:
    patient, other = somebody(gp), somebody(gp)
    referral = stage.referral(gp, nurse, patient)
    stage.referral(gp, nurse, other)
    client = client_of(gp)
    for query in [
        f"patient=Patient/{patient.key}",
        f"patient={patient.key}",
        f"identifier={referral.number}",
        f"identifier={fhir.OWN_REFERRAL}|{referral.number}",
    ]:
        found = answered(client.get(f"/fhir/ServiceRequest?{query}"))
        assert [entry["resource"]["id"] for entry in found["entry"]] == [str(referral.pk)], query
    assert answered(client.get(f"/fhir/Task?identifier=urn:other|{referral.number}"))["total"] == 0


@pytest.mark.parametrize(
    "query", ["status=open", "patient=1", "_count=many", "_count=-1", "_after=x", "name=x", "_include=Task:patient"]
)
def test_a_parameter_that_is_not_known_is_refused_and_never_skipped(
    client_of: Browser, gp: Membership, query: str
) -> None:
    refused(client_of(gp).get(f"/fhir/Task?{query}"), 400, "invalid")


# -- public


def test_offer_and_participants_are_open_to_everybody() -> None:
    here = factories.organisation(
        "mental_health",
        "GGZ Centrum Gooi",
        ura="90000001",
        kvk="99000001",
        street="Laan 1",
        postcode="1271AA",
        phone="035-1234567",
    )
    hidden = factories.organisation("gp", "Nog niet toegelaten", admission="applied")
    service = factories.service(here, criteria=["18 jaar of ouder"], languages=["nl"])
    factories.service(hidden)
    factories.service(here, active=False)
    client = Client()
    offer = answered(client.get("/fhir/HealthcareService"))
    assert [entry["resource"]["id"] for entry in offer["entry"]] == [str(service.pk)]
    assert (
        answered(client.get(f"/fhir/HealthcareService/{service.pk}"))["providedBy"]["reference"]
        == f"Organization/{here.pk}"
    )
    people = answered(client.get("/fhir/Organization"))
    assert [entry["resource"]["name"] for entry in people["entry"]] == ["GGZ Centrum Gooi"]
    assert answered(client.get(f"/fhir/Organization/{here.pk}"))["identifier"][0] == {
        "system": fhir.URA,
        "value": "90000001",
    }
    refused(client.get(f"/fhir/Organization/{hidden.pk}"), 404, "not-found")
    for query, total in [
        (f"Organization?identifier={fhir.URA}|90000001", 1), (f"Organization?identifier={fhir.KVK}|1", 0), ("Organization?type=gp", 0),
        (f"HealthcareService?organization=Organization/{here.pk}", 1), ("HealthcareService?name=verkennend", 1),
        ("HealthcareService?service-type=exploratory_talk", 1), ("HealthcareService?service-category=gp", 0),
    ]:  # fmt: skip
        assert answered(client.get(f"/fhir/{query}"))["total"] == total, query
    refused(client.get("/fhir/Organization?identifier=90000001"), 400, "invalid")


def test_the_capability_statement_is_public_and_says_what_is_there() -> None:
    statement = answered(Client().get("/fhir/metadata"))
    assert statement["fhirVersion"] == "4.0.1"
    assert {one["type"] for one in statement["rest"][0]["resource"]} == set(fhir.SEARCHES)


@pytest.mark.parametrize(
    "address",
    ["Patient/6b1f2a52-0000-4000-8000-000000000000", "ServiceRequest", "ServiceRequest/1", "Task", "Task/1", "Patient"],
)
def test_a_visitor_is_asked_to_sign_in(address: str) -> None:
    refused(Client().get(f"/fhir/{address}"), 403, "login")


def test_a_visitor_does_not_search_patients() -> None:
    refused(search(Client(), {"name": "x"}), 403, "login")


def test_searching_from_another_site_is_refused(client_of: Browser, gp: Membership) -> None:
    client = client_of(gp)
    client.handler.enforce_csrf_checks = True
    assert search(client, {"name": "vries"}).status_code == 403


@pytest.mark.parametrize("address", ["Observation", "Patient/not-a-key", "Patient/1/$everything"])
def test_what_is_not_there_is_said_in_the_same_form(client_of: Browser, gp: Membership, address: str) -> None:
    refused(client_of(gp).get(f"/fhir/{address}"), 404, "not-found")


def test_nothing_can_be_written(client_of: Browser, gp: Membership) -> None:
    patient = somebody(gp)
    client = client_of(gp)
    for method in (client.put, client.delete, client.patch):
        assert method(f"/fhir/Patient/{patient.key}", data="{}", content_type="application/json").status_code == 405


def test_plain_json_is_answered_as_such(gp: Membership) -> None:
    response = Client().get("/fhir/metadata", headers={"accept": "application/json"})
    assert response["Content-Type"] == "application/json"


# -- description


def test_the_description_of_the_interface_is_current() -> None:
    made = OpenApiYamlRenderer().render(SchemaGenerator().get_schema(request=None, public=True), renderer_context={})
    kept = Path(settings.BASE_DIR, "docs", "openapi.yaml").read_bytes()
    assert made.strip() == kept.strip(), "run: manage.py spectacular --file docs/openapi.yaml"


def test_the_description_and_its_reading_page_are_public_and_run_no_script_of_their_own() -> None:
    client = Client()
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "<script>" not in text
    assert "<style" not in text
    assert "style=" not in text
