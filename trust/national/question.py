"""The closed authorisation question in XACML 3.0 over SOAP 1.2: may this reader see this kind of data of this person there?

One question holds one data category. A request that repeats the action (XACML 3.0 Multiple Decision Profile) would save a
call, but the one known example asks about one category, and an answer to one question cannot be read as the answer to
another; the three codes are asked beside each other within one deadline instead.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import Enum
from xml.etree.ElementTree import Element, SubElement, tostring

from trust.national.safe_xml import Unreadable, parse

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
PROTOCOL = "urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:protocol:wd-14"
XACML = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
HL7 = "urn:hl7-org:v3"
ACTION = "XACMLAuthorizationDecisionQueryRequest"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"

BSN, URA, UZI = "2.16.840.1.113883.2.4.6.3", "2.16.528.1.1007.3.3", "2.16.528.1.1007.3.1"
FACILITY, DATA, ROLE, PURPOSE = (
    "2.16.840.1.113883.2.4.15.1060",
    "2.16.840.1.113883.2.4.3.111.5.10.1",
    "2.16.840.1.113883.2.4.15.111",
    "2.16.840.1.113883.1.11.20448",
)


class Verdict(Enum):
    """The four decisions of XACML 3.0 (7.2): only a permission permits."""

    PERMIT = "Permit"
    DENY = "Deny"
    NOT_APPLICABLE = "NotApplicable"
    INDETERMINATE = "Indeterminate"


def fresh_id() -> str:
    """A number for one message, by which its answer is known."""
    return f"urn:uuid:{uuid.uuid4()}"


@dataclass(frozen=True)
class Question:
    """One closed question. ``code`` is a GGC code, ``purpose`` TREAT (an explicit choice) or COC (an assumed one)."""

    bsn: str
    holder_ura: str
    holder_type: str
    reader_ura: str
    reader_type: str
    role: str
    uzi: str
    code: str
    purpose: str = "TREAT"
    message_id: str = field(default_factory=fresh_id)

    def attributes(self) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
        """The attributes by XACML category: (category, xml:id, [(attribute, root or code system, value)])."""
        of, ihe, otv = "urn:oasis:names:tc:xacml", "urn:ihe:iti", "urn:nl:otv:names:tc:1.0:subject"
        return [
            (
                f"{of}:3.0:attribute-category:resource",
                "resource",
                [
                    (f"{of}:2.0:resource:resource-id", BSN, self.bsn),
                    (f"{ihe}:appc:2016:document-entry:healthcare-facility-type-code", FACILITY, self.holder_type),
                    (f"{ihe}:appc:2016:author-institution:id", URA, self.holder_ura),
                ],
            ),
            (
                f"{of}:3.0:attribute-category:action",
                "action0",
                [(f"{ihe}:appc:2016:document-entry:event-code", DATA, self.code)],
            ),
            (
                f"{of}:1.0:subject-category:access-subject",
                "subject",
                [
                    (f"{of}:2.0:subject:role", ROLE, self.role),
                    *([(f"{ihe}:xua:2017:subject:provider-identifier", UZI, self.uzi)] if self.uzi else []),
                    (f"{otv}:provider-institution", URA, self.reader_ura),
                    (f"{otv}:consulting-healthcare-facility-type-code", FACILITY, self.reader_type),
                ],
            ),
            (
                f"{of}:3.0:attribute-category:environment",
                "environment",
                [("urn:oasis:names:tc:xspa:1.0:subject:purposeofuse", PURPOSE, self.purpose)],
            ),
        ]


def write(question: Question, to: str) -> bytes:
    """The question as a SOAP message to the address ``to``."""
    envelope = Element(f"{{{SOAP}}}Envelope")
    header = SubElement(envelope, f"{{{SOAP}}}Header")
    for name, text in (("Action", ACTION), ("MessageID", question.message_id), ("To", to)):
        SubElement(header, f"{{{ADDRESSING}}}{name}").text = text
    reply = SubElement(header, f"{{{ADDRESSING}}}ReplyTo")
    SubElement(reply, f"{{{ADDRESSING}}}Address").text = f"{ADDRESSING}/anonymous"
    query = SubElement(SubElement(envelope, f"{{{SOAP}}}Body"), f"{{{PROTOCOL}}}XACMLAuthzDecisionQuery")
    request = SubElement(query, f"{{{XACML}}}Request", CombinedDecision="false", ReturnPolicyIdList="false")
    for category, name, attributes in question.attributes():
        part = SubElement(request, f"{{{XACML}}}Attributes", {"Category": category, XML_ID: name})
        for attribute, system, value in attributes:
            _attribute(part, attribute, system, value)
    message: bytes = tostring(envelope, encoding="utf-8", xml_declaration=True)
    return message


def _attribute(part: Element, attribute: str, system: str, value: str) -> None:
    number = system in (BSN, URA, UZI)
    outer = SubElement(part, f"{{{XACML}}}Attribute", AttributeId=attribute, IncludeInResult="true")
    holder = SubElement(outer, f"{{{XACML}}}AttributeValue", DataType=f"{HL7}#{'II' if number else 'CV'}")
    if number:
        authority = {"assigningAuthorityName": "CIBG"} if system == UZI else {}
        SubElement(holder, f"{{{HL7}}}InstanceIdentifier", {**authority, "extension": value, "root": system})
    else:
        SubElement(holder, f"{{{HL7}}}CodedValue", code=value, codeSystem=system)


def read(body: bytes, question: Question) -> Verdict:
    """The verdict in an answer to this question, read strictly.

    There must be one result with one decision, and everything that the answer repeats of the question must be what was
    asked. A permission with obligations is not understood, and so no permission (XACML 3.0, 7.18). Raises
    :class:`Unreadable` for a fault and for all that is not such an answer.
    """
    envelope = parse(body)
    if envelope.tag != f"{{{SOAP}}}Envelope":
        raise Unreadable("not-soap")
    bodies = envelope.findall(f"{{{SOAP}}}Body")
    if len(bodies) != 1:
        raise Unreadable("not-soap")
    if bodies[0].find(f"{{{SOAP}}}Fault") is not None:
        raise Unreadable("fault")
    related = envelope.findtext(f"{{{SOAP}}}Header/{{{ADDRESSING}}}RelatesTo")
    if related is not None and related.strip() != question.message_id:
        raise Unreadable("other-question")
    responses = list(bodies[0].iter(f"{{{XACML}}}Response"))
    results = responses[0].findall(f"{{{XACML}}}Result") if len(responses) == 1 else []
    if len(results) != 1:
        raise Unreadable("not-one-result")
    _same(results[0], question)
    decisions = results[0].findall(f"{{{XACML}}}Decision")
    if len(decisions) != 1 or len(decisions[0]):
        raise Unreadable("not-one-decision")
    try:
        verdict = Verdict((decisions[0].text or "").strip())
    except ValueError:
        raise Unreadable("unknown-decision") from None
    if verdict is Verdict.PERMIT and results[0].find(f"{{{XACML}}}Obligations") is not None:
        return Verdict.INDETERMINATE
    return verdict


def _same(result: Element, question: Question) -> None:
    """Refuse an answer that repeats something else than was asked, such as another person."""
    asked = {attribute: value for _c, _n, listed in question.attributes() for attribute, _s, value in listed}
    for attribute in result.iter(f"{{{XACML}}}Attribute"):
        expected = asked.get(attribute.get("AttributeId", ""))
        for value in attribute.iter():
            told = {f"{{{HL7}}}InstanceIdentifier": "extension", f"{{{HL7}}}CodedValue": "code"}.get(str(value.tag))
            if told and expected is not None and value.get(told) != expected:
                raise Unreadable("other-question")
