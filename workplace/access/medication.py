"""The page of medicines: what is used, from whom, what is wanting, and what a pharmacist needs beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from dossier.access import Comparison, compare, statements_for, unconnected_for
from dossier.access.medication import labs_for, medication_of, medicines_for
from dossier.medication import Lab, MedicationOverview, missing_of
from dossier.medication.labs import Test
from dossier.models import Fact
from events.actor import Actor
from people.models import Organisation
from trust.access import Opening
from trust.categories import Category, from_mask
from workplace.access.shown import folded
from workplace.access.sources import SourceState, Told, states_for, told_of

MEDICINES = frozenset({Category.MEDICATION})
BESIDE = frozenset({Category.ALLERGIES, Category.ALERTS})
LABS = frozenset({Category.RESULTS})


@dataclass(frozen=True)
class MedicationPage:
    """What one looks at before prescribing, dispensing or giving medicines.

    ``told`` says of the medicines, ``told_beside`` of allergies and warnings and ``told_labs`` of laboratory values from whom
    they are and what is wanting; ``beside`` sets what sources contradict each other about, or say differently, beside each
    other. ``closed`` are the categories that the role does not need. ``missing`` are tests that nearly
    every medicine asks for and that no source gave. ``sources`` are those that keep anything of this.
    """

    overview: MedicationOverview
    allergies: list[Fact]
    beside: list[Comparison]
    labs: list[Lab]
    missing: list[Test]
    told: Told
    told_beside: Told
    told_labs: Told
    sources: list[SourceState]
    closed: frozenset[Category]
    made_at: datetime
    made_for: str

    @property
    def waiting(self) -> bool:
        """Whether a source is still to be asked."""
        return any(told.waiting for told in (self.told, self.told_beside, self.told_labs))


def medication_page(opening: Opening, actor: Actor) -> MedicationPage:
    """The medicines of an opened record, in a fixed number of queries."""
    medicines, allergies = medicines_for(opening)
    labs = labs_for(opening)
    states = states_for(opening, actor)
    silent = unconnected_for(opening)
    organisation = Organisation.objects.filter(pk=actor.organisation_id).first()
    medication = medication_of(medicines)
    said = statements_for(opening)
    for fact in allergies:
        fact.statements = said.get(f"fact:{fact.source_id}:{fact.resource_type}/{fact.source_key}", [])
    comparisons = compare(allergies)
    return MedicationPage(
        medication,
        folded(allergies, comparisons),
        [one for one in comparisons if one.contradicts],
        labs,
        missing_of(labs, medication.lines),
        told_of(MEDICINES, medicines, states, opening, silent),
        told_of(BESIDE, allergies, states, opening),
        told_of(LABS, [], states, opening),
        [state for state in states if from_mask(state.source.categories) & (MEDICINES | BESIDE | LABS)],
        (MEDICINES | BESIDE | LABS) & opening.not_needed,
        timezone.now(),
        organisation.name if organisation else "",
    )
