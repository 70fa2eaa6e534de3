"""Reading FHIR R4 elements as text: codes, quantities, dates, dosages and the people referred to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

from dossier.sources import codes, wording
from dossier.sources.names import read_name

Json = dict[str, Any]

DECIMAL = re.compile(r"^-?(0|[1-9]\d*)(\.\d+)?$")
_OID_ONLY = re.compile(r"^(urn:oid:)?[0-2](\.\d+){4,}$")
_NULL = frozenset(
    {codes.NULL_FLAVOR, codes.ABSENT, "http://hl7.org/fhir/v3/NullFlavor", "urn:oid:2.16.840.1.113883.5.1008"}
)
_UNITS = {
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "[degF]": "°F",
    "kg/m2": "kg/m²",
    "mL/min/{1.73_m2}": "ml/min/1,73 m²",
    "{score}": "",
    "{#}": "",
    "{tbl}": "tablet",
    "1": "",
    "STUK": "stuk",
    "d": "dag",
    "wk": "week",
    "mo": "maand",
    "a": "jaar",
    "h": "uur",
    "min": "min",
    "MG": "mg",
}
_PERIODS = {
    "s": ("seconde", "seconden"),
    "min": ("minuut", "minuten"),
    "h": ("uur", "uur"),
    "d": ("dag", "dagen"),
    "wk": ("week", "weken"),
    "mo": ("maand", "maanden"),
    "a": ("jaar", "jaar"),
}
_MOMENTS = {
    "MORN": "'s ochtends",
    "NOON": "'s middags",
    "AFT": "'s middags",
    "EVE": "'s avonds",
    "NIGHT": "'s nachts",
    "HS": "voor het slapen",
    "WAKE": "bij het opstaan",
    "C": "bij de maaltijd",
    "CM": "bij het ontbijt",
    "CD": "bij de lunch",
    "CV": "bij het avondeten",
    "AC": "voor de maaltijd",
    "PC": "na de maaltijd",
}


def dicts(value: Any) -> list[Json]:
    """The objects in `value`, whether it is a list, one object or nothing."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def first(value: Any) -> Json:
    found = dicts(value)
    return found[0] if found else {}


def clean(value: Any) -> str:
    """Text for the screen: one line, entities resolved (some sources escape twice), a bare OID counts as no text."""
    if not isinstance(value, str):
        return ""
    text = re.sub(r"\s+", " ", unescape(value)).strip()
    return "" if _OID_ONLY.match(text) else text


def sentence(parts: Iterable[str], separator: str = ", ") -> str:
    """The parts that say something, each once, in order."""
    return separator.join(dict.fromkeys(part for part in parts if part))


def codings(*concepts: Any) -> list[Json]:
    """All codings of the given CodeableConcepts (or lists of them)."""
    return [coding for concept in concepts for item in dicts(concept) for coding in dicts(item.get("coding"))]


def code_set(*concepts: Any) -> frozenset[str]:
    return frozenset(str(coding["code"]) for coding in codings(*concepts) if coding.get("code"))


def keys(*concepts: Any) -> tuple[str, ...]:
    """The codes as "system|code", to recognise the same thing in two sources; null flavours are no identity."""
    return tuple(
        dict.fromkeys(
            f"{coding.get('system', '')}|{coding['code']}"
            for coding in codings(*concepts)
            if coding.get("code") and coding.get("system") not in _NULL
        )
    )


def _display(coding: Json) -> str:
    return clean(coding.get("display"))


def known_name(concept: Any, table: dict[str, str]) -> str:
    """The Dutch name of the first code of the concept that stands in `table`."""
    for coding in codings(concept):
        if str(coding.get("code")) in table:
            return table[str(coding["code"])]
    return ""


def concept_text(concept: Any, table: dict[str, str] | None = None) -> str:
    """What a CodeableConcept says: the Dutch name if known, else the text of the source, else a display, else the
    code itself with its system, so that an unknown code is seen and not lost."""
    for item in dicts(concept):
        if table and (name := known_name(item, table)):
            return name
        if text := clean(item.get("text")):
            return text
        all_codings = dicts(item.get("coding"))
        real = [coding for coding in all_codings if coding.get("system") not in _NULL]
        chosen = [coding for coding in real if coding.get("userSelected")] + real
        for coding in chosen or all_codings:
            if text := _display(coding):
                return {"other": "overig", "Other": "overig"}.get(text, text)
        for coding in chosen:
            if coding.get("code"):
                return unknown_code(coding)
        if any(coding.get("code") in ("masked", "MSK") for coding in all_codings):
            return wording.ABSENT_REASONS["masked"]
    return ""


def unknown_code(coding: Json) -> str:
    system = str(coding.get("system") or "")
    return wording.UNKNOWN_CODE % {
        "code": coding.get("code"),
        "system": codes.SYSTEM_NAMES.get(system) or system or "systeem niet vermeld",
    }


def is_unknown(text: str) -> bool:
    return text.startswith(wording.UNKNOWN_CODE.split("%", 1)[0])


def number(value: Any) -> str:
    """A number with a decimal comma, without trailing zeros; a number written as text counts (see check.tidy)."""
    if isinstance(value, str) and DECIMAL.match(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    text = f"{value:.10g}" if isinstance(value, float) else str(value)
    return text.replace(".", ",")


def as_number(value: Any) -> float | None:
    """The value of a quantity to compute with, or None."""
    if isinstance(value, str) and DECIMAL.match(value):
        return float(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def unit_text(quantity: Json) -> str:
    raw = clean(quantity.get("unit")) or clean(quantity.get("code"))
    if raw in _UNITS:
        return _UNITS[raw]
    return re.sub(r"\{([^}]*)\}", r"\1", raw)


def quantity_text(quantity: Any) -> str:
    item = first(quantity)
    value = number(item.get("value"))
    return " ".join(part for part in (clean(item.get("comparator")) + value, unit_text(item)) if part) if value else ""


def range_text(value: Any) -> str:
    item = first(value)
    low, high = first(item.get("low")), first(item.get("high"))
    if low and high:
        unit = unit_text(high) or unit_text(low)
        return f"{number(low.get('value'))} – {number(high.get('value'))} {unit}".strip()
    if low:
        return f"vanaf {quantity_text(low)}"
    return f"tot {quantity_text(high)}" if high else ""


def ratio_text(value: Any) -> str:
    item = first(value)
    return " : ".join(
        part for part in (quantity_text(item.get("numerator")), quantity_text(item.get("denominator"))) if part
    )


def value_text(element: Json, prefix: str = "value") -> str:
    """The value[x] of an observation, component or extension as text; dates are left as FHIR dates."""
    for name, value in element.items():
        if not name.startswith(prefix) or name == prefix:
            continue
        kind = name[len(prefix) :]
        if kind in ("Quantity", "Age", "Duration", "Count", "Distance", "Money"):
            return quantity_text(value)
        if kind in ("CodeableConcept", "Coding"):
            coded = value if kind == "CodeableConcept" else {"coding": [value]}
            # An answer that none could be given is an answer, also where it has no name.
            return concept_text(coded, codes.VALUES) or known_name(coded, wording.ABSENT_REASONS)
        if kind == "Range":
            return range_text(value)
        if kind == "Ratio":
            return ratio_text(value)
        if kind == "Period":
            return sentence((first(value).get("start", ""), first(value).get("end", "")), " – ")
        if kind == "Reference":
            return reference_text(value)
        if kind == "Boolean":
            return "ja" if value else "nee"
        if kind in ("Integer", "Decimal", "PositiveInt", "UnsignedInt"):
            return number(value)
        if isinstance(value, str):
            return clean(value)
    return ""


def extensions(element: Any, *names: str) -> Iterator[Json]:
    """The extensions of an element whose URL ends in one of the names."""
    for item in dicts(element):
        for extension in dicts(item.get("extension")) + dicts(item.get("modifierExtension")):
            if str(extension.get("url", "")).endswith(names):
                yield extension


def extension_text(element: Any, *names: str) -> str:
    return sentence((value_text(extension) for extension in extensions(element, *names)), "; ")


def notes(resource: Json) -> tuple[str, ...]:
    own = [clean(note.get("text")) for note in dicts(resource.get("note"))]
    comment = extension_text(resource, "/ext-Comment", "/Comment")
    return tuple(dict.fromkeys(text for text in [*own, comment] if text))


def reference_text(reference: Any, nearby: dict[str, Json] | None = None) -> str:
    """Who or what a reference points to: the resource itself when it is at hand, else the display of the source.
    Nictiz displays open with the profile name ("Healthcare professional (role), J. Peters"); that part is dropped."""
    item = first(reference)
    target = (nearby or {}).get(str(item.get("reference", "")))
    if target and (text := resource_name(target, nearby or {})):
        return text
    shown = clean(item.get("display"))
    shown = re.sub(
        r"^(Healthcare professional|Healthcare provider|Contact ?[pP]erson|Patient)( \([a-z]+\))?, ", "", shown
    )
    if match := re.match(r"^Practitioner with name: '(.*)'\.?$", shown):
        shown = match[1]
    return "" if shown.startswith(("Problem", "Healthcare professional", "Onbekende functiecode")) else shown


def resource_name(resource: Json, nearby: dict[str, Json]) -> str:
    """The name of a person, organisation, place, medicine or device."""
    kind = resource.get("resourceType")
    if kind in ("Practitioner", "Patient", "RelatedPerson"):
        return read_name(resource.get("name")).display
    if kind == "PractitionerRole":
        person = reference_text(resource.get("practitioner"), nearby)
        role = concept_text(resource.get("specialty")) or concept_text(resource.get("code"))
        return sentence((person, role, reference_text(resource.get("organization"), nearby)))
    if kind in ("Organization", "Location", "HealthcareService"):
        return clean(resource.get("name"))
    if kind == "Medication":
        return concept_text(resource.get("code")) or extension_text(resource, "PharmaceuticalProduct.Description")
    if kind == "Device":
        named, sort = clean(first(resource.get("deviceName")).get("name")), concept_text(resource.get("type"))
        return named if sort and named.startswith(sort) else sentence((sort, named))
    if kind == "Condition":
        return concept_text(resource.get("code"))
    return ""


def index_nearby(resource: Json, related: Iterable[Json]) -> dict[str, Json]:
    """Contained and accompanying resources by every form in which a reference may name them."""
    found: dict[str, Json] = {f"#{item.get('id')}": item for item in dicts(resource.get("contained"))}
    for item in related:
        found[f"{item.get('resourceType')}/{item.get('id')}"] = item
    for holder in [resource, *list(found.values())]:
        for reference in _references(holder):
            tail = "/".join(reference.split("/_history/")[0].split("/")[-2:])
            if reference not in found and tail in found:
                found[reference] = found[tail]
    return found


def reference_targets(resource: Json) -> Iterator[str]:
    """What a resource refers to, as "Type/id"."""
    for reference in _references(resource):
        yield "/".join(reference.split("/_history/")[0].split("/")[-2:])


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def period(resource: Json, stem: str) -> tuple[str, str]:
    """Start and end of a choice element (effective[x], onset[x] ...), partial dates left partial."""
    for kind in ("DateTime", "Instant", "Date"):
        if isinstance(resource.get(stem + kind), str):
            return resource[stem + kind], ""
    if isinstance(resource.get(stem + "Period"), dict):
        span = resource[stem + "Period"]
        return str(span.get("start") or ""), str(span.get("end") or "")
    return (str(resource.get(stem + "String") or ""), "")


def body_site(resource: Json) -> str:
    sites = []
    for site in dicts(resource.get("bodySite")):
        side = extension_text(site, "AnatomicalLocation.Laterality", "BodySite-Qualifier").lower()
        where = concept_text(site)
        sites.append(f"{where} ({side})" if where and side and side.rstrip("s") not in where.lower() else where or side)
    return sentence(sites)


def _timing_text(timing: Any) -> str:
    item = first(timing)
    repeat = first(item.get("repeat"))
    parts = []
    if repeat.get("frequency") or repeat.get("period"):
        count = number(repeat.get("frequency", 1))
        if repeat.get("frequencyMax"):
            count += f" tot {number(repeat['frequencyMax'])}"
        one, many = _PERIODS.get(str(repeat.get("periodUnit")), ("keer", "keer"))
        length = number(repeat.get("period", 1))
        parts.append(f"{count} maal per {one if length in ('1', '') else f'{length} {many}'}")
    parts += [_MOMENTS.get(str(moment), str(moment)) for moment in repeat.get("when") or []]
    if repeat.get("timeOfDay"):
        parts.append("om " + " en ".join(str(moment)[:5] for moment in repeat["timeOfDay"]))
    return sentence(parts) or concept_text(item.get("code"))


def _dose_text(dosage: Json) -> str:
    doses = []
    for dose in dicts(dosage.get("doseAndRate")) or [dosage]:
        amount = quantity_text(dose.get("doseQuantity")) or range_text(dose.get("doseRange"))
        rate = (
            quantity_text(dose.get("rateQuantity"))
            or ratio_text(dose.get("rateRatio"))
            or range_text(dose.get("rateRange"))
        )
        doses.append(sentence((amount, rate)))
    return sentence(doses)


def dosage_text(resource: Json) -> str:
    """The dosage to show: the text rendered by the source (ext-RenderedDosageInstruction, MP9), else its own
    text, else one built from timing, dose, route and "as needed"."""
    if rendered := extension_text(resource, "RenderedDosageInstruction"):
        return rendered
    lines = []
    for dosage in dicts(resource.get("dosageInstruction")) + dicts(resource.get("dosage")):
        text = clean(dosage.get("text"))
        if not text:
            as_needed = dosage.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage
            built = (
                _timing_text(dosage.get("timing")),
                _dose_text(dosage),
                concept_text(dosage.get("route")).lower(),
                "zo nodig" if as_needed else "",
            )
            text = sentence((*built, clean(dosage.get("patientInstruction"))))
        extra = sentence(concept_text(item) for item in dicts(dosage.get("additionalInstruction")))
        lines.append(sentence((text, "" if extra in text else extra), "; "))
    return sentence(lines, " | ")
