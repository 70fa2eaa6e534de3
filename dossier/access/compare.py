"""The same thing said twice and things that contradict each other, set beside each other with who says what; never judged.

Computed from facts that were read already, so it asks nothing of the database. Medication has a comparison of its own
(:mod:`dossier.medication.compare`), because doses and treatments need more than a code.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from dossier.access.compare_limits import answers_that_differ, limits_compared
from dossier.access.compare_reach import first_contacts, reached
from dossier.access.comparison import Comparison, Kind, compared, grouped, nameless, plain, side_of
from dossier.models import Entry, Fact, RelatedPerson
from dossier.sources import codes, wording
from trust.categories import Category

_SAME_NAME = frozenset({Category.ALLERGIES, Category.PROBLEMS, Category.MENTAL_HEALTH, Category.ALERTS})


def compare(
    facts: Iterable[Fact], entries: Iterable[Entry] = (), contacts: Iterable[RelatedPerson] = ()
) -> list[Comparison]:
    """Doubles and contradictions among facts of sources, own entries about limits, and the register of contact persons.

    What one source says twice of one thing is a double only for allergies: problems come back. The most serious come first.
    """
    kept = [fact for fact in facts if fact.category != Category.MEDICATION]
    of: dict[int, list[Fact]] = defaultdict(list)
    for fact in kept:
        of[fact.category].append(fact)
    found = [one for category in _SAME_NAME for one in _same_things(of[category], Category(category))]
    found += _none_and_some(of[Category.ALLERGIES])
    found += limits_compared(of[Category.WISHES], entries)
    found += answers_that_differ(of[Category.WISHES])
    found += reached([*of[Category.NETWORK], *of[Category.IDENTITY]], contacts)
    found += first_contacts(of[Category.NETWORK])
    order = list(Kind)
    return sorted(found, key=lambda one: (order.index(one.kind), one.category, one.about.lower()))


def _same_things(facts: Sequence[Fact], category: Category) -> list[Comparison]:
    known = [fact for fact in facts if not _absent(fact) and fact.resource_type in _KINDS]
    found = []
    for group in grouped(known, lambda fact: (f"{fact.resource_type}:{name}" for name in _names(fact))):
        kind = _how(group, category)
        if kind is not None:
            newest = max(group, key=lambda fact: fact.on_date)
            found.append(compared(kind, category, newest.title, (side_of(fact, _stand(fact)) for fact in group)))
    return found


_KINDS = frozenset({"AllergyIntolerance", "Condition", "Flag"})
_VAGUE = frozenset(plain(name) for name in codes.ALERT_TYPES.values()) | {"", "overig", "anders"}


_VAGUE_CODE = re.compile(r"^http://hl7\.org/fhir/sid/icpc-1-nl\|[A-Z](29|99)(\.|$)")
_GENERAL_CODES = frozenset(
    f"{codes.SNOMED}|{code}"
    for code in (
        "419199007", "420134006", "418634005", "414285001", "416098002", "232347008", "426232007", "418038007", "64572001",
        "404684003",
    )
)  # fmt: skip
"""Codes for a whole class (allergy to a substance, food allergy, disease): two facts with one of them may be about two things."""


def _names(fact: Fact) -> Iterable[str]:
    """What a fact is known by: its code, and its name where that tells one thing from another. Left and right are two things."""
    text = f"{fact.title} {fact.detail}".lower()
    side = "".join(word for word in ("links", "rechts", "linker", "rechter") if re.search(rf"\b{word}\b", text))[:4]
    if fact.code and fact.code not in _GENERAL_CODES and not _VAGUE_CODE.match(fact.code):
        yield f"{fact.code} {side}"
    if plain(fact.title) not in _VAGUE and not nameless(fact):
        yield f"{plain(fact.title)} {side}"


def _how(group: Sequence[Fact], category: Category) -> Kind | None:
    if len(group) < 2:
        return None
    sources = {fact.source_id for fact in group}
    live = [fact for fact in group if fact.state not in wording.OVER and not _denied(fact)]
    denied = [fact for fact in group if _denied(fact) or fact.state == wording.ERROR]
    if live and denied:
        return Kind.CONTRADICTION
    if not live:
        return None
    over = [fact for fact in group if fact.state == wording.ENDED]
    if {fact.source_id for fact in over} - {fact.source_id for fact in live}:
        return Kind.DIFFERENCE
    if len(live) < 2 or (len(sources) < 2 and category != Category.ALLERGIES):
        return None
    return Kind.DIFFERENCE if len({_weight(fact) for fact in live}) > 1 else Kind.DOUBLE


def _denied(fact: Fact) -> bool:
    return wording.REFUTED in fact.attention or fact.status == wording.REFUTED


def _weight(fact: Fact) -> tuple[str, ...]:
    """How sure and how serious it is said to be: what somebody who treats goes by."""
    words = {word.strip() for word in re.split(r"[,;]", fact.detail.lower())}
    risk = tuple(
        word
        for word in wording.CRITICALITY.values()
        if word in words and word != wording.CRITICALITY["unable-to-assess"]
    )
    sure = tuple(word for word in wording.CERTAINTY.values() if word in fact.status)
    return risk + sure


def _stand(fact: Fact) -> str:
    """What one source says of it: its state, and what weighs."""
    if fact.state == wording.ERROR:
        return wording.IN_ERROR
    return ", ".join(part for part in (fact.status, fact.detail) if part)


# Nothing known against something known.


def _absent(fact: Fact) -> bool:
    return fact.status in (wording.NOTHING_KNOWN, wording.NOTHING_SAID)


_GENERAL = codes.NOTHING_KNOWN["716186003"]


def _none_and_some(facts: Sequence[Fact]) -> list[Comparison]:
    """ "No allergy known" beside an allergy of another: one of the two is behind."""
    none = [fact for fact in facts if fact.status == wording.NOTHING_KNOWN and fact.title == _GENERAL]
    some = [
        fact
        for fact in facts
        if fact.resource_type == "AllergyIntolerance"
        and not _absent(fact)
        and fact.state not in wording.OVER
        and not _denied(fact)
    ]
    if not none or not some:
        return []
    sides = [*(side_of(fact, fact.title) for fact in none), *(side_of(fact, fact.title) for fact in some[:6])]
    return [compared(Kind.CONTRADICTION, Category.ALLERGIES, _("Allergieën"), sides)]
