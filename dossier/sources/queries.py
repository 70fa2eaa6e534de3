"""Which FHIR searches bring which category of data, in R4 (nl-core) and STU3 (BgZ 2017).

STU3: the queries of the BgZ (BgZ MSZ, TA Notified Pull), one for each section as they stand there, with `patient` added; what follows
them is no BgZ. Each names the categories that may come out of it. For measurements `$lastn` is asked with `max`, so that a trend shows;
a server that does not know `max` gives the last one, and one without `$lastn` is asked for all.
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
    def plain(self) -> tuple[str, list[tuple[str, str]]] | None:
        """The same question for a server without `$lastn`: everything, the newest first."""
        if not self.path.endswith("/$lastn"):
            return None
        named = [(name, value) for name, value in self.parameters if name != "max"]
        return self.path.removesuffix("/$lastn"), [*named, ("_sort", "-date")]

    @property
    def fact_kinds(self) -> frozenset[str]:
        return self.kinds or frozenset({self.path.split("/")[0]})


def _q(path: str, *categories: int, kinds: frozenset[str] = frozenset(), **parameters: str | tuple[str, ...]) -> Query:
    """A search; a parameter with several values is repeated, one that is a word of Python ends in an underscore."""
    named = tuple(
        (name.removesuffix("_"), value)
        for name, values in parameters.items()
        for value in ((values,) if isinstance(values, str) else values)
    )
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
_DIRECTIVES_2020 = f"{SNOMED}|129125009,http://terminology.hl7.org/CodeSystem/consentcategorycodes|acd"
_DRUGS, _ALCOHOL, _TOBACCO = f"{SNOMED}|228366006", f"{SNOMED}|228273003", f"{SNOMED}|365980008"
_BP, _WEIGHT, _HEIGHT = f"{LOINC}|85354-9", f"{LOINC}|29463-7", _tokens(LOINC, ("8302-2", "8306-3", "8308-9"))
_FIRST_VITALS = {"85354-9", "29463-7", "8302-2", "8306-3", "8308-9"}
_OTHER_VITALS = _tokens(LOINC, (code for code in _VITALS if code not in _FIRST_VITALS))
_OTHER_RESULTS = {code: name for code, name in codes.RESULTS.items() if code not in _VITALS}

R4: tuple[Query, ...] = (
    _q("Condition", *_PROBLEMS),
    _q("EpisodeOfCare", *_PROBLEMS, _include="EpisodeOfCare:condition"),
    _q("MedicationRequest", C.MEDICATION, _include="MedicationRequest:medication"),
    _q("MedicationDispense", C.MEDICATION, _include="MedicationDispense:medication"),
    _q("MedicationStatement", C.MEDICATION, _include="MedicationStatement:medication"),
    _q("MedicationAdministration", C.MEDICATION, _include="MedicationAdministration:medication"),
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
    _q("DeviceRequest", C.PLAN, status="active", _include="DeviceRequest:device"),
    _q("Appointment", C.APPOINTMENTS, C.MENTAL_HEALTH, status="booked,pending,proposed"),
    _q("DocumentReference", C.DOCUMENTS, C.MENTAL_HEALTH, status="current"),
    _q("Composition", C.DOCUMENTS, _include="Composition:entry"),
    _q("CareTeam", C.NETWORK),
    _q("RelatedPerson", C.NETWORK),
    _q("Coverage", C.FINANCIAL, _include="Coverage:payor"),
)

STU3: tuple[Query, ...] = (
    _q("Coverage", C.FINANCIAL, _include=("Coverage:payor:Organization", "Coverage:payor:Patient")),
    _q("Consent", C.WISHES, category=f"{SNOMED}|11291000146105"),
    _q("Consent", C.WISHES, category=f"{SNOMED}|11341000146107"),
    _q("Observation/$lastn", C.FUNCTIONING, C.MENTAL_HEALTH, category=f"{SNOMED}|118228005,{SNOMED}|384821006"),
    _q("Condition", *_PROBLEMS),
    _q("Observation/$lastn", C.FUNCTIONING, code=f"{SNOMED}|365508006", max=TREND),
    _q("Observation", C.FUNCTIONING, C.MENTAL_HEALTH, code=_DRUGS),
    _q("Observation", C.FUNCTIONING, C.MENTAL_HEALTH, code=_ALCOHOL),
    _q("Observation", C.FUNCTIONING, C.MENTAL_HEALTH, code=_TOBACCO),
    _q("NutritionOrder", C.PLAN),
    _q("Flag", C.ALERTS, C.MENTAL_HEALTH),
    _q("AllergyIntolerance", C.ALLERGIES),
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
    _q("DeviceUseStatement", C.DEVICES, _include="DeviceUseStatement:device"),
    _q("Immunization", C.VACCINATIONS, status="completed"),
    _q("Observation/$lastn", C.RESULTS, code=_BP, max=TREND),
    _q("Observation/$lastn", C.RESULTS, code=_WEIGHT, max=TREND),
    _q("Observation/$lastn", C.RESULTS, code=_HEIGHT, max=TREND),
    _q(
        "Observation/$lastn",
        C.RESULTS,
        category=f"{SNOMED}|275711006",
        max=TREND,
        _include=("Observation:related-target", "Observation:specimen"),
    ),
    _q("Procedure", C.PROCEDURES, category=f"{SNOMED}|387713003"),
    _q("Encounter", C.PROCEDURES, C.MENTAL_HEALTH, class_="IMP,ACUTE,NONAC"),
    _q("ProcedureRequest", C.PLAN, C.MENTAL_HEALTH, status="active", kinds=frozenset({"ServiceRequest"})),
    _q("ImmunizationRecommendation", C.VACCINATIONS),
    _q("DeviceRequest", C.PLAN, status="active", _include="DeviceRequest:device"),
    _q("Appointment", C.APPOINTMENTS, C.MENTAL_HEALTH, status="booked,pending,proposed"),
    _q("DocumentReference", C.DOCUMENTS, C.MENTAL_HEALTH, status="current"),
    # Beyond the BgZ: what home care and other systems hold.
    _q(
        "Observation/$lastn", C.RESULTS, category=f"{SNOMED}|49581000146104", max=TREND, _include="Observation:specimen"
    ),
    _q("Observation/$lastn", C.RESULTS, code=f"{_OTHER_VITALS},{SNOMED}|422834003", max=TREND),
    _q("Observation/$lastn", C.FUNCTIONING, code=f"{SNOMED}|301438001,{SNOMED}|129839007", max=TREND),
    _q("CarePlan", C.PLAN),
    _q("Goal", C.PLAN),
    _q("CareTeam", C.NETWORK),
    _q("RelatedPerson", C.NETWORK),
)


def queries_for(version: str, categories: frozenset[int]) -> list[Query]:
    """The searches needed for these categories, each once."""
    table = STU3 if version == "STU3" else R4
    return [query for query in table if query.categories & categories]


def newest_first(day: str) -> tuple[int, ...]:
    """Sorts FHIR dates from new to old, undated last."""
    return tuple(-ord(character) for character in day) or (1,)
