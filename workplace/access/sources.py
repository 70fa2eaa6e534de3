"""How each source answered about one patient, or why it was not asked, for the whole page and for each part of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dossier.access import UNHEARD, Why, answered_sources, askable_categories, counts_until, said_of, why_withheld
from dossier.models import Fact, Source, SourceAnswer
from events.actor import Actor
from people.models import Domain, Organisation
from trust.access import Decision, Opening
from trust.categories import Category, from_mask
from trust.national.hearing import Hearing, hearing_of

FAILED = frozenset({"no_answer", "refused", "fault"})
"""Answers that are none: what was kept of before still shows, and something may be missing."""

HOLDS: dict[str, frozenset[Category]] = {
    Domain.GP: frozenset({Category.PROBLEMS, Category.MEDICATION, Category.ALLERGIES, Category.RESULTS}),
    Domain.PHARMACY: frozenset({Category.MEDICATION, Category.ALLERGIES}),
    Domain.HOSPITAL: frozenset({Category.PROBLEMS, Category.MEDICATION, Category.RESULTS, Category.PROCEDURES}),
    Domain.HOME_CARE: frozenset({Category.FUNCTIONING, Category.PLAN}),
    Domain.MENTAL_HEALTH: frozenset({Category.MENTAL_HEALTH, Category.PLAN}),
    Domain.SOCIAL: frozenset({Category.SOCIAL, Category.PLAN}),
    Domain.MUNICIPALITY: frozenset({Category.SOCIAL}),
    Domain.WELFARE: frozenset({Category.SOCIAL}),
}
"""What somebody who works in a domain is sure to keep, so that it is missed where no system of that domain is connected."""


@dataclass
class SourceState:
    """What the screen says about one source: how it answered, or why it was not asked.

    ``kept`` gives the categories that stay closed by reason; a source that answers may keep a part back.
    """

    source: Source
    kind: str
    text: str
    answer: SourceAnswer | None
    askable: bool
    kept: dict[Why, frozenset[Category]]
    asked: frozenset[Category] = frozenset()

    @property
    def due(self) -> bool:
        """Whether the page has it asked: its last answer counts no longer, or may have been overtaken since."""
        until = counts_until(self.source, self.answer) if self.kind == "answered" else None
        whole = self.answer is not None and not self.asked - from_mask(self.answer.asked_categories)
        return self.askable and not (whole and until and until > timezone.now())

    def kind_for(self, categories: frozenset[Category]) -> str:
        """How it answered about these categories; "" where it does not serve them or may not be asked about them."""
        asked = categories & self.asked
        if not asked:
            return ""
        if self.kind in FAILED or self.kind == "not_asked" or self.answer is None:
            return self.kind
        if any(self.answer.failed_categories >> category & 1 for category in asked):
            return "incomplete"
        if asked - from_mask(self.answer.asked_categories):
            return "not_asked"
        return self.kind


@dataclass(frozen=True)
class Failure:
    """Sources that did not answer about a part as they should, in the same way: since when, and what they last did answer."""

    kind: str
    text: str
    names: str
    asked_at: datetime | None
    answered_at: datetime | None


@dataclass
class Told:
    """Where a part comes from and what is wanting in it: from whom and fetched when, and the ways in which it can be nothing.

    ``others`` answered and have nothing among what is shown; where nothing is shown at all, they have nothing.
    """

    given: list[tuple[Source, datetime]] = field(default_factory=list)
    others: list[SourceState] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    waiting: list[Source] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    unconnected: list[Organisation] = field(default_factory=list)
    here: int | None = None
    served: bool = False

    @property
    def unconnected_names(self) -> list[str]:
        """The organisations without a system, as the reader knows them."""
        return names_for(self.unconnected, self.here)

    @property
    def origins(self) -> list[tuple[str, datetime]]:
        """From whom it is, those together that were fetched within the same minute, the newest first."""
        together: dict[datetime, list[str]] = defaultdict(list)
        for source, at in self.given:
            together[_minute(at) or at].append(source.name)
        return [(", ".join(names), at) for at, names in sorted(together.items(), reverse=True)]

    @property
    def other_names(self) -> str:
        """The names of the others."""
        return ", ".join(state.source.name for state in self.others)

    @property
    def wanting(self) -> bool:
        """Whether something is missing that the reader must know of here."""
        return bool(self.failed or self.withheld or self.unconnected)


def states_for(opening: Opening, actor: Actor) -> list[SourceState]:
    """What the screen says about each source where something is likely to be found."""
    hearing = hearing_of(actor, opening.patient)
    return [
        _state_of(source, opening, answer, actor.organisation_id, hearing)
        for source, answer in answered_sources(opening, actor.organisation_id)
    ]


def _state_of(
    source: Source,
    opening: Decision,
    answer: SourceAnswer | None,
    organisation_id: int | None,
    hearing: Hearing,
) -> SourceState:
    kept = why_withheld(source, opening, organisation_id)
    served = from_mask(source.categories)
    asked = askable_categories(source, opening)
    unheard = frozenset() if opening.emergency else hearing.wanting(opening, source.organisation, served)
    if answer is not None and answer.detail.startswith(UNHEARD):
        if unheard:
            words = _("de landelijke toestemmingsvoorziening gaf geen antwoord")
            return SourceState(source, "no_answer", words, answer, True, kept, served - opening.not_needed)
        answer = None
    if unheard:
        return SourceState(source, "not_asked", _("nog niet gevraagd"), None, True, kept, served - opening.not_needed)
    if not asked:
        why = next(iter(kept), Why.NO_CONSENT)
        return SourceState(source, why.value, str(_CLOSED[why]), None, False, kept)
    if answer is None:
        return SourceState(source, "not_asked", _("nog niet gevraagd"), None, True, kept, asked)
    outcome = SourceAnswer.Outcome(answer.outcome)
    text = said_of(answer)
    if outcome == SourceAnswer.Outcome.ANSWERED:
        text = _("antwoord")
        if from_mask(answer.asked_categories) <= asked:
            text = ngettext("%(n)s gegeven", "%(n)s gegevens", answer.facts) % {"n": answer.facts}
    return SourceState(source, outcome.value, text, answer, True, kept, asked)


_CLOSED = {
    Why.ROLE: gettext_lazy("voor uw rol niet nodig"),
    Why.UNKNOWN: gettext_lazy("kent deze inwoner niet"),
    Why.NOT_OFFERED: gettext_lazy("stelt dit niet beschikbaar"),
    Why.OBJECTION: gettext_lazy("dicht door bezwaar of beperking"),
    Why.NO_CONSENT: gettext_lazy("geen toestemming van de inwoner"),
}


def told_of(
    categories: frozenset[Category],
    facts: Iterable[Fact],
    states: Sequence[SourceState],
    opening: Decision,
    unconnected: Iterable[Organisation] = (),
    givers: Iterable[int] = (),
) -> Told:
    """Where a part with these categories comes from, and what is wanting in it.

    ``facts`` are those that show; ``givers`` the sources that gave more than shows, which did not give nothing.
    """
    told = Told()
    fetched: dict[int, datetime] = {}
    for fact in facts:
        fetched[fact.source_id] = max(fact.fetched_at, fetched.get(fact.source_id, fact.fetched_at))
    gave = fetched.keys() | set(givers)
    needed = categories - opening.not_needed
    held: dict[Why, set[str]] = defaultdict(set)
    failed: dict[Failure, list[str]] = {}
    for state in states:
        told.served = told.served or bool(needed & from_mask(state.source.categories))
        kind = state.kind_for(needed)
        at = fetched.get(state.source.pk) or (state.answer.answered_at if state.answer else None)
        if state.source.pk in gave and at:
            told.given.append((state.source, at))
        if kind == "not_asked":
            told.waiting.append(state.source)
        elif kind in FAILED or kind == "incomplete":
            failed.setdefault(_failure(state, kind), []).append(state.source.name)
        elif kind and state.source.pk not in gave:
            told.others.append(state)
        for why, closed in state.kept.items():
            if closed & needed:
                held[why].add(state.source.organisation.name)
    told.failed = [replace(failure, names=", ".join(names)) for failure, names in failed.items()]
    known = Category.NETWORK in opening.allowed
    told.withheld = [
        str(said) % {"who": ", ".join(sorted(held[why])) if known else _("andere zorgverleners")}
        for why, said in _WITHHELD.items()
        if held[why]
    ]
    domains = {state.source.organisation.domain for state in states}
    told.unconnected = [
        one for one in unconnected if one.domain not in domains and HOLDS.get(one.domain, frozenset()) & needed
    ]
    return told


def names_for(organisations: Iterable[Organisation], here: int | None) -> list[str]:
    """The names of organisations for a reader of one of them, who knows the own one as such."""
    return [_("uw eigen organisatie") if one.pk == here else one.name for one in organisations]


def missed(unconnected: Iterable[Organisation], opening: Decision) -> list[Organisation]:
    """Who of these keeps something that the reader's role needs; of the others not even that they know the patient is said."""
    return [one for one in unconnected if HOLDS.get(one.domain, frozenset()) - opening.not_needed]


def _failure(state: SourceState, kind: str) -> Failure:
    words = {
        "no_answer": _("geen antwoord"),
        "refused": _("weigert de vraag"),
        "fault": _("onbruikbaar antwoord"),
        "incomplete": _("geen volledig antwoord"),
    }
    text = words[kind]
    if state.answer is not None and state.answer.detail.startswith(UNHEARD):
        text = _("niet gevraagd, %(why)s") % {"why": state.text}
    elif kind in FAILED and state.text not in {
        _("geen antwoord"),
        _("de bron weigert de vraag"),
        _("antwoord onbruikbaar"),
    }:
        text = state.text
    asked, answered = (state.answer.asked_at, state.answer.answered_at) if state.answer else (None, None)
    return Failure("no_answer" if kind == "incomplete" else kind, text, "", _minute(asked), _minute(answered))


def _minute(moment: datetime | None) -> datetime | None:
    return moment.replace(second=0, microsecond=0) if moment else None


_WITHHELD = {
    Why.NOT_OFFERED: gettext_lazy("Niet beschikbaar gesteld door %(who)s"),
    Why.OBJECTION: gettext_lazy("Niet getoond van %(who)s, dicht door bezwaar of beperking"),
    Why.NO_CONSENT: gettext_lazy("Niet getoond van %(who)s, de inwoner gaf hier geen toestemming voor"),
}
