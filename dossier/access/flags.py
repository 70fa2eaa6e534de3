"""What everybody must know of a person at once: limits to treatment and alerts, each once, with sources that disagree named as such."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossier.access.compare_limits import Said, limits_said
from dossier.access.facts import when
from dossier.models import Entry, Fact
from dossier.sources.wording import NOT_SO
from trust.categories import Category

LIMITS = {
    "89666000": gettext_noop("Niet reanimeren"),
    "40617009": gettext_noop("Niet beademen"),
    "305351004": gettext_noop("Niet naar de intensive care"),
    "32485007": gettext_noop("Niet naar het ziekenhuis"),
    "281789004": gettext_noop("Geen antibiotica"),
    "116762002": gettext_noop("Geen bloedproducten"),
}
"""What a treatment that is not to be done is called at the bedside, by its SNOMED CT code (zib TreatmentDirective2)."""
LONGEST = 60
AT_ONCE = 3
"""So many flags stand in the bar itself; the rest behind how many more there are."""


@dataclass(frozen=True)
class Flag:
    """One thing that everybody must know at once: ``label`` for the bar, ``words`` in full, ``status`` as the shape of the chip."""

    label: str
    words: str
    status: str


def flags_of(facts: Iterable[Fact], entries: Iterable[Entry]) -> list[Flag]:
    """Treatment limits first, then alerts, each once however many tell it; where they disagree the flag says so and who says what."""
    current = [fact for fact in facts if fact.state not in NOT_SO and _holds(fact)]
    wishes = [entry for entry in entries if entry.kind == Entry.Kind.WISH]
    said = limits_said([fact for fact in current if fact.category == Category.WISHES], wishes)
    limits = [flag for treatment in _in_order(said) for flag in _limit(treatment, said[treatment])]
    read = {one.thing.pk for answers in said.values() for one in answers if isinstance(one.thing, Entry)}
    for entry in wishes:
        first = entry.text.split("\n")[0].split(". ")[0].strip().rstrip(".")
        if entry.pk not in read and first.lower().startswith(("niet ", "geen ")):
            limits.append(Flag(_short(first), entry.text, "alert"))
    alerts = {
        fact.title.lower(): Flag(_short(fact.title), _whole(fact), "gap")
        for fact in reversed(current)
        if fact.category == Category.ALERTS and fact.state in {"active", ""}
    }
    return [*limits, *reversed(alerts.values())]


def _in_order(said: dict[str, list[Said]]) -> list[str]:
    """The treatments that everybody knows in the order of :data:`LIMITS`, then the others."""
    return [*(treatment for treatment in LIMITS if treatment in said), *(one for one in said if one not in LIMITS)]


def _limit(treatment: str, answers: Sequence[Said]) -> list[Flag]:
    """The flag of one treatment; none where everybody says that it is done."""
    given = {one.answer for one in answers}
    if given == {"permit"}:
        return []
    words = " · ".join(dict.fromkeys(_words(one) for one in answers))
    first = answers[0]
    named = _(LIMITS[treatment]) if treatment in LIMITS else first.side.says
    if isinstance(first.thing, Fact) and treatment not in LIMITS:
        named = f"{first.thing.title}: {first.thing.detail}" if first.thing.detail else first.thing.title
    if len(given) > 1 and "deny" not in given:  # nobody says that it is not done: only how far
        titles = [one.thing.title for one in answers if isinstance(one.thing, Fact)]
        about = titles[0] if titles else named
        return [Flag(_("%(treatment)s: bronnen verschillen") % {"treatment": _short(about)}, words, "alert")]
    if len(given) > 1:
        return [Flag(_("%(limit)s? Bronnen verschillen") % {"limit": _short(named)}, words, "alert")]
    if given == {"limited"}:
        title = first.thing.title if isinstance(first.thing, Fact) else named
        return [Flag(_short(_("%(treatment)s: met beperking") % {"treatment": title}), words, "alert")]
    own = all(one.own for one in answers)
    return [Flag(_short(first.own if own and not _plainly(first.own) else named), words, "alert")]


def _plainly(sentence: str) -> bool:
    """Whether a sentence of an own entry is just the name of the limit."""
    return sentence.strip(" .").lower() in {words.lower() for words in LIMITS.values()}


def _words(said: Said) -> str:
    return said.thing.text if isinstance(said.thing, Entry) else _whole(said.thing)


def _holds(fact: Fact) -> bool:
    """Whether it has no end, or its end is still to come."""
    return not fact.until or fact.until[:10] >= timezone.localdate().isoformat()[: len(fact.until[:10])]


def _whole(fact: Fact) -> str:
    words = [f"{fact.title} {fact.detail}".strip(), *map(str, fact.attention), when(fact.on_date), fact.source.name]
    return " · ".join(filter(None, words))


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"
