"""The closed question: what is asked, how strictly an answer is read, and that nothing the other side does comes through."""

from __future__ import annotations

import time
from collections.abc import Callable
from xml.etree.ElementTree import Element

import pytest

from people.models import Domain, Organisation
from tests.trust.national.conftest import Region
from trust.categories import Category
from trust.national import client
from trust.national.codes import ABOUT, CODE_OF, FACILITY, takes_part
from trust.national.question import Question, Verdict, read, write
from trust.national.safe_xml import LARGEST, Unreadable, parse

GP = Organisation(name="De Linde", domain="gp", ura="00000666", may_process_bsn=True)
PHARMACY = Organisation(name="De Brink", domain="pharmacy", ura="00000667", may_process_bsn=True)
GGZ = Organisation(name="GGZ Gooi", domain="mental_health", ura="00000668", may_process_bsn=True)
BSN = "999990019"
Chosen = Callable[..., list[int]]

# The attributes of the one public example of a closed question (nuts-knooppunt 9beca4c, component/mitz), written out by hand.
EXPECTED = [
    ("resource", "urn:oasis:names:tc:xacml:2.0:resource:resource-id", "2.16.840.1.113883.2.4.6.3", "900186021"),
    ("resource", "urn:ihe:iti:appc:2016:document-entry:healthcare-facility-type-code", "2.16.840.1.113883.2.4.15.1060", "Z3"),
    ("resource", "urn:ihe:iti:appc:2016:author-institution:id", "2.16.528.1.1007.3.3", "00000659"),
    ("action0", "urn:ihe:iti:appc:2016:document-entry:event-code", "2.16.840.1.113883.2.4.3.111.5.10.1", "GGC002"),
    ("subject", "urn:oasis:names:tc:xacml:2.0:subject:role", "2.16.840.1.113883.2.4.15.111", "01.015"),
    ("subject", "urn:ihe:iti:xua:2017:subject:provider-identifier", "2.16.528.1.1007.3.1", "000095254"),
    ("subject", "urn:nl:otv:names:tc:1.0:subject:provider-institution", "2.16.528.1.1007.3.3", "00000666"),
    (
        "subject",
        "urn:nl:otv:names:tc:1.0:subject:consulting-healthcare-facility-type-code",
        "2.16.840.1.113883.2.4.15.1060",
        "Z3",
    ),
    ("environment", "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse", "2.16.840.1.113883.1.11.20448", "TREAT"),
]  # fmt: skip


def question(code: str = "GGC002") -> Question:
    return Question("900186021", "00000659", "Z3", "00000666", "Z3", "01.015", "000095254", code)


def _flat(root: Element) -> list[tuple[str, str, str, str]]:
    found = []
    for part in root.iter("{urn:oasis:names:tc:xacml:3.0:core:schema:wd-17}Attributes"):
        name = part.get("{http://www.w3.org/XML/1998/namespace}id", "")
        for attribute in part:
            value = attribute[0][0]
            system = value.get("root") or value.get("codeSystem") or ""
            found.append(
                (name, attribute.get("AttributeId", ""), system, value.get("extension") or value.get("code") or "")
            )
    return found


def test_the_question_says_what_the_public_example_says() -> None:
    assert _flat(parse(write(question(), "https://national.example/"))) == EXPECTED


def test_every_domain_that_takes_part_is_care_under_the_wkkgz() -> None:
    assert set(FACILITY) == {"gp", "home_care", "mental_health", "hospital", "pharmacy"}
    for domain in Domain.values:
        known = Organisation(domain=domain, ura="00000001", may_process_bsn=True)
        assert takes_part(known) is (domain in FACILITY)
    assert not takes_part(Organisation(domain="gp", ura="", may_process_bsn=True))
    assert not takes_part(Organisation(domain="gp", ura="00000001", may_process_bsn=False))


def test_personal_social_and_financial_facts_have_no_code() -> None:
    assert not ABOUT & {Category.IDENTITY, Category.NETWORK, Category.REFERRAL, Category.CONSULTATION}
    assert not ABOUT & {Category.SOCIAL, Category.FINANCIAL}
    assert {c for c, code in CODE_OF.items() if code == "GGC013"} == {Category.MEDICATION}
    assert {c for c, code in CODE_OF.items() if code == "GGC012"} == {Category.RESULTS}


ANSWER = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>{inside}</s:Body></s:Envelope>"""
RESULT = """<Response xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17">
<Result><Decision>{said}</Decision>{more}</Result></Response>"""


def answer(said: str, more: str = "") -> bytes:
    return ANSWER.format(inside=RESULT.format(said=said, more=more)).encode()


@pytest.mark.parametrize("verdict", list(Verdict))
def test_each_decision_is_read(verdict: Verdict) -> None:
    assert read(answer(verdict.value), question()) is verdict
    wrapped = answer(verdict.value).replace(b"<Response", b'<p:R xmlns:p="urn:p"><Response')
    assert read(wrapped.replace(b"</Response>", b"</Response></p:R>"), question()) is verdict, "in an envelope of SAML"


def test_a_permission_with_obligations_is_no_permission() -> None:
    duty = "<Obligations><Obligation ObligationId='x'/></Obligations>"
    assert read(answer("Permit", duty), question()) is Verdict.INDETERMINATE
    assert read(answer("Deny", duty), question()) is Verdict.DENY


TWO = RESULT.format(said="Permit", more="")
ABOUT_ANOTHER = (
    '<Attributes Category="x"><Attribute AttributeId="urn:oasis:names:tc:xacml:2.0:resource:resource-id" IncludeInResult="true">'
    '<AttributeValue DataType="urn:hl7-org:v3#II"><InstanceIdentifier xmlns="urn:hl7-org:v3" root="x" extension="999999990"/>'
    "</AttributeValue></Attribute></Attributes>"
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "broken-xml"),
        (b"<html><body>inloggen</body></html>", "not-soap"),
        (answer("Permit")[:-20], "broken-xml"),
        (answer("permit"), "unknown-decision"),
        (answer("Permit Deny"), "unknown-decision"),
        (answer(""), "unknown-decision"),
        (answer("Permit<b/>"), "not-one-decision"),
        (answer("Permit", "<Decision>Deny</Decision>"), "not-one-decision"),
        (ANSWER.format(inside=TWO + TWO).encode(), "not-one-result"),
        (answer("Permit</Decision></Result><Result><Decision>Deny"), "not-one-result"),
        (answer("Permit").replace(b"wd-17", b"wd-18"), "not-one-result"),
        (ANSWER.format(inside="<s:Fault/>" + TWO).encode(), "fault"),
        (answer("Permit").replace(b"<s:Body>", b"<s:Body/><s:Body>"), "not-soap"),
        (answer("Permit", ABOUT_ANOTHER), "other-question"),
        (
            answer("Permit").replace(
                b"<s:Body>",
                b'<s:Header><a:RelatesTo xmlns:a="http://www.w3.org/2005/08/addressing">urn:uuid:else</a:RelatesTo></s:Header><s:Body>',
            ),
            "other-question",
        ),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + answer("Permit"), "document-type"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd">' + answer("Permit"), "document-type"),
        (b"<?xml-stylesheet href='x'?>" + answer("Permit"), "document-type"),
        (f"<!DOCTYPE a SYSTEM 'x'>{answer('Permit').decode()}".encode("utf-16"), "document-type"),
        (answer("Permit").decode().encode("latin-1").replace(b"Permit", b"P\xe9rmit"), "broken-xml"),
        (answer("Permit", "<x>" * 100 + "</x>" * 100), "too-complex"),
        (answer("Permit", "<x/>" * 6000), "too-complex"),
        (answer("Permit", " " * LARGEST), "too-big"),
        (answer("&e;"), "broken-xml"),
    ],
)
def test_what_is_not_one_clear_answer_to_this_question_is_unreadable(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as error:
        read(body, question())
    assert error.value.reason == reason


def test_entities_that_grow_are_refused_before_they_grow() -> None:
    lines = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    bomb = f'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">{lines}]><x>&a9;</x>'.encode()
    begun = time.monotonic()
    with pytest.raises(Unreadable, match="document-type"):
        parse(bomb)
    assert time.monotonic() - begun < 0.2


# -- over a socket


def ask(holder: Organisation = GP, reader: Organisation = PHARMACY) -> client.Answer:
    return client.ask(bsn=BSN, holder=holder, reader=reader, role="pharmacist", uzi="900000001", request_id="r")


def test_no_choice_says_nothing(region: Region) -> None:
    assert ask() == client.Answer()
    assert region.national.asked == 3


def test_treatment_data_cover_results_and_medication(chosen: Chosen) -> None:
    chosen("Z3", True, "RPZAC005")
    assert ask().permitted == ABOUT - {Category.MENTAL_HEALTH}
    assert ask(reader=GGZ).permitted == frozenset(), "chosen for pharmacies, not for mental health care"


def test_medication_alone_opens_medication_alone(chosen: Chosen) -> None:
    chosen("Z3", True, "RPZAC005", category="GGC013")
    said = ask()
    assert said.permitted == {Category.MEDICATION}
    assert not said.refused
    assert not said.unknown


def test_a_refusal_closes_all_it_covers_and_the_choice_about_one_sort_counts_for_it(chosen: Chosen) -> None:
    chosen("Z3", False, "RPZAC005")
    assert ask().refused == ABOUT
    chosen("Z3", True, "RPZAC005", category="GGC013")
    said = ask()
    assert said.refused == ABOUT - {Category.MEDICATION}
    assert said.permitted == {Category.MEDICATION}


def test_the_choice_about_one_holder_comes_before_that_about_its_kind(chosen: Chosen) -> None:
    chosen("Z3", True, "RPZAC005")
    chosen(GP.ura, False, "RPZAC005")
    assert ask().refused == ABOUT


def test_mental_health_care_opens_its_own_facts(chosen: Chosen) -> None:
    chosen("G5", True, "RPZAC005")
    assert ask(holder=GGZ).permitted == ABOUT


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("down", "connection-lost"),
        ("500", "status-500"),
        ("html", "broken-xml"),
        ("fault", "fault"),
        ("other", "other-question"),
        ("attack", "document-type"),
        ("huge", "too-big"),
        ("indeterminate", "indeterminate"),
    ],
)
def test_every_fault_is_no_answer_and_no_permission(region: Region, chosen: Chosen, fault: str, reason: str) -> None:
    chosen("Z3", True, "RPZAC005")
    region.national.set_fault(fault)
    assert ask() == client.Answer(unknown=ABOUT, reason=reason)


@pytest.mark.parametrize("fault", ["hang", "slow", "drip"])
def test_a_service_that_dawdles_costs_the_deadline_and_no_more(
    region: Region, chosen: Chosen, settings: object, fault: str
) -> None:
    chosen("Z3", True, "RPZAC005")
    settings.NATIONAL_CONSENT_DEADLINE = 0.4  # type: ignore[attr-defined]
    region.national.set_fault(fault)
    begun = time.monotonic()
    assert ask() == client.Answer(unknown=ABOUT, reason="deadline")
    assert time.monotonic() - begun < 1.2


def test_nobody_there_is_no_answer(settings: object) -> None:
    settings.NATIONAL_CONSENT_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    assert ask() == client.Answer(unknown=ABOUT, reason="no-connection")


def test_a_certificate_that_cannot_be_read_is_no_answer(region: Region, settings: object) -> None:
    settings.NATIONAL_CONSENT_CERT = "/nowhere/client.pem"  # type: ignore[attr-defined]
    assert ask() == client.Answer(unknown=ABOUT, reason="certificate")


def test_a_role_without_a_code_of_its_own_is_asked_as_other_care(region: Region, chosen: Chosen) -> None:
    chosen("Z3", False, "RPZAC003")
    said = client.ask(bsn=BSN, holder=GP, reader=GGZ, role="social_worker")
    assert said == client.Answer(refused=ABOUT)
