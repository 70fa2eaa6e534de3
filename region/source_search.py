"""How the simulated systems search within the record of one patient: by code, newest first, in pages, with what is referred to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from region.source_examples import Json
from region.source_store import Store


def search(store: Store, base: str, path: list[str], query: list[tuple[str, str]], page_size: int) -> Json:
    """One page of a search within the record of one patient; the next page by a link."""
    wanted = dict(query)
    patient_id = (wanted.get("patient") or wanted.get("subject") or "").removeprefix("Patient/")
    known = store.record(patient_id) if patient_id else store.find(path[0], wanted.get("identifier", ""))
    found = [item for item in known if item["resourceType"] == path[0] and _matches(item, query)]
    found.sort(key=_moment, reverse=True)
    if path[1:]:
        found = _last(found, _positive(wanted.get("max"), 1))
    size = min(_positive(wanted.get("_count"), page_size), page_size)
    start = _positive(wanted.get("_offset"), 0)
    page = found[start : start + size]
    entries: list[Json] = [
        {"fullUrl": f"{base}/{path[0]}/{item['id']}", "resource": item, "search": {"mode": "match"}} for item in page
    ]
    for item in _included(store, patient_id, page, [value for name, value in query if name == "_include"]):
        url = f"{base}/{item['resourceType']}/{item['id']}"
        entries.append({"fullUrl": url, "resource": item, "search": {"mode": "include"}})
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": entries}
    if start + size < len(found):
        further = [(name, value) for name, value in query if name != "_offset"] + [("_offset", str(start + size))]
        bundle["link"] = [{"relation": "next", "url": f"{base}/{'/'.join(path)}?{urlencode(further)}"}]
    return bundle


def _positive(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdigit() and len(text) < 7 else otherwise


def _matches(item: Json, query: list[tuple[str, str]]) -> bool:
    for name, value in query:
        if name in ("code", "category", "class", "status") and not any(
            _token(item, name, token) for token in value.split(",")
        ):
            return False
    return True


def _token(item: Json, name: str, token: str) -> bool:
    value = item.get(name)
    if isinstance(value, str):
        return value == token
    system, separator, code = token.rpartition("|")
    for concept in value if isinstance(value, list) else [value]:
        if not isinstance(concept, dict):
            continue
        for coding in concept.get("coding") or [concept]:
            if coding.get("code") == code and (not separator or not system or coding.get("system") == system):
                return True
    return False


def _moment(item: Json) -> str:
    for name in (
        "effectiveDateTime",
        "authoredOn",
        "start",
        "date",
        "dateTime",
        "recordedDate",
        "assertedDate",
        "onsetDateTime",
    ):
        if isinstance(item.get(name), str):
            return item[name]
    for name in ("effectivePeriod", "performedPeriod", "period"):
        if isinstance(item.get(name), dict):
            return str(item[name].get("start", ""))
    return ""


def _last(found: list[Json], most: int) -> list[Json]:
    """$lastn: of each code the newest few."""
    counted: dict[str, int] = {}
    kept = []
    for item in found:
        coding = (item.get("code", {}).get("coding") or [{}])[0]
        key = f"{coding.get('system')}|{coding.get('code')}"
        counted[key] = counted.get(key, 0) + 1
        if counted[key] <= most:
            kept.append(item)
    return kept


_INCLUDES = {
    "medication": ("medicationReference",),
    "device": ("device", "codeReference"),
    "specimen": ("specimen",),
    "condition": ("diagnosis",),
    "payor": ("payor",),
    "entry": ("section",),
}


def _included(store: Store, patient_id: str, page: list[Json], includes: list[str]) -> list[Json]:
    found: dict[str, Json] = {}
    for include in includes:
        parameter = include.split(":")[1] if ":" in include else ""
        for field in _INCLUDES.get(parameter, ()):
            for item in page:
                for reference in _references(item.get(field)):
                    target = store.companion(patient_id, reference)
                    if target:
                        found[reference] = target
    # Some systems send what an alert is about along without being asked; the example sets have it so.
    for item in page:
        for extension in item.get("extension", []) if item["resourceType"] == "Flag" else []:
            for reference in _references(extension.get("valueReference")):
                if target := store.companion(patient_id, reference):
                    found[reference] = target
    return list(found.values())


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
