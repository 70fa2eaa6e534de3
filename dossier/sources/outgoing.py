"""What was written in the network as a resource for a source system, in FHIR R4 or STU3, of the type that the system takes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape

from dossier.sources.codes import LOINC
from dossier.sources.reading import Json, dicts, first

UZI = "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers"
URA = "http://fhir.nl/fhir/NamingSystem/ura"
URI = "urn:ietf:rfc:3986"

_NOTES = ("DocumentReference", "Composition", "Communication")
_WAYS: dict[str, tuple[str, ...]] = {
    "measurement": ("Observation", *_NOTES),
    "answer": ("Communication", "DocumentReference", "Composition"),
    "reply": ("Communication", "DocumentReference", "Composition"),
}
TYPES = frozenset({"DocumentReference", "Composition", "Communication", "Observation"})

_CODES = {
    "conclusion": ("11488-4", "Consult note"),
    "goal": ("18776-5", "Plan of care note"),
    "action": ("18776-5", "Plan of care note"),
    "agreement": ("18776-5", "Plan of care note"),
    "wish": ("42348-3", "Advance directives"),
    "social": ("29762-2", "Social history note"),
    "answer": ("11488-4", "Consult note"),
}
_ANY_NOTE = ("34109-9", "Note")


@dataclass(frozen=True)
class Ability:
    """What a system says that may be done with one type of resource."""

    create: bool = False
    update: bool = False
    conditional: bool = False


@dataclass(frozen=True)
class Former:
    """The version of a text that the system has already, by type, number and version there."""

    type: str
    key: str
    version: str = ""


@dataclass(frozen=True)
class Parcel:
    """One text on its way: what it says, of which day, who signed it for which organisation, and the identifier it goes by.

    ``uncertain``: it was sent before and nobody knows whether it arrived. ``lost``: the identifier of an older version of which
    that holds. ``at`` is the moment of signing.
    """

    identifier: str
    kind: str
    title: str
    text: str
    on_date: date
    at: datetime
    author_name: str
    author_role: str
    author_uzi: str
    organisation: str
    ura: str
    former: Former | None = None
    uncertain: bool = False
    lost: str = ""


def abilities_of(capability: Json) -> dict[str, Ability]:
    """What a system says of itself about writing (CapabilityStatement.rest.resource), of the types that are used here."""
    found: dict[str, Ability] = {}
    for rest in dicts(capability.get("rest")):
        if rest.get("mode") != "server":
            continue
        for resource in dicts(rest.get("resource")):
            codes = {str(one.get("code")) for one in dicts(resource.get("interaction"))}
            if resource.get("type") in TYPES:
                found[str(resource["type"])] = Ability(
                    "create" in codes, "update" in codes, resource.get("conditionalCreate") is True
                )
    return found


def type_for(kind: str, abilities: Mapping[str, Ability]) -> str:
    """The type of resource in which a kind of text goes to a system; empty where it takes none that fits."""
    fitting = (one for one in _WAYS.get(kind, _NOTES) if one in abilities and abilities[one].create)
    return next(fitting, "")


def resource_of(parcel: Parcel, type_: str, patient_id: str, version: str) -> Json:
    """The text as a resource of this type about the patient by the number of the system; ``version`` is R4 or STU3."""
    about: Json = {"reference": f"Patient/{patient_id}"}
    made: Json = {
        "resourceType": type_,
        "language": "nl-NL",
        "text": {"status": "generated", "div": _narrative(parcel)},
        "identifier": [{"system": URI, "value": parcel.identifier}],
        "subject": about,
    }
    return made | _BUILDERS[type_](parcel, version)


def _document(parcel: Parcel, version: str) -> Json:
    attachment: Json = {
        "contentType": "text/plain; charset=utf-8",
        "language": "nl-NL",
        "title": parcel.title,
        "creation": _moment(parcel.at),
        "data": b64encode(parcel.text.encode()).decode(),
    }
    made: Json = {
        "status": "current",
        "docStatus": "final",
        "type": _code(parcel),
        "author": [_author(parcel)],
        "description": parcel.title,
        "content": [{"attachment": attachment}],
        "context": {"period": {"start": parcel.on_date.isoformat(), "end": parcel.on_date.isoformat()}},
    }
    made |= (
        {"indexed": _moment(parcel.at), "created": _moment(parcel.at)}
        if version == "STU3"
        else {"date": _moment(parcel.at)}
    )
    if parcel.former and parcel.former.type == "DocumentReference":
        made["relatesTo"] = [{"code": "replaces", "target": _former(parcel.former)}]
    return made


def _composition(parcel: Parcel, version: str) -> Json:
    section: Json = {
        "title": parcel.title,
        "text": {"status": "generated", "div": _narrative(parcel)},
    }
    made: Json = {
        "identifier": {"system": URI, "value": parcel.identifier},
        "status": "final",
        "type": _code(parcel),
        "date": _moment(parcel.at),
        "author": [_author(parcel)],
        "title": parcel.title,
        "event": [{"period": {"start": parcel.on_date.isoformat(), "end": parcel.on_date.isoformat()}}],
        "section": [section],
    }
    if parcel.former and parcel.former.type == "Composition":
        made["relatesTo"] = [{"code": "replaces", "targetReference": _former(parcel.former)}]
    return made


def _communication(parcel: Parcel, version: str) -> Json:
    return {
        "status": "completed",
        "category": [{"text": parcel.title}],
        "sent": _moment(parcel.at),
        "sender": _author(parcel),
        "payload": [{"contentString": parcel.text}],
    }


def _observation(parcel: Parcel, version: str) -> Json:
    made: Json = {
        "status": "final",
        "code": {"text": parcel.title},
        "effectiveDateTime": parcel.on_date.isoformat(),
        "issued": _moment(parcel.at),
        "performer": [_author(parcel)],
        "valueString": parcel.text,
    }
    if parcel.former and parcel.former.type == "Observation":
        made["extension"] = [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/observation-replaces",
                "valueReference": _former(parcel.former),
            }
        ]
    return made


_BUILDERS = {
    "DocumentReference": _document,
    "Composition": _composition,
    "Communication": _communication,
    "Observation": _observation,
}


def _author(parcel: Parcel) -> Json:
    """Who signed, in words, and by number where there is one: of the person, else of the organisation."""
    made: Json = {"display": f"{parcel.author_name}, {parcel.author_role}, {parcel.organisation}"}
    if parcel.author_uzi:
        made["identifier"] = {"system": UZI, "value": parcel.author_uzi}
    elif parcel.ura:
        made["identifier"] = {"system": URA, "value": parcel.ura}
    return made


def _code(parcel: Parcel) -> Json:
    code, display = _CODES.get(parcel.kind, _ANY_NOTE)
    return {"coding": [{"system": LOINC, "code": code, "display": display}], "text": parcel.title}


def _former(former: Former) -> Json:
    return {"reference": f"{former.type}/{former.key}"}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _narrative(parcel: Parcel) -> str:
    words = escape(parcel.text).replace("\n", "<br/>")
    return f'<div xmlns="http://www.w3.org/1999/xhtml" lang="nl-NL"><p>{words}</p></div>'


def carries(resource: Json, identifier: str) -> bool:
    """Whether a resource of the system is the one that went under this identifier."""
    given = resource.get("identifier")
    return any(one.get("value") == identifier for one in (dicts(given) if isinstance(given, list) else [first(given)]))
