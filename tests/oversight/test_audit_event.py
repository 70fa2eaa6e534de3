"""Every kind of line as an AuditEvent: valid R4, the patterns of IHE BALP, and every mandatory field of NEN 7513:2018."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.utils import timezone

from dossier.sources.check import fault_of
from events.models import Event
from oversight import words
from people.models import CARE_ROLES
from trust import audit
from trust.audit import SHAPES, Known, audit_event

BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
# Which system stands first, the client's or the server's, in the 30 examples of BALP 1.1 (IHE ITI.BasicAudit, CC-BY-4.0).
EXAMPLES = {
    "PatientRead": ["110152", "110153"], "PatientQuery": ["110153", "110152"], "PatientCreate": ["110153", "110152"],
    "PatientUpdate": ["110153", "110152"], "PatientDelete": ["110150", "custodian"],
}  # fmt: skip
KINDS = sorted({verb for group in words.VERBS.values() for verb in group} | set(SHAPES))
Json = dict[str, Any]


def line(**values: Any) -> Event:
    """A line as the log holds it, with everything filled in."""
    values = {
        "id": 7513, "at": timezone.now(), "verb": "record.opened", "subject_type": "patient", "subject_id": 12, "patient_id": 12,
        "actor_kind": "professional", "user_id": 34, "organisation_id": 56, "role": "gp", "purpose": "TREAT", "categories": 2049,
        "own_categories": 2049, "consented": 8, "withheld": 65536, "basis": "care_relation:source_system", "outcome": "allowed",
        "request_id": "76d148b6586d11ecbf630242ac130002", "place": "10.1.2.3",
        "grounds": {"need": 3, "holders": {"56": [2049, 2049, None], "78": [2048, 8, 91]}}, **values,
    }  # fmt: skip
    return Event(**values)


def agents(event: Json) -> dict[str, Json]:
    return {one["type"]["coding"][0]["code"]: one for one in event["agent"]}


def entities(event: Json) -> dict[tuple[str, str | None], Json]:
    return {(one["type"]["code"], one.get("role", {}).get("code")): one for one in event["entity"]}


def mandatory(event: Json) -> dict[str, object]:
    """The mandatory fields of NEN 7513:2018, chapter 7, where standards and BALP put them."""
    user = next(one for one in event["agent"] if one["requestor"])
    return {
        "7.2.1": event["type"]["code"] and event["subtype"][0]["code"],
        "7.2.2": event["action"] in set("CRUDE"),
        "7.2.3": event["recorded"],
        "7.2.5": event["outcome"],
        "7.3.1": user["who"]["identifier"]["value"],
        "7.3.4": user["role"][0]["coding"][0]["code"],
        "7.4.1": all(one["type"]["code"] for one in event["entity"]),
        "7.4.3": any(
            one.get("what", {}).get("identifier", {}).get("value") or one.get("query") for one in event["entity"]
        ),
        "7.5.2": event["source"]["observer"]["identifier"]["value"],
    }


@pytest.mark.parametrize("about", [{}, {"patient_id": None, "subject_id": None}], ids=["patient", "nobody"])
@pytest.mark.parametrize(
    "who",
    [
        {},
        {
            "actor_kind": "citizen",
            "organisation_id": None,
            "role": "citizen",
            "purpose": "PATRQT",
            "basis": "mandate:carer",
        },
        {
            "actor_kind": "system",
            "actor_name": "retention",
            "user_id": None,
            "organisation_id": None,
            "role": "system",
            "place": "",
        },
        {
            "actor_kind": "anonymous",
            "user_id": None,
            "organisation_id": None,
            "role": "",
            "purpose": "",
            "request_id": "",
        },
    ],
    ids=["professional", "citizen", "system", "anonymous"],
)
@pytest.mark.parametrize("verb", KINDS)
def test_every_kind_of_line_is_valid_and_has_what_is_mandatory(verb: str, who: Json, about: Json) -> None:
    outcome = {"record.opened": "allowed", "record.denied": "denied"}.get(verb, "done")
    event = audit_event(line(verb=verb, outcome=outcome, **who, **about))
    assert fault_of(event) == ""
    missing = [number for number, value in mandatory(event).items() if not value]
    assert missing == []
    assert [one["requestor"] for one in event["agent"]].count(True) == 1


def test_reading_is_written_by_the_pattern_of_reading_a_patient() -> None:
    event = audit_event(line())
    assert event["meta"]["profile"] == [BALP + "PatientRead"]
    assert (event["type"]["code"], event["subtype"][0]["code"], event["action"], event["outcome"]) == (
        "rest",
        "read",
        "R",
        "0",
    )
    assert list(agents(event)) == ["110152", "110153", "IRCP", "PROV"]
    assert agents(event)["110152"]["network"] == {"address": "10.1.2.3", "type": "2"}
    user = agents(event)["IRCP"]
    assert user["purposeOfUse"][0]["coding"][0]["code"] == "TREAT"
    assert user["policy"] == [
        f"{audit.BASE}/policy/role-need|3",
        f"{audit.BASE}/policy/organisation-78|91",
        f"{audit.BASE}/policy/basis-care_relation-source_system",
    ]
    assert list(entities(event)) == [("2", "4"), ("1", "1"), ("XrequestId", None)]
    assert entities(event)["1", "1"]["what"]["identifier"]["value"] == "12"
    assert entities(event)["1", "1"]["detail"] == [
        {"type": "treatment-relation", "valueString": "care_relation:source_system"}
    ]
    details = {one["type"]: one["valueString"] for one in entities(event)["2", "4"]["detail"]}
    assert details["categories"] == "identity,plan"
    assert details["withheld-categories"] == "financial"
    assert details["holder-78-facts"] == "medication"


def test_a_search_says_by_what_was_sought_and_never_for_whom() -> None:
    event = audit_event(
        line(verb="record.searched", patient_id=None, outcome="done", data={"fields": ["name", "bsn"], "found": 3})
    )
    assert event["meta"]["profile"] == [BALP + "Query"]
    assert (event["subtype"][0]["code"], event["action"]) == ("search", "E")
    assert list(agents(event))[:2] == ["110153", "110152"]
    query = entities(event)["2", "24"]["query"]
    assert base64.b64decode(query) == b"field=name&field=bsn&found=3"


def test_a_refusal_is_written_by_the_pattern_of_a_decision_about_consent() -> None:
    event = audit_event(line(verb="record.denied", outcome="denied", reason="consent", categories=0, own_categories=0))
    assert event["meta"]["profile"] == [BALP + "AuthZconsent"]
    assert (event["type"]["code"], event["subtype"][0]["code"]) == ("110113", "AuthZ-Consent")
    assert (event["action"], event["outcome"], event["outcomeDesc"]) == ("E", "8", "consent")
    assert list(agents(event)) == ["110150", "authserver", "IRCP", "PROV"]
    assert ("Consent", None) in entities(event)


def test_an_emergency_shows_in_subtype_and_purpose() -> None:
    event = audit_event(line(purpose="ETREAT", basis="emergency"))
    assert [one["code"] for one in event["subtype"]] == ["read", "110127", "record.opened"]
    assert agents(event)["IRCP"]["purposeOfUse"][0]["coding"][0]["code"] == "ETREAT"
    began = audit_event(line(verb="emergency.started", purpose="ETREAT", outcome="done"))
    assert [one["code"] for one in began["subtype"]] == ["110127", "emergency.started"]


def test_who_is_in_a_register_is_named_by_its_number() -> None:
    event = audit_event(line(), Known({56: "01234567"}, {(34, 56): "900000017"}))
    assert agents(event)["PROV"]["who"]["identifier"] == {"system": audit.URA, "value": "01234567"}
    assert agents(event)["IRCP"]["who"]["identifier"] == {"system": audit.UZI, "value": "900000017"}
    assert agents(event)["IRCP"]["altId"] == "34"
    assert agents(audit_event(line()))["PROV"]["who"]["identifier"]["value"] == "56"


def test_who_acts_for_another_shows_as_the_one_who_acts_and_the_mandate_as_the_ground() -> None:
    event = audit_event(
        line(
            actor_kind="citizen",
            organisation_id=None,
            role="citizen",
            purpose="PATRQT",
            basis="mandate:carer",
            user_id=99,
        )
    )
    assert agents(event)["IRCP"]["who"] == {
        "type": "Person", "identifier": {"system": f"{audit.OWN_NUMBER}/user", "value": "99"}
    }  # fmt: skip
    assert f"{audit.BASE}/policy/basis-mandate-carer" in agents(event)["IRCP"]["policy"]
    assert entities(event)["1", "1"]["what"]["identifier"]["value"] == "12"


def test_what_begins_is_a_creation_and_what_changes_an_update_as_in_the_examples() -> None:
    for verb, action, profile in [
        ("referral.sent", "C", "PatientCreate"), ("referral.accepted", "U", "PatientUpdate"), ("log.dropped", "D", "PatientDelete"),
    ]:  # fmt: skip
        event = audit_event(line(verb=verb, outcome="done"))
        assert (event["action"], event["meta"]["profile"]) == (action, [BALP + profile])


def test_the_order_of_systems_follows_the_examples_of_balp() -> None:
    for verb, profile in [
        ("record.opened", "PatientRead"), ("record.searched", "PatientQuery"), ("referral.sent", "PatientCreate"),
        ("referral.accepted", "PatientUpdate"), ("log.dropped", "PatientDelete"),
    ]:  # fmt: skip
        event = audit_event(line(verb=verb))
        assert event["meta"]["profile"] == [BALP + profile]
        assert list(agents(event))[:2] == EXAMPLES[profile]


def test_no_health_information_and_no_name_can_come_along() -> None:
    event = audit_event(line(data={"reason": "code", "nested": {"free": "text"}, "list": ["a"], "empty": ""}))
    assert "text" not in json.dumps(event)
    assert "empty" not in json.dumps(event)
    for role in CARE_ROLES:
        assert fault_of(audit_event(line(role=role))) == ""
