"""STU3 to R4 for what is found and used: problems, allergies, measurements, medication, vaccinations, devices."""

from __future__ import annotations

from collections.abc import Callable

from dossier.sources import codes
from dossier.sources.reading import Json, dicts
from dossier.sources.stu3_shape import add_extension, agent, annotate, concept, dosages, move, not_done, status, wrap

_NOT_SAID = {"unknown": {"system": codes.NULL_FLAVOR, "code": "UNK", "display": "onbekend"}}


def _condition(resource: Json) -> None:
    concept(resource, "clinicalStatus", "condition-clinical")
    concept(resource, "verificationStatus", "condition-ver-status", _NOT_SAID)
    move(resource, "assertedDate", "recordedDate")
    wrap(resource, "stage", "category", "bodySite")
    if resource.get("abatementBoolean") is True and "clinicalStatus" not in resource:
        resource["clinicalStatus"] = {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "resolved"}]
        }


def _allergy(resource: Json) -> None:
    concept(resource, "clinicalStatus", "allergyintolerance-clinical")
    concept(resource, "verificationStatus", "allergyintolerance-verification", _NOT_SAID)
    move(resource, "assertedDate", "recordedDate")


def _observation(resource: Json) -> None:
    annotate(resource, "comment")
    wrap(resource, "interpretation", "category")
    for component in dicts(resource.get("component")):
        wrap(component, "interpretation")
    left = []
    for related in dicts(resource.pop("related", None)):
        target = {"has-member": "hasMember", "derived-from": "derivedFrom"}.get(str(related.get("type")))
        if target and isinstance(related.get("target"), dict):
            resource[target] = [*dicts(resource.get(target)), related["target"]]
        else:
            left.append(related)
    if left:
        resource["related"] = left


def _report(resource: Json) -> None:
    wrap(resource, "category")
    move(resource, "codedDiagnosis", "conclusionCode")
    move(resource, "image", "media")
    if dicts(resource.get("performer")) and all("actor" in item for item in dicts(resource["performer"])):
        resource["performer"] = [item["actor"] for item in dicts(resource["performer"])]


def _medication_request(resource: Json) -> None:
    wrap(resource, "category")
    agent(resource)
    dosages(resource, "dosageInstruction")
    _substitution(resource)


def _substitution(resource: Json) -> None:
    substitution = resource.get("substitution")
    if resource.get("resourceType") == "MedicationRequest" and isinstance(substitution, dict):
        move(substitution, "allowed", "allowedBoolean")


def _medication_dispense(resource: Json) -> None:
    dosages(resource, "dosageInstruction")
    move(resource, "notDoneCodeableConcept", "statusReasonCodeableConcept")
    move(resource, "notDoneReference", "statusReasonReference")
    not_done(resource, "notDone", "notDoneReason", "cancelled", "statusReasonCodeableConcept")
    for performer in dicts(resource.get("performer")):
        behalf = performer.pop("onBehalfOf", None)
        if isinstance(behalf, dict):
            add_extension(
                performer,
                "http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationDispense.performer.onBehalfOf",
                valueReference=behalf,
            )


def _medication_statement(resource: Json) -> None:
    dosages(resource, "dosage")
    taken = resource.get("taken")
    if taken == "n" and resource.get("status") != "entered-in-error":
        resource["status"] = "not-taken"
    if taken in ("y", "n"):
        del resource["taken"]
    if "reasonNotTaken" in resource:
        resource["statusReason"] = [*dicts(resource.get("statusReason")), *dicts(resource.pop("reasonNotTaken"))]


def _medication_administration(resource: Json) -> None:
    not_done(resource, "notGiven", "reasonNotGiven", "not-done")
    move(resource, "prescription", "request")
    dosage = resource.get("dosage")
    if isinstance(dosage, dict):
        move(dosage, "rateSimpleQuantity", "rateQuantity")


def _medication(resource: Json) -> None:
    for ingredient in dicts(resource.get("ingredient")):
        move(ingredient, "amount", "strength")
    package = resource.get("package")
    if isinstance(package, dict) and len(dicts(package.get("batch"))) == 1 and "batch" not in resource:
        resource["batch"] = dicts(package.pop("batch"))[0]
        if not package:
            del resource["package"]


def _immunization(resource: Json) -> None:
    not_done(resource, "notGiven", "reasonNotGiven", "not-done")
    move(resource, "date", "occurrenceDateTime")
    if "practitioner" in resource and "performer" not in resource:
        resource["performer"] = dicts(resource.pop("practitioner"))
    for performer in dicts(resource.get("performer")):
        move(performer, "role", "function")
    explanation = resource.pop("explanation", None)
    if isinstance(explanation, dict):
        if dicts(explanation.get("reason")):
            resource["reasonCode"] = [*dicts(resource.get("reasonCode")), *dicts(explanation["reason"])]
        if reasons := dicts(explanation.get("reasonNotGiven")):
            resource["statusReason"] = reasons[0]
    elif explanation is not None:
        resource["explanation"] = explanation
    protocols = dicts(resource.pop("vaccinationProtocol", None))
    for protocol in protocols:
        move(protocol, "doseSequence", "doseNumberPositiveInt")
        move(protocol, "seriesDoses", "seriesDosesPositiveInt")
        wrap(protocol, "targetDisease")
        if "doseNumberPositiveInt" not in protocol:
            protocol["doseNumberString"] = "onbekend"
        resource["protocolApplied"] = [*dicts(resource.get("protocolApplied")), protocol]


def _recommendation(resource: Json) -> None:
    for item in dicts(resource.get("recommendation")):
        wrap(item, "vaccineCode")
        move(item, "doseNumber", "doseNumberPositiveInt")
        move(item, "date", "dateRecommended")
        if "dateRecommended" in item and "date" not in resource:
            resource["date"] = item["dateRecommended"]
        protocol = item.pop("protocol", None)
        if isinstance(protocol, dict):
            for old, new in (
                ("doseSequence", "doseNumberPositiveInt"),
                ("description", "description"),
                ("series", "series"),
            ):
                if old in protocol and new not in item:
                    item[new] = protocol.pop(old)
            if protocol:
                item["protocol"] = protocol


def _device_use(resource: Json) -> None:
    move(resource, "whenUsed", "timingPeriod")
    indications = dicts(resource.pop("indication", None))
    for indication in indications:
        if set(indication) <= {"display", "reference", "identifier"} and "reference" not in indication:
            indication = {"text": indication.get("display", "")}
        resource["reasonCode"] = [*dicts(resource.get("reasonCode")), indication]


def _device(resource: Json) -> None:
    udi = resource.pop("udi", None)
    if isinstance(udi, dict):
        if name := udi.pop("name", None):
            resource["deviceName"] = [*dicts(resource.get("deviceName")), {"name": name, "type": "udi-label-name"}]
        if isinstance(udi.get("issuer"), list):
            udi["issuer"] = udi["issuer"][0] if udi["issuer"] else ""
        if set(udi) - {"entryType"}:
            resource["udiCarrier"] = [udi]
    elif udi is not None:
        resource["udi"] = udi
    move(resource, "model", "modelNumber")


_REQUESTED = {
    "proposed": "draft",
    "planned": "draft",
    "requested": "active",
    "suspended": "on-hold",
    "cancelled": "revoked",
}


def _nutrition(resource: Json) -> None:
    status(resource, _REQUESTED)
    resource.setdefault("status", "unknown")
    resource.setdefault("intent", "order")


FACTS: dict[str, Callable[[Json], None]] = {
    "Condition": _condition,
    "AllergyIntolerance": _allergy,
    "Observation": _observation,
    "DiagnosticReport": _report,
    "MedicationRequest": _medication_request,
    "MedicationDispense": _medication_dispense,
    "MedicationStatement": _medication_statement,
    "MedicationAdministration": _medication_administration,
    "Medication": _medication,
    "Immunization": _immunization,
    "ImmunizationRecommendation": _recommendation,
    "DeviceUseStatement": _device_use,
    "Device": _device,
    "NutritionOrder": _nutrition,
}
