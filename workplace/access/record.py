"""The overview of one patient from own record and all sources, with what is withheld and what is wanting."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consultations.access import consultations_for
from consultations.models import Consultation
from dossier.access import (
    UNHEARD,
    Why,
    answers_for,
    askable_categories,
    connected_sources,
    entries_for,
    facts_for,
    participants_for,
    person_of,
    related_persons_for,
    when,
    why_withheld,
)
from dossier.models import Entry, Fact, Source, SourceAnswer
from events.actor import Actor
from people.models import Patient
from referrals.models import Referral, Step
from trust.access import Decision, Opening, current_emergencies, decide
from trust.categories import Category, from_mask
from trust.models import CareRelation
from trust.national.hearing import Hearing, hearing_of
from workplace.access.choices import Representative, representatives_for

FACT_ORDER = (
    Category.PROBLEMS,
    Category.MEDICATION,
    Category.ALLERGIES,
    Category.RESULTS,
    Category.FUNCTIONING,
    Category.PROCEDURES,
    Category.APPOINTMENTS,
    Category.VACCINATIONS,
    Category.DEVICES,
    Category.DOCUMENTS,
    Category.ALERTS,
    Category.NETWORK,
    Category.PLAN,
    Category.MENTAL_HEALTH,
    Category.SOCIAL,
    Category.FINANCIAL,
)


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


@dataclass
class Group:
    """The facts of one category, with what is wanting: what sources did not answer, and what is withheld, in words per reason."""

    category: Category
    facts: list[Fact] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass
class Moment:
    """One point on the time line."""

    on_date: str
    title: str
    text: str
    source: str
    domain: str


def state_of(source: Source, opening: Opening, actor: Actor) -> SourceState:
    """What the screen says about one source after it was asked."""
    decision = decide(actor, opening.patient, Category)
    hearing = hearing_of(actor, opening.patient)
    return _state_of(source, decision, answers_for(opening).get(source.pk), actor.organisation_id, hearing)


def _state_of(
    source: Source,
    opening: Decision,
    answer: SourceAnswer | None,
    organisation_id: int | None,
    hearing: Hearing,
) -> SourceState:
    kept = why_withheld(source, opening, organisation_id)
    served = from_mask(source.categories)
    unheard = frozenset() if opening.emergency else hearing.wanting(opening, source.organisation, served)
    if answer is not None and answer.detail.startswith(UNHEARD):
        if unheard:
            words = _("de landelijke toestemmingsvoorziening gaf geen antwoord")
            return SourceState(source, "no_answer", words, answer, True, kept)
        answer = None
    if unheard:
        return SourceState(source, "not_asked", _("nog niet gevraagd"), None, True, kept)
    if not askable_categories(source, opening):
        why = next(iter(kept), Why.NO_CONSENT)
        return SourceState(source, why.value, _closed(why), None, False, kept)
    if answer is None:
        return SourceState(source, "not_asked", _("nog niet gevraagd"), None, True, kept)
    outcome = SourceAnswer.Outcome(answer.outcome)
    texts = {
        SourceAnswer.Outcome.ANSWERED: ngettext("%(n)s gegeven", "%(n)s gegevens", answer.facts) % {"n": answer.facts}
        if from_mask(answer.asked_categories) <= askable_categories(source, opening)
        else _("antwoord"),
        SourceAnswer.Outcome.NOTHING: _("niets gevonden over deze inwoner"),
        SourceAnswer.Outcome.NO_ANSWER: _("geen antwoord"),
        SourceAnswer.Outcome.REFUSED: _("de bron weigert de vraag"),
        SourceAnswer.Outcome.FAULT: _("antwoord onbruikbaar"),
        SourceAnswer.Outcome.NO_CONSENT: _("geen toestemming van de inwoner"),
    }
    return SourceState(source, outcome.value, texts[outcome], answer, True, kept)


def _closed(why: Why) -> str:
    return {
        Why.ROLE: _("voor uw rol niet nodig"),
        Why.UNKNOWN: _("kent deze inwoner niet"),
        Why.NOT_OFFERED: _("stelt dit niet beschikbaar"),
        Why.OBJECTION: _("dicht door bezwaar of beperking"),
        Why.NO_CONSENT: _("geen toestemming van de inwoner"),
    }[why]


@dataclass
class Overview:
    """Everything one page shows of one patient, from own record and sources, with what is withheld and missing.

    ``ours`` are the referrals and consultations in which the own organisation is a party; no other opens for the reader.
    """

    patient: Patient
    opening: Opening
    person: dict[str, Any]
    relation: str
    coordinator: str
    consent: list[str]
    matters: list[Entry]
    goals: list[Entry]
    entries: list[Entry]
    wishes: list[Entry]
    persons: list[object]
    participants: list[object]
    referrals: list[Referral]
    consultations: list[Consultation]
    ours: frozenset[Referral | Consultation]
    sources: list[SourceState]
    groups: list[Group]
    closed: list[tuple[str, list[Category]]]
    wish_facts: list[Fact]
    empty: list[Category]
    timeline: list[Moment]
    waiting: bool
    until: datetime | None
    representatives: list[Representative]


def _compare(facts: list[Fact]) -> None:
    """Point out the same thing from two sources beside each other: doubles, and doses that differ."""
    seen: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.code and fact.category in {Category.MEDICATION, Category.ALLERGIES, Category.PROBLEMS}:
            seen[f"{fact.category}:{fact.code}"].append(fact)
    for same in seen.values():
        if len({fact.source_id for fact in same}) < 2:
            continue
        differs = same[0].category == Category.MEDICATION and len({fact.detail for fact in same}) > 1
        for fact in same:
            others = sorted({other.source.name for other in same if other.source_id != fact.source_id})
            words = _("dosering verschilt met %(others)s") if differs else _("staat ook in %(others)s")
            fact.attention = [*fact.attention, words % {"others": ", ".join(others)}]


def _groups(facts: list[Fact], opening: Opening, states: list[SourceState]) -> list[Group]:
    by_category: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_category[fact.category].append(fact)
    served = {c for state in states for c in from_mask(state.source.categories)}
    groups = []
    for category in FACT_ORDER:
        failed = [
            state.source.name
            for state in states
            if category in from_mask(state.source.categories)
            and state.askable
            and (
                state.kind in {"no_answer", "refused", "fault"}
                or (state.answer is not None and state.answer.failed_categories >> category & 1)
            )
        ]
        if by_category[category] or (category in served and category not in opening.not_needed):
            groups.append(Group(category, by_category[category], _withheld(category, states, opening), failed))
    return groups


_WITHHELD = {
    Why.NOT_OFFERED: gettext_lazy("Niet beschikbaar gesteld door %(who)s"),
    Why.OBJECTION: gettext_lazy("Niet getoond van %(who)s, dicht door bezwaar of beperking"),
    Why.NO_CONSENT: gettext_lazy("Niet getoond van %(who)s, de inwoner gaf hier geen toestemming voor"),
}


def _withheld(category: Category, states: list[SourceState], opening: Opening) -> list[str]:
    """Why facts of this category are closed at others, in words per reason; who keeps them for who sees the network."""
    holders: dict[Why, set[str]] = defaultdict(set)
    for state in states:
        for why, categories in state.kept.items():
            if category in categories:
                holders[why].add(state.source.organisation.name)
    known = Category.NETWORK in opening.allowed
    return [
        str(said) % {"who": ", ".join(sorted(holders[why])) if known else _("andere zorgverleners")}
        for why, said in _WITHHELD.items()
        if holders[why]
    ]


def _closed_parts(groups: list[Group]) -> list[tuple[str, list[Category]]]:
    """The parts of which nothing shows because it is withheld, under the words that say why."""
    parts: dict[str, list[Category]] = defaultdict(list)
    for group in groups:
        for words in group.withheld if not (group.facts or group.failed) else ():
            parts[words].append(group.category)
    return list(parts.items())


def _timeline(facts: list[Fact], entries: list[Entry], steps: list[Step]) -> list[Moment]:
    moments = [
        Moment(f.on_date, f.title, f.detail, f"{f.source.name}", f.organisation.domain) for f in facts if f.on_date
    ]
    moments += [
        Moment(
            e.on_date.isoformat(),
            e.get_kind_display(),
            e.text,
            f"{e.author_name}, {e.organisation.name}",
            e.organisation.domain,
        )
        for e in entries
    ]
    moments += [
        Moment(
            timezone.localtime(s.at).date().isoformat(),
            _("Verwijzing: %(what)s") % {"what": s.get_status_display()},
            s.referral.service.name,
            s.organisation.name,
            s.organisation.domain,
        )
        for s in steps
    ]
    return sorted(moments, key=lambda moment: moment.on_date, reverse=True)


def _consent_sentence(opening: Opening, states: list[SourceState], actor: Actor) -> list[str]:
    """What the bar says about consent: of the systems of others alone, and nothing where there are none that know the patient."""
    others = [state for state in states if state.source.organisation_id != actor.organisation_id]
    closed = frozenset[Category]().union(*(state.kept.get(Why.NO_CONSENT, frozenset()) for state in others))
    seen = frozenset[Category]().union(*(askable_categories(state.source, opening) for state in others))
    if opening.emergency or not (closed or seen):
        return []
    closed &= frozenset(FACT_ORDER)
    if not closed:
        return [_("Toestemming gegeven")]
    if not seen:
        return [_("Geen toestemming om gegevens van andere zorgverleners te tonen")]
    if len(closed) > 3:
        return [_("Geen toestemming voor %(n)s soorten gegevens") % {"n": len(closed)}]
    return [_("Geen toestemming voor: %(names)s") % {"names": ", ".join(str(c.label) for c in sorted(closed))}]


def _until(opening: Opening, actor: Actor) -> datetime | None:
    """Until when this record is open in an emergency, if it is."""
    running = current_emergencies(actor) if opening.emergency else []
    return next((one.period.upper for one in running if one.patient_id == opening.patient.pk), None)


def _ours(
    referrals: list[Referral], consultations: list[Consultation], actor: Actor
) -> frozenset[Referral | Consultation]:
    """Those that the reader can open: where the own organisation is a party."""
    here = actor.organisation_id
    party = consultations_for(actor).filter(pk__in=[one.pk for one in consultations])
    return frozenset(party) | {r for r in referrals if here in {r.sending_organisation_id, r.receiving_organisation_id}}


def overview(opening: Opening, actor: Actor) -> Overview:
    """Compose the overview of an opened record from own entries and kept facts, in a fixed number of queries."""
    patient = opening.patient
    facts, entries = facts_for(opening), entries_for(opening)
    _compare(facts)
    answers = answers_for(opening)
    hearing = hearing_of(actor, patient)
    states = [
        _state_of(source, opening, answers.get(source.pk), actor.organisation_id, hearing)
        for source in connected_sources()
    ]
    running = list(
        Referral.objects.filter(patient=patient)
        .running()
        .select_related("service", "receiving_organisation", "sending_organisation")
        .order_by("-sent_at")
    )
    steps = list(
        Step.objects.filter(patient=patient, referral__patient=patient)
        .select_related("referral__service", "organisation")
        .order_by("-at")[:100]
    )
    consultations = list(
        Consultation.objects.filter(patient=patient, status__in=["open", "answered"]).order_by("-asked_at")
    )
    participants = participants_for(opening)
    relation = (
        CareRelation.objects.filter(
            patient=patient, organisation_id=actor.organisation_id, period__contains=timezone.now()
        )
        .order_by("period")
        .first()
    )
    since: datetime | None = relation.period.lower if relation else None
    groups = _groups(facts, opening, states)
    coordinator = next((p for p in participants if p.coordinates), None)
    wishes = [e for e in entries if e.kind == Entry.Kind.WISH]
    return Overview(
        patient=patient,
        opening=opening,
        person=person_of(opening, actor),
        relation=_("Relatie sinds %(when)s (%(source)s)")
        % {"when": when(since.date().isoformat()), "source": relation.get_source_display()}
        if relation and since
        else "",
        coordinator=f"{coordinator.membership.user.name if coordinator.membership else ''} ({coordinator.function})"
        if coordinator
        else "",
        consent=_consent_sentence(opening, states, actor),
        matters=[e for e in entries if e.kind == Entry.Kind.MATTERS],
        goals=[e for e in entries if e.kind in {Entry.Kind.GOAL, Entry.Kind.ACTION}],
        entries=[
            e
            for e in entries
            if e.kind not in {Entry.Kind.MATTERS, Entry.Kind.GOAL, Entry.Kind.ACTION, Entry.Kind.WISH}
        ],
        wishes=wishes,
        persons=list(related_persons_for(opening)),
        participants=list(participants),
        referrals=running,
        consultations=consultations,
        ours=_ours(running, consultations, actor),
        sources=states,
        groups=[g for g in groups if g.facts or g.failed],
        closed=_closed_parts(groups),
        wish_facts=[fact for fact in facts if fact.category == Category.WISHES],
        empty=[g.category for g in groups if not (g.facts or g.failed or g.withheld)],
        timeline=_timeline(facts, entries, steps),
        waiting=any(state.kind == "not_asked" for state in states),
        until=_until(opening, actor),
        representatives=representatives_for(patient, actor) if Category.NETWORK in opening.allowed else [],
    )
