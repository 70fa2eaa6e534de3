"""Which FHIR searches bring which category of data, in R4 (nl-core) and STU3 (BgZ 2017).

The BgZ queries of Nictiz (BgZ MSZ), each with the categories that may come out of it. For measurements `$lastn` is asked with
`max`, so that a trend shows; a server that does not know `max` gives the last one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dossier.sources import codes
from dossier.sources.codes import LOINC, SNOMED
from trust.categories import Category

C = Category
TREND = "12"


@dataclass(frozen=True)
class Query:
    """One search: `path` is the resource type or an operation on it, `parameters` go with patient=<id>. `kinds` are
    the resource types that count as facts; all else in the answer accompanies them."""

    path: str
    categories: frozenset[int]
    parameters: tuple[tuple[str, str], ...] = ()
    kinds: frozenset[str] = frozenset()

    @property
    def fact_kinds(self) -> frozenset[str]:
        return self.kinds or frozenset({self.path.split("/")[0]})


def _q(path: str, *categories: int, kinds: frozenset[str] = frozenset(), **parameters: str) -> Query:
    named = tuple((name.replace("_D_", ":").removesuffix("_"), value) for name, value in parameters.items())
    return Query(path, frozenset(categories), named, kinds)


def _tokens(system: str, found: Iterable[str]) -> str:
    return ",".join(f"{system}|{code}" for code in found)


def _by_system(table: dict[str, str]) -> str:
    """LOINC codes have a hyphen before the check digit, SNOMED CT codes have none."""
    return ",".join(f"{LOINC if '-' in code else SNOMED}|{code}" for code in table)


_PROBLEMS = (C.PROBLEMS, C.MENTAL_HEALTH, C.SOCIAL)
# fmt: off
_VITALS = (
    "85354-9", "55284-4", "29463-7", "8302-2", "8306-3", "8308-9", "39156-5", "8310-5",
    "8867-4", "8893-0", "9279-1", "2708-6", "9843-4", "72514-3",
)
# fmt: on
_DIRECTIVES_2017 = f"{SNOMED}|11291000146105,{SNOMED}|11341000146107"
_DIRECTIVES_2020 = f"{SNOMED}|129125009,http://terminology.hl7.org/CodeSystem/consentcategorycodes|acd"
_LIFESTYLE = f"{SNOMED}|228366006,{SNOMED}|228273003,{SNOMED}|365980008"
_OTHER_RESULTS = {code: name for code, name in codes.RESULTS.items() if code not in _VITALS}

R4: tuple[Query, ...] = (
    _q("Condition", *_PROBLEMS),
    _q("EpisodeOfCare", *_PROBLEMS, _include="EpisodeOfCare:condition"),
    _q("MedicationRequest", C.MEDICATION, _include="MedicationRequest:medication"),
    _q("MedicationDispense", C.MEDICATION, _include="MedicationDispense:medication"),
    _q("MedicationStatement", C.MEDICATION, _include="MedicationStatement:medication"),
    _q("AllergyIntolerance", C.ALLERGIES),
    _q("Observation/$lastn", C.RESULTS, category="laboratory", max=TREND, _include="Observation:specimen"),
    _q("Observation/$lastn", C.RESULTS, code=_tokens(LOINC, _VITALS), max=TREND),
    _q("Observation/$lastn", C.RESULTS, code=_by_system(_OTHER_RESULTS), max=TREND),
    _q("DiagnosticReport", C.RESULTS, C.MENTAL_HEALTH),
    _q("Procedure", C.PROCEDURES, C.MENTAL_HEALTH),
    _q("Encounter", C.PROCEDURES, C.MENTAL_HEALTH),
    _q("Observation/$lastn", C.FUNCTIONING, code=_by_system(codes.FUNCTIONING), max=TREND),
    _q("Observation/$lastn", C.FUNCTIONING, C.MENTAL_HEALTH, category=f"{SNOMED}|118228005,{SNOMED}|384821006"),
    _q("Observation/$lastn", C.MENTAL_HEALTH, code=_by_system(codes.MENTAL_OBSERVATIONS)),
    _q("Observation/$lastn", C.SOCIAL, code=_by_system(codes.SOCIAL)),
    _q("Consent", C.WISHES, category=_DIRECTIVES_2020),
    _q("Observation", C.WISHES, code=_by_system(codes.WISHES)),
    _q("Flag", C.ALERTS, C.MENTAL_HEALTH),
    _q("Immunization", C.VACCINATIONS, status="completed"),
    _q("ImmunizationRecommendation", C.VACCINATIONS),
    _q("DeviceUseStatement", C.DEVICES, _include="DeviceUseStatement:device"),
    _q("CarePlan", C.PLAN),
    _q("Goal", C.PLAN),
    _q("NutritionOrder", C.PLAN),
    _q("ServiceRequest", C.PLAN, C.MENTAL_HEALTH, status="active"),
    _q("DeviceRequest", C.PLAN, status="active"),
    _q("Appointment", C.APPOINTMENTS, C.MENTAL_HEALTH, status="booked,pending,proposed"),
    _q("DocumentReference", C.DOCUMENTS, C.MENTAL_HEALTH, status="current"),
    _q("Composition", C.DOCUMENTS, _include="Composition:entry"),
    _q("CareTeam", C.NETWORK),
    _q("RelatedPerson", C.NETWORK),
    _q("Coverage", C.FINANCIAL, _include="Coverage:payor"),
)

STU3: tuple[Query, ...] = (
    _q("Condition", *_PROBLEMS),
    _q(
        "MedicationStatement",
        C.MEDICATION,
        category=f"urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.3|6,{SNOMED}|422979000",
        _include="MedicationStatement:medication",
    ),
    _q(
        "MedicationRequest",
        C.MEDICATION,
        category=f"{SNOMED}|16076005,{SNOMED}|33633005",
        _include="MedicationRequest:medication",
    ),
    _q("MedicationDispense", C.MEDICATION, category=f"{SNOMED}|422037009", _include="MedicationDispense:medication"),
    _q("AllergyIntolerance", C.ALLERGIES),
    _q(
        "Observation/$lastn",
        C.RESULTS,
        category=f"{SNOMED}|275711006,{SNOMED}|49581000146104",
        max=TREND,
        _include="Observation:specimen",
    ),
    _q("Observation/$lastn", C.RESULTS, code=_tokens(LOINC, _VITALS) + f",{SNOMED}|422834003", max=TREND),
    _q("Observation/$lastn", C.FUNCTIONING, C.MENTAL_HEALTH, category=f"{SNOMED}|118228005,{SNOMED}|384821006"),
    _q(
        "Observation/$lastn", C.FUNCTIONING, code=f"{SNOMED}|365508006,{SNOMED}|301438001,{SNOMED}|129839007", max=TREND
    ),
    _q("Observation", C.FUNCTIONING, C.MENTAL_HEALTH, code=_LIFESTYLE),
    _q("Procedure", C.PROCEDURES, category=f"{SNOMED}|387713003"),
    _q("Encounter", C.PROCEDURES, C.MENTAL_HEALTH, class_="IMP,ACUTE,NONAC"),
    _q("Consent", C.WISHES, category=_DIRECTIVES_2017),
    _q("Flag", C.ALERTS, C.MENTAL_HEALTH),
    _q("Immunization", C.VACCINATIONS, status="completed"),
    _q("ImmunizationRecommendation", C.VACCINATIONS),
    _q("DeviceUseStatement", C.DEVICES, _include="DeviceUseStatement:device"),
    _q("NutritionOrder", C.PLAN),
    _q("CarePlan", C.PLAN),
    _q("Goal", C.PLAN),
    _q("ProcedureRequest", C.PLAN, C.MENTAL_HEALTH, status="active", kinds=frozenset({"ServiceRequest"})),
    _q("DeviceRequest", C.PLAN, status="active", _include="DeviceRequest:device"),
    _q("Appointment", C.APPOINTMENTS, C.MENTAL_HEALTH, status="booked,pending,proposed"),
    _q("DocumentReference", C.DOCUMENTS, C.MENTAL_HEALTH, status="current"),
    _q("CareTeam", C.NETWORK),
    _q("RelatedPerson", C.NETWORK),
    _q("Coverage", C.FINANCIAL, _include="Coverage:payor"),
)


def queries_for(version: str, categories: frozenset[int]) -> list[Query]:
    """The searches needed for these categories, each once."""
    table = STU3 if version == "STU3" else R4
    return [query for query in table if query.categories & categories]
