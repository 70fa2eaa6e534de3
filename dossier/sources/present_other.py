"""Lines for what comes by less often: imaging, illness in the family, assessments, signals, messages, lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dossier.sources import codes, wording
from dossier.sources.reading import (
    Json,
    body_site,
    clean,
    concept_text,
    dicts,
    first,
    keys,
    period,
    quantity_text,
    reference_text,
    sentence,
    value_text,
)

Nearby = dict[str, Json]
Parts = dict[str, Any]


def _imaging(resource: Json, nearby: Nearby) -> Parts:
    series = dicts(resource.get("series"))
    ways = sentence(concept_text({"coding": [item["modality"]]}) for item in series if item.get("modality"))
    sites = sentence(concept_text({"coding": [item["bodySite"]]}) for item in series if item.get("bodySite"))
    what = sentence(concept_text(item) for item in dicts(resource.get("procedureCode")))
    why = sentence(concept_text(item) for item in dicts(resource.get("reasonCode")))
    return {
        "title": what or clean(resource.get("description")) or ways,
        "detail": sentence((ways if what else "", sites, clean(resource.get("description")) if what else "", why)),
        "date": str(resource.get("started") or ""),
        "codes": keys(resource.get("procedureCode")),
    }


def _family(resource: Json, nearby: Nearby) -> Parts:
    """An illness of a relative: the line begins with whose it is, so that nobody reads it as the person's own."""
    relative = concept_text(resource.get("relationship"), codes.RELATIONS) or clean(resource.get("name"))
    illnesses = []
    for condition in dicts(resource.get("condition")):
        onset = quantity_text(condition.get("onsetAge")) or value_text(condition, "onset")
        illnesses.append(sentence((concept_text(condition.get("code")), onset, concept_text(condition.get("outcome")))))
    whose = wording.IN_FAMILY % {"relative": relative or wording.SOMEBODY_IN_FAMILY}
    return {
        "title": sentence((whose, sentence(illnesses, "; ")), ": "),
        "detail": "overleden" if resource.get("deceasedBoolean") is True or "deceasedDate" in resource else "",
        "date": str(resource.get("date") or ""),
    }


def _impression(resource: Json, nearby: Nearby) -> Parts:
    found = [concept_text(item.get("itemCodeableConcept")) for item in dicts(resource.get("finding"))]
    start, end = period(resource, "effective")
    title = concept_text(resource.get("code")) or clean(resource.get("description"))
    return {
        "title": title or clean(resource.get("summary"))[:120],
        "detail": sentence((clean(resource.get("summary")), sentence(found))),
        "date": start or str(resource.get("date") or ""),
        "until": end,
        "codes": keys(resource.get("code")),
    }


def _risk(resource: Json, nearby: Nearby) -> Parts:
    outcomes = []
    for prediction in dicts(resource.get("prediction")):
        chance = value_text(prediction, "probability")
        outcomes.append(
            sentence((concept_text(prediction.get("outcome")), concept_text(prediction.get("qualitativeRisk")), chance))
        )
    start, end = period(resource, "occurrence")
    named = concept_text(resource.get("code"))
    return {
        "title": named or sentence(outcomes, "; "),
        "detail": sentence((sentence(outcomes, "; ") if named else "", clean(resource.get("mitigation")))),
        "date": start,
        "until": end,
        "codes": keys(resource.get("code")),
    }


def _issue(resource: Json, nearby: Nearby) -> Parts:
    start, _end = period(resource, "identified")
    about = sentence(reference_text(item, nearby) for item in dicts(resource.get("implicated")))
    return {
        "title": concept_text(resource.get("code")) or about,
        "detail": sentence((clean(resource.get("detail")), about)),
        "date": start,
        "codes": keys(resource.get("code")),
    }


def _adverse(resource: Json, nearby: Nearby) -> Parts:
    suspects = sentence(reference_text(item.get("instance"), nearby) for item in dicts(resource.get("suspectEntity")))
    return {
        "title": concept_text(resource.get("event"))
        or sentence(concept_text(i) for i in dicts(resource.get("category"))),
        "detail": sentence(
            (concept_text(resource.get("seriousness")), concept_text(resource.get("outcome")), suspects)
        ),
        "date": str(resource.get("date") or resource.get("detected") or resource.get("recordedDate") or ""),
        "codes": keys(resource.get("event")),
    }


def _message(resource: Json, nearby: Nearby) -> Parts:
    """Communication and CommunicationRequest: what was told, for which reason, to whom."""
    said = sentence(value_text(item, "content") for item in dicts(resource.get("payload")))
    reason = sentence(concept_text(item, codes.PLANNING) for item in dicts(resource.get("reasonCode")))
    topic = concept_text(resource.get("topic"), codes.PLANNING) or sentence(
        concept_text(item) for item in dicts(resource.get("category"))
    )
    to = sentence(reference_text(item, nearby) for item in dicts(resource.get("recipient")))
    start, _end = period(resource, "occurrence")
    return {
        "title": topic or reason or said[:120],
        "detail": sentence((reason if topic else "", said if topic or reason else "", to)),
        "date": str(resource.get("sent") or resource.get("received") or resource.get("authoredOn") or start),
    }


def _list(resource: Json, nearby: Nearby) -> Parts:
    items = (
        reference_text(item.get("item"), nearby) for item in dicts(resource.get("entry")) if not item.get("deleted")
    )
    return {
        "title": clean(resource.get("title")) or concept_text(resource.get("code"), codes.DUTCH),
        "detail": sentence(items, "; "),
        "date": str(resource.get("date") or ""),
        "codes": keys(resource.get("code")),
    }


def _body(resource: Json, nearby: Nearby) -> Parts:
    named = concept_text(resource.get("morphology"))
    where = concept_text(resource.get("location"))
    return {
        "title": named or where,
        "detail": sentence((where if named else "", clean(resource.get("description")), body_site(resource))),
    }


def _glasses(resource: Json, nearby: Nearby) -> Parts:
    lenses = dicts(resource.get("lensSpecification"))
    each = (
        sentence((wording.EYES.get(str(lens.get("eye")), ""), f"S {lens['sphere']}" if "sphere" in lens else ""), " ")
        for lens in lenses
    )
    return {
        "title": sentence(concept_text(lens.get("product")) for lens in lenses),
        "detail": sentence(each),
        "date": str(resource.get("dateWritten") or resource.get("created") or ""),
    }


def _supply(resource: Json, nearby: Nearby) -> Parts:
    supplied = first(resource.get("suppliedItem"))
    item = concept_text(resource.get("itemCodeableConcept")) or concept_text(supplied.get("itemCodeableConcept"))
    start, _end = period(resource, "occurrence")
    return {
        "title": item or reference_text(resource.get("itemReference"), nearby) or concept_text(resource.get("type")),
        "detail": quantity_text(resource.get("quantity")) or quantity_text(supplied.get("quantity")),
        "date": start or str(resource.get("authoredOn") or ""),
    }


OTHER_PRESENTERS: dict[str, Callable[[Json, Nearby], Parts]] = {
    "ImagingStudy": _imaging,
    "FamilyMemberHistory": _family,
    "ClinicalImpression": _impression,
    "RiskAssessment": _risk,
    "DetectedIssue": _issue,
    "AdverseEvent": _adverse,
    "Communication": _message,
    "CommunicationRequest": _message,
    "List": _list,
    "BodyStructure": _body,
    "VisionPrescription": _glasses,
    "SupplyRequest": _supply,
    "SupplyDelivery": _supply,
}
