"""Lines for what was found and used: problems, measurements, allergies, medication, contacts, devices, wishes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dossier.sources import codes, wording
from dossier.sources.directives import WILL, directive_of
from dossier.sources.reading import (
    Json,
    as_number,
    body_site,
    clean,
    code_set,
    concept_text,
    dicts,
    dosage_text,
    extension_text,
    extensions,
    first,
    keys,
    known_name,
    notes,
    period,
    quantity_text,
    range_text,
    reference_text,
    resource_name,
    sentence,
    unit_text,
    value_text,
)
from dossier.sources.units import one_unit

Nearby = dict[str, Json]
Parts = dict[str, Any]


_MOMENTS = (
    "effectiveDateTime", "performedDateTime", "occurrenceDateTime", "authoredOn", "date", "dateTime", "recorded", "recordedDate",
    "issued", "created", "started", "sent",
)  # fmt: skip


def plain(resource: Json, nearby: Nearby) -> Parts:
    """Any kind of which nothing more is known than that most name themselves alike."""
    title = (
        concept_text(resource.get("code"))
        or sentence(concept_text(item) for item in dicts(resource.get("type")))
        or clean(resource.get("title"))
        or clean(resource.get("description"))
    )
    more = (value_text(resource), clean(resource.get("description")), clean(resource.get("comment")))
    moments = [resource[name] for name in _MOMENTS if isinstance(resource.get(name), str)]
    span = first(resource.get("period"))
    return {
        "title": title,
        "detail": sentence(text for text in more if text != title),
        "date": moments[0] if moments else str(span.get("start") or ""),
        "until": str(span.get("end") or ""),
        "codes": keys(resource.get("code")),
    }


def _person(resource: Json, nearby: Nearby) -> Parts:
    relation = sentence(concept_text(item, codes.RELATIONS) for item in dicts(resource.get("relationship")))
    phones = sentence(clean(item.get("value")) for item in dicts(resource.get("telecom")))
    born = str(resource.get("birthDate") or "")
    state = {"status": "overleden", "state": wording.ENDED} if _deceased(resource) else {}
    return {"title": resource_name(resource, nearby), "detail": sentence((relation, phones)), "date": born, **state}


def _deceased(resource: Json) -> bool:
    return bool(resource.get("deceasedBoolean") or resource.get("deceasedDateTime"))


def _named(resource: Json, nearby: Nearby) -> Parts:
    detail = sentence(concept_text(item) for item in dicts(resource.get("type")))
    title = resource_name(resource, nearby)
    return {"title": title or detail, "detail": "" if detail in title else detail, "codes": keys(resource.get("code"))}


def _condition(resource: Json, nearby: Nearby) -> Parts:
    further = extension_text(resource.get("code"), "FurtherSpecificationProblemName")
    start, _ = period(resource, "onset")
    end, _ = period(resource, "abatement")
    parts = (further, body_site(resource), concept_text(resource.get("severity")), *notes(resource))
    # What has abated is over, whether or not a status says so (FHIR R4 Condition, con-4).
    abated = any(name.startswith("abatement") and value is not False for name, value in resource.items())
    over = (
        {}
        if "clinicalStatus" in resource or not abated
        else {"status": wording.STATES["resolved"][0], "state": wording.ENDED}
    )
    return {
        "title": concept_text(resource.get("code")),
        "detail": sentence(parts),
        "date": start or str(resource.get("recordedDate") or ""),
        "until": end,
        "codes": keys(resource.get("code")),
        **over,
    }


def _observation(resource: Json, nearby: Nearby) -> Parts:
    components = []
    for component in dicts(resource.get("component")):
        shown = value_text(component) or concept_text(component.get("dataAbsentReason"))
        components.append((concept_text(component.get("code"), codes.DUTCH), shown))
    members = [
        (concept_text(nearby[key].get("code"), codes.DUTCH), value_text(nearby[key]))
        for key in (str(member.get("reference", "")) for member in dicts(resource.get("hasMember")))
        if key in nearby
    ]
    pressure, systolic = _blood_pressure(resource)
    detail = value_text(resource) or pressure
    about = extension_text(resource, "SOAPLineCode")
    if not detail:
        shown_parts = (f"{label}: {shown}" if label else shown for label, shown in [*components, *members] if shown)
        detail = sentence(shown_parts, " · ")
    start, end = period(resource, "effective")
    quantity = first(resource.get("valueQuantity")) or systolic
    number = as_number(quantity.get("value", resource.get("valueInteger")))
    if quantity.get("comparator") or resource.get("status") in ("entered-in-error", "cancelled"):
        number = None  # "<5" is not 5, and what was never measured has no place in a line of values
    ranges = (clean(item.get("text")) or range_text(item) for item in dicts(resource.get("referenceRange")))
    return {
        "title": concept_text(resource.get("code"), codes.DUTCH),
        "detail": sentence((detail, about, body_site(resource))),
        "date": start or str(resource.get("issued") or ""),
        "until": end,
        "interpretation": _interpretation(resource),
        "reference": sentence(ranges, "; "),
        "value": number,
        "unit": one_unit(quantity),
        "codes": keys(resource.get("code")),
        "components": tuple(components + members),
    }


def _blood_pressure(resource: Json) -> tuple[str, Json]:
    """A blood pressure in one phrase, and its upper value, by which its course is drawn."""
    found: dict[str, Json] = {}
    for component in dicts(resource.get("component")):
        for wanted in code_set(component.get("code")) & {"8480-6", "8462-4"}:
            found[wanted] = first(component.get("valueQuantity"))
    if len(found) < 2:
        return "", {}
    high, low = quantity_text(found["8480-6"]), quantity_text(found["8462-4"])
    return (f"{high.split(' ')[0]} / {low}", found["8480-6"]) if high and low else ("", {})


def _interpretation(resource: Json) -> str:
    for concept in dicts(resource.get("interpretation")):
        if name := known_name(concept, wording.INTERPRETATIONS):
            return name
        if text := concept_text(concept):
            return text
    ranges = dicts(resource.get("referenceRange"))
    own = first(resource.get("valueQuantity"))
    value = as_number(own.get("value"))
    if value is None or len(ranges) != 1:
        return ""
    low, high = first(ranges[0].get("low")), first(ranges[0].get("high"))
    if any(limit and unit_text(limit) != unit_text(own) for limit in (low, high)):
        return ""
    top, bottom = as_number(high.get("value")), as_number(low.get("value"))
    if top is not None and value > top:
        return wording.INTERPRETATIONS["H"]
    return wording.INTERPRETATIONS["L"] if bottom is not None and value < bottom else ""


def _allergy(resource: Json, nearby: Nearby) -> Parts:
    reactions = []
    for reaction in dicts(resource.get("reaction")):
        shown = sentence(concept_text(item) for item in dicts(reaction.get("manifestation")))
        severity = wording.SEVERITY.get(str(reaction.get("severity")), "")
        described = clean(reaction.get("description"))
        reactions.append(sentence((shown, "" if described == shown else described, severity)))
    start, end = period(resource, "onset")
    risk = wording.CRITICALITY.get(str(resource.get("criticality")), "")
    return {
        "title": concept_text(resource.get("code"))
        or sentence(concept_text(item.get("substance")) for item in dicts(resource.get("reaction"))),
        "detail": sentence((sentence(reactions, "; "), risk, *notes(resource))),
        "date": start or str(resource.get("recordedDate") or ""),
        "until": end,
        "codes": keys(resource.get("code")),
    }


def _medication(resource: Json, nearby: Nearby) -> Parts:
    product = nearby.get(str(first(resource.get("medicationReference")).get("reference", "")), {})
    title = concept_text(resource.get("medicationCodeableConcept")) or reference_text(
        resource.get("medicationReference"), nearby
    )
    start, end = period(resource, "effective")
    for extension in extensions(resource, "ext-TimeInterval.Period", "Medication-PeriodOfUse"):
        span = first(extension.get("valuePeriod"))
        start, end = start or str(span.get("start") or ""), end or str(span.get("end") or "")
    agreed = extension_text(resource, "AdministrationAgreementDateTime")
    given = str(resource.get("authoredOn") or resource.get("whenHandedOver") or resource.get("dateAsserted") or agreed)
    dose = first(resource.get("dosage")) if resource.get("resourceType") == "MedicationAdministration" else {}
    reason = sentence(concept_text(item) for item in dicts(resource.get("reasonCode")))
    return {
        "title": title,
        "detail": sentence(
            (dosage_text(resource) or quantity_text(dose.get("dose")), f"reden: {reason}" if reason else "")
        ),
        "date": start or given,
        "until": end,
        "codes": keys(resource.get("medicationCodeableConcept"), product.get("code")),
    }


def _procedure(resource: Json, nearby: Nearby) -> Parts:
    start, end = period(resource, "performed")
    return {
        "title": concept_text(resource.get("code"), codes.PLANNING),
        "detail": sentence(
            (
                body_site(resource),
                reference_text(resource.get("location"), nearby),
                concept_text(resource.get("outcome")),
                _why_not(resource),
            )
        ),
        "date": start,
        "until": end,
        "codes": keys(resource.get("code")),
    }


def _why_not(resource: Json) -> str:
    """The reason why something was not done or stopped."""
    reason = concept_text(resource.get("statusReason"))
    return f"reden: {reason}" if reason else ""


def _encounter(resource: Json, nearby: Nearby) -> Parts:
    kind = first(resource.get("class"))
    name = wording.ENCOUNTER_CLASSES.get(str(kind.get("code"))) or clean(kind.get("display"))
    about = sentence(concept_text(item) for item in [*dicts(resource.get("type")), *dicts(resource.get("reasonCode"))])
    where = sentence(reference_text(item.get("location"), nearby) for item in dicts(resource.get("location")))
    span = first(resource.get("period"))
    return {
        "title": about or name,
        "detail": sentence((name if about else "", where, reference_text(resource.get("serviceProvider"), nearby))),
        "date": str(span.get("start") or ""),
        "until": str(span.get("end") or ""),
        "codes": keys(resource.get("type")),
    }


def _episode(resource: Json, nearby: Nearby) -> Parts:
    span = first(resource.get("period"))
    named = extension_text(resource, "EpisodeOfCareName")
    problems = sentence(reference_text(item.get("condition"), nearby) for item in dicts(resource.get("diagnosis")))
    return {
        "title": named or problems or sentence(concept_text(item) for item in dicts(resource.get("type"))),
        "detail": problems if named else "",
        "date": str(span.get("start") or ""),
        "until": str(span.get("end") or ""),
    }


def _immunization(resource: Json, nearby: Nearby) -> Parts:
    start, _ = period(resource, "occurrence")
    against = [
        concept_text(item)
        for protocol in dicts(resource.get("protocolApplied"))
        for item in dicts(protocol.get("targetDisease"))
    ]
    return {
        "title": concept_text(resource.get("vaccineCode")),
        "detail": sentence(
            (
                sentence(against),
                quantity_text(resource.get("doseQuantity")),
                concept_text(resource.get("site")),
                _why_not(resource),
            )
        ),
        "date": start,
        "codes": keys(resource.get("vaccineCode")),
    }


def _recommendation(resource: Json, nearby: Nearby) -> Parts:
    items = dicts(resource.get("recommendation"))
    due = [str(limit.get("value") or "") for item in items for limit in dicts(item.get("dateCriterion"))]
    return {
        "title": sentence(concept_text(vaccine) for item in items for vaccine in dicts(item.get("vaccineCode"))),
        "detail": sentence(clean(item.get("description")) for item in items),
        "date": due[0] if due else str(resource.get("date") or ""),
        "status": wording.STATES["planned"][0],
        "state": wording.PLANNED,
    }


def _flag(resource: Json, nearby: Nearby) -> Parts:
    details = [reference_text(item.get("valueReference"), nearby) for item in extensions(resource, "/flag-detail")]
    about = sentence(text for text in details if text.lower() not in ("other", "overig"))
    own = concept_text(resource.get("code"))
    vague = own.lower() in ("", "anders", "overig", "other", "not applicable")
    kind = sentence(concept_text(item, codes.ALERT_TYPES) for item in dicts(resource.get("category")))
    span = first(resource.get("period"))
    return {
        "title": (about or kind or own) if vague else own,
        "detail": sentence(("" if vague else about, extension_text(resource, "ReasonClosure"), *notes(resource))),
        "date": str(span.get("start") or ""),
        "until": str(span.get("end") or ""),
        "codes": keys(resource.get("code")),
    }


def _consent(resource: Json, nearby: Nearby) -> Parts:
    provision = first(resource.get("provision"))
    said = directive_of(resource)
    named = sentence(concept_text(item, codes.TREATMENTS | codes.WILLS) for item in said.of)
    parties = sentence(reference_text(actor.get("reference"), nearby) for actor in dicts(provision.get("actor")))
    document = clean(first(resource.get("sourceAttachment")).get("title")) or reference_text(
        resource.get("sourceReference"), nearby
    )
    span = first(provision.get("period"))
    will = code_set(resource.get("category")) & WILL
    remarks = (
        said.words or ("" if said.is_one or will else wording.PERMISSIONS.get(said.answer, "")),
        parties,
        document,
        extension_text(resource, "ReasonForEnding"),
        extension_text(provision, "ReasonForEnding"),
        *notes(resource),
    )
    return {
        "title": named or sentence(concept_text(item, codes.CONSENTS) for item in dicts(resource.get("category"))),
        "detail": sentence(remarks),
        "date": str(resource.get("dateTime") or span.get("start") or ""),
        "until": str(span.get("end") or ""),
        "codes": keys(*said.of),
    }


def _device_use(resource: Json, nearby: Nearby) -> Parts:
    start, end = period(resource, "timing")
    device = nearby.get(str(first(resource.get("device")).get("reference", "")), {})
    shown = clean(first(resource.get("device")).get("display"))
    name = reference_text(resource.get("device"), nearby)
    vague = name.lower() in ("", "overig", "other", "onbekend serienummer.")
    more = sentence(notes(device))
    return {
        "title": (more or shown if vague else name) or concept_text(device.get("type")),
        "detail": sentence(
            (
                body_site(resource),
                sentence(concept_text(item) for item in dicts(resource.get("reasonCode"))),
                "" if vague or more == name else more,
            )
        ),
        "date": start or str(resource.get("recordedOn") or ""),
        "until": end,
        "codes": keys(device.get("type")),
    }


FACT_PRESENTERS: dict[str, Callable[[Json, Nearby], Parts]] = {
    "Patient": _person,
    "RelatedPerson": _person,
    "Practitioner": _named,
    "PractitionerRole": _named,
    "Organization": _named,
    "Location": _named,
    "Medication": _named,
    "Device": _named,
    "Condition": _condition,
    "Observation": _observation,
    "AllergyIntolerance": _allergy,
    "MedicationRequest": _medication,
    "MedicationDispense": _medication,
    "MedicationStatement": _medication,
    "MedicationAdministration": _medication,
    "Procedure": _procedure,
    "Encounter": _encounter,
    "EpisodeOfCare": _episode,
    "Immunization": _immunization,
    "ImmunizationRecommendation": _recommendation,
    "Flag": _flag,
    "Consent": _consent,
    "DeviceUseStatement": _device_use,
}
