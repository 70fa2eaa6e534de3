"""What other systems bring in STU3, read strictly: a notification, and a workflow task as it should become or as it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from dossier.sources.reading import Json, code_set, codings, dicts, first
from exchange import fhir
from exchange.partners.models import FhirConnection
from exchange.partners.reading import LONGEST_WORDS, Fault, Faulty, Wanted
from exchange.pull import spec
from exchange.pull.writing import place_of, urgency_of
from people.access import participants
from people.models import Organisation
from referrals.access import naming_fault
from referrals.moves import AskReason, Outcome, RejectionReason

STATUSES = ("received", "accepted", "rejected", "in-progress", "completed")
"""The states that who is asked brings a workflow task to (BgZ referral; *in-progress* where it is said)."""
LONGEST_BASE = 4000


@dataclass(frozen=True)
class Told:
    """A notification: what it is called there, where its workflow task stands, what to show for it, for whom it is."""

    name: str
    remote: str
    base: str
    organisation: Organisation
    service: int
    until: datetime | None
    withdrawn: bool


def read_notification(body: Any, here: FhirConnection) -> Told:
    """A notification of the system of this organisation, and of no other; raises :class:`Faulty`, with all that is wrong."""
    faults: list[Fault] = []

    def need(holds: object, place: str, words: str, code: str = "value") -> None:
        if not holds:
            faults.append(Fault(code, place, words))

    task = body if isinstance(body, dict) else {}
    need(task.get("resourceType") == "Task", "Task", _("Hier hoort een %(kind)s.") % {"kind": "Task"}, "structure")
    need(_has(task.get("code"), spec.TASK_CODE, spec.NOTIFICATION), "Task.code", _("Hier hoort pull-notification."))
    status = task.get("status")
    need(
        status in {"requested", "cancelled"},
        "Task.status",
        _("Hier hoort: %(known)s.") % {"known": "requested, cancelled"},
    )
    need("for" not in task, "Task.for", _("Voor acceptatie hoort hier niemand: laat de inwoner weg."), "business-rule")
    behalf = first(first(task.get("requester")).get("onBehalfOf"))
    ours = place_of(here.organisation)
    need(
        _same(behalf.get("identifier"), ours),
        "Task.requester.onBehalfOf",
        _("Uw systeem meldt zich voor een andere organisatie."),
        "forbidden",
    )
    owner = _organisation(first(first(task.get("owner")).get("identifier")))
    need(owner, "Task.owner", _("Deze ontvanger is er niet; noem de URA."), "not-found")
    name = str(
        first(task.get("groupIdentifier")).get("value") or first(first(task.get("identifier"))).get("value") or ""
    )
    need(0 < len(name) <= 200 and name.isprintable(), "Task.groupIdentifier", _("Dit is verplicht."), "required")
    based = str(first(first(task.get("basedOn"))).get("reference") or "")
    remote = based.removeprefix(f"{here.endpoint}/")
    kind, _slash, number = remote.partition("/")
    plain = (
        kind == "Task"
        and 0 < len(number) <= 64
        and all(one.isascii() and (one.isalnum() or one in "-.") for one in number)
    )
    need(plain and here.endpoint, "Task.basedOn", _("Noem de workflow-taak bij het aangesloten FHIR-adres."))
    base = next(
        (
            str(one.get("valueString", ""))
            for one in dicts(task.get("input"))
            if _has(one.get("type"), spec.PARAMETER, spec.AUTHORIZATION)
        ),
        "",
    )
    need(
        status == "cancelled" or 0 < len(base) <= LONGEST_BASE,
        "Task.input",
        _("Geef authorization-base mee."),
        "required",
    )
    end = first(first(task.get("restriction")).get("period")).get("end")
    until = parse_datetime(end) if isinstance(end, str) else None
    if faults or owner is None:
        raise Faulty(faults)
    return Told(
        name, remote, base, owner, service_of(task), until if until and until.tzinfo else None, status == "cancelled"
    )


def _same(identifier: Any, ours: Mapping[str, str]) -> bool:
    given = first(identifier)
    return (given.get("system"), given.get("value")) == (ours["system"], ours["value"])


def _has(concept: Any, system: str, code: str) -> bool:
    return any(one.get("system") == system and one.get("code") == code for one in codings(concept))


def _organisation(identifier: Json) -> Organisation | None:
    system, value = identifier.get("system"), str(identifier.get("value") or "")
    if system == fhir.URA and value:
        return participants().filter(ura=value).first()
    own = system == f"{fhir.BASE}/NamingSystem/organization"
    return (
        participants().filter(pk=int(value)).first()
        if own and value.isascii() and value.isdecimal() and len(value) < 10
        else None
    )


def service_of(task: Json) -> int:
    """The service that a Task is routed to, by its number in this network; zero where it says none."""
    for one in dicts(task.get("extension")):
        if one.get("url") == spec.ROUTE:
            found = str(first(one.get("valueReference")).get("reference") or "").removeprefix(f"{fhir.BASE}/")
            kind, _slash, number = found.partition("/")
            if kind == "HealthcareService" and number.isascii() and number.isdecimal() and len(number) < 19:
                return int(number)
    return 0


def read_status(body: Any, pk: int, notes: int) -> Wanted:
    """A workflow task as it should become. A system that knows no reasons or outcomes of this network may leave them out."""
    task = body if isinstance(body, dict) else {}
    faults = []
    if task.get("resourceType") != "Task" or task.get("id") != str(pk):
        faults.append(Fault("value", "Task.id", _("Dit is een andere taak dan in het adres.")))
    status = str(task.get("status"))
    if status not in STATUSES:
        faults.append(
            Fault("code-invalid", "Task.status", _("Hier hoort: %(known)s.") % {"known": ", ".join(STATUSES)})
        )
    later = dicts(task.get("note"))[notes:]
    if len(later) > 1:
        faults.append(Fault("value", "Task.note", _("Eén nieuwe note per stap.")))
    reason = first(task.get("statusReason"))
    words = str(
        (later[0] if later else {}).get("text") or (reason.get("text") if status == "rejected" else "") or ""
    ).strip()
    if len(words) > LONGEST_WORDS:
        faults.append(Fault("too-long", "Task.note", _("Hoogstens %(n)s tekens.") % {"n": LONGEST_WORDS}))
    if faults:
        raise Faulty(faults)
    outcome = ""
    if status == "completed":
        said = [first(one.get("valueCodeableConcept")) for one in dicts(task.get("output"))]
        outcome = _known(said, Outcome.values, Outcome.HELPED)
        words = words or ("" if said else _("Afgerond door het systeem van de ontvanger, dat geen uitkomst gaf."))
    known, usual = (
        (RejectionReason.values, RejectionReason.OTHERWISE)
        if status == "rejected"
        else (AskReason.values, AskReason.QUESTION)
    )
    return Wanted(status, words, _known(reason, known, usual), outcome)


def _known(concepts: Any, known: list[str], usual: str) -> str:
    found = [code for code in sorted(code_set(concepts)) if code in known]
    return found[0] if found else str(usual)


@dataclass(frozen=True)
class Waits:
    """A workflow task at another system, before acceptance: its state, the need in a few words, the pace, the service."""

    status: str
    notice: str
    urgency: str
    service: int


def read_workflow(task: Json) -> Waits:
    """What may be known before acceptance; words that name somebody by number are not taken over."""
    said = str(task.get("description") or "").strip()[:200]
    notice = "" if naming_fault(said, None) or not said.isprintable() else said
    return Waits(str(task.get("status")), notice, urgency_of(str(task.get("priority"))), service_of(task))
