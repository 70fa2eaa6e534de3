"""STU3 to R4 for what is done, planned and written: procedures, contacts, plans, requests, appointments, documents."""

from __future__ import annotations

from collections.abc import Callable

from dossier.sources.reading import Json, dicts, first
from dossier.sources.stu3_shape import TERMINOLOGY, agent, annotate, move, not_done, status, wrap

_REQUESTED = {"suspended": "on-hold", "cancelled": "revoked", "requested": "active", "proposed": "draft"}
_GOALS = {
    "in-progress": ("active", "in-progress"),
    "on-target": ("active", "in-progress"),
    "ahead-of-target": ("active", "improving"),
    "behind-target": ("active", "worsening"),
    "sustaining": ("active", "sustaining"),
    "achieved": ("completed", "achieved"),
    "on-hold": ("on-hold", ""),
    "planned": ("planned", ""),
    "accepted": ("accepted", ""),
    "proposed": ("proposed", ""),
    "cancelled": ("cancelled", ""),
    "rejected": ("rejected", ""),
    "entered-in-error": ("entered-in-error", ""),
}


def _procedure(resource: Json) -> None:
    not_done(resource, "notDone", "notDoneReason", "not-done")
    move(resource, "reasonNotDone", "statusReason")
    status(resource, {"suspended": "on-hold", "aborted": "stopped"})
    for performer in dicts(resource.get("performer")):
        move(performer, "role", "function")


def _encounter(resource: Json) -> None:
    move(resource, "reason", "reasonCode")
    wrap(resource, "reasonCode")
    move(resource, "incomingReferral", "basedOn")
    for diagnosis in dicts(resource.get("diagnosis")):
        move(diagnosis, "role", "use")


def _request(resource: Json) -> None:
    """ProcedureRequest, ReferralRequest, DeviceRequest and other orders."""
    agent(resource)
    status(resource, _REQUESTED)
    if resource.get("resourceType") == "ServiceRequest":
        wrap(resource, "performer", "category", "bodySite")
        move(resource, "recipient", "performer")
        if "serviceRequested" in resource and "code" not in resource:
            requested = dicts(resource["serviceRequested"])
            if len(requested) == 1:
                resource["code"] = requested[0]
                del resource["serviceRequested"]
        if "type" in resource and "category" not in resource:
            resource["category"] = dicts(resource.pop("type"))
        move(resource, "specialty", "performerType")
        annotate(resource, "description")
    if resource.get("resourceType") == "DeviceRequest" and isinstance(resource.get("intent"), dict):
        found = [str(coding.get("code")) for coding in dicts(resource["intent"].get("coding"))]
        resource["intent"] = found[0] if found else "order"


def _goal(resource: Json) -> None:
    value = resource.get("status")
    if isinstance(value, str) and "lifecycleStatus" not in resource and value in _GOALS:
        life, achieved = _GOALS[value]
        del resource["status"]
        resource["lifecycleStatus"] = life
        if achieved:
            resource["achievementStatus"] = {"coding": [{"system": TERMINOLOGY + "goal-achievement", "code": achieved}]}
    wrap(resource, "target", "category")


def _team(resource: Json) -> None:
    for participant in dicts(resource.get("participant")):
        wrap(participant, "role")


def _plan(resource: Json) -> None:
    status(resource, {"suspended": "on-hold", "cancelled": "revoked"})
    for activity in dicts(resource.get("activity")):
        detail = first(activity.get("detail"))
        move(detail, "prohibited", "doNotPerform")
        status(detail, {"suspended": "on-hold"})


def _appointment(resource: Json) -> None:
    move(resource, "reason", "reasonCode")
    move(resource, "indication", "reasonReference")
    move(resource, "incomingReferral", "basedOn")
    wrap(resource, "serviceCategory", "serviceType", "specialty", "reasonCode")


def _document(resource: Json) -> None:
    if "class" in resource and "category" not in resource:
        resource["category"] = dicts(resource.pop("class"))
    move(resource, "indexed", "date")
    wrap(resource, "author")
    context = resource.get("context")
    if isinstance(context, dict):
        wrap(context, "encounter")
        context_related = dicts(context.get("related"))
        if any("ref" in item for item in context_related):
            context["related"] = [
                {**first(item.get("ref")), **({"identifier": item["identifier"]} if "identifier" in item else {})}
                for item in context_related
            ]


def _communication(resource: Json) -> None:
    not_done(resource, "notDone", "notDoneReason", "not-done")
    status(resource, {"suspended": "on-hold", "aborted": "stopped"})
    move(resource, "topic", "about")
    wrap(resource, "category")


def _family(resource: Json) -> None:
    """STU3 says "not done" of a history nobody could take; R4 says that the health of the relative is not known."""
    not_done(resource, "notDone", "notDoneReason", "health-unknown", "dataAbsentReason")


def _composition(resource: Json) -> None:
    if "class" in resource and "category" not in resource:
        resource["category"] = dicts(resource.pop("class"))
    for attester in dicts(resource.get("attester")):
        if isinstance(attester.get("mode"), list) and attester["mode"]:
            attester["mode"] = attester["mode"][0]


def _answers(resource: Json) -> None:
    move(resource, "parent", "partOf")
    wrap(resource, "basedOn", "partOf")


def _coverage(resource: Json) -> None:
    if isinstance(resource.get("sequence"), str) and resource["sequence"].isdigit() and int(resource["sequence"]) > 0:
        resource["order"] = int(resource.pop("sequence"))
    resource.setdefault("status", "active")


def _related_person(resource: Json) -> None:
    wrap(resource, "relationship")


def _audit(resource: Json) -> None:
    for item in dicts(resource.get("agent")):
        if "userId" in item and "who" not in item:
            item["who"] = {"identifier": item.pop("userId")}
        move(item, "reference", "who")
    source = resource.get("source")
    if isinstance(source, dict) and isinstance(source.get("identifier"), dict):
        source["observer"] = {"identifier": source.pop("identifier")}
    for entity in dicts(resource.get("entity")):
        if isinstance(entity.get("identifier"), dict) and "what" not in entity:
            entity["what"] = {"identifier": entity.pop("identifier")}
        move(entity, "reference", "what")
        for detail in dicts(entity.get("detail")):
            if isinstance(detail.get("value"), str):
                detail["valueBase64Binary"] = detail.pop("value")


CARE: dict[str, Callable[[Json], None]] = {
    "Procedure": _procedure,
    "Encounter": _encounter,
    "ProcedureRequest": _request,
    "ReferralRequest": _request,
    "DeviceRequest": _request,
    "Goal": _goal,
    "CareTeam": _team,
    "CarePlan": _plan,
    "Appointment": _appointment,
    "DocumentReference": _document,
    "Communication": _communication,
    "FamilyMemberHistory": _family,
    "Composition": _composition,
    "QuestionnaireResponse": _answers,
    "Coverage": _coverage,
    "RelatedPerson": _related_person,
    "AuditEvent": _audit,
    "Task": agent,
    "Flag": lambda resource: wrap(resource, "category"),
    "Location": lambda resource: wrap(resource, "type"),
}
