"""The simulated national consent service: answers the closed question, takes subscriptions, and tells of changes.

Mounted under /national by ``region.services``. It knows nothing of the product's own reader and writer of these messages. The
choices it begins with stand in ``national_choices.json``; ``POST /national/control`` (loopback only) changes them or makes it
misbehave: ``{"choice": {…}}`` as in that file, or ``{"fault": "slow"}``. ``GET /national/control`` tells how it stands.
"""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from xml.etree.ElementTree import Element, fromstring

from region.web import Answer, not_found

Choice = dict[str, Any]

FAULTS = ("none", "slow", "hang", "down", "500", "fault", "indeterminate", "other", "html", "attack", "huge", "drip")
HANG_SECONDS, SLOW_SECONDS = 60.0, 3.0
CONSULTING = {"Z3": "RPZAC001", "G5": "RPZAC003", "T2": "RPZAC004", "J8": "RPZAC005", "V6": "RPZAC104"}
READERS = {
    "RPZAC001": "Huisartsen en huisartsenposten",
    "RPZAC003": "Geestelijke gezondheidszorg (GGZ)",
    "RPZAC004": "Verpleging en verzorging",
    "RPZAC005": "Apotheken",
    "RPZAC104": "Ziekenhuizen, medische centra, klinieken, laboratoria en diagnostische centra",
}
CATEGORIES = {"GGC002": "Behandelgegevens", "GGC012": "Uitslagen", "GGC013": "Medicatiegegevens"}
HIGH = "GGC002"

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
XACML = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
HL7 = "urn:hl7-org:v3"
FHIR = "{http://hl7.org/fhir}"
SOAP_TYPE, FHIR_TYPE = "application/soap+xml; charset=utf-8", "application/fhir+xml"


class National:
    """The WSGI callable with its choices, its subscriptions and its fault; safe to call from several threads."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "national.json"
        self.fault = os.environ.get("REGION_FAULT_NATIONAL", "none")
        self.asked = 0
        self._changed = threading.Condition()
        start = json.loads((Path(__file__).parent / "national_choices.json").read_text(encoding="utf-8"))
        kept = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        self.choices: list[Choice] = kept.get("choices", start)
        self.subscriptions: list[dict[str, str]] = kept.get("subscriptions", [])

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if path.rstrip("/") == "/control":
            return self._control(environ, method).send(start_response)
        if method == "POST" and path == "/geslotenautorisatievraag/xacml3":
            return self._misbehave(_body(environ), start_response)
        if method == "POST" and path == "/abonnementen/fhir/Subscription":
            return self._subscribe(_body(environ)).send(start_response)
        return not_found().send(start_response)

    # -- what is asked

    def decide(self, bsn: str, holder: str, kind: str, code: str, reader: str) -> str:
        """The decision about one holder (URA and type), category and consulting type; the holder's own choice comes first.

        A permission for the covering category implies the one it covers, and not the other way round.
        """
        fitting = [c for c in self.choices if c["bsn"] == bsn and CONSULTING.get(reader) in c["readers"]]
        for whose in (holder, kind):
            by_code = {c["category"]: c["permit"] for c in fitting if c["holder"] == whose}
            if code in by_code:
                return "Permit" if by_code[code] else "Deny"
            if HIGH in by_code:
                return "Permit" if by_code[HIGH] else "NotApplicable"
        return "NotApplicable"

    def _misbehave(self, body: bytes, start_response: StartResponse) -> Iterable[bytes]:
        self.asked += 1
        fault = self.fault
        if fault == "down":
            raise ConnectionResetError("the national service is down")
        if fault == "hang":
            with self._changed:
                self._changed.wait_for(lambda: self.fault != "hang", timeout=HANG_SECONDS)
        if fault == "slow":
            time.sleep(SLOW_SECONDS)
        early = {
            "500": Answer(b"<h1>Server Error</h1>", 500, {"Content-Type": "text/html"}),
            "html": Answer(b"<!doctype html><title>Inloggen</title>", 200, {"Content-Type": "text/html"}),
            "huge": Answer(b"<a>" + b" " * 1_000_000 + b"</a>", 200, {"Content-Type": SOAP_TYPE}),
        }
        if fault in early:
            return early[fault].send(start_response)
        answer = self._answer(body, fault)
        if fault == "drip":
            start_response("200 OK", [("Content-Type", SOAP_TYPE)])
            return (self._late(bytes([byte])) for byte in answer)
        return Answer(answer, 200, {"Content-Type": SOAP_TYPE}).send(start_response)

    def _late(self, piece: bytes) -> bytes:
        if self.fault == "drip":
            time.sleep(0.1)
        return piece

    def _answer(self, body: bytes, fault: str) -> bytes:
        root = fromstring(body)  # noqa: S314 - the demonstration's own product asks
        told = {a.get("AttributeId", "").rpartition(":")[2]: _value(a) for a in root.iter(f"{{{XACML}}}Attribute")}
        decision = "Indeterminate"
        try:
            decision = self.decide(
                told["resource-id"], told["id"], told["healthcare-facility-type-code"], told["event-code"],
                told["consulting-healthcare-facility-type-code"],
            )  # fmt: skip
        except KeyError:
            fault = fault if fault != "none" else "indeterminate"
        if fault == "indeterminate":
            decision = "Indeterminate"
        message = root.findtext(f"{{{SOAP}}}Header/{{{WSA}}}MessageID") or ""
        content = _result(root, decision)
        if fault == "fault":
            content = "<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code></s:Fault>"
        if fault == "other":
            content = content.replace(told.get("resource-id", "?"), "999999990")
        entity = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>' if fault == "attack" else ""
        related = f"<a:RelatesTo>{escape(message)}</a:RelatesTo>"
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>{entity}<s:Envelope xmlns:s="{SOAP}" xmlns:a="{WSA}">'
            f"<s:Header>{related}</s:Header><s:Body>{content}</s:Body></s:Envelope>"
        ).encode()

    # -- who wants to be told

    def _subscribe(self, body: bytes) -> Answer:
        root = fromstring(body)  # noqa: S314 - the demonstration's own product asks
        asked = parse_qs(_said(root, "criteria").partition("?")[2])
        names = {"patientid", "providerid", "providertype"}
        channel = root.find(f"{FHIR}channel")
        if _said(root, "status") != "requested" or not names <= set(asked) or channel is None:
            return Answer(b"", 422)
        wanted = {name: asked[name][0] for name in sorted(names)}
        wanted |= {name: _said(channel, name) for name in ("endpoint", "header")}
        with self._changed:
            key = ("patientid", "providerid", "endpoint")
            same = [s for s in self.subscriptions if all(s[name] == wanted[name] for name in key)]
            self.subscriptions = [s for s in self.subscriptions if s not in same] + [wanted]
            self._keep()
        return Answer(b"", 202, {"Location": f"Subscription/{uuid.uuid4()}"})

    def _control(self, environ: WSGIEnvironment, method: str) -> Answer:
        if environ.get("REMOTE_ADDR") not in ("127.0.0.1", "::1"):
            return Answer(b"only from this machine", 403)
        told: list[int] = []
        if method == "POST":
            try:
                wanted = json.loads(_body(environ))
                if "fault" in wanted:
                    self.set_fault(wanted["fault"])
                if "choice" in wanted:
                    told = self.choose(**wanted["choice"])
            except (ValueError, TypeError, KeyError) as error:
                return Answer(f"not understood: {type(error).__name__}".encode(), 400)
        state = {
            "fault": self.fault,
            "faults": FAULTS,
            "asked": self.asked,
            "choices": self.choices,
            "subscriptions": len(self.subscriptions),
            "notified": told,
        }
        return Answer(json.dumps(state, indent=1).encode(), 200, {"Content-Type": "application/json"})

    def set_fault(self, fault: str) -> None:
        """Misbehave in this way, or behave again with "none"; raises ``KeyError`` for a fault that it does not know."""
        if fault not in FAULTS:
            raise KeyError(fault)
        with self._changed:
            self.fault = fault
            self._changed.notify_all()

    def choose(
        self, bsn: str, holder: str, category: str, readers: list[str], permit: bool | None, at: str = ""
    ) -> list[int]:
        """Change a choice as a citizen would (``permit`` null takes it back), and tell who asked for it; returns their statuses."""
        if category not in CATEGORIES or not set(readers) <= set(READERS):
            raise KeyError(category)
        choice = {
            "bsn": bsn, "holder": holder, "category": category, "readers": readers, "permit": permit,
            "at": at or datetime.now(UTC).isoformat(),
        }  # fmt: skip
        with self._changed:
            left = []
            for former in self.choices:
                if [former[name] for name in ("bsn", "holder", "category")] == [bsn, holder, category]:
                    former = {**former, "readers": [code for code in former["readers"] if code not in readers]}
                left += [former] if former["readers"] else []
            self.choices = left + ([choice] if permit is not None else [])
            self._keep()
        return [] if permit is None else self.tell(choice)

    def tell(self, choice: Choice) -> list[int]:
        """Send a choice to everybody who asked to be told of this person and holder; returns the status of each."""
        statuses = []
        for one in self.subscriptions:
            if one["patientid"] == choice["bsn"] and choice["holder"] in (one["providerid"], one["providertype"]):
                statuses.append(_send(one, notification(choice, one["providerid"], one["providertype"])))
        return statuses

    def _keep(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kept = json.dumps({"choices": self.choices, "subscriptions": self.subscriptions}, indent=1)
        self.path.write_text(kept, encoding="utf-8")


def make_app(folder: Path) -> WSGIApplication:
    """The service for the region in this folder."""
    return National(folder)


def notification(choice: Choice, ura: str, kind: str) -> bytes:
    """The Bundle that tells a holder of a choice (Consent-Mitz-Notify 3.8.0, FHIR STU3, XML)."""
    patient, organisation = f"urn:uuid:{uuid.uuid4()}", f"urn:uuid:{uuid.uuid4()}"
    readers = "".join(
        '<extension url="http://fhir.nl/StructureDefinition/OTV-ProviderCategory"><valueCodeableConcept>'
        + _coding("http://fhir.nl/otv/CodeSystem/raadplegende-zorgaanbiedercategorie", code, READERS[code])
        + "</valueCodeableConcept></extension>"
        for code in choice["readers"]
    )
    consent = (
        '<meta><profile value="http://vzvz.nl/fhir/StructureDefinition/Consent-Mitz-Notify|3.8.0"/></meta>'
        '<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">Keuze van de inwoner.</div></text>'
        f'{readers}<status value="{"active" if choice["permit"] else "inactive"}"/>'
        f"<scope>{_coding('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy')}</scope><category>"
        + _coding("http://fhir.nl/otv/CodeSystem/gegevenscategorie", choice["category"], CATEGORIES[choice["category"]])
        + f'</category><patient><reference value="{patient}"/></patient><dateTime value="{choice["at"]}"/>'
        "<provision>"
        + ('<type value="permit"/>' if choice["permit"] else "")
        + "<actor><role>"
        + _coding("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "CST")
        + f'</role><reference><reference value="{organisation}"/></reference></actor><purpose>'
        '<system value="http://hl7.org/fhir/v3/ActReason"/><code value="TREAT"/></purpose></provision>'
    )
    person = _identifier("http://fhir.nl/fhir/NamingSystem/bsn", choice["bsn"])
    holder = _identifier("http://fhir.nl/fhir/NamingSystem/ura", ura)
    holder += f"<type>{_coding('http://nictiz.nl/fhir/NamingSystem/organization-type', kind)}</type>"
    entries = [(f"urn:uuid:{uuid.uuid4()}", "Consent", consent), (patient, "Patient", person)]
    entries.append((organisation, "Organization", holder))
    inside = "".join(
        f'<entry><fullUrl value="{url}"/><resource><{name}>{content}</{name}></resource>'
        f'<request><method value="POST"/><url value="{name}"/></request></entry>'
        for url, name, content in entries
    )
    return f'<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/>{inside}</Bundle>'.encode()


def _coding(system: str, code: str, display: str = "") -> str:
    shown = f'<display value="{escape(display)}"/>' if display else ""
    return f'<coding><system value="{system}"/><code value="{escape(code)}"/>{shown}</coding>'


def _identifier(system: str, value: str) -> str:
    return f'<identifier><system value="{system}"/><value value="{escape(value)}"/></identifier>'


def _send(subscription: dict[str, str], body: bytes) -> int:
    name, _, value = subscription["header"].partition(":")
    headers = {"Content-Type": FHIR_TYPE, **({name.strip(): value.strip()} if name else {})}
    request = urllib.request.Request(subscription["endpoint"], body, headers, method="POST")  # noqa: S310 - loopback
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _result(root: Element, decision: str) -> str:
    """The result, with the attributes of the question that asked to be repeated."""
    repeated = ""
    for part in root.iter(f"{{{XACML}}}Attributes"):
        inside = "".join(
            f'<Attribute AttributeId="{escape(a.get("AttributeId", ""))}" IncludeInResult="true">{_repeat(a)}</Attribute>'
            for a in part.iter(f"{{{XACML}}}Attribute")
        )
        repeated += f'<Attributes Category="{escape(part.get("Category", ""))}">{inside}</Attributes>'
    status = '<Status><StatusCode Value="urn:oasis:names:tc:xacml:1.0:status:ok"/></Status>'
    return f'<Response xmlns="{XACML}"><Result><Decision>{decision}</Decision>{status}{repeated}</Result></Response>'


def _repeat(attribute: Element) -> str:
    value = next(iter(attribute))
    content = next(iter(value))
    name = content.tag.rpartition("}")[2]
    held = "".join(f' {key}="{escape(text)}"' for key, text in content.attrib.items())
    return (
        f'<AttributeValue DataType="{escape(value.get("DataType", ""))}"><{name} xmlns="{HL7}"{held}/></AttributeValue>'
    )


def _value(attribute: Element) -> str:
    content = next(iter(next(iter(attribute))))
    return content.get("extension") or content.get("code") or ""


def _said(element: Element, name: str) -> str:
    found = element.find(f"{FHIR}{name}")
    return found.get("value", "") if found is not None else ""


def _body(environ: WSGIEnvironment) -> bytes:
    length = min(int(environ.get("CONTENT_LENGTH") or 0), 256 * 1024)
    return environ["wsgi.input"].read(length) if length > 0 else b""
