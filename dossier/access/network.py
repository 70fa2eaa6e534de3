"""Who stands around the person of an opened record."""

from __future__ import annotations

from dossier.models import Participant, RelatedPerson
from trust.access import Opening


def related_persons_for(opening: Opening) -> list[RelatedPerson]:
    """Contact persons and informal carers, oldest relation first."""
    return list(RelatedPerson.objects.filter(patient=opening.patient).order_by("since", "id"))


def participants_for(opening: Opening) -> list[Participant]:
    """The formal care network, the coordinator first."""
    return list(
        Participant.objects.filter(patient=opening.patient)
        .select_related("organisation", "membership__user")
        .order_by("-coordinates", "since", "id")
    )
