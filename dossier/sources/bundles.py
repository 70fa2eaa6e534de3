"""What arrives in an answer: single resources, and documents (European and international summaries) opened into their parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dossier.sources.mishap import Mishap
from dossier.sources.owner import MAY_LACK_SUBJECT, WITHOUT_SUBJECT, Owner, bsn_of
from dossier.sources.reading import Json, dicts, first
from dossier.sources.results import Outcome

DEEPEST = 3


def entries_of(bundle: Json) -> list[Json]:
    """The entries of a Bundle; an answer that is none is a fault of the source."""
    if bundle.get("resourceType") == "OperationOutcome":
        raise Mishap(Outcome.FAULT, "operation-outcome")
    if bundle.get("resourceType") != "Bundle":
        raise Mishap(Outcome.FAULT, "not-a-bundle")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Mishap(Outcome.FAULT, "broken-bundle")
    return [entry for entry in entries if "resource" in entry]


def next_of(bundle: Json) -> str:
    for link in dicts(bundle.get("link")):
        if link.get("relation") == "next" and isinstance(link.get("url"), str):
            return link["url"]
    return ""


@dataclass(frozen=True)
class Arrived:
    """One resource to judge, and its own form as the source gave it. ``asked`` is false for part of a document, which counts as
    a fact whatever was asked for."""

    resource: Json
    original: Json
    asked: bool = True


def arrived(entries: Iterable[Json], owner: Owner, level: int = 0) -> Iterator[Arrived]:
    """What stands in the entries of an answer. A Bundle in it is opened; a resource without id gets one made of its content,
    so that two of them are not taken for one."""
    for entry in entries:
        resource = first(entry.get("resource"))
        if resource.get("resourceType") != "Bundle" or level == DEEPEST:
            yield Arrived(named(resource), resource)
        elif resource.get("type") == "document":
            yield from _document(resource, owner)
        else:
            yield from arrived(dicts(resource.get("entry")), owner, level + 1)


def named(resource: Json) -> Json:
    """The resource with an id."""
    if resource.get("id"):
        return resource
    written = json.dumps(resource, sort_keys=True, ensure_ascii=True)
    return {**resource, "id": "x-" + hashlib.sha256(written.encode()).hexdigest()[:32]}


def parts_of(bundle: Json, owner: Owner | None = None) -> list[tuple[Json, Json]]:
    """The resources of a document, each with its own form; what they refer to within the document (FHIR R4, 3.3.1: by fullUrl
    or by type and id) is written as "Type/id". The owner is called by its id at the source, nobody else in it is: numbers
    within a document are its own, and another person may go by the same one."""
    parts: list[tuple[Json, Json]] = []
    names: dict[str, str] = {}
    here: dict[str, str] = {}
    for number, entry in enumerate(dicts(bundle.get("entry"))):
        original = first(entry.get("resource"))
        kind, url = original.get("resourceType"), str(entry.get("fullUrl") or "")
        own_id = str(original.get("id") or "") or url.removeprefix("urn:uuid:").rsplit("/", 1)[-1]
        resource = named({**original, "id": own_id} if own_id else original)
        if kind == "Patient" and owner is not None:
            resource = {**resource, "id": owner.patient_id if owner.is_named(original, url) else f"other-{number}"}
        called = f"{kind}/{resource['id']}"
        # Two with one number: whoever is called by it is not known to be the owner.
        here[f"{kind}/{own_id}"] = (
            called if here.get(f"{kind}/{own_id}", called) == called else f"{kind}/other-{number}"
        )
        if url:
            names[url] = f"{kind}/{resource['id']}"
        parts.append((resource, original))
    return [(_renamed(resource, names, here), original) for resource, original in parts]


def _document(bundle: Json, owner: Owner) -> Iterator[Arrived]:
    """The parts of a document. The Composition keeps the whole document as its own form, so that it can be given back."""
    for resource, original in parts_of(bundle, owner):
        kind = resource.get("resourceType")
        if kind == "Patient" and resource.get("id") == owner.patient_id and bsn_of(resource) == owner.bsn:
            continue
        whole = bundle if kind == "Composition" else original
        yield Arrived(resource, whole, asked=kind in WITHOUT_SUBJECT | MAY_LACK_SUBJECT)


def _renamed(value: Any, names: dict[str, str], here: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(item, names, here) for item in value]
    if not isinstance(value, dict):
        return value
    result = {name: _renamed(item, names, here) for name, item in value.items()}
    target = value.get("reference")
    if isinstance(target, str) and not target.startswith("#"):
        # Some write the address at which they keep it themselves, and not the fullUrl: what ends alike is meant.
        tail = "/".join(target.split("/_history/")[0].split("/")[-2:])
        result["reference"] = names.get(target) or here.get(tail) or target
    return result
