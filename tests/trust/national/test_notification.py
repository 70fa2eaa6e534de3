"""Subscriptions and notifications: what is asked for, and that what is told is understood wholly or not at all."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from people.models import Organisation
from region.national import notification
from trust.categories import Category
from trust.national.codes import ABOUT
from trust.national.safe_xml import Unreadable, parse
from trust.national.subscription import Choice, read_notification, write_subscription

XML, JSON = "application/fhir+xml; charset=utf-8", "application/fhir+json"
AT = "2026-11-18T10:51:16.8967927Z"
MOMENT = datetime(2026, 11, 18, 10, 51, 16, 896792, tzinfo=UTC)
SYSTEMS = "http://fhir.nl/otv/CodeSystem"


def consent(
    permit: bool = True, code: str = "GGC002", readers: tuple[str, ...] = ("RPZAC005",), **values: Any
) -> dict[str, Any]:
    """A Consent-Mitz-Notify as FHIR JSON; ``values`` replace elements, and None takes one away."""
    made = {
        "resourceType": "Consent",
        "meta": {"profile": ["http://vzvz.nl/fhir/StructureDefinition/Consent-Mitz-Notify|3.8.0"]},
        "extension": [
            {
                "url": "http://fhir.nl/StructureDefinition/OTV-ProviderCategory",
                "valueCodeableConcept": {"coding": [{"system": f"{SYSTEMS}/raadplegende-zorgaanbiedercategorie", "code": reader}]},
            }
            for reader in readers
        ],
        "status": "active" if permit else "inactive",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": f"{SYSTEMS}/gegevenscategorie", "code": code}]}],
        "patient": {"reference": "urn:uuid:1"},
        "dateTime": AT,
        "provision": {
            "type": "permit",
            "actor": [{"role": {"coding": [{"code": "CST"}]}, "reference": {"reference": "urn:uuid:2"}}],
            "purpose": [{"system": "http://hl7.org/fhir/v3/ActReason", "code": "TREAT"}],
        },
        **values,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value is not None}


def bundle(
    *consents: dict[str, Any], ura: str = "00000659", kind: str = "Z3", bsn: str = "900186021", **values: Any
) -> bytes:
    numbers = [{"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": ura}] if ura else []
    types = (
        [{"coding": [{"system": "http://nictiz.nl/fhir/NamingSystem/organization-type", "code": kind}]}] if kind else []
    )
    resources = [
        *(("urn:uuid:c", one) for one in consents),
        ("urn:uuid:1", {"resourceType": "Patient", "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": bsn}]}),
        ("urn:uuid:2", {"resourceType": "Organization", "identifier": numbers, "type": types}),
    ]  # fmt: skip
    entries = [{"fullUrl": url, "resource": resource} for url, resource in resources]
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries, **values}).encode()


def test_a_permission_names_holder_readers_categories_and_moment() -> None:
    (told,) = read_notification(bundle(consent()), JSON)
    assert told == Choice(
        "900186021", "00000659", "", frozenset({"pharmacy"}), ABOUT - {Category.MENTAL_HEALTH}, True, MOMENT
    )


def test_a_refusal_closes_everything_for_each_kind_of_reader_that_the_network_knows() -> None:
    told = read_notification(bundle(consent(False, readers=("RPZAC001", "RPZAC104", "RPZAC103", "RPZAC200"))), JSON)
    assert {one.reader_domains for one in told} == {frozenset({"gp"}), frozenset({"hospital"})}
    assert all(not one.permit and one.categories == ABOUT for one in told)


@pytest.mark.parametrize("permit", [True, False])
def test_xml_and_json_say_the_same(permit: bool) -> None:
    choice = {"bsn": "900186021", "readers": ["RPZAC005"], "category": "GGC013", "permit": permit, "at": AT}
    written = notification(choice, "00000659", "Z3")
    assert read_notification(written, XML) == read_notification(bundle(consent(permit, "GGC013")), JSON)


def test_a_holder_may_be_named_by_its_kind_alone() -> None:
    (told,) = read_notification(bundle(consent(), ura="", kind="V6"), JSON)
    assert (told.holder_ura, told.holder_domain) == ("", "hospital")
    assert read_notification(bundle(consent(), ura="", kind="TA1"), JSON) == [], "no dentists in the network"


def test_a_permission_that_names_no_readers_opens_nothing_and_such_a_refusal_closes_all() -> None:
    assert read_notification(bundle(consent(readers=())), JSON) == []
    refused = read_notification(bundle(consent(False, readers=())), JSON)
    assert {next(iter(one.reader_domains)) for one in refused} == {
        "gp",
        "home_care",
        "mental_health",
        "hospital",
        "pharmacy",
    }


def test_what_is_said_about_one_sort_of_data_counts_for_that_sort() -> None:
    told = read_notification(bundle(consent(False), consent(True, "GGC013")), JSON)
    assert {(one.permit, one.categories) for one in told} == {
        (False, ABOUT - {Category.MEDICATION}),
        (True, frozenset({Category.MEDICATION})),
    }


def test_an_unknown_category_and_another_purpose_are_left_out() -> None:
    assert read_notification(bundle(consent(code="GGC007")), JSON) == []
    research = consent()
    research["provision"]["purpose"] = [{"code": "HRESCH"}]
    assert read_notification(bundle(research), JSON) == []


def test_a_clock_that_runs_ahead_is_brought_back_to_now() -> None:
    ahead = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    (told,) = read_notification(bundle(consent(dateTime=ahead)), JSON)
    assert told.at <= datetime.now(UTC)


def test_the_oldest_comes_first() -> None:
    older = consent(False, dateTime="2026-11-18T09:00:00+01:00")
    told = read_notification(bundle(consent(), older), JSON)
    assert [one.permit for one in told] == [False, True]


def condition() -> dict[str, Any]:
    made = consent()
    made["provision"]["period"] = {"end": "2027-01-01"}
    return made


def denied() -> dict[str, Any]:
    made = consent()
    made["provision"]["type"] = "deny"
    return made


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "broken-json"),
        (b"[]", "not-fhir"),
        (b'{"resourceType":"Consent"}', "not-a-transaction"),
        (bundle(consent(), type="batch"), "not-a-transaction"),
        (bundle(), "no-choice"),
        (bundle(consent(meta={"profile": ["http://example.org/Other"]})), "other-profile"),
        (bundle(consent(status="draft")), "status"),
        (bundle(consent(status=["active", "inactive"])), "status-once"),
        (bundle(consent(scope=None)), "scope"),
        (bundle(consent(category=None)), "category"),
        (bundle(consent(dateTime="2026-11-18T10:51:16")), "moment"),
        (bundle(consent(dateTime="gisteren")), "moment"),
        (bundle(consent(dateTime=None)), "moment"),
        (bundle(consent(patient={"reference": "urn:uuid:9"})), "reference"),
        (bundle(consent(patient={"reference": "urn:uuid:2"})), "reference"),
        (bundle(consent(), bsn="900 186"), "bsn"),
        (bundle(consent(), bsn="9001860219"), "bsn"),
        (bundle(consent(), ura="", kind=""), "holder"),
        (bundle(consent(modifierExtension=[{"url": "x"}])), "modifier"),
        (bundle(condition()), "condition"),
        (bundle(denied()), "contradiction"),
        (
            bundle(consent(), entry=[{"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient"}}] * 2),
            "same-address-twice",
        ),
        (b'{"resourceType":"Bundle","type":"batch","type":"transaction"}', "broken-json"),
        (bundle(consent()) + b" " * 300_000, "too-big"),
    ],
)
def test_what_is_not_understood_is_refused_whole(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as error:
        read_notification(body, JSON)
    assert error.value.reason == reason


def test_a_condition_on_a_refusal_does_not_soften_it() -> None:
    made = condition()
    made["status"] = "inactive"
    (told,) = read_notification(bundle(made), JSON)
    assert not told.permit


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b'<!DOCTYPE a [<!ENTITY e "x">]><Bundle xmlns="http://hl7.org/fhir"/>', XML, "document-type"),
        (b'<Bundle xmlns="http://example.org"/>', XML, "not-fhir"),
        (b'<Bundle xmlns="http://hl7.org/fhir"/>', "text/plain", "content-type"),
        (b'<Bundle xmlns="http://hl7.org/fhir"/>', "", "content-type"),
    ],
)
def test_xml_is_read_as_strictly(body: bytes, kind: str, reason: str) -> None:
    with pytest.raises(Unreadable) as error:
        read_notification(body, kind)
    assert error.value.reason == reason


def test_the_subscription_asks_for_one_person_at_one_holder_and_hands_over_the_secret(settings: object) -> None:
    settings.ADDRESS, settings.NATIONAL_CONSENT_NOTIFY_SECRET = "https://nis.example", "s" * 32  # type: ignore[attr-defined]
    settings.NATIONAL_CONSENT_GATEWAY = "urn:oid:2.16.840.1.113883.2.4.6.6.1"  # type: ignore[attr-defined]
    linde = Organisation(name="De Linde", domain="gp", ura="01234567", may_process_bsn=True)
    root = parse(write_subscription(bsn="123456782", birth_date=date(2012, 3, 7), organisation=linde))
    fhir = "{http://hl7.org/fhir}"
    said = {child.tag.removeprefix(fhir): child.get("value") for child in root}
    channel = {child.tag.removeprefix(fhir): child.get("value") for child in root.find(f"{fhir}channel") or []}
    extensions = {e.get("url", "").rpartition("/")[2]: e[0].get("value") for e in root.findall(f"{fhir}extension")}
    assert said["criteria"] == "Consent?_query=otv&patientid=123456782&providerid=01234567&providertype=Z3"
    assert (said["status"], said["reason"]) == ("requested", "OTV")
    assert extensions == {"Patient.birthDate": "2012-03-07", "GatewaySystem": "urn:oid:2.16.840.1.113883.2.4.6.6.1"}
    assert channel == {
        "type": "rest-hook",
        "endpoint": "https://nis.example/consent-notifications/",
        "payload": "application/fhir+xml",
        "header": f"Authorization: Bearer {'s' * 32}",
    }
