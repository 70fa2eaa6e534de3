"""What a system of a participant brings, read strictly: a referral (ServiceRequest with its Task), or a Task as it should become.

Whatever is wrong is named by its place, all of it at once. What this network would not keep is refused rather than lost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dossier.sources.check import fault_of
from exchange import fhir
from referrals.moves import AskReason, Outcome, RejectionReason, Status, Urgency

LONGEST_WORDS = 300
LONGEST_TEXT = 4000
AGREED = f"{fhir.BASE}/StructureDefinition/agreed"
"""Extension on a ServiceRequest: that the person was asked, without which nothing is referred (art. 7:457 BW)."""
_USUAL = {"resourceType", "id", "meta", "implicitRules", "language", "text"}
_REQUEST = {
    "extension", "identifier", "status", "intent", "category", "priority", "code", "subject", "authoredOn", "requester",
    "performer", "reasonCode", "note",
}  # fmt: skip
_TASK = {
    "identifier", "status", "statusReason", "businessStatus", "intent", "priority", "code", "description", "focus", "for",
    "executionPeriod", "authoredOn", "lastModified", "requester", "owner", "note", "restriction", "output",
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: a code of issue-type, where (FHIRPath), and in words."""

    code: str
    place: str
    words: str


class Faulty(Exception):
    """What was brought cannot be taken."""

    def __init__(self, faults: Iterable[Fault], status: int = 422) -> None:
        super().__init__("faulty")
        self.faults, self.status = list(faults), status


@dataclass(frozen=True)
class Asked:
    """A referral as a system brings it; ``bsn`` or ``key`` names the person, ``remote`` is the address of its own task."""

    system: str
    value: str
    digest: str
    bsn: str
    key: str
    service: int
    question: str
    wish: str
    notice: str
    urgency: str
    remote: str


@dataclass(frozen=True)
class Wanted:
    """What a Task should become: its status with the words, reason and outcome that go along."""

    status: str
    words: str
    reason: str
    outcome: str


class Reader:
    """Reads a resource and gathers what is wrong."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, place: str, words: object, code: str = "value") -> None:
        self.faults.append(Fault(code, place, str(words)))

    def known(self, resource: Mapping[str, Any], names: set[str], kind: str) -> None:
        """Name every element that would be lost."""
        for name in resource:
            if name.removeprefix("_") not in names | _USUAL:
                self.fault(f"{kind}.{name}", _("Dit element verwerkt het netwerk niet; laat het weg."), "not-supported")

    def one_of(self, resource: Mapping[str, Any], name: str, kind: str, allowed: Iterable[str]) -> str:
        value, words = resource.get(name), list(allowed)
        if value not in words:
            self.fault(f"{kind}.{name}", _("Hier hoort: %(known)s.") % {"known": ", ".join(words)}, "code-invalid")
        return str(value)

    def text(self, value: Any, place: str, most: int, *, needed: bool = False) -> str:
        text = value.strip() if isinstance(value, str) else ""
        if needed and not text:
            self.fault(place, _("Dit is verplicht."), "required")
        if len(text) > most:
            self.fault(place, _("Hoogstens %(n)s tekens.") % {"n": most}, "too-long")
        return text

    def single(self, resource: Mapping[str, Any], name: str, kind: str, *, needed: bool = True) -> dict[str, Any]:
        """The one member of a list."""
        found = resource.get(name) or []
        if len(found) > 1 or (needed and not found):
            self.fault(f"{kind}.{name}", _("Hier hoort er precies één."), "required" if not found else "value")
        return dict(found[0]) if found else {}

    def end(self) -> None:
        if self.faults:
            raise Faulty(self.faults)


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def valid(resource: Any, kind: str) -> None:
    """Structure as R4 has it."""
    if not isinstance(resource, dict) or resource.get("resourceType") != kind:
        raise Faulty([Fault("structure", kind, _("Hier hoort een %(kind)s.") % {"kind": kind})])
    if said := fault_of(resource):
        place = said.rpartition(":")[2] if said.startswith("invalid:") else kind
        raise Faulty([Fault("structure", place, _("Dit is geen FHIR R4 (%(reason)s).") % {"reason": said})])


def read_referral(body: Any, endpoint: str) -> Asked:
    """A transaction of one ServiceRequest and its Task, by their own full addresses; raises :class:`Faulty`."""
    found = body.get("entry") if body.get("resourceType") == "Bundle" and body.get("type") == "transaction" else None
    listed = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    entries = {str(_part(_part(one, "resource"), "resourceType")): one for one in listed if isinstance(one, dict)}
    if len(listed) != 2 or set(entries) != {"ServiceRequest", "Task"}:
        words = _("Breng in één transactie (Bundle.type transaction) een ServiceRequest en de Task die erbij hoort.")
        raise Faulty([Fault("structure", "Bundle.entry", words)])
    request, task = entries["ServiceRequest"]["resource"], entries["Task"]["resource"]
    valid(request, "ServiceRequest")
    valid(task, "Task")
    read = Reader()
    for kind, entry in entries.items():
        if {"fullUrl", "resource", "request"} != entry.keys() or entry["request"] != {"method": "POST", "url": kind}:
            read.fault(
                "Bundle.entry.request",
                _("Hier hoort fullUrl, resource, en als request alleen POST %(kind)s.") % {"kind": kind},
            )
    read.known(request, _REQUEST, "ServiceRequest")
    read.known(task, _TASK, "Task")
    read.one_of(request, "status", "ServiceRequest", ["active"])
    read.one_of(request, "intent", "ServiceRequest", ["order"])
    read.one_of(task, "status", "Task", ["requested"])
    read.one_of(task, "intent", "Task", ["order"])
    address = str(entries["ServiceRequest"].get("fullUrl", ""))
    if not address or task.get("focus", {}).get("reference") != address:
        read.fault("Task.focus", _("Verwijs naar de fullUrl van de ServiceRequest."))
    identifier = read.single(request, "identifier", "ServiceRequest")
    system = read.text(identifier.get("system"), "ServiceRequest.identifier.system", 200, needed=True)
    value = read.text(identifier.get("value"), "ServiceRequest.identifier.value", 200, needed=True)
    agreed = [one for one in request.get("extension", []) if one.get("url") == AGREED]
    if len(agreed) != len(request.get("extension", [])) or [one.get("valueBoolean") for one in agreed] != [True]:
        words = _("Bespreek de verwijzing eerst met de inwoner, en zeg dat met %(url)s = true.") % {"url": AGREED}
        read.fault("ServiceRequest.extension", words, "required")
    bsn, key = _person(request.get("subject", {}), read)
    if (bsn or key) and "for" in task and task["for"].get("identifier") != request.get("subject", {}).get("identifier"):
        read.fault("Task.for", _("Dit is een ander dan ServiceRequest.subject."))
    performer = read.single(request, "performer", "ServiceRequest")
    kind, _slash, number = str(performer.get("reference", "")).removeprefix(f"{fhir.BASE}/").partition("/")
    if kind != "HealthcareService" or not (number.isascii() and number.isdecimal() and len(number) < 19):
        read.fault("ServiceRequest.performer", _("Noem het aanbod: HealthcareService/<nummer> van dit netwerk."))
        number = "0"
    reason = read.single(request, "reasonCode", "ServiceRequest")
    question = read.text(reason.get("text"), "ServiceRequest.reasonCode.text", LONGEST_TEXT, needed=bool(reason))
    if reason.keys() - {"text"}:
        read.fault("ServiceRequest.reasonCode", _("Alleen tekst; codes gaan hier verloren."), "not-supported")
    wish = read.text(
        read.single(request, "note", "ServiceRequest", needed=False).get("text"), "ServiceRequest.note", 1000
    )
    notice = read.text(task.get("description"), "Task.description", LONGEST_WORDS)
    if task.get("note") or task.get("output") or task.get("statusReason"):
        read.fault("Task", _("Een nieuwe taak heeft nog geen note, output of statusReason."), "not-supported")
    pace = request.get("priority", "routine")
    if pace not in {"routine", "urgent"}:
        read.fault("ServiceRequest.priority", _("Hier hoort: routine, urgent."), "code-invalid")
    read.end()
    told = json.dumps([request, {**task, "focus": None}], sort_keys=True, ensure_ascii=False)
    return Asked(
        system, value, hashlib.sha256(told.encode("utf-8", "replace")).hexdigest(), bsn, key, int(number), question, wish, notice,
        Urgency.SOON if pace == "urgent" else Urgency.ROUTINE, _own_address(str(entries["Task"].get("fullUrl", "")), endpoint),
    )  # fmt: skip


def _person(subject: Mapping[str, Any], read: Reader) -> tuple[str, str]:
    """BSN, or the key of the record for who may not use the BSN."""
    named = subject.get("identifier", {})
    system, value = named.get("system"), str(named.get("value", ""))
    if system == fhir.BSN and len(value) == 9 and value.isascii() and value.isdecimal():
        return value, ""
    if system == fhir.UUIDS and value.startswith("urn:uuid:"):
        return "", value.removeprefix("urn:uuid:")[:40]
    words = _("Noem de inwoner met identifier: %(bsn)s van negen cijfers, of urn:uuid: met de sleutel van het dossier.")
    read.fault("ServiceRequest.subject.identifier", words % {"bsn": fhir.BSN}, "required")
    return "", ""


def _own_address(address: str, endpoint: str) -> str:
    """``Task/<id>`` at the connected system, where its task stands there and not somewhere else."""
    inside = address.removeprefix(endpoint.rstrip("/") + "/") if endpoint else address
    kind, _slash, name = inside.partition("/")
    fits = kind == "Task" and 0 < len(name) <= 64 and all(sign.isalnum() or sign in "-." for sign in name)
    return inside if fits and name.isascii() and inside != address else ""


def read_task(body: Any, pk: int, notes: int) -> Wanted:
    """A Task as it should become; ``notes`` is how many notes the thread has, of which at most one may be new. Raises :class:`Faulty`."""
    valid(body, "Task")
    read = Reader()
    read.known(body, _TASK | {"input"}, "Task")
    if body.get("id") != str(pk):
        read.fault("Task.id", _("Dit is een andere taak dan in het adres."))
    read.one_of(body, "intent", "Task", ["order"])
    status = read.one_of(body, "status", "Task", sorted(set(fhir.TASK_STATUS.values())))
    later = body.get("note", [])[notes:]
    if len(later) > 1:
        read.fault("Task.note", _("Eén nieuwe note per stap."))
    words = read.text(later[0].get("text") if later else "", "Task.note.text", LONGEST_WORDS)
    codes = {"rejected": (fhir.OWN_REJECTION, RejectionReason), "received": (fhir.OWN_ASK_REASON, AskReason)}
    reason = outcome = ""
    if status in codes:
        reason = _code(body.get("statusReason", {}), *codes[status], "Task.statusReason", read)
    if status == fhir.TASK_STATUS[Status.COMPLETED]:
        coded = [one for one in body.get("output", []) if "valueCodeableConcept" in one]
        said = read.single({"output": coded}, "output", "Task")
        outcome = _code(said.get("valueCodeableConcept", {}), fhir.OWN_OUTCOME, Outcome, "Task.output", read)
    read.end()
    return Wanted(status, words, reason, outcome)


def _code(concept: Mapping[str, Any], system: str, known: Any, place: str, read: Reader) -> str:
    codes = [one.get("code") for one in concept.get("coding", []) if one.get("system") == system]
    if len(codes) != 1 or codes[0] not in known.values:
        words = _("Hier hoort één code van %(system)s: %(known)s.")
        read.fault(place, words % {"system": system, "known": ", ".join(known.values)}, "code-invalid")
    return str(codes[0]) if codes else ""
