"""Is this really FHIR R4? Checks one resource against the official JSON schema and says in a few words what is wrong."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from dossier.sources.reading import DECIMAL, Json, dicts

_SCHEMA = Path(__file__).parent / "schema" / "fhir-r4.schema.json"
MAX_DEPTH = 60


@cache
def _schema() -> Json:
    return json.loads(_SCHEMA.read_text(encoding="utf-8"))


@cache
def _validator(kind: str) -> Any:
    schema = _schema()
    return jsonschema_rs.validator_for(
        {"$schema": schema["$schema"], "$ref": f"#/definitions/{kind}", "definitions": schema["definitions"]}
    )


def known_types() -> frozenset[str]:
    """The resource types this product can read."""
    return frozenset(_schema()["resourceTypes"])


def fault_of(resource: Any) -> str:
    """Empty when `resource` is valid R4, else a short machine reason such as "invalid:Observation.status". The reason
    names the place and never the value, so that nothing of a record leaks into a log."""
    if not isinstance(resource, dict):
        return "not-an-object"
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or not kind:
        return "no-resource-type"
    if _depth(resource) > MAX_DEPTH:
        return "too-deep"
    if not _storable(resource):
        return "unstorable-text"
    if kind not in known_types():
        return "unknown-type"
    error = next(_validator(kind).iter_errors(resource), None)
    if error is not None:
        place = ".".join(str(step) for step in error.instance_path if not isinstance(step, int))
        return f"invalid:{kind}.{place}" if place else f"invalid:{kind}"
    for contained in dicts(resource.get("contained")):
        if contained.get("resourceType") in known_types() and (fault := fault_of(contained)):
            return f"contained:{fault}"
    return ""


def _depth(value: Any, level: int = 0) -> int:
    if level > MAX_DEPTH:
        return level
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max((_depth(child, level + 1) for child in children), default=level)


def _storable(value: Any) -> bool:
    """False for text a database cannot hold: NUL characters and halves of surrogate pairs."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return all(_storable(name) and _storable(item) for name, item in value.items())
    return all(_storable(item) for item in value) if isinstance(value, list) else True


def tidy(resource: Json) -> Json:
    """A copy in which numbers written as text are numbers ("125" becomes 125 where the schema asks for a number).
    Converters from XML make this mistake; the meaning is beyond doubt, so nobody is served by refusing it."""
    return _walk(resource, str(resource.get("resourceType")), None)


def settle(resource: Json, url: str) -> Json:
    """As `tidy`, and what R4 has no element for is moved to an extension at the same place, so that nothing is lost.
    `url` is the stem of that extension, to which Type.element is added (HL7's form for elements of other versions)."""
    return _walk(resource, str(resource.get("resourceType")), url)


def _walk(value: Json, kind: str, url: str | None) -> Json:
    definition = _schema()["definitions"].get(kind)
    if definition is None or "properties" not in definition:
        return value
    properties = definition["properties"]
    result: Json = {}
    moved = []
    for name, item in value.items():
        rule = properties.get(name)
        if rule is None:
            if url and name != "fhir_comments":
                moved.append({"url": f"{url}{kind.replace('_', '.')}.{name}", **_as_value(item)})
            elif not url:
                result[name] = item
            continue
        result[name] = _by_rule(item, rule, url)
    if moved:
        result["extension"] = [*dicts(result.get("extension")), *moved]
    return result


def _by_rule(item: Any, rule: Json, url: str | None) -> Any:
    if isinstance(item, list) and "items" in rule:
        return [_by_rule(child, rule["items"], url) for child in item]
    target = str(rule.get("$ref", "")).rsplit("/", 1)[-1]
    if isinstance(item, dict):
        if target == "ResourceList":
            return _walk(item, str(item.get("resourceType")), url)
        return _walk(item, target, url) if target else item
    wants_number = rule.get("type") == "number" or _schema()["definitions"].get(target, {}).get("type") == "number"
    if wants_number and isinstance(item, str) and DECIMAL.match(item):
        return float(item) if "." in item else int(item)
    return item


def _as_value(item: Any) -> Json:
    """Any JSON as the value of an extension: primitives as they are, the common data types recognised, else as text."""
    if isinstance(item, bool):
        return {"valueBoolean": item}
    if isinstance(item, int):
        return {"valueInteger": item}
    if isinstance(item, float):
        return {"valueDecimal": item}
    if isinstance(item, str) and item.strip():
        return {"valueString": item}
    if isinstance(item, list) and len(item) == 1:
        return _as_value(item[0])
    if isinstance(item, dict) and item:
        for name, allowed in _DATA_TYPES:
            if item.keys() <= allowed and fault_of_type(item, name) == "":
                return {f"value{name}": item}
    return {"valueString": json.dumps(item, ensure_ascii=False, sort_keys=True)}


_DATA_TYPES = (
    ("CodeableConcept", {"coding", "text"}),
    ("Reference", {"reference", "display", "identifier", "type"}),
    ("Period", {"start", "end"}),
    ("Quantity", {"value", "unit", "system", "code", "comparator"}),
    ("Coding", {"system", "code", "display", "version", "userSelected"}),
)


def fault_of_type(value: Json, name: str) -> str:
    """As `fault_of`, for a data type such as Period."""
    return "" if _validator(name).is_valid(value) else f"invalid:{name}"
