"""The overview of one patient: own record and all sources, part by part, with what is withheld and what is wanting."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Value
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossier.access import (
    Glance,
    Network,
    Why,
    askable_categories,
    compare,
    documents_for,
    glance,
    network_for,
    newest_entries,
    person_of,
    statements_for,
    unconnected_for,
    when,
)
from dossier.access import states_for as copies_of
from dossier.access.comparison import Comparison
from dossier.access.medication import labs_beside, medication_of
from dossier.models import Document, Entry, Fact
from dossier.sources.wording import NOT_SO
from events.actor import Actor
from people.models import Organisation, Patient
from trust.access import Opening, current_emergencies
from trust.categories import Category
from trust.models import CareRelation
from workplace.access.choices import Representative, beside_contacts, representatives_for
from workplace.access.layout import Arrangement, arranged, layouts, situation_of
from workplace.access.parts import PARTS, Part
from workplace.access.results import Series, results_of
from workplace.access.running import Running, running_for
from workplace.access.shown import ALWAYS, Shown, folded, pack
from workplace.access.sources import FAILED, SourceState, missed, names_for, states_for, told_of
from workplace.access.timeline import Moment, Sift, timeline

OF_CATEGORY = {category: [part for part in PARTS if category in part.categories] for category in Category}
ALL_CATEGORIES = frozenset[Category]().union(*(part.categories for part in PARTS))

CONTACTS = 3
"""So many contact persons stand in the card of the network."""


@dataclass
class Overview:
    """Everything one page shows of one patient, from own record and sources, with what is withheld and missing.

    ``parts`` have a card; ``closed`` names those of which nothing shows because it is withheld, by the words that say why,
    ``empty`` those about which every source that answered has nothing, ``unknown`` those about which a source that keeps them
    gave no answer, ``unserved`` those that no connected source keeps, and ``hidden`` those the reader put away.
    """

    patient: Patient
    opening: Opening
    here: int | None
    person: dict[str, Any]
    relation: str
    coordinator: str
    consent: list[str]
    arrangement: Arrangement
    parts: list[Shown]
    entries: list[Entry]
    facts: Glance
    network: Network
    comparisons: list[Comparison]
    medication: Any
    labs: list[Any]
    documents: list[Document]
    running: list[Running]
    results: list[Series]
    moments: list[Moment]
    next_moments: str
    sources: list[SourceState]
    unconnected: list[Organisation]
    closed: list[tuple[str, list[Part]]]
    empty: list[Part]
    unserved: list[Part]
    asking: list[Part]
    unknown: list[Part]
    hidden: list[Part]
    until: datetime | None
    representatives: list[Representative]
    sift: Sift = field(default_factory=Sift)

    @property
    def waiting(self) -> bool:
        """Whether a source is still to be asked."""
        return any(state.kind == "not_asked" for state in self.sources)

    @property
    def due(self) -> bool:
        """Whether the page has any source asked."""
        return any(state.due for state in self.sources)

    @property
    def unconnected_names(self) -> list[str]:
        """The organisations without a system, as the reader knows them."""
        return names_for(self.unconnected, self.here)

    @property
    def source_words(self) -> list[dict[str, str]]:
        """How all sources stand, in a few words: how many are asked, answered and stay closed."""
        words: list[dict[str, str]] = []
        waiting = [state for state in self.sources if state.kind == "not_asked"]
        given = [state for state in self.sources if state.kind in {"answered", "nothing"}]
        if waiting:
            text = ngettext("%(n)s bron wordt gevraagd", "%(n)s bronnen worden gevraagd", len(waiting))
            words.append({"text": text % {"n": len(waiting)}, "status": "theirs"})
        if given:
            text = ngettext("%(n)s bron antwoordde", "%(n)s bronnen antwoordden", len(given)) % {"n": len(given)}
            words.append({"text": text, "status": "ok"})
        closed = [state for state in self.sources if state.kind in {"no_consent", "objection"}]
        if closed:
            text = ngettext("%(n)s bron dicht", "%(n)s bronnen dicht", len(closed)) % {"n": len(closed)}
            words.append({"text": text, "status": "stuck"})
        return words

    @property
    def silent(self) -> list[SourceState]:
        """The sources that gave no answer, or none that can be used."""
        return [state for state in self.sources if state.kind in FAILED]

    def of(self, *kinds: str) -> list[Entry]:
        """The own entries of these kinds that are shown, newest first."""
        return [entry for entry in self.entries if entry.kind in kinds]

    @property
    def matters(self) -> list[Entry]:
        """What counts for the person, in their own words."""
        return self.of(Entry.Kind.MATTERS)

    @property
    def goals(self) -> list[Entry]:
        """Goals and actions; what is done comes last."""
        return sorted(self.of(Entry.Kind.GOAL, Entry.Kind.ACTION), key=lambda entry: entry.done)


def _consent_sentence(opening: Opening, states: list[SourceState], actor: Actor) -> list[str]:
    """What the bar says about consent: of the systems of others alone, and nothing where there are none that know the patient."""
    others = [state for state in states if state.source.organisation_id != actor.organisation_id]
    closed = frozenset[Category]().union(*(state.kept.get(Why.NO_CONSENT, frozenset()) for state in others))
    seen = frozenset[Category]().union(*(askable_categories(state.source, opening) for state in others))
    if opening.emergency or not (closed or seen):
        return []
    closed &= ALL_CATEGORIES - {Category.WISHES}
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


def _reader(opening: Opening, actor: Actor) -> tuple[Arrangement, str]:
    """What the page knows of its reader, in one query: how they want it arranged, and since when their organisation has a
    relation with the patient and how that is known."""
    situation = situation_of(actor, emergency=opening.emergency)
    relations = CareRelation.objects.filter(
        patient=opening.patient, organisation_id=actor.organisation_id, period__contains=timezone.now()
    )
    since = JSONObject(since="period__startswith", source="source")
    kept = JSONObject(order="order", hidden="hidden", folded="folded")
    told = dict(
        relations.order_by("period")
        .annotate(what=Value("relation"), told=since)
        .values_list("what", "told")[:1]
        .union(
            layouts(actor, situation).annotate(what=Value("layout"), told=kept).values_list("what", "told"), all=True
        )
    )
    return arranged(situation, told.get("layout")), _relation(told.get("relation") or {})


def _relation(told: dict[str, str]) -> str:
    if not told.get("since"):
        return ""
    since = timezone.localtime(datetime.fromisoformat(told["since"])).date()
    source = CareRelation.Source(told["source"]).label
    return _("Relatie sinds %(when)s (%(source)s)") % {"when": when(since.isoformat()), "source": source}


def overview(opening: Opening, actor: Actor, sift: Sift | None = None) -> Overview:
    """Compose the overview of an opened record from own entries and kept facts, in a fixed number of queries."""
    patient = opening.patient
    beside = statements_for(opening)
    states = states_for(opening, actor)
    seen = glance(opening, beside, [state.source for state in states])
    entries, of_kind = newest_entries(opening, beside=beside)
    copies = copies_of(entries)
    for entry in entries:
        entry.copy = copies.get(entry.pk)
    # Nobody can be missing where everybody who has to do with the patient has a system.
    known = {state.source.organisation_id for state in states}
    unconnected = missed(unconnected_for(opening), opening) if opening.sights.keys() - known else []
    arrangement, relation = _reader(opening, actor)
    moments, next_moments = timeline(opening, actor.organisation_id, sift)
    network = network_for(opening, seen.of(Category.NETWORK))
    shown = Overview(
        patient=patient,
        opening=opening,
        here=actor.organisation_id,
        person=person_of(opening, actor, facts=seen.facts, entries=entries),
        relation=relation,
        coordinator=network.coordinator.who if network.coordinator else "",
        consent=_consent_sentence(opening, states, actor),
        arrangement=arrangement,
        parts=[],
        entries=entries,
        facts=seen,
        network=network,
        comparisons=compare(seen.facts, [e for e in entries if e.kind == Entry.Kind.WISH], network.contacts),
        medication=medication_of(seen.facts),
        labs=labs_beside(seen.facts, seen.series),
        documents=documents_for(opening, 6),
        running=running_for(patient, actor),
        results=results_of(seen),
        moments=moments,
        next_moments=next_moments,
        sources=states,
        unconnected=unconnected,
        closed=[],
        empty=[],
        unserved=[],
        asking=[],
        unknown=[],
        hidden=[part for part in arrangement.parts if part.key in arrangement.hidden],
        until=_until(opening, actor),
        representatives=beside_contacts(
            representatives_for(patient, actor) if Category.NETWORK in opening.allowed else [],
            network.contacts[:CONTACTS],
        ),
        sift=sift or Sift(),
    )
    _arrange(shown, of_kind)
    return shown


def shown_part(overview: Overview, part: Part, of_kind: dict[str, int], facts: list[Fact]) -> Shown:
    """One part of the overview with what stands in it at a glance, what is over below what counts."""
    facts = sorted(facts, key=lambda fact: fact.state in NOT_SO)
    beside = [one for one in overview.comparisons if one.category in part.categories]
    entries = overview.of(*part.kinds)
    count = sum(of_kind.get(kind, 0) for kind in part.kinds)
    count += len(facts) if part.types or part.but else sum(overview.facts.counts.get(c, 0) for c in part.categories)
    givers = frozenset[int]().union(*(overview.facts.givers.get(c, frozenset()) for c in part.categories))
    told = told_of(part.categories, facts, overview.sources, overview.opening, overview.unconnected, givers)
    told.here = overview.here
    arrangement = overview.arrangement
    filled = {
        "network": len(overview.network) + len(overview.representatives),
        "documents": len(overview.documents),
        "running": len(overview.running),
        "timeline": len(overview.moments),
    }
    key = part.key
    return Shown(
        part, folded(facts, beside), entries, count, told, [one for one in beside if one.contradicts],
        filled.get(key, 0), key in arrangement.first, key in arrangement.folded,
    )  # fmt: skip


def _arrange(overview: Overview, of_kind: dict[str, int]) -> None:
    """Give each part a card, or name it at the end: withheld, nothing found, kept by no connected source, or not asked yet."""
    closed: dict[str, list[Part]] = defaultdict(list)
    needed_by_role = frozenset(Category) - overview.opening.not_needed
    taken: dict[str, list[Fact]] = defaultdict(list)
    for fact in overview.facts.facts:
        for part in OF_CATEGORY[Category(fact.category)]:
            if part.takes(fact):
                taken[part.key].append(fact)
    for part in overview.arrangement.shown:
        if part.categories and not part.categories & needed_by_role:
            continue
        shown = shown_part(overview, part, of_kind, taken[part.key])
        if _has_card(shown):
            overview.parts.append(shown)
            continue
        if shown.told.failed:
            overview.unknown.append(part)
        for words in shown.told.withheld:
            closed[words].append(part)
        if not (shown.told.failed or shown.told.withheld):
            wanting = overview.empty if shown.told.served else overview.unserved
            (overview.asking if shown.told.waiting else wanting).append(part)
    overview.closed = list(closed.items())
    pack(overview.parts)


def _has_card(shown: Shown) -> bool:
    """Whether a part has a card of its own: with something in it, something wanting that nobody else says, or read first by the role."""
    told = shown.told
    if shown.key in ALWAYS or not shown.none:
        return True
    return shown.first and (bool(told.failed) or not told.withheld)
