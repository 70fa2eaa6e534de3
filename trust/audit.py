"""A line of the log as a FHIR R4 AuditEvent, after IHE Basic Audit Log Patterns 1.1 and NEN 7513:2018, chapter 7.

Pure: a line and the numbers by which registers know its organisation and professional go in, a plain dictionary comes
out. A citizen is the number of the record and nothing else; no name, no BSN and no health information is in it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings

from events.models import Event
from people.models import Membership, Organisation
from trust.categories import from_mask

Resource = dict[str, Any]

BASE = f"{settings.ADDRESS}/fhir"
URA = "http://fhir.nl/fhir/NamingSystem/ura"
UZI = "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers"
BALP = "https://profiles.ihe.net/ITI/BALP"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
TERMS = "http://terminology.hl7.org/CodeSystem"
PURPOSE = f"{TERMS}/v3-ActReason"
OWN_EVENT = f"{BASE}/CodeSystem/event"
OWN_ROLE = f"{BASE}/CodeSystem/role"
OWN_NUMBER = f"{BASE}/NamingSystem"
"""Own numbers: ``OWN_NUMBER/patient``, ``/user``, ``/organisation`` and one for each kind of subject."""


class Shape(NamedTuple):
    """How a kind of event is written: its pattern in BALP (empty where there is none), type, subtype and action."""

    profile: str
    type: tuple[str, str, str]
    subtype: tuple[str, str, str]
    action: str


_REST = (f"{TERMS}/audit-event-type", "rest", "Restful Operation")
_SECURITY = (DCM, "110113", "Security Alert")
_LOGIN = (DCM, "110114", "User Authentication")


def _rest(interaction: str, action: str) -> Shape:
    profile = {"search": "Query"}.get(interaction, interaction.capitalize())
    return Shape(profile, _REST, ("http://hl7.org/fhir/restful-interaction", interaction, interaction), action)


READ, SEARCH = _rest("read", "R"), _rest("search", "E")
CREATE, UPDATE, DELETE = _rest("create", "C"), _rest("update", "U"), _rest("delete", "D")
DECISION = Shape("AuthZconsent", _SECURITY, (f"{BALP}/CodeSystem/AuthZsubType", "AuthZ-Consent", ""), "E")
EXPORT = Shape("", (DCM, "110106", "Export"), (f"{TERMS}/iso-21089-lifecycle", "extract", ""), "R")
EMERGENCY = (DCM, "110127", "Emergency Override Started")
EMERGENCY_OVER = (DCM, "110138", "Emergency Override Stopped")
RULES = Shape("", _SECURITY, (DCM, "110129", "Security Configuration"), "U")

SHAPES: dict[str, Shape] = {
    "record.opened": READ,
    "document.read": READ,
    "record.searched": SEARCH,
    "bsn.shown": READ,
    "print.shown": READ,
    "print.asked": EXPORT,
    "print.made": EXPORT,
    "print.taken": EXPORT,
    "record.denied": DECISION,
    "log.searched": SEARCH,
    "log.patient_sought": SEARCH,
    "log.opened": READ,
    "log.export_made": EXPORT,
    "log.export_fetched": EXPORT,
    "log.dropped": DELETE,
    "session.started": Shape("", _LOGIN, (DCM, "110122", "Login"), "E"),
    "session.refused": Shape("", _LOGIN, (DCM, "110122", "Login"), "E"),
    "session.ended": Shape("", _LOGIN, (DCM, "110123", "Logout"), "E"),
    "emergency.started": Shape("", _SECURITY, EMERGENCY, "E"),
    "emergency.ended": Shape("", _SECURITY, EMERGENCY_OVER, "E"),
    "policy.stated": RULES,
    "need.stated": RULES,
}
"""The events that are no plain change; of the others the last word of the verb tells whether something began."""

_BEGUN = frozenset({
    "sent", "asked", "added", "chosen", "given", "stated", "placed", "made", "enrolled", "registered", "export_asked",
})  # fmt: skip


def shape_of(verb: str) -> Shape:
    """How an event is written; what is not listed creates or updates."""
    return SHAPES.get(verb) or (CREATE if verb.rpartition(".")[2] in _BEGUN else UPDATE)


@dataclass(frozen=True)
class Known:
    """The numbers by which registers know who stands in the lines: URA by organisation, UZI by account and organisation."""

    ura: Mapping[int, str] = field(default_factory=dict)
    uzi: Mapping[tuple[int, int], str] = field(default_factory=dict)


def known_in(lines: Iterable[Event]) -> Known:
    """The register numbers of these lines, read at once."""
    seen = list(lines)
    places = {line.organisation_id for line in seen if line.organisation_id}
    users = {line.user_id for line in seen if line.user_id and line.actor_kind == "professional"}
    members = Membership.objects.filter(user_id__in=users, organisation_id__in=places).exclude(uzi="")
    return Known(
        dict(Organisation.objects.filter(pk__in=places).exclude(ura="").values_list("pk", "ura")),
        {(user, place): uzi for user, place, uzi in members.values_list("user_id", "organisation_id", "uzi")},
    )


def audit_event(line: Event, known: Known | None = None) -> Resource:
    """One line as an AuditEvent; every mandatory field of NEN 7513:2018 is in it, whatever kind of line it is."""
    known = known or Known()
    shape = shape_of(line.verb)
    urgent = line.purpose == "ETREAT" and shape.subtype not in (EMERGENCY, EMERGENCY_OVER)
    subtypes = [shape.subtype, *([EMERGENCY] if urgent else []), (OWN_EVENT, line.verb, "")]
    profile = _profile(shape, line)
    return _filled(
        resourceType="AuditEvent",
        id=str(line.pk),
        meta={"profile": [f"{BALP}/StructureDefinition/IHE.BasicAudit.{profile}"]} if profile else {},
        type=_coding(*shape.type),
        subtype=[_coding(*one) for one in subtypes],
        action=shape.action,
        recorded=line.at.isoformat(timespec="milliseconds"),
        outcome="8" if line.outcome == "denied" else "4" if line.reason else "0",
        outcomeDesc=line.reason,
        agent=_agents(line, shape, known),
        source={
            "site": settings.ADDRESS,
            "observer": _identified("Device", "system", "nis"),
            "type": [_coding(f"{TERMS}/security-source-type", "4", "Application Server")],
        },
        entity=_entities(line, shape),
    )


def _profile(shape: Shape, line: Event) -> str:
    """The pattern; those of reading and changing have a variant for when it is about a patient."""
    if not shape.profile or (shape is DECISION and line.patient_id is None):
        return ""
    return f"Patient{shape.profile}" if line.patient_id and shape is not DECISION else shape.profile


def _filled(**elements: Any) -> Resource:
    return {name: value for name, value in elements.items() if value not in (None, "", [], {})}


def _coding(system: str, code: str, display: str = "") -> Resource:
    return _filled(system=system, code=code, display=display)


def _concept(system: str, code: str, display: str = "") -> Resource:
    return {"coding": [_coding(system, code, display)]}


def _identified(kind: str, name: str, value: object, system: str = "") -> Resource:
    return {"type": kind, "identifier": {"system": system or f"{OWN_NUMBER}/{name}", "value": str(value)}}


def policies(line: Event) -> list[str]:
    """The rules the decision rested on (NEN 7513:2018, 7.4.6), as address and version: role need, each holder's policy, mandate."""
    kept: Mapping[str, Any] = line.grounds or {}
    found = [f"{BASE}/policy/role-need|{kept['need']}"] if kept.get("need") else []
    for holder, opened in sorted(kept.get("holders", {}).items(), key=lambda item: int(item[0])):
        if len(opened) > 2 and opened[2]:
            found.append(f"{BASE}/policy/organisation-{holder}|{opened[2]}")
    return found + [f"{BASE}/policy/basis-{basis.replace(':', '-')}" for basis in line.basis.split(",") if basis]


def _agents(line: Event, shape: Shape, known: Known) -> list[Resource]:
    """The two systems, who acted, and the organisation that answers for it; BALP turns the systems round for a change."""
    here: Resource = {
        "who": _identified("Device", "system", "nis"), "requestor": False, "network": {"address": BASE, "type": "5"},
    }  # fmt: skip
    there = _filled(
        who={"display": line.place or "system"},
        network={"address": line.place, "type": "2"} if line.place else {},
    ) | {"requestor": False}
    if shape.profile == "Delete":
        sides = [("110150", there), (None, here)]
    elif shape.profile == "Read" or shape is EXPORT:
        sides = [("110152", there), ("110153", here)]
    elif shape.profile in {"Query", "Create", "Update"}:
        sides = [("110153", there), ("110152", here)]
    else:
        sides = [("110150", there), ("authserver", here)]
    agents = [{"type": _side(code), **side} for code, side in sides]
    agents.append(_user(line, shape, known))
    if line.organisation_id:
        ura = known.ura.get(line.organisation_id)
        who = _identified("Organization", "organisation", ura or line.organisation_id, URA if ura else "")
        agents.append({"type": _concept(f"{TERMS}/v3-RoleClass", "PROV"), "who": who, "requestor": False})
    return agents


def _side(code: str | None) -> Resource:
    if code is None:
        return _concept(f"{TERMS}/provenance-participant-type", "custodian")
    return _concept(f"{TERMS}/extra-security-role-type" if code == "authserver" else DCM, code)


def _user(line: Event, shape: Shape, known: Known) -> Resource:
    """Who acted: a professional by UZI number where there is one, a citizen by account, a worker and a participant's own system by name."""
    kind = (
        "Device"
        if line.actor_name
        else {"professional": "Practitioner", "citizen": "Person"}.get(line.actor_kind, "Device")
    )
    uzi = known.uzi.get((line.user_id or 0, line.organisation_id or 0))
    name = "worker" if line.actor_name or not line.user_id else "user"
    number = line.actor_name or line.user_id or line.actor_kind
    reads = shape.action in {"R", "E"}
    return _filled(
        type=_concept(f"{TERMS}/v3-ParticipationType", "IRCP" if reads else "AUT"),
        role=[_concept(OWN_ROLE, line.role or line.actor_kind)],
        who=_identified(kind, name, uzi or number, UZI if uzi else ""),
        altId=str(number) if uzi else "",
        policy=policies(line),
        purposeOfUse=[_concept(PURPOSE, line.purpose)] if line.purpose else [],
    ) | {"requestor": True}


def _entity(type_: str, role: str, **more: Any) -> Resource:
    return _filled(
        type=_coding(f"{TERMS}/audit-entity-type", type_), role=_coding(f"{TERMS}/object-role", role), **more
    )


def _entities(line: Event, shape: Shape) -> list[Resource]:
    """The citizen, what it was about with the categories, the search, the choices that decided, and the request."""
    found: list[Resource] = []
    if shape is SEARCH:
        asked = "&".join(
            [*(f"field={name}" for name in line.data.get("fields", [])), f"found={line.data.get('found', 0)}"]
        )
        found.append(_entity("2", "24", query=base64.b64encode(asked.encode()).decode()))
    else:
        what = _identified("Basic", line.subject_type or "event", line.subject_id or line.pk)
        del what["type"]
        role = "3" if shape is EXPORT else "4"
        found.append(_entity("2", role, what=what, detail=_details(line)))
    if line.patient_id:
        basis = [{"type": "treatment-relation", "valueString": line.basis}] if line.basis else []
        found.append(_entity("1", "1", what=_identified("Patient", "patient", line.patient_id), detail=basis))
    if shape is DECISION:
        choices = _identified("Consent", "consents-of-patient", line.patient_id or 0)
        found.append({"type": _coding("http://hl7.org/fhir/resource-types", "Consent"), "what": choices})
    if line.request_id:
        found.append(
            {
                "type": _coding(f"{BALP}/CodeSystem/BasicAuditEntityType", "XrequestId"),
                "what": {"identifier": {"value": line.request_id}},
            }
        )
    return found


def _details(line: Event) -> list[Resource]:
    """Which categories were opened on which ground, and of which holder (NEN 7513:2018, 7.2.6 and 7.4.10)."""
    masks = {
        "categories": line.categories, "own-categories": line.own_categories, "consented-categories": line.consented,
        "withheld-categories": line.withheld,
    }  # fmt: skip
    for holder, opened in sorted((line.grounds or {}).get("holders", {}).items(), key=lambda item: int(item[0])):
        masks[f"holder-{holder}-shared"], masks[f"holder-{holder}-facts"] = opened[0] or 0, opened[1] or 0
    details = [{"type": name, "valueString": categories(mask)} for name, mask in masks.items() if mask]
    for name in sorted(line.data or {}):
        value = line.data[name]
        if isinstance(value, str | int | bool) and value != "":
            details.append({"type": name, "valueString": str(value)})
    return details


def categories(mask: int) -> str:
    """The categories of a mask by their code words, as ``identity,plan``."""
    return ",".join(category.name.lower() for category in sorted(from_mask(mask)))
