"""Lines for what is planned, agreed, written or asked: appointments, plans, goals, requests, documents, reports."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dossier.sources import codes, wording
from dossier.sources.reading import (
    Json,
    body_site,
    clean,
    code_set,
    concept_text,
    dicts,
    extension_text,
    first,
    is_unknown,
    keys,
    period,
    quantity_text,
    reference_text,
    resource_name,
    sentence,
    value_text,
)

Nearby = dict[str, Json]
Parts = dict[str, Any]
_TAG = re.compile(r"<[^>]*>")


def _appointment(resource: Json, nearby: Nearby) -> Parts:
    people: list[str] = []
    places: list[str] = []
    for participant in dicts(resource.get("participant")):
        actor = first(participant.get("actor"))
        target = str(actor.get("reference", ""))
        if "Patient/" not in target:
            (places if "Location" in target else people).append(reference_text(actor, nearby))
    what = [
        concept_text(item)
        for field in ("serviceType", "specialty", "reasonCode")
        for item in dicts(resource.get(field))
    ]
    what = [text for text in what if text.lower() not in ("niet beschikbaar", "not available")]
    wanted = first(resource.get("requestedPeriod"))
    title = (
        sentence(what)
        or clean(resource.get("description"))
        or sentence(places)
        or concept_text(resource.get("appointmentType"))
    )
    return {
        "title": title,
        "detail": sentence(text for text in (*people, *places) if text != title),
        "date": str(resource.get("start") or wanted.get("start") or ""),
        "until": str(resource.get("end") or ""),
    }


def _document(resource: Json, nearby: Nearby) -> Parts:
    attachment = first(first(resource.get("content")).get("attachment"))
    kind = concept_text(resource.get("type"), codes.DOCUMENT_TYPES)
    named = clean(resource.get("description")) or clean(attachment.get("title"))
    title = named or kind if is_unknown(kind) or not kind else kind
    if named.lower().startswith(f"{title.lower()} "):  # "Brief cardiologie" says that it is a letter
        title = named
    context = first(resource.get("context"))
    about = (
        kind if not title.lower().startswith(kind.lower()) else "",
        clean(attachment.get("title")),
        clean(resource.get("description")),
        concept_text(context.get("practiceSetting")),
    )
    return {
        "title": title,
        "detail": sentence(text for text in about if text != title),
        "date": str(
            first(context.get("period")).get("start") or resource.get("date") or attachment.get("creation") or ""
        ),
        "codes": keys(resource.get("type")),
    }


def _report(resource: Json, nearby: Nearby) -> Parts:
    start, end = period(resource, "effective")
    coded = sentence(concept_text(item) for item in dicts(resource.get("conclusionCode")))
    return {
        "title": concept_text(resource.get("code"), codes.DUTCH),
        "detail": sentence((clean(resource.get("conclusion")), coded)),
        "date": start or str(resource.get("issued") or ""),
        "until": end,
        "codes": keys(resource.get("code")),
    }


def _composition(resource: Json, nearby: Nearby) -> Parts:
    lines = [_section(section, nearby) for section in _sections(resource)]
    return {
        "title": clean(resource.get("title")) or concept_text(resource.get("type"), codes.DOCUMENT_TYPES),
        "detail": sentence(lines, " · "),
        "date": str(resource.get("date") or ""),
        "codes": keys(resource.get("type")),
    }


def _sections(holder: Json) -> list[Json]:
    """Sections with those within them, in order."""
    return [one for section in dicts(holder.get("section")) for one in [section, *_sections(section)]]


def _section(section: Json, nearby: Nearby) -> str:
    """A section in one line: what its entries are called, else its own text; that it is empty is said too (IPS emptyReason)."""
    heading = clean(section.get("title")) or concept_text(section.get("code"), codes.REPORT_LINES)
    shown = []
    for item in dicts(section.get("entry")):
        entry = nearby.get(str(item.get("reference", "")), {})
        value = sentence((extension_text(entry, "SOAPLineCode"), value_text(entry)))
        named = "" if value and code_set(entry.get("code")) & codes.REPORT_LINES.keys() else entry_text(entry, nearby)
        shown.append(sentence((named, value), ": ") or reference_text(item))
    text = sentence(shown, "; ") or clean(_TAG.sub(" ", str(first(section.get("text")).get("div") or "")))[:300]
    if not text and "emptyReason" in section:
        reason = concept_text(section["emptyReason"])
        text = sentence((wording.SECTION_EMPTY, "" if is_unknown(reason) else reason))
    return f"{heading}: {text}" if heading and text else text


def entry_text(entry: Json, nearby: Nearby) -> str:
    """What an entry of a document is called in one phrase."""
    if not entry:
        return ""
    named = resource_name(entry, nearby)
    for field in ("code", "vaccineCode", "medicationCodeableConcept", "type"):
        for item in dicts(entry.get(field)):
            named = named or concept_text(item, codes.DUTCH | codes.ABSENCES)
    for field in ("medicationReference", "device"):
        named = named or reference_text(entry.get(field), nearby)
    return named


def _goal(resource: Json, nearby: Nearby) -> Parts:
    targets = dicts(resource.get("target"))
    wanted = (sentence((concept_text(item.get("measure")), value_text(item, "detail")), ": ") for item in targets)
    due = [str(item.get("dueDate")) for item in targets if item.get("dueDate")]
    return {
        "title": concept_text(resource.get("description"), codes.VALUES),
        "detail": sentence((*wanted, concept_text(resource.get("achievementStatus"), wording.ACHIEVEMENTS))),
        "date": str(resource.get("startDate") or resource.get("statusDate") or ""),
        "until": due[0] if due else "",
        "codes": keys(resource.get("description")),
    }


def _plan(resource: Json, nearby: Nearby) -> Parts:
    activities = []
    for activity in dicts(resource.get("activity")):
        detail = first(activity.get("detail"))
        when = value_text(detail, "scheduled") if "scheduledTiming" not in detail else ""
        parts = (concept_text(detail.get("code")), clean(detail.get("description")), when)
        activities.append(
            sentence((*parts, *(reference_text(item, nearby) for item in dicts(detail.get("performer")))))
        )
    named = clean(resource.get("title")) or clean(resource.get("description"))
    kind = sentence(concept_text(item) for item in dicts(resource.get("category")))
    span = first(resource.get("period"))
    return {
        "title": named or kind or sentence(activities, "; "),
        "detail": sentence(activities, "; ") if named or kind else "",
        "date": str(span.get("start") or resource.get("created") or ""),
        "until": str(span.get("end") or ""),
    }


def _team(resource: Json, nearby: Nearby) -> Parts:
    members = (reference_text(item.get("member"), nearby) for item in dicts(resource.get("participant")))
    span = first(resource.get("period"))
    return {
        "title": clean(resource.get("name"))
        or sentence(concept_text(item) for item in dicts(resource.get("category"))),
        "detail": sentence(members, "; "),
        "date": str(span.get("start") or ""),
        "until": str(span.get("end") or ""),
    }


def _nutrition(resource: Json, nearby: Nearby) -> Parts:
    diet = first(resource.get("oralDiet"))
    kinds = sentence(concept_text(item) for item in dicts(diet.get("type")))
    texture = sentence(concept_text(item.get("modifier")) for item in dicts(diet.get("texture")))
    fluids = sentence(concept_text(item) for item in dicts(diet.get("fluidConsistencyType")))
    never = [wording.EXCEPT % {"what": concept_text(item)} for item in dicts(resource.get("excludeFoodModifier"))]
    extra = sentence(
        clean(item.get("productName")) or concept_text(item.get("type")) for item in dicts(resource.get("supplement"))
    )
    return {
        "title": kinds or extra or sentence(never),
        "detail": sentence((texture, fluids, extra if kinds else "", *(never if kinds or extra else ()))),
        "date": str(resource.get("dateTime") or ""),
    }


def _request(resource: Json, nearby: Nearby) -> Parts:
    start, end = period(resource, "occurrence")
    what = concept_text(resource.get("code")) or concept_text(resource.get("codeCodeableConcept"))
    what = what or reference_text(resource.get("codeReference"), nearby)
    why = sentence(concept_text(item) for item in dicts(resource.get("reasonCode")))
    return {
        "title": what or clean(resource.get("description")),
        "detail": sentence((body_site(resource), why)),
        "date": start or str(resource.get("authoredOn") or ""),
        "until": end,
        "codes": keys(resource.get("code"), resource.get("codeCodeableConcept")),
    }


def _coverage(resource: Json, nearby: Nearby) -> Parts:
    payors = sentence(reference_text(item, nearby) for item in dicts(resource.get("payor")))
    span = first(resource.get("period"))
    return {
        "title": payors.removeprefix("Payer-Organization, ") or concept_text(resource.get("type"), codes.COVERAGES),
        "detail": concept_text(resource.get("type"), codes.COVERAGES) if payors else "",
        "date": str(span.get("start") or ""),
        "until": str(span.get("end") or ""),
    }


def _specimen(resource: Json, nearby: Nearby) -> Parts:
    collection = first(resource.get("collection"))
    start, _ = period(collection, "collected")
    parts = (concept_text(collection.get("method")), body_site(collection), quantity_text(collection.get("quantity")))
    return {
        "title": concept_text(resource.get("type")),
        "detail": sentence(parts),
        "date": start or str(resource.get("receivedTime") or ""),
        "codes": keys(resource.get("type")),
    }


def _media(resource: Json, nearby: Nearby) -> Parts:
    content = first(resource.get("content"))
    start, _ = period(resource, "created")
    return {
        "title": clean(content.get("title")) or concept_text(resource.get("type")),
        "detail": clean(content.get("contentType")),
        "date": start,
    }


def _answers(resource: Json, nearby: Nearby) -> Parts:
    name = str(resource.get("questionnaire") or "") if isinstance(resource.get("questionnaire"), str) else ""
    named = extension_text(resource, "questionnaire-name") or reference_text(resource.get("questionnaire"), nearby)
    return {
        "title": named or name.split("|", 1)[0].rstrip("/").rsplit("/", 1)[-1],
        "detail": sentence(_questions(resource), " · "),
        "date": str(resource.get("authored") or ""),
    }


def _questions(holder: Json) -> list[str]:
    """Each question that got an answer, with those within it, in order."""
    lines = []
    for item in dicts(holder.get("item")):
        answers = dicts(item.get("answer"))
        if given := sentence(value_text(answer) for answer in answers):
            lines.append(f"{clean(item.get('text')) or item.get('linkId')}: {given}")
        lines += _questions(item)
        lines += [line for answer in answers for line in _questions(answer)]
    return lines


def _audit(resource: Json, nearby: Nearby) -> Parts:
    agents = sentence(clean(item.get("name")) for item in dicts(resource.get("agent")))
    kind = first(resource.get("type"))
    return {
        "title": clean(kind.get("display")) or str(kind.get("code") or ""),
        "detail": agents,
        "date": str(resource.get("recorded") or ""),
    }


def _outcome(resource: Json, nearby: Nearby) -> Parts:
    issues = dicts(resource.get("issue"))
    texts = (
        concept_text(item.get("details")) or clean(item.get("diagnostics")) or str(item.get("code") or "")
        for item in issues
    )
    return {"title": sentence(texts, "; ")}


def _task(resource: Json, nearby: Nearby) -> Parts:
    span = first(resource.get("executionPeriod"))
    return {
        "title": concept_text(resource.get("code")) or clean(resource.get("description")),
        "detail": reference_text(resource.get("owner"), nearby),
        "date": str(resource.get("authoredOn") or span.get("start") or ""),
    }


PROCESS_PRESENTERS: dict[str, Callable[[Json, Nearby], Parts]] = {
    "Appointment": _appointment,
    "DocumentReference": _document,
    "DiagnosticReport": _report,
    "Composition": _composition,
    "Goal": _goal,
    "CarePlan": _plan,
    "CareTeam": _team,
    "NutritionOrder": _nutrition,
    "ServiceRequest": _request,
    "DeviceRequest": _request,
    "Coverage": _coverage,
    "Specimen": _specimen,
    "Media": _media,
    "QuestionnaireResponse": _answers,
    "AuditEvent": _audit,
    "OperationOutcome": _outcome,
    "Task": _task,
}
