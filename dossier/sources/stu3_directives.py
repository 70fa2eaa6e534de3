"""Wishes and treatment limits: from Consent in STU3 (zib 2017) to Consent in R4 (zib TreatmentDirective2, AdvanceDirective).

The answer to "may this be done" decides over life, so nothing is guessed: only JA without limits and NEE become permit and deny.
JA_MAAR and anything else leave the answer open and put the limits in the modifierExtension SpecificationOther, as
nl-core-TreatmentDirective2 asks (ConceptMap behandelaanwijzing-2017-2020 of RIVO-Noord). The original modifier stays.
"""

from __future__ import annotations

from typing import Any

from dossier.sources import codes, directives, wording
from dossier.sources.directives import restrictions_of
from dossier.sources.reading import Json, code_set, codings, dicts, extensions, first
from dossier.sources.stu3_shape import TERMINOLOGY, move, wrap

NICTIZ = "http://nictiz.nl/fhir/StructureDefinition/"
TREATMENT_2017, WILL_2017 = "11291000146105", "11341000146107"
TREATMENT_2020 = {"system": codes.SNOMED, "code": "129125009", "display": "verrichting met expliciete context"}
WILL_2020 = {"system": TERMINOLOGY + "consentcategorycodes", "code": "acd", "display": "Advance Directive"}
_ANSWERS = {"JA": "permit", "NEE": "deny"}


def consent(resource: Json) -> None:
    """Consent in its R4 form; a Consent that is already R4 (it has a scope) is left alone."""
    if "scope" in resource:
        return
    wrap(resource, "category", "identifier")
    move(resource, "consentingParty", "performer")
    _policies(resource)
    found = code_set(resource.get("category"))
    provision = _provision(resource)
    if TREATMENT_2017 in found:
        _treatment(resource, provision)
    elif WILL_2017 in found:
        _will(resource, provision)
    else:
        kind = "treatment" if found & directives.TREATMENT else "adr" if found & directives.WILL else "patient-privacy"
        resource["scope"] = _scope(kind)
    if provision:
        resource["provision"] = provision


def _scope(code: str) -> Json:
    return {"coding": [{"system": TERMINOLOGY + "consentscope", "code": code}]}


def _policies(resource: Json) -> None:
    rule = resource.get("policyRule")
    if isinstance(rule, str):
        resource["policy"] = [*dicts(resource.get("policy")), {"uri": rule}]
        del resource["policyRule"]


def _provision(resource: Json) -> Json:
    provision: Json = {}
    for name in ("period", "actor", "action", "securityLabel", "purpose", "dataPeriod", "data"):
        if name in resource:
            provision[name] = resource.pop(name)
    limits = dicts(resource.pop("except", None))
    for limit in limits:
        if "class" in limit:
            limit["class"] = dicts(limit["class"])
    if limits:
        provision["provision"] = limits
    return provision


def _treatment(resource: Json, provision: Json) -> None:
    resource["scope"] = _scope("treatment")
    resource["category"] = [{"coding": [TREATMENT_2020]}, *dicts(resource.get("category"))]
    treatments = [item.get("valueCodeableConcept") for item in extensions(resource, "TreatmentDirective-Treatment")]
    if treatments:
        provision["code"] = treatments
    answers = {
        str(coding.get("code")).upper()
        for item in extensions(resource, "TreatmentDirective-TreatmentPermitted")
        for coding in codings(item.get("valueCodeableConcept"))
    }
    known = answers & _ANSWERS.keys()
    restrictions = restrictions_of(provision)
    if len(known) == 1 and len(answers) == 1 and not (restrictions and "JA" in known):
        provision["type"] = _ANSWERS[known.pop()]
    if "type" not in provision or restrictions:
        value: Any = restrictions or ("ja, maar met beperkingen" if "JA_MAAR" in answers else wording.NO_ANSWER_GIVEN)
        modifier = {"url": NICTIZ + "ext-TreatmentDirective2.SpecificationOther", "valueString": value}
        resource["modifierExtension"] = [*dicts(resource.get("modifierExtension")), modifier]
    start = first(provision.get("period")).get("start")
    if isinstance(start, str):
        resource["dateTime"] = start


def _will(resource: Json, provision: Json) -> None:
    resource["scope"] = _scope("adr")
    categories = dicts(resource.get("category"))
    kinds = [item for item in categories if WILL_2017 not in code_set(item)]
    resource["category"] = [{"coding": [WILL_2020]}, *categories]
    if kinds:
        provision["code"] = kinds
    disorder = [item.get("valueReference") for item in extensions(resource, "AdvanceDirective-Disorder")]
    if disorder:
        resource["extension"] = [
            *dicts(resource.get("extension")),
            {"url": NICTIZ + "ext-AdvanceDirective.Disorder", "valueReference": disorder[0]},
        ]
