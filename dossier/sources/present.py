"""One fact of another system as one line for a Dutch reader: what, how much, when, in which state, by whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dossier.sources import codes, wording
from dossier.sources.attention import attention_of
from dossier.sources.classify import category_of
from dossier.sources.present_facts import FACT_PRESENTERS, plain
from dossier.sources.present_other import OTHER_PRESENTERS
from dossier.sources.present_process import PROCESS_PRESENTERS
from dossier.sources.reading import (
    Json,
    code_set,
    codings,
    dicts,
    extension_text,
    first,
    index_nearby,
    is_unknown,
    known_name,
    notes,
    reference_text,
    sentence,
)

Nearby = dict[str, Json]


@dataclass(frozen=True)
class Line:
    """A fact ready for the screen. Dates are FHIR dates as the source gave them ("2011", "2011-05", "2022-09-30",
    or with a time): templates write them in Dutch and keep them partial. `state` is one of wording's data-status
    words; `codes` holds "system|code" to recognise the same thing in another source."""

    kind: str
    kind_name: str
    title: str
    detail: str = ""
    date: str = ""
    until: str = ""
    category: int = 0
    status: str = ""
    state: str = ""
    attention: tuple[str, ...] = ()
    author: str = ""
    interpretation: str = ""
    reference: str = ""
    value: float | None = None
    unit: str = ""
    codes: tuple[str, ...] = ()
    known: bool = True
    notes: tuple[str, ...] = ()
    components: tuple[tuple[str, str], ...] = ()


LENGTHS = {
    "title": 300, "detail": 600, "status": 60, "state": 20, "on_date": 25, "until": 25, "author": 160, "code": 120, "unit": 40,
    "interpretation": 60,
}  # fmt: skip
"""How much of a text the lists keep; the resource itself stays whole."""


def columns_of(line: Line) -> dict[str, Any]:
    """What lists ask of a fact, by column of :class:`dossier.models.Fact`."""
    code = line.codes[0] if line.codes else ""
    texts = {
        "title": line.title, "detail": line.detail, "status": line.status, "state": line.state, "on_date": line.date,
        "until": line.until, "author": line.author, "code": code, "unit": line.unit, "interpretation": line.interpretation,
    }  # fmt: skip
    return {
        "category": line.category,
        "value": line.value,
        "attention": list(line.attention),
        **{name: text[: LENGTHS[name]] for name, text in texts.items()},
    }


def present(resource: Json, related: Iterable[Json] = ()) -> Line:
    """The line for an R4 resource; `related` are resources that came along with it (a medicine, a prescriber).
    A fact that is wrong, refuted or not done is marked in `attention`, never hidden; the title is never empty."""
    nearby = index_nearby(resource, related)
    kind = str(resource.get("resourceType") or "")
    kind_name = wording.KINDS.get(kind, kind)
    parts: dict[str, Any] = _PRESENTERS.get(kind, plain)(resource, nearby)
    title = str(parts.pop("title", "")) or wording.NO_NAME % {"kind": kind_name or "gegeven"}
    word, state = _status(resource)
    if absence := known_name(_about(resource), codes.ABSENCES):
        known = known_name(_about(resource), codes.NOTHING_KNOWN)
        title = absence
        if state not in (wording.ERROR, wording.ENDED):
            word, state = (wording.NOTHING_KNOWN, wording.NEGATED) if known else (wording.NOTHING_SAID, wording.UNKNOWN)
    for name, value in (("status", word), ("state", state), ("notes", notes(resource))):
        parts.setdefault(name, value)
    return Line(
        kind=kind,
        kind_name=kind_name,
        title=title,
        category=int(category_of(resource)),
        attention=attention_of(resource),
        author=_author(resource, nearby),
        known=not is_unknown(title),
        **parts,
    )


def _about(resource: Json) -> list[Json]:
    """The concept a fact is about."""
    if resource.get("resourceType") in ("Observation", "Consent", "Flag"):
        return []
    return [item for name in ("code", "medicationCodeableConcept", "vaccineCode") for item in dicts(resource.get(name))]


def _status(resource: Json) -> tuple[str, str]:
    for field in ("clinicalStatus", "status", "lifecycleStatus"):
        value = resource.get(field)
        coded = [coding.get("code") for coding in codings(value)] if isinstance(value, dict | list) else [value]
        for code in coded:
            if isinstance(code, str) and code in wording.STATES:
                word, state = wording.STATES[code]
                break
        else:
            continue
        break
    else:
        word, state = ("", "")
    verification = code_set(resource.get("verificationStatus"))
    if "entered-in-error" in verification:
        return wording.STATES["entered-in-error"]
    if verification & {"refuted", "410516002"}:
        return wording.REFUTED, wording.NEGATED
    certain = sentence(
        wording.CERTAINTY[code] for code in wording.CERTAINTY if code in verification and code != "confirmed"
    )
    word = wording.STATES_OF_TYPE.get((str(resource.get("resourceType")), str(resource.get("status"))), word)
    return sentence((word, certain)), state


_AUTHORS = (
    "asserter",
    "recorder",
    "requester",
    "performer",
    "author",
    "informationSource",
    "source",
    "participant",
    "orderer",
)


def _author(resource: Json, nearby: Nearby) -> str:
    if resource.get("resourceType") in ("CareTeam", "CarePlan", "Appointment"):
        return ""
    for field in _AUTHORS:
        names = []
        for item in dicts(resource.get(field)):
            who = item.get("actor") or item.get("individual") or item.get("member") or item
            if field == "participant" and "Practitioner" not in str(first(who).get("reference", "")):
                continue
            names.append(reference_text(who, nearby))
        if text := sentence(names):
            return text
    return extension_text(
        resource, "MedicationUse2.Author", "MedicalDevice-Practitioner", "MedicalDevice.HealthProfessional"
    )


_PRESENTERS = FACT_PRESENTERS | PROCESS_PRESENTERS | OTHER_PRESENTERS
