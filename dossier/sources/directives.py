"""What a Consent says of a treatment: done, not done, or with limits; in the form of zib 2020 and of zib 2017.

Sources mix the two: R4 resources with the extensions of 2017 occur (BgZ in R4 form), so the shape counts and not the version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dossier.sources import codes, wording
from dossier.sources.reading import Json, code_set, codings, dicts, extension_text, extensions, first

TREATMENT = frozenset({"129125009", "11291000146105"})
WILL = frozenset({"acd", "11341000146107"})
ANSWERS_2017 = {"JA": "permit", "NEE": "deny", "JA_MAAR": "limited"}


@dataclass(frozen=True)
class Directive:
    """``answer`` is permit, deny, limited, or empty when nothing is said that may be relied on; ``of`` are the treatments."""

    is_one: bool
    of: tuple[Json, ...]
    answer: str
    limits: str

    @property
    def words(self) -> str:
        """The answer for the screen. Limits stand in the attention of the fact."""
        if not self.is_one:
            return ""
        if self.answer in wording.DIRECTIVE_ANSWERS:
            return wording.DIRECTIVE_ANSWERS[self.answer]
        return "" if self.answer or self.limits else wording.NO_ANSWER_GIVEN


def directive_of(resource: Json) -> Directive:
    """Reads a Consent. Only JA without limits and NEE, permit and deny count as an answer: the rest is left open."""
    provision = first(resource.get("provision"))
    old = [item.get("valueCodeableConcept") for item in extensions(resource, "TreatmentDirective-Treatment")]
    answers = {
        str(coding.get("code")).upper()
        for item in extensions(resource, "TreatmentDirective-TreatmentPermitted")
        for coding in codings(item.get("valueCodeableConcept"))
    }
    is_one = bool(old or answers or code_set(resource.get("category")) & TREATMENT)
    coded = code_set(resource.get("category"), provision.get("code")) & codes.DECIDED.keys()
    decided = {codes.DECIDED[code] for code in coded}
    if len(decided) == 1 and not provision.get("type"):
        about: Json = {"coding": [{"system": codes.SNOMED, "code": codes.RESUSCITATION}]}
        return Directive(True, (about,), decided.pop(), extension_text(resource, "SpecificationOther"))
    limits = extension_text(resource, "SpecificationOther") or restrictions_of(provision)
    answer = str(provision.get("type") or "")
    if not answer and len(answers) == 1:
        answer = ANSWERS_2017.get(answers.copy().pop(), "")
    if limits and answer == "permit":
        answer = "limited"
    return Directive(is_one, tuple(dicts(provision.get("code")) or dicts(old)), answer, limits)


def restrictions_of(provision: Any) -> str:
    """The limits of zib 2017, which stand in an exception (STU3 `except`, R4 a provision within the provision)."""
    inner = first(provision).get("provision")
    return extension_text(inner, "TreatmentDirective-Restrictions")


def answer_in(detail: str) -> str:
    """permit or deny as :attr:`Directive.words` said it at the beginning of the detail of a line; empty when neither was said."""
    for answer, words in wording.DIRECTIVE_ANSWERS.items():
        if detail == words or detail.startswith(f"{words}, "):
            return answer
    return ""
