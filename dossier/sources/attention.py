"""What changes the meaning of a fact and must stand beside it: modifiers, refutations, errors and negations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dossier.sources import wording
from dossier.sources.check import known_types
from dossier.sources.directives import restrictions_of
from dossier.sources.reading import (
    Json,
    clean,
    code_set,
    codings,
    concept_text,
    dicts,
    extension_text,
    extensions,
    quantity_text,
    value_text,
)


def attention_of(resource: Json) -> tuple[str, ...]:
    """The warnings that belong to an R4 resource. A reader that leaves these out may read the opposite of what is
    meant, so an unknown modifierExtension gives a warning too (FHIR R4, 2.4.1; zib2020)."""
    return tuple(dict.fromkeys([*_statuses(resource), *_modifiers(resource)]))


def _statuses(resource: Json) -> Iterator[str]:
    kind, status = resource.get("resourceType"), resource.get("status")
    verification = code_set(resource.get("verificationStatus"))
    if (
        status == "entered-in-error"
        or resource.get("lifecycleStatus") == "entered-in-error"
        or "entered-in-error" in verification
    ):
        yield wording.IN_ERROR
    if verification & {"refuted", "410516002"}:
        yield wording.REFUTED
    if status == "not-done":
        yield wording.NOT_GIVEN if kind == "Immunization" else wording.NOT_DONE
    if status == "not-taken":
        yield wording.NOT_TAKEN
    if resource.get("doNotPerform") is True:
        yield wording.DO_NOT
    for activity in dicts(resource.get("activity")):
        if isinstance(activity.get("detail"), dict) and activity["detail"].get("doNotPerform") is True:
            yield wording.DO_NOT
    if reason := concept_text(resource.get("dataAbsentReason"), wording.ABSENT_REASONS):
        yield wording.NO_RESULT % {"reason": reason}
    if kind and kind not in known_types():
        yield wording.UNKNOWN_KIND
    if code_set(resource.get("interpretation")) & wording.CRITICAL:
        yield wording.CRITICAL_VALUE
    if resource.get("implicitRules"):
        yield wording.MAY_CHANGE_MEANING


def _modifiers(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _modifiers(item)
    elif isinstance(value, dict):
        for extension in dicts(value.get("modifierExtension")):
            yield from _explain(extension, value)
        for name, item in value.items():
            if name != "modifierExtension":
                yield from _modifiers(item)


def _explain(extension: Json, holder: Json) -> Iterator[str]:
    name = str(extension.get("url", "")).rsplit("/", 1)[-1]
    for ending, explain in _KNOWN.items():
        if name.endswith(ending):
            yield from explain(extension, holder)
            return
    yield wording.MAY_CHANGE_MEANING_SO % {"what": _spoken(extension) or _UNNAMED}


_UNNAMED = "zonder naam"


def _spoken(extension: Json) -> str:
    """An extension nobody here knows, by the end of its name and what it says, with what stands within it."""
    name = str(extension.get("url", "")).rstrip("/").rsplit("/", 1)[-1].removeprefix("ext-")
    inner = "; ".join(text for text in map(_spoken, dicts(extension.get("extension"))) if text)
    said = value_text(extension) or inner
    return f"{name}: {said}" if name and said else name or said


def _stopped(extension: Json, holder: Json) -> Iterator[str]:
    yield wording.STOPPED % {"how": value_text(extension).lower() or "wijze niet vermeld"}


def _otherwise(extension: Json, holder: Json) -> Iterator[str]:
    if any("JA_MAAR" in code_set(item.get("valueCodeableConcept")) for item in dicts(holder.get("modifierExtension"))):
        return
    yield wording.OTHERWISE % {"text": value_text(extension) or "niet toegelicht"}


def _permitted_2017(extension: Json, holder: Json) -> Iterator[str]:
    """zib TreatmentDirective 2017: JA and NEE are said by the fact itself, JA_MAAR is a limit."""
    answers = {str(coding.get("code")).upper() for coding in codings(extension.get("valueCodeableConcept"))}
    inner = restrictions_of(holder.get("provision"))
    if len(answers) == 1 and answers & {"JA", "NEE"}:
        if inner and not list(extensions({"extension": holder.get("modifierExtension", [])}, "SpecificationOther")):
            yield wording.OTHERWISE % {"text": inner}
        return
    if "JA_MAAR" not in answers:
        yield wording.MAY_CHANGE_MEANING_SO % {"what": _spoken(extension) or _UNNAMED}
        return
    limits = extension_text({"extension": holder.get("modifierExtension", [])}, "SpecificationOther")
    yield wording.WITH_LIMITS % {"text": limits or inner or "niet toegelicht"}


def _cycle(extension: Json, holder: Json) -> Iterator[str]:
    length = quantity_text(extension.get("valueDuration") or extension.get("valueQuantity"))
    yield wording.CYCLE % {"period": length or clean(value_text(extension))}


def _copy(extension: Json, holder: Json) -> Iterator[str]:
    if extension.get("valueBoolean") is not False:
        yield wording.COPY


_KNOWN: dict[str, Callable[[Json, Json], Iterator[str]]] = {
    "StopType": _stopped,
    "SpecificationOther": _otherwise,
    "TreatmentDirective-TreatmentPermitted": _permitted_2017,
    "RepeatPeriodCyclicalSchedule": _cycle,
    "CopyIndicator": _copy,
}
