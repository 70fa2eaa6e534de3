"""What notified pull and the BgZ prescribe: addresses of codes, and the sections with their searches (BgZ MSZ, STU3). Data only."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from dossier.sources.classify import category_of
from dossier.sources.codes import LOINC, SNOMED
from dossier.sources.reading import Json, code_set
from exchange import fhir
from trust.categories import Category

BASE = f"{fhir.BASE}/stu3"
TASK_CODE = "http://fhir.nl/fhir/NamingSystem/TaskCode"
PARAMETER = "http://fhir.nl/fhir/NamingSystem/TaskParameter"
NOTIFICATION = "pull-notification"
AUTHORIZATION, WORKFLOW = "authorization-base", "get-workflow-task"
PROFILE = "http://nictiz.nl/fhir/StructureDefinition/BgZ-verwijzing-Task"
ROUTE = "http://nuts-foundation.github.io/nl-generic-functions-ig/StructureDefinition/task-stu3-healthcareservice"
"""Extension by which a Task names the service that is asked (TA Routering 1.3, as the generic functions have it)."""
REFERRAL = "3457005"
NOTIFY_SCOPE, PULL_SCOPE = "ta-np-notification", "bgz-sender"
OVER = frozenset({"cancelled", "rejected", "completed", "failed", "entered-in-error"})
"""States in which a workflow task is closed."""
DAYS = 14
"""How long after acceptance the sections can be fetched (the usual term of an authorisation in the BgZ referral)."""
_MEDICATION_USE = "urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.3"
_ENCOUNTERS = ",".join(f"http://hl7.org/fhir/v3/ActCode|{code}" for code in ("IMP", "ACUTE", "NONAC"))


@dataclass(frozen=True)
class Section:
    """One section of the BgZ: its code, and the search that gives it.

    ``group`` is what a resource of this section is marked with (``element``, system, code), so that it answers to its search.
    """

    system: str
    code: str
    display: str
    path: str
    parameters: tuple[tuple[str, str], ...] = ()
    group: tuple[str, str, str] | None = None

    @property
    def kind(self) -> str:
        """The type of resource."""
        return self.path.partition("/")[0]

    @property
    def query(self) -> str:
        """As it stands in the workflow task."""
        return f"{self.path}?{urlencode(self.parameters, safe=':/|,')}" if self.parameters else self.path


def _s(
    system: str,
    code: str,
    display: str,
    path: str,
    *parameters: tuple[str, str],
    group: tuple[str, str, str] | None = None,
) -> Section:
    return Section(system, code, display, path, parameters, group)


def _by(name: str, *codes: str, system: str = SNOMED) -> tuple[str, str]:
    return name, ",".join(f"{system}|{code}" for code in codes)


def _with(kind: str, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple(("_include", f"{kind}:{name}") for name in names)


_LAST = "Observation/$lastn"
_PLAN = (LOINC, "18776-5", "Plan of care note")
SECTIONS: dict[str, Section] = {
    "person": _s(LOINC, "79191-3", "Patient demographics panel", "Patient", *_with("Patient", "general-practitioner")),
    "payer": _s(LOINC, "48768-6", "Payment sources Document", "Coverage", *_with("Coverage", "payor:Organization", "payor:Patient")),
    "treatment": _s(SNOMED, "11291000146105", "Treatment instructions", "Consent", _by("category", "11291000146105")),
    "will": _s(SNOMED, "11341000146107", "Living will and advance directive record", "Consent", _by("category", "11341000146107")),
    "function": _s(
        LOINC, "47420-5", "Functional status assessment note", _LAST, _by("category", "118228005", "384821006"),
        group=("category", SNOMED, "118228005"),
    ),
    "problems": _s(LOINC, "11450-4", "Problem list - Reported", "Condition"),
    "living": _s(SNOMED, "365508006", "Residence and accommodation circumstances - finding", _LAST, _by("code", "365508006")),
    "drugs": _s(SNOMED, "228366006", "Finding relating to drug misuse behavior", "Observation", _by("code", "228366006")),
    "alcohol": _s(SNOMED, "228273003", "Finding relating to alcohol drinking behavior", "Observation", _by("code", "228273003")),
    "tobacco": _s(SNOMED, "365980008", "Tobacco use and exposure - finding", "Observation", _by("code", "365980008")),
    "nutrition": _s(SNOMED, "11816003", "Diet education", "NutritionOrder"),
    "alerts": _s(LOINC, "75310-3", "Health concerns Document", "Flag"),
    "allergies": _s(LOINC, "48765-2", "Allergies and adverse reactions Document", "AllergyIntolerance"),
    "use": _s(
        SNOMED, "422979000", "Known medication use", "MedicationStatement", ("category", f"{_MEDICATION_USE}|6"),
        *_with("MedicationStatement", "medication"), group=("category", _MEDICATION_USE, "6"),
    ),
    "agreements": _s(
        SNOMED, "16076005", "Known medication agreements", "MedicationRequest", _by("category", "16076005"),
        *_with("MedicationRequest", "medication"), group=("category", SNOMED, "16076005"),
    ),
    "dispensing": _s(
        SNOMED, "422037009", "Known administration agreements", "MedicationDispense", _by("category", "422037009"),
        *_with("MedicationDispense", "medication"), group=("category", SNOMED, "422037009"),
    ),
    "devices": _s(LOINC, "46264-8", "Known medical aids", "DeviceUseStatement", *_with("DeviceUseStatement", "device")),
    "vaccinations": _s(LOINC, "11369-6", "History of Immunization Narrative", "Immunization", ("status", "completed")),
    "pressure": _s(LOINC, "85354-9", "Blood pressure", _LAST, _by("code", "85354-9", system=LOINC)),
    "weight": _s(LOINC, "29463-7", "Body weight", _LAST, _by("code", "29463-7", system=LOINC)),
    "height": _s(LOINC, "8302-2", "Body height", _LAST, _by("code", "8302-2", "8306-3", "8308-9", system=LOINC)),
    "laboratory": _s(
        SNOMED, "15220000", "Laboratory test", _LAST, _by("category", "275711006"),
        *_with("Observation", "related-target", "specimen"), group=("category", SNOMED, "275711006"),
    ),
    "procedures": _s(
        LOINC, "47519-4", "History of Procedures", "Procedure", _by("category", "387713003"), group=("category", SNOMED, "387713003")
    ),
    "encounters": _s(LOINC, "46240-8", "History of Hospitalizations+Outpatient visits Narrative", "Encounter", ("class", _ENCOUNTERS)),
    "requests": _s(*_PLAN, "ProcedureRequest", ("status", "active")),
    "recommended": _s(*_PLAN, "ImmunizationRecommendation"),
    "devices_asked": _s(*_PLAN, "DeviceRequest", ("status", "active"), *_with("DeviceRequest", "device")),
    "appointments": _s(*_PLAN, "Appointment", ("status", "booked,pending,proposed")),
    "documents": _s(LOINC, "77599-9", "Additional documentation", "DocumentReference", ("status", "current")),
}  # fmt: skip
"""The sections in the order of the workflow task; the searches are those of the BgZ, word for word."""

_BY_CODE = {
    "365508006": "living", "228366006": "drugs", "228273003": "alcohol", "365980008": "tobacco", "85354-9": "pressure",
    "29463-7": "weight", "8302-2": "height", "8306-3": "height", "8308-9": "height",
}  # fmt: skip
_BY_TYPE = {
    "Condition": "problems", "AllergyIntolerance": "allergies", "MedicationStatement": "use", "MedicationRequest": "agreements",
    "MedicationDispense": "dispensing", "Procedure": "procedures", "DeviceUseStatement": "devices", "Flag": "alerts",
}  # fmt: skip
_STATUSES = {
    "ServiceRequest": ("requests", {"active"}),
    "DeviceRequest": ("devices_asked", {"active"}),
    "Immunization": ("vaccinations", {"completed"}),
    "Appointment": ("appointments", {"booked", "pending", "proposed"}),
}
_OBSERVED = {Category.FUNCTIONING: "function", Category.MENTAL_HEALTH: "function", Category.RESULTS: "laboratory"}


def section_of(coded: Json | None) -> str:
    """In which section a coded fact (R4) belongs; what has none stands among the documents, in words."""
    kind = str((coded or {}).get("resourceType"))
    if coded is None:
        return "documents"
    if kind == "Observation":
        found = sorted(code_set(coded.get("code")) & _BY_CODE.keys())
        return _BY_CODE[found[0]] if found else _OBSERVED.get(category_of(coded), "documents")
    if kind == "Consent":
        return "treatment" if "129125009" in code_set(coded.get("category")) else "will"
    if kind == "Encounter":
        known = {"IMP", "ACUTE", "NONAC"}
        return "encounters" if (coded.get("class") or {}).get("code") in known else "documents"
    section, statuses = _STATUSES.get(kind, ("documents", set()))
    return section if coded.get("status") in statuses else _BY_TYPE.get(kind, "documents")


def asked_section(path: str, given: list[tuple[str, str]]) -> str:
    """Which section a search asks for; empty for one that is none of them.

    Who it is about is never taken from the question. What comes along (``_include``) and the form may be left out.
    """
    ours = sorted((name, value) for name, value in given if name not in {"_include", "_format"})
    along = {value for name, value in given if name == "_include"}
    for name, section in SECTIONS.items():
        plain = sorted(one for one in section.parameters if one[0] != "_include")
        known = {value for key, value in section.parameters if key == "_include"}
        if section.path == path and ours == plain and along <= known:
            return name
    return ""


def section_of_query(query: str) -> str:
    """The section that a line of another's workflow task asks for; empty for anything else."""
    path, _mark, rest = query.partition("?")
    fixed = rest.replace("%2F%hl7", "%2F%2Fhl7").replace("http%3A%2F%2F%2F", "http%3A%2F%2F")
    return asked_section(path, parse_qsl(fixed, keep_blank_values=True))
