"""Whom a resource of a source names around the person: values with which the register can take them over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from dossier.models.network_codes import Capacity, ContactRole, Relationship
from dossier.sources.reading import Json, clean, codings, dicts, first

COD472 = "urn:oid:2.16.840.1.113883.2.4.3.11.22.472"
EXTRA_ROLES = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.23.1"
ROLE_CODE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
SNOMED = "http://snomed.info/sct"


@dataclass(frozen=True)
class Found:
    """Somebody whom a source names: ``kind`` is related_person or participant, ``values`` fit the fields of the register.

    ``place`` tells them apart within one resource; ``detail`` is what the screen shows under the name.
    """

    kind: str
    name: str
    detail: str
    place: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def found_in(kind: str, title: str, detail: str, resource: Json) -> list[Found]:
    """The people in one resource: a contact person, or the professionals of a care team; others are nobody."""
    if kind == "RelatedPerson":
        return [Found("related_person", title, detail, "", _person(title, resource))] if title else []
    return _members(detail, resource)


def _person(title: str, resource: Json) -> dict[str, Any]:
    roles, relation, unknown = [], "", []
    for concept in dicts(resource.get("relationship")):
        for coding in codings(concept):
            system, code = str(coding.get("system") or ""), str(coding.get("code") or "")
            if system in {COD472, EXTRA_ROLES} and code in ContactRole.values:
                roles.append(code)
            elif system == ROLE_CODE and code in Relationship.values:
                relation = code
            elif code == "OTH":
                relation = relation or "OTH"
            else:
                unknown.append(clean(coding.get("display")) or clean(concept.get("text")))
    numbers = [clean(one.get("value")) for one in dicts(resource.get("telecom")) if one.get("system") == "phone"]
    mails = [clean(one.get("value")) for one in dicts(resource.get("telecom")) if one.get("system") == "email"]
    span = first(resource.get("period"))
    return {
        "name": title[:160],
        "relationship": relation or ("OTH" if unknown else ""),
        "roles": list(dict.fromkeys(roles)),
        "phone": _number(numbers[0]) if numbers else "",
        "other_phone": _number(numbers[1]) if len(numbers) > 1 else "",
        "email": _mail(mails[0]) if mails else "",
        "address": _address(first(resource.get("address")))[:200],
        "note": ", ".join(filter(None, unknown))[:120],
        "until": str(span.get("end") or "")[:10],
    }


def _number(value: str) -> str:
    kept = "".join(sign for sign in value if sign.isdigit() or sign in "+ -()/").strip()
    return kept[:20]


def _mail(value: str) -> str:
    try:
        validate_email(value)
    except ValidationError:
        return ""
    return value[:254]


def _address(address: Json) -> str:
    lines = address.get("line")
    parts = [clean(line) for line in (lines if isinstance(lines, list) else [])] + [
        clean(address.get("postalCode")),
        clean(address.get("city")),
    ]
    return clean(address.get("text")) or " ".join(filter(None, parts))


def _members(detail: str, resource: Json) -> list[Found]:
    """The members of a care team; contact persons among them come as resources of their own, the person is not a member here."""
    named = detail.split("; ")
    listed = dicts(resource.get("participant"))
    found = []
    for index, member in enumerate(listed):
        to = first(member.get("member"))
        kind = str(to.get("type") or str(to.get("reference") or "").partition("/")[0])
        words = (named[index] if len(named) == len(listed) else "") or clean(to.get("display"))
        if kind in {"RelatedPerson", "Patient"} or not words:
            continue
        # Nictiz writes the kind of the resource before the name in a display.
        name, _comma, function = words.removeprefix("Healthcare professional (role), ").partition(", ")
        coded = codings(*dicts(member.get("role")))
        capacity = next((str(c.get("code")) for c in coded if str(c.get("code")) in Capacity.values), "")
        said = next((clean(c.get("display")) for c in coded if c.get("display")), "")
        values = {
            "name": name[:160],
            "function": (function or said or name)[:80],
            "capacity": capacity,
            "place_name": clean(first(member.get("onBehalfOf")).get("display"))[:160],
        }
        found.append(Found("participant", name, function or said, f"#{index}", values))
    return found
