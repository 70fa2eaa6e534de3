"""Small steps shared by the STU3 mappers: move, wrap, turn a code into a concept, translate a status."""

from __future__ import annotations

from typing import Any

from dossier.sources.reading import Json, codings, dicts, extensions, first

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"


def move(resource: Json, old: str, new: str) -> None:
    """Rename an element with its extensions, unless the new one is already there."""
    for mark in ("", "_"):
        if mark + old in resource and mark + new not in resource:
            resource[mark + new] = resource.pop(mark + old)


def wrap(resource: Json, *names: str) -> None:
    """One becomes a list of one."""
    for name in names:
        if name in resource and not isinstance(resource[name], list):
            resource[name] = [resource[name]]


def concept(resource: Json, name: str, system: str, replaced: dict[str, Json] | None = None) -> None:
    """A code becomes a CodeableConcept; the code of the source's own list (code-specification) stands behind it."""
    value = resource.get(name)
    if not isinstance(value, str):
        return
    extra = resource.pop("_" + name, None)
    specified = [first(extension.get("valueCodeableConcept")) for extension in extensions(extra, "CodeSpecification")]
    own = (replaced or {}).get(value) or {"system": TERMINOLOGY + system, "code": value}
    result: Json = {"coding": [own, *codings(specified)]}
    if texts := [item["text"] for item in specified if item.get("text")]:
        result["text"] = texts[0]
    resource[name] = result


def status(resource: Json, table: dict[str, str], name: str = "status") -> None:
    value = resource.get(name)
    if isinstance(value, str) and value in table:
        resource[name] = table[value]


def agent(resource: Json, name: str = "requester") -> None:
    """requester.agent and requester.onBehalfOf (STU3) become one reference; on whose behalf stays as an extension."""
    value = resource.get(name)
    if not isinstance(value, dict) or "agent" not in value:
        return
    person = dict(first(value.pop("agent")))
    behalf = value.pop("onBehalfOf", None)
    kept = dicts(person.get("extension")) + dicts(value.get("extension"))
    if isinstance(behalf, dict):
        kept.append(
            {
                "url": "http://hl7.org/fhir/3.0/StructureDefinition/extension-requester.onBehalfOf",
                "valueReference": behalf,
            }
        )
    if kept:
        person["extension"] = kept
    resource[name] = person


def dosages(resource: Json, name: str) -> None:
    """Dose and rate stand together in R4 (doseAndRate)."""
    for dosage in dicts(resource.get(name)):
        found = {
            field: dosage.pop(field)
            for field in ("doseQuantity", "doseRange", "rateQuantity", "rateRange", "rateRatio")
            if field in dosage
        }
        if "doseSimpleQuantity" in dosage:
            found["doseQuantity"] = dosage.pop("doseSimpleQuantity")
        if "rateSimpleQuantity" in dosage:
            found["rateQuantity"] = dosage.pop("rateSimpleQuantity")
        if found:
            dosage["doseAndRate"] = [*dicts(dosage.get("doseAndRate")), found]


def not_done(resource: Json, flag: str, reason: str, word: str, target: str = "statusReason") -> None:
    """A negating boolean of STU3 (notDone, notGiven) becomes the status R4 has for it; false says nothing."""
    value = resource.pop(flag, None)
    if value is True and resource.get("status") != "entered-in-error":
        resource["status"] = word
    elif value is not None and not isinstance(value, bool):
        resource[flag] = value
    if reason in resource:
        move(resource, reason, target)


def annotate(resource: Json, name: str) -> None:
    """A text element that R4 replaced by a note."""
    if isinstance(resource.get(name), str) and resource[name].strip():
        resource["note"] = [*dicts(resource.get("note")), {"text": resource.pop(name)}]


def add_extension(resource: Json, url: str, **value: Any) -> None:
    resource["extension"] = [*dicts(resource.get("extension")), {"url": url, **value}]
